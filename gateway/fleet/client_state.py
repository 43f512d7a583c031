"""The gateway's own client, shared by all gateways of a fleet: its sealed credentials and access token, and the locks for asking Adobe.

Facts
-----
* The gateway uses the entry in Redis rather than its file: the token of another gateway is as good as its own. It also keeps the file
  up to date, for the time when Redis does not answer.
* Of two entries, the one with the newer token stays. So a gateway that gives up an old token does not remove a new one.
* One gateway at a time registers, and one at a time asks for a token. If the gateway is killed, its lock ends by itself soon after.
* Threads and background tasks make these calls. An exchange never waits for Redis here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from secrets import token_hex
from typing import Any

from gateway.fleet.address import CONNECTING
from gateway.fleet.link import Link, command_of
from gateway.fleet.names import CREDENTIALS_KEPT, KeyNames
from gateway.fleet.outage import OutageError
from gateway.fleet.scripts import HOLD, LOCK
from gateway.fleet.sealing import NotSealedError
from gateway.transports.clients import REGISTERING, StateFile
from gateway.transports.token_holder import Entry

HELD = 3000
"""Milliseconds after which a lock ends if nobody renews it."""
LOOK_AGAIN = 0.05
"""Seconds between two tries to get a lock."""


class FleetClients:
    """The state of clients in Redis, with this gateway's file as a copy."""

    def __init__(self, link: Link, names: KeyNames, file: StateFile) -> None:
        self._link = link
        self._names = names
        self._file = file
        self.place = f"the fleet, or {file.place}"

    def load(self, key: str) -> Entry:
        """Return the fleet's entry under `key`; without one, the entry of the file."""
        return self._fleets(key) or self._file.load(key)

    def save(self, key: str, entry: Entry) -> Entry:
        """Keep `entry` in the fleet and in the file. Credentials that the fleet has stay; of two tokens, the newer one stays."""
        theirs = self._fleets(key)
        if theirs.get("made_for") == entry.get("made_for"):
            known = theirs.get("client_id")
            others = known and entry.get("client_id") not in {None, known}
            if others or _at(theirs) > _at(entry):
                entry = {**entry, **theirs}
        entry = self._file.save(key, entry)
        place = self._place(key)
        sealed = self._names.sealing.seal(json.dumps(entry).encode(), place)
        self._ask(("SET", place, sealed, "PX", CREDENTIALS_KEPT))
        return entry

    @asynccontextmanager
    async def registering(self) -> AsyncIterator[None]:
        """Let one gateway at a time register; TimeoutError after `REGISTERING`."""
        async with self._file.registering(), self._alone("registering", must=True):
            yield

    @asynccontextmanager
    async def renewing(self, key: str) -> AsyncIterator[bool]:
        """Let one gateway at a time ask for a token; the next gateway finds the first one's token."""
        async with self._alone(f"renewing {key}", must=False) as alone:
            yield alone

    @asynccontextmanager
    async def _alone(self, what: str, *, must: bool) -> AsyncIterator[bool]:
        """Enter with the lock, and yield True. If Redis does not answer, enter without the lock, and yield False.

        If the lock is not free within `REGISTERING`, a caller that `must` be alone gets TimeoutError. Another caller enters, with False.
        """
        key, me = self._names.lasting(f"lock:{self._names.sealing.pseudonym('lock', what)}"), token_hex(8)
        try:
            async with asyncio.timeout(REGISTERING):
                while not await self._link.do(command_of(LOCK, [key], [HELD, me]), CONNECTING):  # noqa: ASYNC110  # Redis tells nobody that a lock is free
                    await asyncio.sleep(LOOK_AGAIN)
        except (OutageError, TimeoutError) as error:
            if must and isinstance(error, TimeoutError):
                raise
            self._link.outage.went_on()
            yield False
            return
        holding = asyncio.create_task(self._hold(key, me))
        try:
            yield True
        finally:
            holding.cancel()
            self._link.send(*command_of(HOLD, [key], [0, me]))

    async def _hold(self, key: str, me: str) -> None:
        while True:
            await asyncio.sleep(HELD / 3000)
            with suppress(OutageError):
                await self._link.do(command_of(HOLD, [key], [HELD, me]), CONNECTING)

    def _fleets(self, key: str) -> Entry:
        place = self._place(key)
        sealed = self._ask(("GET", place))
        if not sealed:
            return {}
        try:
            entry = json.loads(self._names.sealing.unseal(sealed, place))
        except (NotSealedError, ValueError):
            self._link.outage.foreign += 1
            return {}
        return entry if isinstance(entry, dict) else {}

    def _place(self, key: str) -> str:
        return self._names.lasting(f"client:{self._names.sealing.pseudonym('client', key)}")

    def _ask(self, command: tuple[Any, ...]) -> Any:
        """Return the answer of Redis, for a caller in another thread. None if Redis does not answer."""
        asked = asyncio.run_coroutine_threadsafe(self._link.do(command, CONNECTING), self._link.loop)
        try:
            return asked.result(2 * CONNECTING)
        except (OutageError, TimeoutError):
            return None


def _at(entry: Entry) -> float:
    at = entry.get("obtained_at")
    return float(at) if isinstance(at, int | float) else 0.0
