"""A line of the log as a form with blanks: when an exchange is repeated, only the blanks are filled in.

Facts
-----
* For the same head, reply, faults and findings, the log line is the same, except for four values: the time, the id, the duration,
  and how often the device has had each finding. These are the blanks.
* The line of a new exchange mostly differs from an earlier line only in the device and the path. These are two more blanks.
* A form is made from a line that was rendered as usual, with a mark in each blank. Marks are random, so no text of a
  client can look like a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from secrets import randbelow

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.device import NOBODY, Device
from gateway.core.model import Exchange, Finding, Headers, Source
from gateway.exchanges.again import Again
from gateway.exchanges.logged import URL, Logged, faults_of

_LEAST, _MOST = 10**14, 10**15
"""Marks have fifteen digits. JSON writes such a mark unchanged, as a number and as a text."""
LONGEST = 4096
"""Characters of the longest line that is kept."""


class LineForm(Struct):
    """The log line of an exchange and of its repeats."""

    log: object
    """The `Log` that made this form."""
    device: Device
    status: int
    sources: tuple[Source, ...]
    """Who answered the app, and who answered each leg."""
    rewritten: tuple[tuple[str, str, int], ...]
    """Method, target and status of each leg if a rule rewrote one of them; else empty."""
    faults: str
    """The names of the reply's faults, joined with `+`. The line shows them, whoever answered."""
    headers: Headers
    """Header fields of the reply. The line shows the logout URLs in them."""
    has_urls: bool
    findings: tuple[Finding, ...]
    told: tuple[str, ...]
    """What is counted for the device: each finding, in order."""
    shown: tuple[object, ...]
    """The texts of the exchange that stand in the line."""
    generation: int
    """The redaction's generation when it found no secret in `shown`."""
    parts: tuple[str, ...]
    """The line between its blanks."""
    of: Again | None = None
    """The exchange whose repeats have this line."""

    def tells_of(self, exchange: Exchange) -> bool:
        """Whether this form fits an exchange with the same head."""
        reply = exchange.reply
        return (
            reply.status == self.status
            and exchange.received.device is self.device
            and sources_of(exchange) == self.sources
            and rewritten_of(exchange) == self.rewritten
            and faults_of(reply) == self.faults
            and exchange.findings == self.findings
            and (reply.headers is self.headers or not (self.has_urls or URL in reply.headers))
        )


MET = LineForm(None, NOBODY, 0, (), (), "", Headers(), False, (), (), (), 0, ())
"""Placeholder for a head whose exchange was logged once. It belongs to no log."""


def sources_of(exchange: Exchange) -> tuple[Source, ...]:
    """Return who answered the app, and who answered each leg."""
    legs = exchange.legs
    if len(legs) == 1:  # the usual case
        return exchange.reply.source, legs[0].response.source
    return (exchange.reply.source, *[leg.response.source for leg in legs])


def rewritten_of(exchange: Exchange) -> tuple[tuple[str, str, int], ...]:
    """Return method, target and status of each leg if a rule rewrote one of them; else an empty tuple."""
    legs = exchange.legs
    for leg in legs:
        if leg.request.rewritten_from:
            return tuple([(leg.request.method, leg.request.target, leg.response.status) for leg in legs])
    return ()


def is_repeated(exchange: Exchange) -> bool:
    """Whether the log line may be repeated: there is a leg, and no leg was answered by the gateway itself."""
    for leg in exchange.legs:  # a generator would cost more than this loop
        if leg.response.source == "gateway":
            return False
    return bool(exchange.legs)


def blanked(logged: Logged, render: Callable[[Logged], str], *fields: str) -> tuple[str, ...]:
    """Return the parts of the line of `logged` between its blanks, for `filled`. `fields`: more blanks, before the milliseconds."""
    marks = [str(_LEAST + randbelow(_MOST - _LEAST)) for _ in range(3 + len(fields) + len(logged.findings))]
    at, id_, *others, ms = marks[: 3 + len(fields)]
    times = marks[3 + len(fields) :]
    findings = [replace(finding, times=int(mark)) for finding, mark in zip(logged.findings, times, strict=True)]
    named = dict(zip(fields, others, strict=True))
    rest = render(replace(logged, timestamp=at, id=id_, ms=int(ms), findings=findings, **named))
    parts: list[str] = []
    for mark in marks:
        part, _, rest = rest.partition(mark)
        parts.append(part)
    return (*parts, rest)


def filled(parts: tuple[str, ...], at: str, id_: str, ms: float, times: Sequence[int], *fields: str) -> str:
    """Return a line with its blanks filled in: time, id, the fields, milliseconds, and how often the device has had each finding."""
    if len(times) == 1 and not fields:  # the usual case
        return f"{parts[0]}{at}{parts[1]}{id_}{parts[2]}{ms:.1f}{parts[3]}{times[0]}{parts[4]}"
    if len(times) == 1 and len(fields) == 2:  # noqa: PLR2004  # the usual new exchange
        (one, two), (number,) = fields, times
        return (
            f"{parts[0]}{at}{parts[1]}{id_}{parts[2]}{one}{parts[3]}{two}{parts[4]}{ms:.1f}{parts[5]}{number}{parts[6]}"
        )
    start, done = f"{parts[0]}{at}{parts[1]}{id_}", 2
    for field in fields:
        start += parts[done] + field
        done += 1
    start += f"{parts[done]}{ms:.1f}{parts[done + 1]}"
    return start + "".join([f"{number}{part}" for number, part in zip(times, parts[done + 2 :], strict=True)])


def named(parts: tuple[str, ...], *fields: str) -> tuple[str, ...]:
    """Fill in the fields of a line, and return its new parts. The remaining blanks are those of `filled` without fields."""
    rest = len(fields) + 2
    between = "".join([text for part, field in zip(parts[2:rest], fields, strict=True) for text in (part, field)])
    return (*parts[:2], between + parts[rest], *parts[rest + 1 :])


def is_plain(text: str) -> bool:
    """Whether JSON writes a text as it is."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
