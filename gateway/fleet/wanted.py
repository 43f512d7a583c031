"""The fleet's setting: mode, upstream, cassette and faults, as one sealed document with a version.

Facts
-----
* When somebody changes the setting at a gateway, that gateway writes the next version. Redis stores it unless another gateway was faster
  (`WANT`). Each gateway reads it with its next heartbeat, or when a note announces it.
* The document opens only with the fleet's key, and only in this life of the fleet.
* A gateway applies a version once, and never an older version. If Redis has an older version than the gateway's, the gateway writes its own
  version back: somebody has copied the old one there, or Redis has lost the newer one.
* A document says when it was sealed. Gateways seal it again from time to time. A gateway that has just started ignores a document
  that was sealed too long ago.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import time

import msgspec
from msgspec.structs import replace

from gateway.fleet.address import CONNECTING
from gateway.fleet.link import Link, command_of
from gateway.fleet.names import KEPT, KeyNames
from gateway.fleet.outage import OutageError
from gateway.fleet.scripts import WANT
from gateway.fleet.sealing import NotSealedError

DIGITS = 12
"""Number of digits of the version, which stands before the sealed document."""
FRESH = 900.0
"""Seconds after which a document is too old for a gateway that has just started."""
AGAIN = 300.0
"""Seconds after which the document is sealed again."""
NOT_TAKEN = "setting of the fleet not taken"
PUT_BACK = "setting of the fleet put back"


class SharedFault(msgspec.Struct, frozen=True):
    """A fault that is done to calls on purpose."""

    key: str
    said: object
    """The fault as config.yaml writes it."""
    since: float
    """When the fault was added, in seconds since the epoch."""


class FleetSetting(msgspec.Struct, frozen=True):
    """The fleet's setting."""

    version: int
    mode: str
    upstream: str
    cassette: str
    """The cassette's name in the API."""
    faults: tuple[SharedFault, ...] = ()
    sealed_at: float = 0.0
    by: str = ""
    """The gateway at which the setting was changed."""


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(FleetSetting)


def written(wanted: FleetSetting, names: KeyNames) -> tuple[str, bytes]:
    """Return the version and the sealed document."""
    version = f"{wanted.version:0{DIGITS}d}"
    return version, names.sealing.seal(_encode(wanted), f"{names.of_life('wanted')} {version}")


def read(data: bytes, names: KeyNames) -> FleetSetting:
    """Return the setting in a document of Redis. NotSealedError for an invalid document."""
    version = data[:DIGITS].decode("latin-1")
    try:
        wanted = _decoder.decode(names.sealing.unseal(data[DIGITS:], f"{names.of_life('wanted')} {version}"))
    except msgspec.DecodeError as error:
        raise NotSealedError from error
    if f"{wanted.version:0{DIGITS}d}" != version:
        raise NotSealedError
    return wanted


def version_of(data: bytes) -> int:
    """Return the version of a document. 0 if it has no version."""
    digits = data[:DIGITS]
    return int(digits) if digits.isdigit() else 0


class Wanting:
    """This gateway's copy of the fleet's setting, and how it applies it."""

    def __init__(
        self, link: Link, names: KeyNames, gateway: str, tell: Callable[[str], None], warn: Callable[..., None]
    ) -> None:
        """`tell` tells the other gateways of a new version. `warn` writes into the log."""
        self._link = link
        self._names = names
        self._gateway = gateway
        self._tell = tell
        self._warn = warn
        self._done = 0
        """The version that this gateway has applied."""
        self._again = False
        """Whether the setting has to be written into Redis again."""
        self._doing = asyncio.Lock()
        self.wanted: FleetSetting | None = None
        """The present setting. None: each gateway follows its own configuration."""
        self.steers: Callable[[FleetSetting], Awaitable[None]] = _nobody
        """Applies a setting to this gateway."""

    @property
    def version(self) -> int:
        """The present version. 0 if there is no setting."""
        return self.wanted.version if self.wanted is not None else 0

    @property
    def is_to_do(self) -> bool:
        """Whether there is a setting that this gateway has not applied."""
        return self.version > self._done

    def forget(self) -> None:
        """Forget the setting, since the fleet has begun a new life."""
        self.wanted, self._done, self._again = None, 0, False

    async def want(self, mode: str, upstream: str, cassette: str, faults: tuple[SharedFault, ...]) -> bool:
        """Make this gateway's setting the fleet's setting. False if another gateway was faster, or Redis does not answer."""
        if self.is_to_do:
            return False
        asked = FleetSetting(self.version + 1, mode, upstream, cassette, faults, time(), self._gateway)
        version, sealed = written(asked, self._names)
        try:
            put = await self._link.do(command_of(WANT, [self._key], [KEPT, version, sealed]), CONNECTING)
        except OutageError:
            return False
        if put:
            self.wanted, self._done = asked, asked.version
            self._tell(version)
        return bool(put)

    def see(self, data: bytes, *, is_new: bool) -> None:
        """Read the document in Redis. `is_new`: this gateway has just started."""
        found = version_of(data)
        if found < self.version:
            self._again = True
        if found <= self.version:
            return
        try:
            wanted = read(data, self._names)
        except NotSealedError:
            self._link.outage.foreign += 1
            return
        if is_new and abs(time() - wanted.sealed_at) > FRESH:
            self._warn(NOT_TAKEN, why="it was sealed long ago", by=wanted.by)
            return
        self.wanted = wanted

    async def do(self) -> None:
        """Apply the setting, unless this gateway has applied it already."""
        async with self._doing:
            wanted = self.wanted
            if wanted is not None and wanted.version > self._done:
                self._done = wanted.version
                await self.steers(wanted)

    async def keep(self) -> None:
        """Seal the setting again, and store it in Redis. OutageError if Redis does not answer."""
        wanted = self.wanted
        if wanted is None or (not self._again and time() - wanted.sealed_at < AGAIN):
            return
        if self._again:
            self._warn(PUT_BACK, hint="Redis has lost the newer setting, or somebody else writes into this Redis")
        self._again = False
        self.wanted = replace(wanted, sealed_at=time())
        version, sealed = written(self.wanted, self._names)
        await self._link.do(("SET", self._key, version.encode() + sealed, "PX", KEPT), CONNECTING)

    @property
    def _key(self) -> str:
        return self._names.of_life("wanted")


async def _nobody(_: FleetSetting) -> None:
    pass
