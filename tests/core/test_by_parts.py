"""What is kept by parts is what the checks say of every call, whatever they were asked of before."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.call import EVERY_FIELD, PARSED, Call
from gateway.core.adobe.reads import Reads
from gateway.core.by_parts import FEW, MADE_OF, ByParts
from gateway.core.checking import RequestCheck
from gateway.core.checks import CHECKS
from gateway.core.kinds import LIKE, Kinds
from gateway.core.verdict import Verdict, heard
from tests.harness.for_each import for_each

from .checks.calls import DEVICE, GOOD, LOGOUT, PROFILES, V1_LOGOUT, bearer, fingerprint, info

T = TypeVar("T")
READS = Reads({*EVERY_FIELD, *(name for check in CHECKS for name in check.info.reads)})
FUNCTIONS: list[Callable[[Any], Verdict | None]] = [
    partial(heard, check.info, check.info.severity, check.judge) for check in CHECKS if isinstance(check, RequestCheck)
]
IDS = [check.info.id for check in CHECKS if isinstance(check, RequestCheck)]
KEPT = ByParts("test", FUNCTIONS, 1 << 20)
KINDS = Kinds("kinds of the test", 1 << 20, KEPT.plan)
VALUES: dict[str, list[str]] = {
    "Authorization": [
        GOOD["Authorization"],
        bearer(scopes="other"),
        bearer(iss="x.example"),
        "Basic eDp5",
        "",
        "Bearer a b",
    ],
    "AP-Device-Identifier": [GOOD["AP-Device-Identifier"], fingerprint("unknown"), DEVICE, "fingerprint %%%", ""],
    "X-Device-Info": [GOOD["X-Device-Info"], info(model=None), "e30", "{}", "a+b=", info(osName="Roku")],
    "X-Forwarded-For": ["93.184.216.34", "10.0.0.1", "1.1.1.1, 2.2.2.2", "x", "REDACTED-IP"],
    "Accept": ["application/json", "text/html"],
    "User-Agent": ["curl/8", "Roku/DVP-9.10", "Mozilla/5.0 Chrome/126.0"],
    "Content-Type": ["application/json", "application/x-www-form-urlencoded"],
    "Adobe-Subject-Token": ["eyJ.x", "{token}"],
    "AP-Partner-Framework-Status": ["e30="],
}
TARGETS = [
    *(
        LOGOUT,
        PROFILES,
        V1_LOGOUT,
        "/api/v2/logout/REF30/Dish",
        "/api/v2/REF30/logout",
        "/x",
        "/api/v2/%252e/logout/{mvpd}?a=1",
    ),
    "/api/v2/REF30/logout/Dish?redirectUrl=http%253A%252F%252Fx&redirectUrl=/y",
    "/api/v1/logout?deviceId=x&device_info=e30",
]
LINES = st.lists(st.sampled_from([(name, value) for name, values in VALUES.items() for value in values]), max_size=7)


def judging(kept: ByParts[T]) -> Callable[[Call], list[T]]:
    """Return what judges calls, whose kinds it has not met."""
    kinds = Kinds("kinds of calls", 1 << 17, kept.plan)
    return lambda made: kept(made, kinds(made))


def call(method: str, target: str, lines: list[tuple[str, str]], **more: Any) -> Call:
    fields = tuple((name.encode(), value.encode("latin-1")) for name, value in lines)
    return Call(method, target, fields, reads=READS, **more)


@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    target=st.sampled_from(TARGETS),
    lines=st.one_of(LINES, st.permutations([*GOOD.items()]), LINES.map(lambda lines: [*(GOOD | dict(lines)).items()])),
    inbound=st.booleans(),
    origin=st.sampled_from(["", "https://api.auth.adobe.com", "http://x.example"]),
    form=st.sampled_from([b"", b"deviceId=x&device_info=a%2525b"]),
)
def test_a_call_is_judged_as_if_nothing_were_kept(
    method: str, target: str, lines: list[tuple[str, str]], inbound: bool, origin: str, form: bytes
) -> None:
    """The memory is the same one in all examples, so most parts of a call were met with others beside them."""
    about: dict[str, Any] = {"inbound": inbound, "origin": origin, "form": form, "has_body": bool(form)}
    said = [function(call(method, target, lines, **about)) for function in FUNCTIONS]
    for _ in range(5):  # it is kept when it comes for the second time
        made = call(method, target, lines, **about)
        assert KEPT(made, KINDS(made)) == [verdict for verdict in said if verdict is not None]


def test_every_part_of_a_call_is_a_value_or_is_made_of_some() -> None:
    made = call("GET", V1_LOGOUT, [*GOOD.items(), ("X-Device-Info", "a")])
    methods = {"given", "header", "has", "is_on", "line", "lines", "parameter"}
    names = {name for name in dir(made) if not name.startswith("_")}
    for name in names - methods - MADE_OF.keys():
        hash(getattr(made, name))
    parts = {part for made_of in MADE_OF.values() for part in made_of.attributes} | {*LIKE}
    assert parts <= names - methods - MADE_OF.keys()
    assert {field for made_of in MADE_OF.values() for field in made_of.fields} <= PARSED


def test_what_is_new_costs_only_those_who_read_it() -> None:
    asked: list[str] = []

    def reader(name: str, read: Callable[[Any], object]) -> Callable[[Any], str | None]:
        def function(made: Any) -> str | None:
            asked.append(name)
            return name if read(made) else None

        return function

    readers = ByParts(
        "test of readers",
        [
            reader("route", lambda made: made.route),
            reader("token", lambda made: made.jwt),
            *(FEW + 1) * [reader("info", lambda made: made.info_text)],
            *(FEW + 1) * [reader("agent", lambda made: made.user_agent)],
        ],
        1 << 16,
    )
    kept = judging(readers)
    by_kind, infos, agents = ["route", "token"], (FEW + 1) * ["info"], (FEW + 1) * ["agent"]
    lines = [("Authorization", bearer()), ("X-Device-Info", "a"), ("User-Agent", "a")]
    # what calls are like is kept from the second on, and what their parts are from the second after that
    for _ in range(4):
        assert kept(call("GET", LOGOUT, lines)) == [*by_kind, *infos, *agents]
    asked.clear()
    assert kept(call("GET", LOGOUT, lines)) == [*by_kind, *infos, *agents]
    assert asked == []
    assert kept(call("GET", LOGOUT, [("Authorization", bearer(sub="b", exp=9)), *lines[1:]])) == [
        *by_kind,
        *infos,
        *agents,
    ]
    assert asked == []
    assert kept(call("GET", LOGOUT, [lines[0], ("X-Device-Info", "c"), lines[2]])) == [*by_kind, *infos, *agents]
    assert asked == infos
    asked.clear()
    assert kept(call("GET", LOGOUT, [*lines[:2], ("User-Agent", "c")])) == [*by_kind, *infos, *agents]
    assert asked == agents
    asked.clear()
    assert kept(call("GET", LOGOUT, [*lines[:2], ("User-Agent", "")])) == [*by_kind, *infos]  # another kind of call
    assert asked == [*by_kind, *infos, *agents]
    asked.clear()
    assert kept(call("GET", LOGOUT, [("Authorization", bearer(iss="x")), *lines[1:]])) == [*by_kind, *infos, *agents]
    assert asked == [*by_kind, *infos, *agents]  # and this one, too


@for_each(("part", "many", "times"), [("user_agent", 1, 0), ("path", FEW, 5), ("path", FEW + 1, 0), ("provider", 1, 5)])
def test_a_few_functions_that_read_the_path_are_asked_about_every_call(part: str, many: int, times: int) -> None:
    asked: list[object] = []
    kept = judging(ByParts[None]("test of groups", many * [lambda made: asked.append(getattr(made, part))], 1 << 16))
    for _ in range(3):
        kept(call("GET", LOGOUT, [("User-Agent", "a")]))
    asked.clear()
    for _ in range(5):
        kept(call("GET", LOGOUT, [("User-Agent", "a")]))
    assert len(asked) == times * many


def test_calls_of_two_applications_in_turn_have_their_own_findings() -> None:
    """A call gets the results of its kind's last call only if all parts are equal."""
    readers = [lambda made: f"agent {made.user_agent}", lambda made: f"info {made.info_text}"]
    kept = judging(ByParts("test of turns", readers, 1 << 16))
    for number in range(40):
        agent, info_text = f"a{number % 2}", f"i{number // 4 % 3}"
        said = kept(call("GET", LOGOUT, [("User-Agent", agent), ("X-Device-Info", info_text)]))
        assert said == [f"agent {agent}", f"info {info_text}"]


def test_a_part_that_is_asked_for_late_tells_calls_apart_from_then_on() -> None:
    def function(made: Any) -> str | None:
        return str(made.header("accept")) if made.header("user-agent") == "b" else None

    kept = judging(ByParts("test of late parts", (FEW + 1) * [function], 1 << 16))
    for agent, accept, said in 5 * [("a", "1", []), ("a", "2", []), ("b", "1", ["1"]), ("b", "2", ["2"])]:
        assert kept(call("GET", "/", [("User-Agent", agent), ("Accept", accept)])) == (FEW + 1) * said
