"""The checks against the clock have the same findings, whatever calls of the kind came before."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.call import SKEW, V1_END, V1_UNSUPPORTED, Call
from gateway.core.against_clock import NEVER, UNDATED, AgainstTheClock, Phase
from gateway.core.checking import TimedCheck
from gateway.core.checks import CHECKS
from gateway.core.kinds import Kinds
from gateway.core.verdict import heard
from tests.core.checks.calls import GOOD, LOGOUT, V1_LOGOUT, bearer, jwt
from tests.core.test_by_parts import KEPT, call

AT = 1_760_000_000.0
JUDGES = [
    partial(heard, check.info, check.info.severity, check.judge) for check in CHECKS if isinstance(check, TimedCheck)
]
TIMES: list[Any] = [None, 0, AT - SKEW, AT - 1, AT, AT + 1, AT + SKEW, AT + SKEW + 1, "text"]
TOKENS = [bearer(exp=end, nbf=start) for end, start in product(TIMES, TIMES)]
SSO = [None, jwt(exp=AT - 1), jwt(exp=AT + 1), "x"]
KINDS = Kinds("kinds of the test", 1 << 20, KEPT.plan)
TIMED = AgainstTheClock(JUDGES)


def made(target: str, token: str, sso: str | None) -> Call:
    fields = GOOD | {"Authorization": token} | ({"Adobe-Subject-Token": sso} if sso else {})
    return call("GET" if target == LOGOUT else "DELETE", target, [*fields.items()])


@given(
    st.sampled_from([LOGOUT, V1_LOGOUT]),
    st.sampled_from([*TOKENS, "Bearer opaque", "", "Basic eDp5"]),
    st.sampled_from(SSO),
    st.sampled_from([None, 0.0, AT - 1, AT, AT + 1, V1_UNSUPPORTED, V1_END]),
)
def test_a_call_is_judged_as_if_nothing_were_known_of_its_kind(
    target: str, token: str, sso: str | None, at: float | None
) -> None:
    """All examples share their kinds, so each example comes after other calls of its kind."""
    said = [verdict for judge in JUDGES for verdict in [judge(made(target, token, sso), at)] if verdict is not None]
    for _ in range(3):
        asked = made(target, token, sso)
        assert [
            verdict for verdict in TIMED(asked, KINDS(asked), at, Phase.of(asked, at)) if verdict is not None
        ] == said


def test_a_new_token_that_is_valid_is_not_judged() -> None:
    judged: list[float | None] = []

    def judge(asked: Any, at: float | None) -> None:
        judged.append(at if asked.jwt is not None else None)

    timed, kinds = AgainstTheClock([judge]), Kinds("kinds of two", 1 << 20, KEPT.plan)
    for number in range(5):
        asked = made(LOGOUT, bearer(exp=AT + number, nbf=AT - 600 - number), None)
        timed(asked, kinds(asked), AT - number, Phase.of(asked, AT - number))
    assert judged == [AT, AT - 1]  # before the kind was known, and when it became known
    timed(asked, kinds(asked), AT + 600, Phase.of(asked, AT + 600))
    assert judged[2:] == [AT + 600]  # another phase


@given(st.sampled_from(TOKENS), st.sampled_from(TIMES[1:-1]), st.sampled_from(TIMES[1:-1]))
def test_a_phase_lasts_while_the_same_times_have_passed(token: str, at: float, later: float) -> None:
    asked = made(LOGOUT, token, None)
    one, other = Phase.of(asked, at), Phase.of(asked, later)
    assert one.lasts(later) is (one.passed == other.passed)
    assert not one.lasts(None)


def test_without_a_date_there_is_one_phase() -> None:
    phase = Phase.of(made(LOGOUT, TOKENS[0], None), None)
    assert phase is UNDATED
    assert not NEVER.lasts(None)
    assert phase.lasts(None)
    assert not phase.lasts(AT)
