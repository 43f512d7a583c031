"""The types for writing a check: its input, its findings, and its description.

Facts
-----
* A check returns the place, the found value and the expected value. Its id, severity and page are in its `CheckInfo`. The audit joins both.
* A check is a pure function of parsed values (`Call`, `Answer`). They are made once for the same header values.
* A check declares the header fields that it is about (`reads`). To read an undeclared field by name raises an error. The fields that
  `Call` parses are declared, too. So the gateway knows which checks redaction may blind (core/unseen.py).
* A check over time sees its own slice of the past, under its own key: a small immutable value.
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
    """An exchange as the audit sees it: a live one as it came in, or a recorded interaction."""

    request: Request
    response: Response | None = None
    client: str = ""
    """The address of the device, if it is known."""
    at: float | None = None
    """The time of the exchange, in seconds since the epoch. None if it is unknown."""
    device: str = ""
    """The key of the device. It is the same for all calls of the device. Empty if the device is unknown."""
    inbound: bool = False
    """True: the message as a client sent it to the gateway. False: the message that the gateway sent, or a recorded interaction."""
    origin: str = ""
    """The origin that it goes or went to, such as `https://api.auth.adobe.com`. Empty if it is unknown."""
    ours: bool = True
    """False: another tool recorded it, and it may never have passed a server."""
    identifier: str = ""
    """The device's own identifier, as `core/devices.py` has read it from this request. Empty if it was not read, or if there is none."""


class Noticed(Struct, frozen=True):
    """A finding of a check at one place."""

    where: str
    found: str
    expected: str
    mild: bool = False
    """True: the finding has the check's `milder` severity."""


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
    """The header fields of the request that it is about, in lower case. A `*` at the end stands for any text."""
    presence: bool = False
    """True: it only asks whether fields are there, and does not read their values. So redaction hides nothing from it."""
    reads_target: bool = False
    """True: it judges values in the path or the query, not only the names there."""
    reads_of_answer: frozenset[str] = frozenset()
    """The header fields of the answer that it reads, in lower case."""
    quotes_body: bool = False
    """True: it quotes the answer's body, or names a place in it. Redaction may change both."""
    inbound: bool = False
    """True: it judges values that the gateway changes. So only its live findings are about the client."""
    milder: Severity | None = None
    """The severity of its `mild` findings. None if all its findings have one severity."""
    open: str = ""
    """Open questions of the documentation, in sentences; empty if there are none."""


class SeenExchange(Struct, frozen=True):
    """An exchange as a check over time sees it."""

    call: Call
    answer: Answer | None
    at: float
    """Time of the exchange. 0.0 if there is no date; then only the checks that need no date see the exchange."""


class RequestCheck(Struct, frozen=True, eq=False):
    """Judges a request, with its route."""

    info: CheckInfo
    judge: Callable[[Call], Said]


class TimedCheck(Struct, frozen=True, eq=False):
    """Judges a request at the time at which it was sent. It compares the time with `call.times`, and with nothing else."""

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
    """True: the check skips an exchange without a date. False: the step reads the request alone, not the time and the answer."""
    remembers: Callable[[Answer], bool] | None = None
    """Returns whether a step without a slice may make a slice from an answer. So the step has no slice before the first answer for which this
    is true. The findings of the step are still about the request alone. None: the step does not read the answer."""
    rests: Callable[[Any], float] | None = None
    """Called for a slice that a step did not change, without a finding. Returns until when (seconds since the epoch) the same request
    again leaves the slice unchanged, without a finding. None: no time is known. A step that had no slice, and keeps none, always rests."""


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
        remembers: Callable[[Answer], bool] | None = None,
        rests: Callable[[Any], float] | None = None,
    ) -> Callable[[Callable[[S | None, SeenExchange], tuple[S | None, tuple[Noticed, ...]]]], OverTimeCheck]:
        """Make a check over time. `timed`: it needs the date of each exchange, or the answer. For the others, see `OverTimeCheck`."""

        def made(step: Callable[[S | None, SeenExchange], tuple[S | None, tuple[Noticed, ...]]]) -> OverTimeCheck:
            return OverTimeCheck(self._info(step), key, step, timed, remembers, rests)

        return made
