"""Judges an exchange by every check. Only the new parts of a message cost time.

Facts
-----
* The findings about a request depend on its method, its target, the fields that the checks read (`reads`), the device's address and
  the destination. They change with the time only when one of `call.times` passes. So a request is judged once, and its findings
  are kept with its head. The findings of most checks depend on less: on the kind of the call (`kinds.py`, `against_clock.py`), or on a
  part of it (`by_parts.py`). So a new token of the usual kind costs no check of the request. A new value in the path costs only the checks
  that read the path (`path_variants.py`). No earlier request is looked for if the connection knows that the fields are new.
* The findings about an answer depend on the route, the status, the fields that the checks read (`reads_of_answer`) and the body.
* All memories are bounded. Very long messages are soon forgotten.
* A live call is judged in two steps: `before` it is sent, and `after` it was answered. A recorded call is judged in one step. The
  findings are the same. Earlier calls are considered before the call is sent. So a call that ends meanwhile does not change them.
* The caller passes the slices of the past, and gets the changed slices back. This module remembers no exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe import answer as answers
from gateway.core.adobe import call as calls
from gateway.core.adobe.answer import LONGEST_BODY, Answer
from gateway.core.adobe.call import LONGEST_FORM, Call, is_form_route
from gateway.core.adobe.reads import LONGEST_NAME, Reads, lower_name
from gateway.core.adobe.routes import LONGEST_PATH, Misplaced, Route, place_of
from gateway.core.against_clock import NEVER, AgainstTheClock, Phase
from gateway.core.bounded import Bounded, remembered
from gateway.core.by_parts import ByParts
from gateway.core.checking import (
    TOO_LONG,
    AnswerCheck,
    Check,
    CheckInfo,
    Judged,
    NotJudged,
    OverTimeCheck,
    RequestCheck,
    SeenExchange,
    TimedCheck,
)
from gateway.core.kinds import Kind, Kinds
from gateway.core.memo import memo_of
from gateway.core.model import Body, Headers, RawHeaders, Request, Response, Severity
from gateway.core.state import Slices
from gateway.core.steps_of import StepsOf, StepsOfCall
from gateway.core.unchanged import Half, Recalled, Unchanged
from gateway.core.verdict import NOTHING, Verdict, all_of, heard

__all__ = [
    "Audit", "Check", "CheckInfo", "Judged", "NotJudged", "Setting", "Slices",
]  # fmt: skip

Setting: TypeAlias = Literal["off", "error", "warning", "info"]

REMEMBERED = 16 << 20
"""Limit of the kept requests with their findings, in bytes. The kept answers have the same limit."""
LONGEST_KEPT = 1 << 16
"""Largest kept request or answer, in bytes."""
LATELY = 2 << 20
"""Limit of the kept requests without a memo, in bytes. Such a request is kept, because it is needed again when its answer is judged."""

_About: TypeAlias = tuple[str, str, str, bool, str, bool]
"""The fields of `Judged` that say who asked whom: `client`, `device`, `identifier`, `inbound`, `origin` and `ours`."""
_Key: TypeAlias = tuple[str, str, RawHeaders, bytes, bool, _About]
"""The inputs of a judgement: the arguments of `Audit._prepare`."""
_OfVariants: TypeAlias = tuple[str, Route, Misplaced, str, RawHeaders, bytes, bool, _About]
"""The inputs of a judgement without the values in the path: the method, the route, the mistakes of the path, the query, and the rest."""
_WholeAnswer: TypeAlias = tuple[str, int, Headers, Body]
"""The route's name, and the whole answer."""
_AnswerKey: TypeAlias = tuple[str, int, RawHeaders, bytes | None]
"""The route's name, and the parts of an answer that the checks judge."""


class _Prepared(Struct):
    """A request's header values, parsed, and their findings so far."""

    call: Call
    kind: Kind | None
    over_time: StepsOfCall
    judged: tuple[Phase, Verdict] = (NEVER, NOTHING)
    """The phase in which it was judged last, and the findings in this phase."""


class Audit:
    """The checks under one configuration. Its results depend only on its arguments. Its memory only saves time."""

    def __init__(self, checks: Sequence[Check], settings: Mapping[str, Setting] | None = None) -> None:
        """Make an audit. `settings` switches a check off, or changes its severity. An id that no check has raises ValueError."""
        settings = settings or {}
        unknown = sorted(settings.keys() - {check.info.id for check in checks})
        if unknown:
            message = f"no check is called {', '.join(unknown)}"
            raise ValueError(message)
        self.checks: tuple[tuple[Check, Severity], ...] = tuple(
            (check, severity)
            for check in checks
            for severity in [settings.get(check.info.id, check.info.severity)]
            if severity != "off"
        )
        # the fields that a check reads do not depend on the other checks
        self._reads = Reads({name for check in checks for name in check.info.reads})
        self._reads_of_answer = Reads({name for check in checks for name in check.info.reads_of_answer})
        self.reads_date = any("date" in Reads(check.info.reads_of_answer) for check, _ in self.checks)
        """Whether a check reads the Date of an answer."""
        self._is_read = _among(Reads(calls.PARSED), self._reads)
        self._is_read_of_answer = _among(Reads(answers.PARSED), self._reads_of_answer)
        self._answers = [(c, s) for c, s in self.checks if isinstance(c, AnswerCheck)]
        requests = [partial(heard, c.info, s, c.judge) for c, s in self.checks if isinstance(c, RequestCheck)]
        self._requests = ByParts("audit by parts", requests, REMEMBERED // 4 * 3)
        self._kinds = Kinds("audit kinds", REMEMBERED // 4, self._requests.plan)
        self._prepared_before: Bounded[_OfVariants, _Prepared] = Bounded(
            "audit requests", REMEMBERED, longest=LONGEST_KEPT, size=_size_of_prepared, regulars=True
        )
        """Of all requests that differ only in the values in their path, the first one."""
        self._timed = AgainstTheClock(
            [partial(heard, c.info, s, c.judge) for c, s in self.checks if isinstance(c, TimedCheck)]
        )
        self._steps_of = StepsOf([(c, s) for c, s in self.checks if isinstance(c, OverTimeCheck)])
        self._read_again: Callable[[Judged], Call] = lambda judged: self._prepared(judged).call
        self._lately: Bounded[_Key, _Prepared] = Bounded("audit lately", LATELY, longest=LATELY, size=_size_of_prepared)
        self._whole_before: Bounded[_WholeAnswer, tuple[Answer, Verdict]] = Bounded(
            "audit whole answers", 4 << 20, longest=LONGEST_KEPT, size=_size_of_whole_answer, regulars=True
        )
        self._answered_before: Bounded[_AnswerKey, tuple[Answer, Verdict]] = Bounded(
            "audit answers", REMEMBERED, longest=LONGEST_KEPT, size=_size_of_answer
        )

    def __call__(self, judged: Judged, slices: Slices) -> Verdict:
        """Judge an exchange by all checks: its request, its answer, and the exchanges before it."""
        prepared = self._prepared(judged)
        at = judged.at
        verdict = self._request(prepared, at)
        answer: Answer | None = None
        answered = NOTHING
        if judged.response is not None and judged.response.source != "gateway":
            answer, answered = self._answered(prepared.call.route, judged.response)
        findings, not_judged, defects = verdict.findings, verdict.not_judged, verdict.defects
        if answered is not NOTHING:
            findings += answered.findings
            not_judged += answered.not_judged
            defects += answered.defects
        over_time = prepared.over_time.all.take(SeenExchange(prepared.call, answer, at or 0.0), at, slices)
        return Verdict(
            findings + over_time.findings,
            not_judged + over_time.not_judged,
            defects + over_time.defects,
            over_time.slices,
        )

    def request(self, judged: Judged) -> Verdict:
        """Judge a request alone, before anything is sent. `enforce` needs this."""
        return self._request(self._prepared(judged), judged.at)

    def before(self, judged: Judged, slices: Slices) -> Verdict:
        """Judge a request that is about to be sent, by itself and by the exchanges before it."""
        prepared, at = self._prepared(judged), judged.at
        verdict = self._request(prepared, at)
        over_time = prepared.over_time.all.take(SeenExchange(prepared.call, None, at or 0.0), at, slices)
        if over_time is NOTHING:
            return verdict
        remembering, kept = prepared.over_time.remembering.slots, over_time.slices
        if not dict(kept).keys().isdisjoint(remembering):
            kept = tuple([entry for entry in kept if entry[0] not in remembering])
        return Verdict(
            verdict.findings + over_time.findings,
            verdict.not_judged + over_time.not_judged,
            verdict.defects + over_time.defects,
            kept,
        )

    def after(self, judged: Judged, slices: Slices) -> Verdict:
        """Judge the answer to a request that was judged before, and return what the checks over time remember of it."""
        prepared, at = self._prepared(judged), judged.at
        answer, answered = None, NOTHING
        if judged.response is not None and judged.response.source != "gateway":
            answer, answered = self._answered(prepared.call.route, judged.response)
        if not prepared.over_time.remembering.slots:
            return answered
        over_time = prepared.over_time.remembering.take(SeenExchange(prepared.call, answer, at or 0.0), at, slices)
        if over_time is NOTHING:
            return answered
        return Verdict(answered.findings, answered.not_judged, answered.defects + over_time.defects, over_time.slices)

    def unchanged(
        self, judged: Judged, of: Request, *, before: int | None = None, after: int | None = None
    ) -> Unchanged | None:
        """Return what tells whether the next equal exchange gets the same findings. None if this cannot be known.

        `before` and `after`: the numbers of findings before the request was sent, and of its answer; None for a half that is not tested.
        `of`: the request. The call is read from it again if a step needs more of the call.
        """
        prepared, at = self._prepared(judged), judged.at
        if at is None:
            return None
        halves: list[Half] = []
        if before is not None:
            asked = self._request(prepared, at)
            # defects and unjudged parts are counted each time
            if asked.not_judged or asked.defects or before != len(asked.findings):
                return None
            (phase, _), over_time = prepared.judged, prepared.over_time
            halves.append(Half(over_time.all, None, phase.since, phase.until, over_time.remembering.slots))
        if after is not None:
            answer, answered = None, NOTHING
            if judged.response is not None:
                answer, answered = self._answered(prepared.call.route, judged.response)
            if answered.not_judged or answered.defects or after != len(answered.findings):
                return None
            halves.append(Half(prepared.over_time.remembering, answer))
        return Unchanged(
            Recalled(self._read_again, replace(judged, request=of, response=None), prepared.call), tuple(halves)
        )

    def answer(self, judged: Judged) -> Verdict:
        """Judge an answer alone. A recording of the answer needs this."""
        assert judged.response is not None  # noqa: S101  # it is what is judged
        return self._answered(place_of(judged.request.method, judged.request.path).route, judged.response)[1]

    def _prepared(self, judged: Judged) -> _Prepared:
        request = judged.request
        memo = memo_of(request)
        about = judged.client, judged.device, judged.identifier, judged.inbound, judged.origin, judged.ours
        if memo is None:
            return self._prepared_lately(request, about)
        met: tuple[_About, _Prepared] | None = memo.get(self)
        if met is not None and met[0] == about:
            return met[1]
        is_new, fields = request.headers.is_new, self._fields_of(request)
        prepared = self._prepare(request.method, request.target, fields, b"", False, about, is_new=is_new)
        memo[self] = about, prepared
        return prepared

    def _prepared_lately(self, request: Request, about: _About) -> _Prepared:
        """Prepare a request without a memo, such as a request with a body. The request is judged again when it is answered."""
        form = b""
        if isinstance(request.body, bytes):
            has_body = bool(request.body)
            if len(request.body) <= LONGEST_FORM and is_form_route(request.method, request.target):
                form = request.body
        else:
            has_body = _announces_body(request.headers.raw)
        key: _Key = request.method, request.target, self._fields_of(request), form, has_body, about
        known: _Prepared | None = self._lately.get(key)
        if known is None:
            known = self._prepare(*key)
            self._lately.put(key, known)
        return known

    def _fields_of(self, request: Request) -> RawHeaders:
        """Return the fields that checks read."""
        is_read = self._is_read
        return tuple([pair for pair in request.headers.raw if is_read(pair[0])])

    def _prepare(
        self,
        method: str,
        target: str,
        fields: RawHeaders,
        form: bytes,
        has_body: bool,
        about: _About,
        *,
        is_new: bool | None = None,
    ) -> _Prepared:
        """Read a request. If an earlier request differs only in the values in its path, only the path is read.

        `is_new`: the same as `Headers.is_new`. There is no earlier request with new fields.
        """
        path, _, query = target.partition("?")
        place = place_of(method, path) if len(path) <= LONGEST_PATH else None
        key: _OfVariants | None = None
        if place is not None and place.route is not None and not is_new:
            key = method, place.route, place.misplaced, query, fields, form, has_body, about
            first: _Prepared | None = self._prepared_before.get(key)
            if first is not None:
                if first.call.target == target:
                    return first
                call = first.call.elsewhere(target, place)
                return _Prepared(call, first.kind, self._steps_of(call, first.kind, first.over_time))
        client, device, identifier, inbound, origin, ours = about
        call = Call(
            method,
            target,
            fields,
            form=form,
            has_body=has_body,
            client=client,
            device=device,
            own_identifier=identifier,
            inbound=inbound,
            origin=origin,
            ours=ours,
            reads=self._reads,
        )
        kind = self._kinds(call)
        prepared = _Prepared(call, kind, self._steps_of(call, kind))
        if key is not None and kind is not None:
            self._prepared_before.put(key, prepared, again=is_new is False)
        return prepared

    def _request(self, prepared: _Prepared, at: float | None) -> Verdict:
        phase, verdict = prepared.judged
        if not phase.lasts(at):
            call, kind = prepared.call, prepared.kind
            phase = Phase.of(call, at)
            said = [*self._requests(call, kind), *self._timed(call, kind, at, phase)]
            verdict = all_of(said, prepared.over_time.defects)
            prepared.judged = phase, verdict
        return verdict

    def _answered(self, route: Route | None, response: Response) -> tuple[Answer, Verdict]:
        key: _WholeAnswer = route.name if route else "", response.status, response.headers, response.body
        known: tuple[Answer, Verdict] | None = self._whole_before.get(key)
        if known is None:
            known = self._answered_anew(route, response)
            self._whole_before.put(key, known)
        return known

    def _answered_anew(self, route: Route | None, response: Response) -> tuple[Answer, Verdict]:
        is_read = self._is_read_of_answer
        fields = tuple([pair for pair in response.headers.raw if is_read(pair[0])])
        body = response.body if isinstance(response.body, bytes) else None
        if body is not None and len(body) > LONGEST_BODY:
            answer, verdict = self._answer(route, response.status, fields, None)
            notes = tuple(NotJudged(check.info.id, TOO_LONG) for check, _ in self._answers if route and route.json)
            return answer, Verdict(verdict.findings, verdict.not_judged + notes, verdict.defects)
        return self._answer(route, response.status, fields, body)

    def _answer(
        self, route: Route | None, status: int, fields: RawHeaders, body: bytes | None
    ) -> tuple[Answer, Verdict]:
        key: _AnswerKey = (route.name if route else "", status, fields, body)
        known: tuple[Answer, Verdict] | None = self._answered_before.get(key)
        if known is None:
            known = self._judge_answer(route, status, fields, body)
            self._answered_before.put(key, known)
        return known

    def _judge_answer(
        self, route: Route | None, status: int, fields: RawHeaders, body: bytes | None
    ) -> tuple[Answer, Verdict]:
        answer = Answer(status, fields, body, reads=self._reads_of_answer)
        said = [heard(check.info, severity, check.judge, route, answer) for check, severity in self._answers]
        return answer, all_of(said)


def _size_of_prepared(_: object, prepared: _Prepared) -> int:
    """Estimate the size of a request, in bytes. Checks read it when they need it: an object for each parameter, field and item of a list."""
    call = prepared.call
    characters = len(call.target) + len(call.query) + len(call.content)
    parts = call.query.count("&") + call.content.count(b"&") + len(call.fields)
    for _, value in call.fields:
        characters += len(value)
        parts += value.count(b",")
    return 3500 + 3 * characters + 120 * parts + 150 * len(prepared.over_time.all.steps)


def _size_of_answer(key: _AnswerKey, _: object) -> int:
    """Return the rough size of a judged answer. In JSON, each comma and colon may stand for an object."""
    _, _, fields, body = key
    characters = len(body or b"") + sum(len(value) for _, value in fields)
    parts = (body.count(b",") + body.count(b":") + body.count(b"[")) if body else 0
    return 3000 + 4 * characters + 120 * parts + 200 * len(fields)


def _size_of_whole_answer(key: _WholeAnswer, known: tuple[Answer, Verdict]) -> int:
    _, _, headers, body = key
    return _size_of_answer(("", 0, headers.raw, body if isinstance(body, bytes) else None), known)


def _among(*reads: Reads) -> Callable[[bytes], bool]:
    """Return a function that says whether a field is read. It is called for each line of each message."""

    @remembered(limit=1 << 18, longest=LONGEST_NAME)
    def is_read(name: bytes) -> bool:
        if len(name) > LONGEST_NAME:
            return False
        lower = lower_name(name)
        return any(lower in names for names in reads)

    return is_read


def _announces_body(raw: RawHeaders) -> bool:
    """Whether the fields announce a body that is not empty (RFC 9112 section 6.3)."""
    for name, value in raw:
        lower = name.lower()
        if lower == b"transfer-encoding" or (lower == b"content-length" and value.strip() not in {b"0", b""}):
            return True
    return False
