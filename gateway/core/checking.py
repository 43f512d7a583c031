"""The types for writing a check: its input, its findings, and its description.

Facts
-----
* A check says where, what it found and what it expected. Its id, severity and page are its `CheckInfo`; the audit puts both together.
* What it is given are parsed values (`Call`, `Answer`), made once for the same header values; so it is a pure function of them.
* A check declares the header fields that it is about (`reads`): what it asks for by name is not there unless it is declared, and
  asking for it raises; what `Call` parses is declared, too, so that it is known which checks redaction may blind (core/unseen.py).
* A check over time sees one slice of the past, its own, by its own key: a small immutable value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct

from gateway.core.adobe.answer import Answer
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import Route
from gateway.core.model import Request, Response, Severity

Reason: TypeAlias = Literal["redacted", "no date", "too long"]
S = TypeVar("S")


class Judged(Struct, frozen=True):
    """An exchange as the audit sees it: live as it came in, or a recorded interaction."""

    request: Request
    response: Response | None = None
    client: str = ""
    """The address of the device, where it is known."""
    at: float | None = None
    """Seconds since the epoch; None if nothing says when it was."""
    device: str = ""
    """The key of the device, the same on each of its calls; empty if the device is unknown."""
    inbound: bool = False
    """True: the message as a client sent it to the gateway. False: what went out, or a recorded interaction."""
    origin: str = ""
    """Where it goes or went, such as `https://api.auth.adobe.com`; empty if that is not known."""
    ours: bool = True
    """False: another tool recorded it, so that it may never have passed a server on its way."""


class Noticed(Struct, frozen=True):
    """A finding of a check at one place."""

    where: str
    found: str
    expected: str
    mild: bool = False
    """True: it is of the check's `milder` severity."""


class NotJudged(NamedTuple):
    """A part that a check could not judge, and the reason."""

    id: str
    reason: Reason


REDACTED: Reason = "redacted"
NO_DATE: Reason = "no date"
TOO_LONG: Reason = "too long"

Said: TypeAlias = Iterable[Noticed | Reason]


class CheckInfo(Struct, frozen=True):
    """The description of a check."""

    id: str
    severity: Severity
    title: str
    page: str
    fix: str
    """The advice, in one sentence."""
    explanation: str
    """The check's own documentation, at length."""
    status: int = 0
    """The status of Adobe's answer to this mistake; 0 if Adobe answers as usual, or if no page says it."""
    code: str = ""
    """The enhanced error code of that answer."""
    reads: frozenset[str] = frozenset()
    """The header fields of the request that it is about, in lower case; a `*` at the end stands for whatever follows."""
    presence: bool = False
    """True: it asks whether fields are there, and nothing of what they say; redaction hides nothing of that."""
    reads_target: bool = False
    """True: it judges what stands in the path or the query, beyond the names there."""
    reads_of_answer: frozenset[str] = frozenset()
    """The header fields of the answer that it reads, in lower case."""
    quotes_body: bool = False
    """True: it quotes the answer's body, or says where in it something stands; redaction may change both."""
    inbound: bool = False
    """True: it judges what changes on the way through the gateway, so only its live findings speak of the client."""
    milder: Severity | None = None
    """The severity of what it calls `mild`; None if all that it finds is of one severity."""
    open: str = ""
    """Open questions of the documentation, in sentences; empty if there are none."""


class SeenExchange(Struct, frozen=True):
    """An exchange as a check over time sees it."""

    call: Call
    answer: Answer | None
    at: float
    """0.0 if there is no date; then only checks that need none see the exchange."""


class RequestCheck(Struct, frozen=True, eq=False):
    """Judges a request, with its route."""

    info: CheckInfo
    judge: Callable[[Call], Said]


class TimedCheck(Struct, frozen=True, eq=False):
    """Judges a request against the time at which it was sent: compares it with `call.moments`, and with nothing else."""

    info: CheckInfo
    judge: Callable[[Call, float | None], Said]


class AnswerCheck(Struct, frozen=True, eq=False):
    """Judges an answer, with the route of its request."""

    info: CheckInfo
    judge: Callable[[Route | None, Answer], Said]


class OverTimeCheck(Struct, frozen=True, eq=False):
    """Judges an exchange by earlier exchanges with the same key."""

    info: CheckInfo
    key: Callable[[Call], str | None]
    step: Callable[[Any, SeenExchange], tuple[Any, tuple[Noticed, ...]]]
    timed: bool
    """True: an exchange without a date is passed over. False: the step looks at the request alone, not at time and answer."""
    remembers_answer: bool = False
    """True: the step remembers something of the answer. What it finds, it finds of the request alone."""
    rests: Callable[[Any], float] | None = None
    """Returns until when (seconds since the epoch) a slice that a step left as it was, and said nothing, is left so by the same request
    again. None: no such time is known. A step that keeps nothing of an exchange, where nothing was kept before, does so at any time."""


Check: TypeAlias = RequestCheck | TimedCheck | AnswerCheck | OverTimeCheck


class About(Struct, frozen=True, kw_only=True):
    """The decorator of a check, with its description. The last part says the kind: `.request`, `.timed`, `.answer`, `.over_time`."""

    id: str
    severity: Severity
    title: str
    page: str
    fix: str
    status: int = 0
    code: str = ""
    reads: Collection[str] = ()
    presence: bool = False
    reads_target: bool = False
    reads_of_answer: Collection[str] = ()
    quotes_body: bool = False
    inbound: bool = False
    milder: Severity | None = None
    open: str = ""

    def _info(self, judge: Callable[..., object]) -> CheckInfo:
        explanation = str(getattr(judge, "__globals__", {}).get("__doc__") or "")
        return CheckInfo(
            self.id,
            self.severity,
            self.title,
            self.page,
            self.fix,
            explanation,
            self.status,
            self.code,
            reads=frozenset(self.reads),
            presence=self.presence,
            reads_target=self.reads_target,
            reads_of_answer=frozenset(self.reads_of_answer),
            quotes_body=self.quotes_body,
            inbound=self.inbound,
            milder=self.milder,
            open=self.open,
        )

    def request(self, judge: Callable[[Call], Said]) -> RequestCheck:
        """Make a check of a request."""
        return RequestCheck(self._info(judge), judge)

    def timed(self, judge: Callable[[Call, float | None], Said]) -> TimedCheck:
        """Make a check of a request at a time."""
        return TimedCheck(self._info(judge), judge)

    def answer(self, judge: Callable[[Route | None, Answer], Said]) -> AnswerCheck:
        """Make a check of an answer."""
        return AnswerCheck(self._info(judge), judge)

    def over_time(
        self,
        key: Callable[[Call], str | None],
        *,
        timed: bool = True,
        remembers_answer: bool = False,
        rests: Callable[[Any], float] | None = None,
    ) -> Callable[[Callable[[S | None, SeenExchange], tuple[S | None, tuple[Noticed, ...]]]], OverTimeCheck]:
        """Make a check over time of its step; `timed`: it needs the date of each exchange, or its answer, of which it may remember something; `rests` as in `OverTimeCheck`."""

        def made(step: Callable[[S | None, SeenExchange], tuple[S | None, tuple[Noticed, ...]]]) -> OverTimeCheck:
            return OverTimeCheck(self._info(step), key, step, timed, remembers_answer, rests)

        return made
