"""A line of the log as a form with blanks: when an exchange is repeated, only the blanks are filled in.

Facts
-----
* For the same head, reply, faults and findings, the log line is the same, except for four values: the time, the id, the duration,
  and how often the device has had each finding. These are the blanks.
* Exchanges that come for the first time are mostly like others: but for the device and the path, which are two blanks more, their lines are the same.
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
"""Marks have fifteen digits: JSON writes them as they are, whether they are a number or a text."""
LONGEST = 4096
"""Characters of a line that is kept."""


class LineForm(Struct):
    """What the log tells of an exchange, as often as it is had."""

    log: object
    """Whose it is."""
    device: Device
    status: int
    sources: tuple[Source, ...]
    """Who answered: the app, and what was sent for it."""
    rewritten: tuple[tuple[str, str, int], ...]
    """Method, target and status of what was sent where a rule has made that."""
    faults: str
    """What was done to the reply on purpose: the line names it, whoever answered."""
    headers: Headers
    """Header fields of the reply; a URL in them is in the line."""
    has_urls: bool
    findings: tuple[Finding, ...]
    told: tuple[str, ...]
    """What is counted for the device: each finding, in order."""
    shown: tuple[object, ...]
    """The texts of the exchange that stand in the line."""
    generation: int
    """How much the redaction knew when those were found to have no secret."""
    parts: tuple[str, ...]
    """The line between its blanks."""
    of: Again | None = None
    """The exchange whose repeats this form tells of."""

    def tells_of(self, exchange: Exchange) -> bool:
        """Whether this is the line of an exchange with the same head."""
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
"""Stands where an exchange was told of once: it is nobody's."""


def sources_of(exchange: Exchange) -> tuple[Source, ...]:
    """Return who answered: the app, and what was sent for it."""
    legs = exchange.legs
    if len(legs) == 1:  # as of most
        return exchange.reply.source, legs[0].response.source
    return (exchange.reply.source, *[leg.response.source for leg in legs])


def rewritten_of(exchange: Exchange) -> tuple[tuple[str, str, int], ...]:
    """Return method, target and status of what was sent in the app's place, where a rule has made any of it."""
    legs = exchange.legs
    for leg in legs:
        if leg.request.rewritten_from:
            return tuple([(leg.request.method, leg.request.target, leg.response.status) for leg in legs])
    return ()


def is_repeated(exchange: Exchange) -> bool:
    """Whether the log may tell the same again: something was sent, and none of its answers is the gateway's own."""
    for leg in exchange.legs:  # a generator costs more than most legs
        if leg.response.source == "gateway":
            return False
    return bool(exchange.legs)


def blanked(logged: Logged, render: Callable[[Logged], str], *fields: str) -> tuple[str, ...]:
    """Return the parts of the line of `logged` between its blanks, for `filled`. `fields` are further blanks, before the milliseconds."""
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
    start, done = f"{parts[0]}{at}{parts[1]}{id_}", 2
    for field in fields:
        start += parts[done] + field
        done += 1
    start += f"{parts[done]}{ms:.1f}{parts[done + 1]}"
    if len(times) == 1:  # as most often
        return f"{start}{times[0]}{parts[done + 2]}"
    return start + "".join([f"{number}{part}" for number, part in zip(times, parts[done + 2 :], strict=True)])


def named(parts: tuple[str, ...], *fields: str) -> tuple[str, ...]:
    """Return the parts of a line with these fields filled in: what is left blank is what `filled` has without fields."""
    rest = len(fields) + 2
    between = "".join([text for part, field in zip(parts[2:rest], fields, strict=True) for text in (part, field)])
    return (*parts[:2], between + parts[rest], *parts[rest + 1 :])


def is_plain(text: str) -> bool:
    """Whether JSON writes a text as it is."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
