"""The part of the process that the control listener needs; it knows neither the configuration nor the wiring."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
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
"""How the gateway recognises a device that gets a name."""
GatewayMode: TypeAlias = Literal["passthrough", "record", "replay", "auto"]


class Setting(Struct, frozen=True):
    """The settings of a gateway that can change while it runs."""

    mode: GatewayMode
    upstream: str
    """The name of the upstream that requests go to."""
    cassette: str
    """The name of the cassette, as in `/api/cassettes`; its path if it is not in the folder of cassettes."""


class Choice(Struct, frozen=True):
    """A change of the setting. None leaves a value as it is."""

    mode: GatewayMode | None = None
    upstream: str | None = None
    cassette: Path | None = None


class NotAllowedError(Exception):
    """The configuration (`control.allow`) does not allow the change."""


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
        """Its present setting."""

    def setting_of(self, device: str) -> Setting:
        """Return the setting for the calls of a named device; for an empty or unknown name, the general setting."""

    @property
    def journal(self) -> Journal:
        """Its last exchanges."""

    @property
    def overrides(self) -> Overrides:
        """Its expectations: answers to requests that are still to come."""

    @property
    def faults(self) -> Faults:
        """Its faults: `given` faults were added while it runs, `configured` faults come from the configuration."""

    async def give_fault(self, said: object) -> None:
        """Add a fault, in force from now on. `said` is an entry of `faults`, as in config.yaml. Raises ValueError for an invalid entry."""

    async def end_faults(self, key: str | None = None) -> bool:
        """End the given fault with this key; without a key, all given faults. Return whether there was one."""

    async def expect(self, override: Override) -> None:
        """Give this answer to the next request that fits. Raises NotPossibleError."""

    async def forget_expectations(self) -> None:
        """Drop all expectations."""

    async def caught_up(self) -> None:
        """Fetch everything that will be shown. If other processes answer the calls, ask them."""

    @property
    def emulator(self) -> Emulator | None:
        """The built-in emulator, if requests go to it; None in a replay, or with another upstream."""

    @property
    def redaction(self) -> Redaction:
        """Removes secrets. It knows the secrets that this gateway has met."""

    @property
    def state(self) -> SharedState:
        """The data that outlives an exchange."""

    @property
    def players(self) -> Mapping[Path, Player]:
        """The players by cassette: the general player, and the players of devices with their own settings."""

    async def played(self, cassette: Path) -> Sequence[bool]:
        """Return for each interaction of a cassette whether it was played; empty if the cassette is not played."""

    @property
    def cassette(self) -> Path | None:
        """The file that is played or recorded; None in passthrough."""

    @property
    def recorded(self) -> Collection[Path]:
        """The files that are recorded into: the general file, and the files of devices with their own settings."""

    @property
    def named(self) -> NamedDevices:
        """The devices that the configuration names."""

    @property
    def configured_cassette(self) -> Path:
        """The file to play or record. In passthrough it waits for another mode."""

    async def choose(self, choice: Choice) -> None:
        """Change mode, upstream or cassette. Raises NotAllowedError and NotPossibleError."""

    async def rewind(self) -> None:
        """Let every sequence play from its start. Raises NotPossibleError."""

    async def saved(self, cassette: Path, legs: Sequence[Leg], exchange_id: str, at: float) -> int:
        """Redact legs, append them to a cassette, and return how many. Raises NotPossibleError, for example if a secret is left."""


class SessionReport(Struct, frozen=True, kw_only=True):
    """What happened in a session. It contains no secret."""

    exchanges: int
    recorded: int
    """How many interactions were recorded."""
    misses: list[str]
    """The requests that had no answer in the cassette, each with the most similar recorded request."""
    missed: int
    """How many requests had no answer. `misses` may list fewer."""
    unplayed: list[str]
    """The interactions of the cassette that answered no request."""
    unmet: list[str]
    """The expectations that answered no request, and the session's faults that fitted no call."""
    findings: list[str]
    warnings: list[str]
    lost: dict[str, int]
    """How many answers were not recorded, by the reason."""
    upstream_connections: int
    """How many connections to upstreams were opened."""


class OpenSession(Protocol):
    """A separate gateway on its own port."""

    @property
    def steered(self) -> Steered:
        """The gateway."""

    @property
    def busy(self) -> bool:
        """Whether an exchange is in flight."""

    async def close(self) -> SessionReport:
        """Let the exchanges in flight finish, stop the gateway, and return the report."""


class Sessions(Protocol):
    """Makes sessions."""

    async def open(self, choice: Choice, faults: Sequence[object] | None = None) -> OpenSession:
        """Start a session. A value that `choice` leaves out is the main gateway's. `faults` replaces the faults of config.yaml.

        Raises NotAllowedError, NotPossibleError, ValueError for an invalid fault, and OSError if there is no free port.
        """


class RefusingDevice(Struct, frozen=True):
    """A device that refuses the lab's certificate, and what to do."""

    address: str
    """Its address in the lab's network."""
    name: str
    """Its name in the configuration; empty if it has no name there."""
    reason: str
    times: int
    """How many handshakes have failed."""
    last: str
    """When the last handshake failed: RFC 3339."""
    platform: str
    """Its platform, such as `Apple TV (tvOS)`; empty if unknown."""
    steps: list[str]
    """What to do on this platform; empty if the platform is unknown."""
    url: str
    """The lab's page about this platform; empty if the lab serves no page."""


class DeviceNaming(Protocol):
    """Names devices in the configuration."""

    async def name(self, name: str, by: KnownBy, device: Device, request: Request) -> None:
        """Name the device that sent a request. Raises ValueError for an invalid name, and NotPossibleError."""


async def no_refusals() -> Sequence[RefusingDevice]:
    """Return an empty list: without a lab, no device can refuse its certificate."""
    return ()


class Controlled(Struct):
    """The process, as the control listener sees it. A reload changes these values."""

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
    refusing: Callable[[], Awaitable[Sequence[RefusingDevice]]] = no_refusals
    """The devices that refuse the lab's certificate now."""
    naming: DeviceNaming | None = None
    """None if the process reads no file of devices."""
    gateway: str = ""
    """The name of this gateway in its fleet; empty without a fleet."""
    gateways: Callable[[], Sequence[str]] = tuple
    """The names of the fleet's running gateways; empty without a fleet."""
