"""The fleet's exchanges. Each gateway writes its own, redacted, into a bounded stream of Redis, and reads the others' exchanges.

Facts
-----
* An entry is an exchange as a history has it, after the same last search for secrets (`history/keeping.py`), with the gateway's name.
* If Redis does not answer, entries wait, within bounds. So only a long outage loses entries.
* If the answer of Redis was lost, the entry is written again. Readers recognise the copy by gateway, run and number.
* Anybody who can write into Redis can write an entry. So entries are read like bytes from the network: an invalid entry is skipped.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from gateway.core.bounded import Bounded
from gateway.core.model import Exchange
from gateway.core.severity import RANK
from gateway.fleet.address import CONNECTING
from gateway.fleet.link import Link, Part
from gateway.history.database import HistoryRow
from gateway.history.keeping import NONE

MOST = 100_000
"""Approximate number of exchanges that the stream keeps: 150 MiB in Redis."""
AGAIN = 0.2
"""Seconds until waiting entries are offered to Redis again."""
WAITING = 10_000
"""Largest number of a gateway's exchanges that wait while Redis does not answer."""
AT_ONCE = 20
"""Largest number of exchanges in one write. They share a pipeline with steps for which other exchanges wait."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}")
LONGEST = 1 << 20
"""Longest entry that is read, in bytes."""


class Passed(Struct, frozen=True):
    """An exchange of the stream."""

    gateway: str
    run: str
    """The process of the gateway."""
    number: int
    """The number of the exchange in that process."""
    route: str
    entry: bytes
    """The exchange's stored form (`cassettes/entries.py`)."""


class Publishing:
    """Writes a gateway's exchanges into the stream, for all gateways."""

    is_open = False

    def __init__(self, link: Link, stream: str, gateway: str, run: str) -> None:
        self._link = link
        self._stream = stream
        self._about = ("g", gateway, "r", run)
        self._number = 0

    async def write(self, rows: Sequence[HistoryRow]) -> None:
        """Write exchanges into the stream. Try again until Redis has them."""
        waiting: list[tuple[Part, ...]] = []
        for row in rows:
            self._number += 1
            waiting.append((*self._about, "n", self._number, "t", row.route, "e", row.entry))
        while waiting:
            some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            adding = [self._link.do(("XADD", self._stream, "MAXLEN", "~", MOST, "*", *one), CONNECTING) for one in some]
            added = await asyncio.gather(*adding, return_exceptions=True)
            refused = [one for one, id_ in zip(some, added, strict=True) if isinstance(id_, BaseException)]
            if refused:
                waiting = refused + waiting
                await asyncio.sleep(AGAIN)

    async def close(self) -> None:
        """Close nothing: the link stays open."""


class Passing:
    """Reads the stream, and returns each exchange once."""

    def __init__(self) -> None:
        self._met: Bounded[tuple[str, str, int], bool] = Bounded("exchanges of the fleet that were read", 4 << 20)

    def read(self, fields: Mapping[bytes, bytes]) -> Passed | None:
        """Return the exchange of an entry. None for an invalid entry, or an entry that was read before."""
        try:
            gateway, run = fields[b"g"].decode(), fields[b"r"].decode()
            passed = Passed(gateway, run, int(fields[b"n"][:20]), fields[b"t"].decode(), fields[b"e"])
        except (KeyError, ValueError):
            return None
        key = passed.gateway, passed.run, passed.number
        if not _NAME.fullmatch(passed.gateway) or len(passed.entry) > LONGEST or self._met.get(key, default=False):
            return None
        self._met.put(key, value=True)
        return passed


def row_of(exchange: Exchange, passed: Passed) -> HistoryRow:
    """Return the row of a history for an exchange of the stream."""
    found = exchange.findings
    return HistoryRow(
        at=exchange.at,
        device=exchange.device.name,
        method=exchange.received.method,
        target=exchange.received.target,
        route=passed.route,
        status=exchange.reply.status,
        source=exchange.reply.source,
        severity=min((RANK[finding.severity] for finding in found), default=NONE),
        findings=tuple(dict.fromkeys(finding.id for finding in found)),
        entry=passed.entry,
    )
