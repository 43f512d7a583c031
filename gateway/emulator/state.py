"""The emulator's state: clients, devices and their profiles, sessions, temporary access, and v1's tokens.

Facts
-----
* Each memory is bounded by how many entries it has, and an entry by its type: texts that a client chooses are cut, lists have an
  end. A key is a digest, so that it has one size whatever a client sends.
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
"""Profiles of one device at one service provider, and apps that share one single sign-on."""
LONGEST_TEXT = 2_048
"""Characters of a text of a client's that is remembered."""
SESSION_SECONDS = 1_800
"""How long a code is good for: 30 minutes in the samples."""


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
    """A profile that exists: what a login made of an MVPD's profile in the catalogue."""

    mvpd: str
    profile: Profile
    client: str | None
    """Whose it is; None: every client sees it."""
    since: float
    until: float
    ended: bool = False
    """Whether a single logout of another app has ended it."""

    def lives(self, now: float) -> bool:
        """Return whether it is neither ended nor expired."""
        return not self.ended and now < self.until


class Start(Struct, frozen=True):
    """A device's profile at an MVPD that a test has set."""

    profile: Profile | None
    """None: it is not logged in."""
    client: str | None = None
    """Whose the profile is; None: every client sees it."""


class Device(Struct, eq=False):
    """A device at one service provider."""

    name: str
    """Its own id, cut where it is very long."""
    service_provider: str
    logins: list[Login] = field(default_factory=list)
    steps: dict[str, int] = field(default_factory=dict)
    """Number of logouts from an MVPD with a sequence in the catalogue."""
    leaving: str = ""
    """Where its last logout wants the browser to end."""


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
    """The single sign-on identities that its headers named."""
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
    """Temporary access that was begun."""

    since: float
    used: list[str] = field(default_factory=list)


class V1Device(Struct, eq=False):
    """A device's tokens of v1 at one requestor."""

    name: str
    requestor: str
    login: Login | None = None
    authorized: dict[bytes, float] = field(default_factory=dict)
    """Until when each resource is authorized."""


class State:
    """All of it. It belongs to one thread: that of the loop which answers."""

    def __init__(self, size: int) -> None:
        self.devices: Memory[Device] = Memory(size)
        self.v1: Memory[V1Device] = Memory(size)
        self.clients: Memory[Client] = Memory(size)
        self.sessions: Memory[Session] = Memory(size)
        self.shared: Memory[list[Login]] = Memory(size)
        """Logins by the single sign-on identity with which they were made."""
        self.passes: Memory[Pass] = Memory(size)
        self.places: Memory[bytes] = Memory(size)
        """The keys of devices by the pseudonym that their logout URLs have."""
        self.starts: Memory[dict[str, Start]] = Memory(size)
        """What was set for single devices, whatever their service provider, by MVPD."""

    def reset(self) -> None:
        """Forget everything."""
        for memory in vars(self).values():
            memory.clear()


def key_of(*parts: str | bytes) -> bytes:
    """Return a key of one size that these parts have, and no others."""
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).digest()


def cut(text: str) -> str:
    """Return no more of a client's text than is remembered."""
    return text[:LONGEST_TEXT]
