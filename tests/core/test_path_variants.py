"""Calls that differ only in the values in their path are judged like new ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import place_of, route_patterns
from gateway.core.audit import Audit, Judged
from gateway.core.by_parts import MADE_OF
from gateway.core.checking import RequestCheck, Said, TimedCheck
from gateway.core.checks import CHECKS
from gateway.core.memo import Memo
from gateway.core.model import Headers, Request
from gateway.core.path_variants import OF_PATH
from gateway.core.verdict import Verdict
from tests.harness.for_each import for_each
from tests.legs import JWT, device_header
from tests.planting import examples

AT = 1_795_831_230.0
FIELDS = (
    ("Authorization", f"Bearer {JWT}"),
    ("AP-Device-Identifier", device_header("roku")),
    ("X-Device-Info", "{}"),
    ("User-Agent", "Roku/DVP-14"),
    ("Accept", "text/html"),
)
HEADERS = Headers.of(FIELDS)
JUDGING = (RequestCheck, TimedCheck)
PROPERTIES = (property, type(vars(Call)["place"]))
VALUES = (
    "Dish",
    "REF30",
    "{mvpd}",
    ":code",
    "ABC1234",
    "undefined",
    "null",
    "%20",
    "a%2Fb",
    "a.json",
    "x" * 300,
    "code",
    "sso",
    "\xe9",
)
"""Values in paths, also those that checks do not like."""


def asked(method: str, target: str, headers: Headers = HEADERS) -> Request:
    return Request(method, target, headers, memo=Memo(method, target, headers))


def noting(judged: list[str], check: RequestCheck | TimedCheck) -> Callable[..., Said]:
    """Return the judge of a check. It adds the check's id to `judged` each time that it judges."""

    def judge(*given: Any) -> Said:
        judged.append(check.info.id)
        return check.judge(*given)

    return judge


def before(audit: Audit, request: Request, at: float | None = AT) -> Verdict:
    return audit.before(Judged(request, client="93.184.216.34", at=at, device="the device", inbound=True), {})


def filled(pattern: str, values: tuple[str, str]) -> str:
    """Return a path of a route."""
    for name, value in zip(("{sp}", "{mvpd}"), values, strict=True):
        pattern = pattern.replace(name, value)
    for name in ("{code}", "{partner}"):
        pattern = pattern.replace(name, values[1])
    start, brace, rest = pattern.partition("{")
    return start + rest.partition(",")[0] + rest.partition("}")[2] if brace else pattern


@for_each("route", route_patterns())
def test_of_another_path_only_these_parts_differ(route: str) -> None:
    """A new part of a call that depends on the path must be among `OF_PATH`."""
    method, _, pattern = route.partition(" ")
    first, other = (f"{filled(pattern, values)}?deviceId=a" for values in (("REF30", "Dish"), ("nbc", "Verizon")))
    one = Call(method, first, HEADERS.raw, device="x", client="93.184.216.34", inbound=True)
    parts = [name for name, kind in vars(Call).items() if isinstance(kind, PROPERTIES)]
    for name in parts:
        getattr(one, name)
    place = place_of(method, other.partition("?")[0])
    assert place.route is one.route
    moved = one.elsewhere(other, place)
    anew = Call(method, other, HEADERS.raw, device="x", client="93.184.216.34", inbound=True)
    for name in [*parts, "method", "target", "path", "query", "content", "fields", "names", "blank", "repeats"]:
        assert getattr(moved, name) == getattr(anew, name), name
        made_of = MADE_OF.get(name)
        if OF_PATH.isdisjoint(made_of.attributes if made_of is not None else {name}):
            assert getattr(one, name) == getattr(anew, name), name


@examples(150)
@given(
    st.sampled_from(route_patterns()),
    st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES)), min_size=4, max_size=8),
    st.integers(0, 3),
    st.sampled_from([None, 0.0, AT, 2e9]),
)
def test_the_findings_are_those_of_a_call_that_is_judged_alone(
    route: str, values: list[tuple[str, str]], without: int, at: float | None
) -> None:
    method, _, pattern = route.partition(" ")
    audit, headers = Audit(CHECKS), Headers.of(FIELDS[without:])
    for pair in values:
        request = asked(method, f"{filled(pattern, pair)}?deviceId=a&redirectUrl=b", headers)
        for moment in (at, AT):
            verdict, alone = before(audit, request, moment), before(Audit(CHECKS), request, moment)
            assert verdict == alone, request.target


def test_only_checks_of_the_path_judge_a_new_path() -> None:
    """The lines of its head are not read again either."""
    judged: list[str] = []
    checks = [replace(check, judge=noting(judged, check)) if isinstance(check, JUDGING) else check for check in CHECKS]
    audit = Audit(checks)
    for number in range(6):
        judged.clear()
        before(audit, asked("GET", f"/api/v2/REF30/logout/Mvpd{number}?redirectUrl=b"))
    assert {*judged} == {"INFO011", "FLOW003", "ROUTE004", "ROUTE009"}
    (first,) = audit._prepared_before.values
    # the second call is the first one of a known kind, and the third one is kept, since it comes again
    assert first.call.path == "/api/v2/REF30/logout/Mvpd2"
    assert audit._prepared_before.held <= audit._prepared_before.limit


def test_another_route_or_another_query_is_another_call() -> None:
    audit = Audit(CHECKS)
    for target in (
        "/x/1",
        "/x/2",
        "/x/3",
        "/api/v2/REF30/profiles/Dish",
        "/api/v2/REF30/profiles/Dish?a=b",
        "/api/v2/REF30/logout/Dish",
    ):
        for _ in range(3):
            request = asked("GET", target)
            assert before(audit, request) == before(Audit(CHECKS), request), target
    keys = {(first.call.route.name, first.call.query) for first in audit._prepared_before.values if first.call.route}
    assert keys == {("v2 profile", ""), ("v2 profile", "a=b"), ("v2 logout", "")}


def test_a_line_that_no_check_reads_costs_nothing() -> None:
    """Requests that differ only in this line have the same findings, and share the steps of the first request."""
    audit = Audit(CHECKS)
    for number in range(6):
        headers = Headers.of((*FIELDS, ("X-Unread", f"{number}")))
        request = asked("GET", "/api/v2/REF30/logout/Dish?redirectUrl=b", headers)
        assert before(audit, request) == before(Audit(CHECKS), request)
    (first,) = audit._prepared_before.values
    assert audit._prepared(Judged(request, client="93.184.216.34", at=AT, device="the device", inbound=True)) is first
