"""One gateway of a fleet: it joins, sends heartbeats, reads the notes of the others, and applies the fleet's settings.

Facts
-----
* A gateway that starts and finds no other gateway begins a new life of the fleet: every sequence begins at its start, and mode and faults
  are those of its own configuration. If there are other gateways, it takes the fleet's setting. A gateway that returns after an outage
  begins no new life.
* All gateways need the same redaction key. With two keys, one device would have two pseudonyms. A gateway whose key has another fingerprint
  is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from secrets import token_hex
from typing import Any

from msgspec import Struct
from redis.exceptions import RedisError

from gateway.core.model import Exchange
from gateway.exchanges.observers import Observer
from gateway.fleet.address import CONNECTING, KeptOutError, RedisAddress, client_of
from gateway.fleet.link import Link, command_of
from gateway.fleet.names import BEAT as BEAT_SECONDS
from gateway.fleet.names import EXCHANGES_KEPT, GONE, KEPT, KeyNames
from gateway.fleet.notes import Notes
from gateway.fleet.outage import OnOutage, Outage, OutageError
from gateway.fleet.patience import Began
from gateway.fleet.redis_state import FleetState
from gateway.fleet.scripts import BEAT, JOIN
from gateway.fleet.sealing import Sealing
from gateway.fleet.shown import exchange_of
from gateway.fleet.stream import Passed, Passing, Publishing
from gateway.fleet.wanted import Wanting

LOOK_BACK = 1000
"""Largest number of earlier exchanges of the fleet that a gateway shows after it has joined."""
BLOCK = 500
"""Longest time that a read waits for a new entry, in milliseconds."""
A_STEP = 10
"""Number of exchanges that are read in one step of the event loop."""
PATIENCE = 10.0
"""Longest time for Redis to give `LOOK_BACK` exchanges, in seconds."""
AT_ONCE = 200
"""Largest number of entries in one read."""
OTHER_KEY = "the fleet's other gateways have another redaction key; give this gateway their key (redaction.key_file, or GATEWAY_REDACTION_KEY)"
ANEW = "the fleet has begun anew"


class FleetPlace(Struct, frozen=True):
    """How to reach a fleet, and this gateway's name in it."""

    where: RedisAddress
    fleet: str
    gateway: str
    timeout: float
    on_outage: OnOutage


class Member:
    """This gateway."""

    def __init__(self, place: FleetPlace, key: bytes, warn: Callable[..., None], run: str = "") -> None:
        """`key` is the fleet's key. `warn` writes into the log. `run` is the name that a supervisor gives to this worker."""
        self.place = place
        self.run = run or token_hex(8)
        self.outage = Outage(place.on_outage, warn)
        self.link = Link(place.where, place.timeout, self.outage)
        self.sealing = Sealing(key, place.fleet)
        self.names = KeyNames(place.fleet, self.sealing, token_hex(8))
        self.notes = Notes(self.link, self.names, self.run)
        self.state = FleetState(self.link, self.names, self.notes.tell)
        self.began: Observer = Began()
        self.stream = self.names.lasting("exchanges")
        self.publishing = Publishing(self.link, self.stream, place.gateway, self.run)
        """Writes this gateway's exchanges into the fleet's stream."""
        self.members: tuple[str, ...] = (place.gateway,)
        """The names of the gateways that are running."""
        self.hears: Callable[[Exchange, Passed], None] | None = None
        """Called with each exchange of another gateway. None: other gateways' exchanges are not read."""
        self.hears_own: Callable[[Passed], None] = _nobody
        """Called with each exchange in the stream of this gateway's own workers."""
        self.wanting = Wanting(self.link, self.names, place.gateway, self._tell_of_version, warn)
        """The fleet's setting."""
        self._fingerprint = ""
        self._is_new = True
        self._reader = client_of(place.where)
        self._tasks: list[asyncio.Task[None]] = []
        self._passing = Passing()
        self._heard_notes = "0"
        self._heard_exchanges = ""
        self._look = asyncio.Event()
        """Set when there may be a new setting."""
        self.link.joined = self._join

    def run_of_worker(self, number: int) -> str:
        """Return a new name for another process of this gateway."""
        return f"{self.run}.{number}.{token_hex(4)}"

    @property
    def name(self) -> str:
        """The name of this process among the members."""
        return f"{self.place.gateway} {self.run}"

    async def start(self, redaction_key: bytes) -> None:
        """Join. KeptOutError if the fleet refuses this gateway. If Redis does not answer, the gateway starts, and joins later."""
        self._fingerprint = self.sealing.fingerprint(redaction_key)
        await self.link.start()
        await self.wanting.do()
        self._tasks = [asyncio.create_task(self._live()), asyncio.create_task(self._hear())]

    async def passed(self) -> list[Passed]:
        """Return the exchanges in the stream, the oldest first. Raises if Redis does not answer."""
        found: list[Passed] = []
        last = "-"
        try:
            while entries := await self._entries_from(last):
                found += [passed for _, fields in entries if (passed := self._passing.read(fields)) is not None]
                last = f"({entries[-1][0].decode()}"
        finally:
            await self._reader.aclose()
            await self.link.client.aclose()
        return found

    async def _entries_from(self, first: str) -> Any:
        async with asyncio.timeout(PATIENCE):
            return await self._reader.xrange(self.stream, min=first, count=LOOK_BACK)

    async def look(self) -> None:
        """Apply the fleet's setting now. OutageError if Redis does not answer."""
        await self._beat()
        await self.wanting.do()

    def _tell_of_version(self, version: str) -> None:
        self.notes.tell(("wanted", version))

    async def aclose(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.notes.flush()
        self.link.send("ZREM", self.names.lasting("members"), self.name)
        await self.link.aclose()
        with suppress(OSError, RedisError):
            await self._reader.aclose()

    # --- to join, and to live

    async def _join(self) -> None:
        """Join through a new connection."""
        keys = [self.names.lasting("life"), self.names.lasting("members")]
        new = "1" if self._is_new else "0"
        (life,) = await self.link.now(JOIN, keys, [KEPT, GONE, self.name, self.names.life, new])
        if life.decode() != self.names.life:
            self.names.life = life.decode()
            self._heard_notes = "0"
            self.wanting.forget()
            self.state.renew()
        self._alive(await self.link.now(BEAT, *self._beating()))
        self._is_new = False
        self._look.set()

    async def _live(self) -> None:
        """Send heartbeats, apply the fleet's setting, and log outages, until cancelled."""
        while True:
            self._look.clear()
            with suppress(OutageError):
                await self._beat()
                await self.wanting.keep()
            await self.wanting.do()
            self.outage.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._look.wait()

    async def _beat(self) -> None:
        try:
            self._alive(await self.link.do(command_of(BEAT, *self._beating()), CONNECTING))
        except KeptOutError as error:
            self.link.leave(error)

    def _beating(self) -> tuple[list[str], list[str | int]]:
        names = self.names
        lasting = [names.lasting("life"), names.lasting("members")]
        of_life = [names.of_life(kind) for kind in ("epoch", "fingerprint", "wanted", "notes")]
        args: list[str | int] = [KEPT, GONE, self.name, self.state.epoch, self._fingerprint, EXCHANGES_KEPT]
        return [*lasting, *of_life, self.stream], args

    def _alive(self, answer: Sequence[Any]) -> None:
        """Apply the answer of a heartbeat. KeptOutError if the fleet has begun a new life, or has another redaction key."""
        life, epoch, fingerprint, wanted, members = answer
        if life is None or life.decode() != self.names.life:
            raise KeptOutError(ANEW)
        if fingerprint.decode() != self._fingerprint:
            raise KeptOutError(OTHER_KEY)
        self.state.enter(int(epoch))
        self.members = tuple(sorted({member.decode().partition(" ")[0] for member in members}))
        self.wanting.see(wanted, is_new=self._is_new)

    # --- to hear

    async def _hear(self) -> None:
        """Read the notes and exchanges of the other gateways, until cancelled."""
        while True:
            try:
                await self._read()
            except (OSError, RedisError, TimeoutError):
                await asyncio.sleep(BEAT_SECONDS / 2)

    async def _read(self) -> None:
        notes = self.notes.stream
        streams: Any = {notes: self._heard_notes}
        if self.hears is not None:
            if not self._heard_exchanges:
                self._heard_exchanges = await self._beginning()
            streams[self.stream] = self._heard_exchanges
        news: Any = await self._reader.xread(streams, count=AT_ONCE, block=BLOCK)
        for name, entries in news:
            for number, (id_, fields) in enumerate(entries, start=1):
                if name.decode() == self.stream:
                    self._heard_exchanges = id_.decode()
                    self._pass(fields)
                elif notes == self.notes.stream:  # another stream, if the fleet has begun a new life meanwhile
                    self._heard_notes = id_.decode()
                    self._hear_notes(fields)
                if number % A_STEP == 0:
                    await asyncio.sleep(0)

    async def _beginning(self) -> str:
        """Return the id of the entry before the last `LOOK_BACK` exchanges."""
        entries: Any = await self._reader.xrevrange(self.stream, count=LOOK_BACK)
        return str(entries[-1][0].decode()) if len(entries) == LOOK_BACK else "0"

    def _hear_notes(self, fields: dict[bytes, bytes]) -> None:
        notes, own = self.notes.read(fields.get(b"n", b""))
        for note in notes:
            if note[0] == "wanted":
                if not own:
                    self._look.set()
            else:
                self.state.hear(note, own=own)

    def _pass(self, fields: dict[bytes, bytes]) -> None:
        passed = self._passing.read(fields)
        if passed is None or passed.run == self.run or self.hears is None:
            return
        if passed.run.startswith(f"{self.run}."):
            self.hears_own(passed)
            return
        try:
            exchange = exchange_of(passed.entry, passed.gateway)
        except ValueError:
            self.outage.foreign += 1
            return
        self.hears(exchange, passed)


def _nobody(_: Passed) -> None:
    pass
