"""The log lines of similar exchanges share a level, the counted findings, and all text outside the line's blanks.

Facts
-----
* Similar exchanges differ only in time, id, device, path, duration and counts. Most new exchanges are similar to earlier ones.
* A line shows a finding in full if it is new to the device. So similar exchanges have a few different lines.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct, field

from gateway.core.bounded import Bounded
from gateway.core.model import Exchange, Finding, Severity, Source
from gateway.exchanges.line_form import is_repeated, rewritten_of
from gateway.exchanges.logged import URL, level_of, told_of, upstream_of

MOST_LINES = 4
"""Largest number of different lines that are kept for similar exchanges."""

_Key: TypeAlias = tuple[tuple[Finding, ...], str, int, Source, str, str]
"""Findings, method, status, source, upstream, address."""


class Alike(Struct):
    """The values that similar exchanges share."""

    level: Severity
    told: tuple[str, ...]
    """The findings that are counted for the device, in order."""
    is_kept: bool = False
    """Whether these values are remembered, because similar exchanges came more than once."""
    lines: dict[tuple[bool, ...], tuple[str, ...]] = field(default_factory=dict)
    """The parts of a line between its blanks. The dict's key says of each counted finding whether it is new to the device."""


class Alikes:
    """Finds the values that an exchange shares with earlier exchanges."""

    def __init__(self) -> None:
        self._kept: Bounded[_Key, Alike] = Bounded(
            "lines of exchanges alike", 2 << 20, longest=64 << 10, size=_size, regulars=True
        )

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def of(self, exchange: Exchange, address: str) -> Alike | None:
        """Return the values that an exchange without an error shares with similar exchanges. None: its line has more texts of its own.

        `address`: the address of the exchange's device, as the log shows it.
        """
        reply = exchange.reply
        if reply.damage is not None or not is_repeated(exchange) or URL in reply.headers or rewritten_of(exchange):
            return None
        findings, method, upstream = exchange.findings, exchange.received.method, upstream_of(exchange, None)
        key: _Key = findings, method, reply.status, reply.source, upstream, address
        alike: Alike | None = self._kept.get(key)
        if alike is None:
            alike = Alike(level_of(findings, None), tuple(told_of(method, "", findings, None)))
            alike.is_kept = self._kept.put(key, alike)
        return alike


def _size(key: _Key, _: Alike) -> int:
    """Estimate the size of an entry with all its lines, in bytes."""
    findings, address = key[0], key[-1]
    texts = sum([len(finding.where) + len(finding.found) + len(finding.expected) + 500 for finding in findings])
    return 1000 + (1 + MOST_LINES) * (600 + texts + len(address))
