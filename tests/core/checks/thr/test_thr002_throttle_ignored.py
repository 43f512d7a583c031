"""A second passes after a 429."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.thr.thr002_throttle_ignored import throttle_ignored
from tests.core.checks.calls import AT, answer, call, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call(at=AT), call(at=AT + 0.1)], [], id="none before"),
    pytest.param(
        [call(at=AT, answer=answer(b"<html>", 429, "text/html")), call(at=AT + 0.9)],
        ["a call 0.9 s after a 429"],
        id="too soon",
    ),
    pytest.param([call(at=AT, answer=answer(b"<html>", 429, "text/html")), call(at=AT + 1)], [], id="a second later"),
    pytest.param(
        [
            call(at=AT, answer=answer(b"<html>", 429, "text/html")),
            call(at=AT + 0.5, answer=answer(b"<html>", 429, "text/html")),
            call(at=AT + 1.2),
        ],
        ["a call 0.7 s after a 429"],
        id="a second after the last of two",
    ),
    pytest.param(
        [call(at=AT, answer=answer(b"<html>", 429, "text/html")), call(at=AT + 0.1, x_forwarded_for="93.184.216.35")],
        [],
        id="another address",
    ),
    pytest.param(call(at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_thr002_throttle_ignored(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(throttle_ignored, exchanges) == says
