"""A step that rests is not taken, and nobody can tell: what is said and kept is what it would be if each were taken."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.audit import Audit
from gateway.core.bounded import Bounded, size_of_entry
from gateway.core.checking import Judged
from gateway.core.checks import CHECKS
from gateway.core.model import Headers
from tests.core.checks.calls import answer, call

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
LATER = (0.0, 0.1, 0.5, 1.9, 2.5, 119.0, 449.0, 451.0, 3599.0, 3601.0, -0.2, -600.0)
"""Seconds after which the next exchange comes: about the times that checks know; clocks also go back."""


def again(judged: Judged) -> Judged:
    """Return it as if nobody had met it."""
    request = judged.request
    return replace(judged, request=replace(request, headers=Headers(tuple(request.headers.raw)), memo=None))


@given(st.lists(st.tuples(st.sampled_from(ASKED), st.sampled_from(LATER)), max_size=60), st.booleans())
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
    steps = audit._prepared(call()).over_time
    assert [step.info.id for _, step in steps.rest.restless] == ["THR003"]
