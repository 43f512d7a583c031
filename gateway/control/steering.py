"""The part of the process that the control listener needs; it knows neither the configuration nor the wiring."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from msgspec import Struct

from gateway.core.device import Device
from gateway.core.model import Leg, Request
from gateway.core.named_devices import NamedDevices
from gateway.core.redaction import Redaction
from gateway.core.state import SharedState
from gateway.exchanges.health import Health
from gateway.exchanges.journal import Journal
from gateway.transports.faults import Faults
from gateway.transports.overrides import Override, Overrides
from gateway.transports.player import Player

if TYPE_CHECKING:
    from gateway.emulator import Emulator

KnownBy: TypeAlias = Literal["identifier", "address"]
"""By what a device is known that gets a name."""
GatewayMode: TypeAlias = Literal["passthrough", "record", "replay", "auto"]


class Setting(Struct, frozen=True):
    """What can be chosen of a gateway."""

    mode: GatewayMode
    upstream: str
    """The name of the upstream that requests go to."""
    cassette: str
    """The name of the cassette, as `/api/cassettes` has it; a path where it lies elsewhere."""


class Choice(Struct, frozen=True):
    """What is to be chosen; None stays as it is."""

    mode: GatewayMode | None = None
    upstream: str | None = None
    cassette: Path | None = None


class NotAllowedError(Exception):
    """What the configuration does not allow: `control.allow`."""


class NotPossibleError(Exception):
    """The change is not possible now; the text says why. Nothing has changed."""


class Steered(Protocol):
    """A gateway that can be looked at and steered."""

    @property
    def url(self) -> str:
        """Where apps reach it."""

    @property
    def closed(self) -> bool:
        """Whether it has ended."""

    @property
    def setting(self) -> Setting:
        """How it stands now."""

    def setting_of(self, device: str) -> Setting:
        """Return the setting for the calls of a named device; for an empty or unknown name, the general setting."""

    @property
    def journal(self) -> Journal:
        """Its last exchanges."""

    @property
    def overrides(self) -> Overrides:
        """The answers that it was told to give."""

    @property
    def faults(self) -> Faults:
        """What is done to its calls on purpose: `given` while it runs, and `configured`."""

    async def give_fault(self, said: object) -> None:
        """Do to calls what an entry of `faults` in config.yaml says, from now on. Raises ValueError with all that is wrong."""

    async def end_faults(self, key: str | None = None) -> bool:
        """End the fault of this key that was asked for while it runs, or all of them; say whether there was one."""

    async def expect(self, override: Override) -> None:
        """Give this answer to the next request that fits. Raises NotPossibleError."""

    async def forget_expectations(self) -> None:
        """Give none of the answers that wait."""

    async def caught_up(self) -> None:
        """Fetch everything that will be shown: if other processes answer, ask them."""

    @property
    def emulator(self) -> Emulator | None:
        """The built-in emulator, where requests go to it; None in a replay, and with another upstream."""

    @property
    def redaction(self) -> Redaction:
        """What removes secrets, and knows those that were met."""

    @property
    def state(self) -> SharedState:
        """What outlives its exchanges."""

    @property
    def players(self) -> Mapping[Path, Player]:
        """The players by cassette: the general one, and those of devices with their own settings."""

    @property
    def cassette(self) -> Path | None:
        """The file that is played or recorded; None in passthrough."""

    @property
    def recorded(self) -> Collection[Path]:
        """The files that are recorded into, for all and for devices that have their own."""

    @property
    def named(self) -> NamedDevices:
        """The devices that the configuration names."""

    @property
    def configured_cassette(self) -> Path:
        """The file that is played or recorded as soon as its mode does either."""

    async def choose(self, choice: Choice) -> None:
        """Change mode, upstream or cassette. Raises NotAllowedError and NotPossibleError."""

    async def rewind(self) -> None:
        """Let every sequence play from its start. Raises NotPossibleError."""

    async def saved(self, cassette: Path, legs: Sequence[Leg], exchange_id: str, at: float) -> int:
        """Append legs to a cassette, redacted, as a recording is; return how many. Raises NotPossibleError, also where a secret is left."""


class SessionReport(Struct, frozen=True, kw_only=True):
    """What became of a session. Nothing of it is secret."""

    exchanges: int
    """How many there were."""
    recorded: int
    """How many interactions were recorded."""
    misses: list[str]
    """The requests that had no answer in the cassette, each with what is nearest to it."""
    missed: int
    """How many there were."""
    unplayed: list[str]
    """The interactions of the cassette that answered nothing."""
    unmet: list[str]
    """The expectations that nobody asked for, and the session's faults that met no call."""
    findings: list[str]
    warnings: list[str]
    lost: dict[str, int]
    """What was answered and not recorded: how many, by the reason."""
    upstream_connections: int
    """How many connections to upstreams were opened."""


class OpenSession(Protocol):
    """A gateway of its own on a port of its own."""

    @property
    def steered(self) -> Steered:
        """The gateway."""

    @property
    def busy(self) -> bool:
        """Whether an exchange is in flight."""

    async def close(self) -> SessionReport:
        """Let what is in flight finish, stop, and say what became of it."""


class Sessions(Protocol):
    """Makes sessions."""

    async def open(self, choice: Choice, faults: Sequence[object] | None = None) -> OpenSession:
        """Start one; what is not chosen is as the main gateway has it. `faults` are entries of `faults` in config.yaml, in place of those there.

        Raises NotAllowedError, NotPossibleError, ValueError for a fault that cannot be, and OSError where there is no port.
        """


class RefusingDevice(Struct, frozen=True):
    """A device that refuses the lab's certificate, and what to do."""

    address: str
    """Its own, which is in the lab's network."""
    name: str
    """The name that the configuration gives to it; empty for none."""
    reason: str
    times: int
    """How many handshakes have failed."""
    last: str
    """When the last one did: RFC 3339."""
    platform: str
    """What it is, such as `Apple TV (tvOS)`; empty where that is not known."""
    steps: list[str]
    """What to do on this platform; empty where it is not known."""
    url: str
    """The lab's page about it; empty where the lab serves none."""


class DeviceNaming(Protocol):
    """Names devices in the configuration."""

    async def name(self, name: str, by: KnownBy, device: Device, request: Request) -> None:
        """Name the device that sent a request. Raises ValueError for a name that is none, and NotPossibleError."""


class Controlled(Struct):
    """The process, as the control listener sees it; a reload changes what it says."""

    version: str
    main: Steered
    health: Health
    folder: Path
    """The folder of the cassettes."""
    upstreams: Mapping[str, str]
    """The upstreams by name, and the origin of each."""
    config: Callable[[], Mapping[str, object]]
    """The effective configuration, without secrets."""
    plain_addresses: bool
    """Whether public addresses are shown as they are (`log.addresses`)."""
    sessions: Sessions
    refusing: Callable[[], Sequence[RefusingDevice]] = tuple
    """The devices that refuse the lab's certificate now."""
    naming: DeviceNaming | None = None
    """None where no file of devices is read."""
    gateway: str = ""
    """What this gateway is called in its fleet; empty where it is in none."""
    gateways: Callable[[], Sequence[str]] = tuple
    """The fleet's gateways that live, by their names; none without a fleet."""
