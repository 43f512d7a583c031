"""A step that rests is not taken, and nobody can tell: what is said and kept is what it would be if each were taken."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.adobe.answer import Answer
from gateway.core.audit import Audit
from gateway.core.bounded import Bounded, size_of_entry
from gateway.core.by_parts import Watched
from gateway.core.checking import Judged, OverTimeCheck, SeenExchange
from gateway.core.checks import CHECKS
from gateway.core.model import Headers
from gateway.core.over_time import IMPLIED, SEEN
from tests.core.checks.calls import answer, bearer, call, jwt, old

AT = 1_760_000_000.0
IDENTIFIERS = ("fingerprint ZGV2aWNlLW9uZS1vZi1tYW55", "fingerprint YW5vdGhlci1kZXZpY2Utb2YtbWFueQ==")
DENIED = answer({"decisions": [{"authorized": False}]})
ASKED = (
    call(),
    call(answer=answer(b"<html>", 429)),
    call(ap_device_identifier=IDENTIFIERS[0]),
    call(ap_device_identifier=IDENTIFIERS[1], client="93.184.216.35"),
    call("/api/v2/REF30/decisions/authorize/Dish", "POST", answer=DENIED),
    call(client="93.184.216.36"),
    call("/api/v2/REF30/configuration"),
    call(at=None),
)
REFUSED = {"action": "none", "status": 400, "code": "invalid_parameter_mvpd"}
OTHERS = (
    *ASKED,
    *(call(f"/api/v2/REF30/profiles/code/{code}", answer=answer({"profiles": {"Dish": {}}})) for code in "ABC"),
    *(
        call("/api/v2/REF30/sessions", "POST", answer=answer({"code": code, "notAfter": (AT + 60) * 1000}))
        for code in "ABC"
    ),
    call("/api/v2/REF30/sessions/B"),
    call(authorization=bearer(sub="another client")),
    call(authorization=bearer(jti="another token"), answer=answer(REFUSED, 401)),
    call(adobe_subject_token=jwt()),
    call("/api/v2/REF30/profiles", adobe_subject_token=jwt(), answer=answer(REFUSED, 400)),
    call("/o/client/register", "POST"),
    old(),
    old("/api/v1/checkauthn/B", "GET", answer=answer(b"", 200)),
    *(call(origin=f"https://api.auth{where}.adobe.com") for where in ("", "-staging")),
)
"""Calls that steps tell apart by what they see of a call."""
LATER = (0.0, 0.1, 0.5, 1.9, 2.5, 119.0, 449.0, 451.0, 3599.0, 3601.0, -0.2, -600.0)
"""Seconds after which the next exchange comes: about the times that checks know; clocks also go back."""


def again(judged: Judged) -> Judged:
    """Return it as if nobody had met it."""
    request = judged.request
    return replace(judged, request=replace(request, headers=Headers(tuple(request.headers.raw)), memo=None))


@given(st.lists(st.tuples(st.sampled_from(OTHERS), st.sampled_from(LATER)), max_size=60), st.booleans())
def test_steps_that_rest_come_to_what_steps_that_are_taken_come_to(
    asked: list[tuple[Judged, float]], forgets: bool
) -> None:
    """Also where slices are forgotten meanwhile."""
    kept, fresh = Audit(CHECKS), Bounded[str, Any]("slices", 1 << 20)
    slices: Bounded[str, Any] = Bounded("slices", 1 << 20, longest=1 << 19)
    at = AT
    for judged, later in asked:
        at += later
        dated = judged if judged.at is None else replace(judged, at=at)
        for part in ("before", "after"):
            said = getattr(kept, part)(dated, slices)
            expected = getattr(Audit(CHECKS), part)(again(dated), fresh)
            assert said == expected
            for memory in (slices, fresh):
                for key, value in said.slices:
                    memory.pop(key) if value is None else memory.put(key, value)
        if forgets and later == LATER[4]:
            slices.clear()
            fresh.clear()


@given(st.lists(st.tuples(st.sampled_from(OTHERS), st.sampled_from(LATER)), max_size=40))
def test_a_step_that_does_nothing_sees_nothing_that_steps_do_not_share(asked: list[tuple[Judged, float]]) -> None:
    audit, slices, at = Audit(CHECKS), dict[str, Any](), AT
    checks = [check for check in CHECKS if isinstance(check, OverTimeCheck)]
    for judged, later in asked:
        at += later
        made = audit._prepared(judged).call
        response = judged.response
        answered = Answer(response.status, (), bytes(response.body)) if response is not None else None  # type: ignore[arg-type]  # it is whole
        for check in checks:
            key = check.key(made)
            for given_as in (None, answered) if key is not None else ():
                watched, before = Watched(made), slices.get(f"{check.info.id} {key}")
                after, noticed = check.step(before, SeenExchange(watched, given_as, at))  # type: ignore[arg-type]  # it looks like one
                if after is before and not noticed:
                    assert watched._asked <= {*SEEN, *IMPLIED}, check.info.id
                    assert not watched._fields, check.info.id
                slices[f"{check.info.id} {key}"] = after


def test_a_step_has_no_slice_before_the_first_answer_that_it_remembers() -> None:
    """If the step were called before this answer, it would do nothing. Each check remembers some of the answers, and passes over the others."""
    audit = Audit(CHECKS)
    checks = [(check, check.remembers) for check in CHECKS if isinstance(check, OverTimeCheck) and check.remembers]
    responses = [judged.response for judged in (*OTHERS, old(answer=answer(REFUSED, 401)))]
    answers = [Answer(entry.status, (), bytes(entry.body)) for entry in responses if entry is not None]  # type: ignore[arg-type]  # it is whole
    for check, remembers in checks:
        assert {remembers(answered) for answered in answers} == {True, False}, check.info.id
        made = [made for judged in OTHERS for made in [audit._prepared(judged).call] if check.key(made) is not None]
        assert made, check.info.id
        for given_as in (None, *(answered for answered in answers if not remembers(answered))):
            assert {check.step(None, SeenExchange(entry, given_as, AT)) for entry in made} == {(None, ())}, (
                check.info.id
            )


def test_a_request_that_is_had_again_takes_no_step_but_the_throttle_s() -> None:
    """Which counts every call."""
    audit, slices = Audit(CHECKS), Bounded[str, Any]("slices", 1 << 20, size=size_of_entry)
    changed = []
    for number in range(4):
        verdict = audit.before(replace(call(), at=AT + number), slices)
        changed.append({key.split()[0] for key, _ in verdict.slices})
        for key, value in verdict.slices:
            slices.put(key, value)
    assert len(changed[0]) > 5
    assert changed[1:] == [{"THR003"}] * 3
    steps = audit._prepared(call()).over_time.all
    assert [step.info.id for _, step in steps.rest.restless] == ["THR003"]


def test_calls_of_a_device_to_other_targets_share_their_steps() -> None:
    """And a call with another token has its own."""
    audit = Audit(CHECKS)
    steps = [audit._prepared(call(f"/api/v2/REF30/logout/{name}")).over_time for name in "ABCDEFG"]
    assert steps[-1] is steps[-2]
    assert audit._prepared(call(authorization=bearer(jti="another token"))).over_time is not steps[-1]
