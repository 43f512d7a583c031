"""The emulator's state: clients, devices and their profiles, sessions, temporary access, and v1's tokens.

Facts
-----
* Each memory has a largest number of entries. An entry is bounded, too: texts of clients are cut, and lists have a limit. A key is a
  digest, so it always has the same size.
* A profile belongs to the client that made it: another client, such as the gateway's own, does not see it.
* v1 and v2 do not see each other's logins (FAQ, migration).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, TypeVar

from msgspec import Struct, field

from gateway.emulator.catalogue import Profile

T = TypeVar("T")

MOST_LOGINS = 64
"""Largest number of profiles of a device at a service provider, and of apps that share a single sign-on."""
LONGEST_TEXT = 2_048
"""Longest text of a client that is remembered, in characters."""
SESSION_SECONDS = 1_800
"""Lifetime of a code in seconds. It is 30 minutes in the samples."""


class Memory(Generic[T]):
    """A mapping of bounded size. It forgets the entry that was unused for the longest."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[bytes, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[T]:
        return iter(self._kept.values())

    def get(self, key: bytes) -> T | None:
        """Return the value under `key`, or None."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, key: bytes, value: T) -> T:
        """Keep a value, and return it."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return value

    def drop(self, key: bytes) -> None:
        """Forget one."""
        self._kept.pop(key, None)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()


class Login(Struct, eq=False):
    """A profile of a device. A login makes it from the MVPD's profile in the catalogue."""

    mvpd: str
    profile: Profile
    client: str | None
    """The client that sees the profile. None: every client sees it."""
    since: float
    until: float
    ended: bool = False
    """Whether a single logout of another app has ended the profile."""

    def lives(self, now: float) -> bool:
        """Return whether the profile is neither ended nor expired."""
        return not self.ended and now < self.until


class Start(Struct, frozen=True):
    """A device's profile at an MVPD, as a test has set it."""

    profile: Profile | None
    """None: the device is not logged in."""
    client: str | None = None
    """The client that sees the profile. None: every client sees it."""


class Device(Struct, eq=False):
    """A device at one service provider."""

    name: str
    """The device's own id. A very long one is cut."""
    service_provider: str
    logins: list[Login] = field(default_factory=list)
    steps: dict[str, int] = field(default_factory=dict)
    """Number of logouts from an MVPD with a sequence in the catalogue."""
    leaving: str = ""
    """The address to which the browser goes after the device's last logout."""


class Session(Struct, eq=False):
    """An authentication session of v2, or a registration code of v1."""

    code: str
    id: str
    service_provider: str
    device: str
    """The device's own id."""
    client: str
    since: float
    until: float
    mvpd: str = ""
    domain_name: str = ""
    redirect_url: str = ""
    device_info: str = ""
    address: str = ""
    user_agent: str = ""
    subjects: tuple[bytes, ...] = ()
    """The single sign-on identities in the headers of its calls."""
    v1: bool = False
    login: Login | None = None
    """Its result."""


class Client(Struct, frozen=True):
    """A registered client."""

    id: str
    secret: str
    application: str
    scopes: str


class Pass(Struct, eq=False):
    """Temporary access that has begun."""

    since: float
    used: list[str] = field(default_factory=list)


class V1Device(Struct, eq=False):
    """A device's tokens of v1 at one requestor."""

    name: str
    requestor: str
    login: Login | None = None
    authorized: dict[bytes, float] = field(default_factory=dict)
    """For each resource: the end of its authorization, in seconds since the epoch."""


class State:
    """The whole state. Only the thread of the event loop uses it."""

    def __init__(self, size: int) -> None:
        self.devices: Memory[Device] = Memory(size)
        self.v1: Memory[V1Device] = Memory(size)
        self.clients: Memory[Client] = Memory(size)
        self.sessions: Memory[Session] = Memory(size)
        self.shared: Memory[list[Login]] = Memory(size)
        """Logins, by the single sign-on identity with which they were made."""
        self.passes: Memory[Pass] = Memory(size)
        self.places: Memory[bytes] = Memory(size)
        """The keys of devices, by the pseudonym in their logout URLs."""
        self.starts: Memory[dict[str, Start]] = Memory(size)
        """For single devices at all service providers: the settings of tests, by MVPD."""

    def reset(self) -> None:
        """Forget everything."""
        for memory in vars(self).values():
            memory.clear()


def key_of(*parts: str | bytes) -> bytes:
    """Return a key of fixed size that identifies these parts."""
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).digest()


def cut(text: str) -> str:
    """Return a client's text, cut to the longest size that is remembered."""
    return text[:LONGEST_TEXT]
