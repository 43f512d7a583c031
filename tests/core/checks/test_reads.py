"""A check sees the header fields that it declares; asking for another one is a defect of the check, said at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.adobe import call as parts
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.call import EVERY_FIELD, PARSED, Call
from gateway.core.adobe.reads import NOTHING_DECLARED, Reads, UndeclaredError
from gateway.core.adobe.routes import _TABLE, IDENTIFIER, OPTIONAL, Route
from gateway.core.audit import Audit, Judged
from gateway.core.checking import (
    About,
    Check,
    Noticed,
    OverTimeCheck,
    RequestCheck,
    Said,
    SeenExchange,
    TimedCheck,
)
from gateway.core.checks import CHECKS
from gateway.core.devices import device_identifier, own_identifier
from gateway.core.model import Request
from gateway.core.verdict import Defect
from tests.harness.for_each import for_each

from .calls import AT, CHROME, GOOD, PROFILES, answer, call, jwt, old, said


def about(**declared: tuple[str, ...]) -> About:
    return About(id="TEST1", severity="error", title="", page="", fix="", **declared)  # type: ignore[arg-type]


def looks(call: Call) -> Said:
    yield Noticed("header X-New", call.header("x-new"), "")


def peeks(_: Route | None, answer: Answer) -> Said:
    yield Noticed("header X-New", answer.header("x-new"), "")


def steps(_: str | None, seen: SeenExchange) -> tuple[str | None, tuple[Noticed, ...]]:
    return None, (Noticed("header X-New", seen.call.header("x-new"), ""),)


NEW = call(more=[("X-New", "this")], answer=answer(X_New="this"))


@pytest.mark.parametrize(
    ("declared", "silent"),
    [
        (about(reads=("x-new",)).request(looks), about().request(looks)),
        (about(reads=("x-new",)).timed(lambda call, _: looks(call)), about().timed(lambda call, _: looks(call))),
        (about(reads_of_answer=("x-new",)).answer(peeks), about(reads=("x-new",)).answer(peeks)),
        (about(reads=("x-new",)).over_time(lambda _: "")(steps), about().over_time(lambda _: "")(steps)),
        (about(reads=("x-*",)).request(looks), about(reads=("x-newer", "x-new-*")).request(looks)),
    ],
    ids=["request", "timed", "answer", "over time", "beginning"],
)
def test_a_header_that_is_declared_is_seen_and_any_other_is_a_defect(declared: Check, silent: Check) -> None:
    assert said(declared, NEW) == ["this"]
    assert Audit((silent,))(NEW, {}).defects == (Defect("TEST1", "UndeclaredError"),)


@pytest.mark.parametrize(
    "ask",
    [
        Call.header,
        Call.lines,
        Call.has,
        lambda call, name: not call.lacks(name),
        lambda call, name: call.present((name,)),
        lambda call, name: list(call.given((name,))),
    ],
)
def test_no_way_of_asking_goes_around_the_declaration(ask: object) -> None:
    assert callable(ask)
    fields = ((b"X-New", b"this"), (b"Authorization", b"x"))
    assert ask(Call("GET", "/", fields, reads=Reads({"x-new"})), "x-new")
    for name in ("x-new", "authorization"):
        with pytest.raises(UndeclaredError, match=name):
            ask(Call("GET", "/", fields, reads=NOTHING_DECLARED), name)


def test_what_another_check_declares_does_not_depend_on_whether_that_is_on() -> None:
    other = about(reads=("x-new",)).request(lambda _: ())
    off = Audit((about().request(looks), other), {"TEST1": "info"})
    assert off(NEW, {}).findings[0].found == "this"


@pytest.mark.parametrize("name", ["X-New", "x new", "", "*", "x-" + "a" * 64])
def test_a_name_that_no_field_has_in_lower_case_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="names of header fields"):
        Audit((about(reads=(name,)).request(looks),))


BLANK = dict.fromkeys((name.replace("-", "_") for name in (*GOOD, *OPTIONAL)), "")
PLACES = [(re.sub(r"\{[^}]*\}", "x", path), min(route.methods)) for path, route in _TABLE]
CALLS: list[Judged] = [
    *(call(*place, answer=answer({}), more=[(name, "<value>") for name in sorted(OPTIONAL)]) for place in PLACES),
    *(call(*place, answer=answer(b"", 429), **BLANK) for place in PLACES),  # type: ignore[arg-type]  # all are headers
    call(PROFILES, x_device_info=None, user_agent=CHROME),
    call(PROFILES, user_agent="Roku/DVP-9.10"),
    call("/api/v2/REF30/logout/Spectrum"),
    old(authorization=None),
    old(more=[("X-Device-Info", "a+b=")]),
    old(authorization="DELETE requestor=REF30"),
    call(authorization="GET requestor=REF30", user_agent="curl/8"),
    call(ap_partner_framework_status="e30=", ad_service_token=jwt(), x_roku_reserved_roku_connect_token="eyJ.x"),
]


def defects(check: Check) -> list[str]:
    """What a check does wrong alone, so that no other check's declaration helps it."""
    audit = Audit((check,))
    return [defect.error for made in CALLS for defect in audit(made, {}).defects]


def parsed_by(check: Check, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the fields that a check reads through what `Call` makes of them, without naming them."""
    read: set[str] = set()
    with monkeypatch.context() as patch:

        def noting(kept: Callable[..., Any]) -> Callable[..., Any]:
            def first(made: Call, name: str) -> object:
                read.add(name)
                return kept(made, name)

            return first

        def identified(request: Request) -> str:
            read.add(IDENTIFIER)
            return device_identifier(request)

        patch.setattr(Call, "_first", noting(Call._first))
        patch.setattr(Call, "_all", noting(Call._all))

        def unwrapped(written: str) -> str:
            read.add(IDENTIFIER)
            return own_identifier(written)

        patch.setattr(parts, "device_identifier", identified)
        patch.setattr(parts, "own_identifier", unwrapped)
        for judged in CALLS:
            request = judged.request
            made = Call(
                request.method, request.target, request.headers.raw, reads=Reads(EVERY_FIELD), origin="http://x.example"
            )
            if isinstance(check, RequestCheck):
                list(check.judge(made))
            elif isinstance(check, TimedCheck):
                list(check.judge(made, AT))
            elif isinstance(check, OverTimeCheck) and check.key(made) is not None:
                known, _ = check.step(None, SeenExchange(made, None, AT))
                check.step(known, SeenExchange(made, None, AT + 1))
    return read


@for_each("check", CHECKS, ids=lambda check: check.info.id)
def test_each_check_declares_all_that_it_reads(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, which nothing undeclared has an answer to; and through what `Call` makes of a field, which hides it as well."""
    assert defects(check) == []
    parsed = parsed_by(check, monkeypatch)
    assert parsed <= check.info.reads
    forgetful = replace(check, info=replace(check.info, reads=frozenset(), reads_of_answer=frozenset()))
    by_name = check.info.reads - parsed or check.info.reads_of_answer
    assert set(defects(forgetful)) == ({"UndeclaredError"} if by_name else set())


def test_the_parts_of_a_call_are_made_of_fields_that_are_always_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()

    def noting(kept: Callable[[Call, str], Any]) -> Callable[[Call, str], Any]:
        def read(made: Call, name: str) -> Any:
            asked.add(name)
            return kept(made, name)

        return read

    for kept in (Call._first, Call._all):
        monkeypatch.setattr(Call, kept.__name__, noting(kept))
    for lines in ((), tuple((name.encode(), b"eyJ.x") for name in sorted(EVERY_FIELD))):
        made = Call("GET", "/api/v2/x/profiles", lines, reads=NOTHING_DECLARED)
        for name in dir(Call):
            getattr(made, name)
    assert asked == PARSED
    assert PARSED <= EVERY_FIELD
