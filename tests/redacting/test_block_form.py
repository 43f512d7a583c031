"""A leg that is recorded again says the same as if its block were made anew."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from gateway.core.expression import Expression
from gateway.core.model import Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import HEADERS, Policy
from gateway.redacting import jobs
from gateway.redacting.block_form import without_blanks
from gateway.redacting.redactor import BackgroundRedactor
from gateway.transports.redactor import Recording
from tests.harness.for_each import for_each
from tests.legs import ORIGIN, answer, logout

KEY = bytes(32)
SECRET = "0a1b2c3d4e5f60718293a4b5"
FINDING = {
    "id": "HDR001",
    "severity": "error",
    "where": "Accept",
    "found": "100% %s 'x'",
    "expected": "y",
    "source": "",
}


@pytest.fixture
def redactor() -> BackgroundRedactor:
    return BackgroundRedactor(Redaction(KEY))


def notes(number: int, **more: object) -> dict[str, object]:
    at = f"2026-11-21T22:17:{number % 60:02}.120Z"
    return {"id": f"abc-{number:x}", "findings": [FINDING], **more, "recorded_at": at, "elapsed_ms": number * 7}


async def recorded(by: BackgroundRedactor, request: Request, response: Response, about: dict[str, object]) -> Recording:
    return await by.record(request, response, origin=ORIGIN, recorded_at=str(about["recorded_at"]), about=about)


def anew(by: BackgroundRedactor, request: Request, response: Response, about: dict[str, object]) -> Recording:
    at = str(about["recorded_at"])
    return jobs.record(by._redaction, request, response, origin=ORIGIN, recorded_at=at, about=about)


async def test_what_is_recorded_again_is_written_as_if_it_were_new(redactor: BackgroundRedactor) -> None:
    legs = [
        (logout(), answer("{}")),
        (logout(), answer(f'{{"access_token": "{SECRET}"}}')),
        (replace(logout(), target="/api/v2/x?a=%20%25s"), answer("100 % %s %d \\u00e4", status=404)),
    ]
    for number, leg in zip(range(30), itertools.cycle(legs), strict=False):
        about = notes(number)
        assert await recorded(redactor, *leg, about) == anew(redactor, *leg, about), number
    about = notes(31)
    forms = [redactor.form(*leg, origin=ORIGIN, notes=without_blanks(about)) for leg in legs]
    known = [form.filled(str(about["id"]), str(about["recorded_at"]), 217) for form in forms if form is not None]
    assert known == [anew(redactor, *leg, about).block for leg in legs]


def again(by: BackgroundRedactor, request: Request, about: dict[str, object]) -> bytes | None:
    leg = by.form(request, answer("{}"), origin=ORIGIN, notes=without_blanks(about))
    return (
        leg.filled(str(about["id"]), str(about["recorded_at"]), int(str(about["elapsed_ms"])))
        if leg is not None
        else None
    )


TARGETS = [
    "/api/v2/REF30/logout/Other?redirectUrl=https%3A%2F%2Fadobe.com",
    "/",
    "/it's",
    "/%E4?x=%20%25s",
    f"/x?access_token={SECRET}",
    f"/x/{SECRET}",
    "/api/v2/REF30/sessions/ABC1234567890",
    "/x?code=ABC1234567890&reg_code=ABCDEFG",
    "/" + "long/" * 300,
]


@for_each("target", TARGETS)
async def test_of_a_new_target_the_block_is_the_same_as_if_all_were_new(target: str) -> None:
    redactor = BackgroundRedactor(Redaction(KEY))
    for number in range(4):
        await recorded(redactor, logout(target=f"/api/v2/REF30/logout/Mvpd{number}"), answer("{}"), notes(number))
    request, about = logout(target=target), notes(7)
    expected = anew(BackgroundRedactor(Redaction(KEY)), request, answer("{}"), about)
    for _ in range(4):
        assert await recorded(redactor, request, answer("{}"), about) == expected
    assert again(redactor, logout(), about) is not None


async def test_a_new_target_fills_the_blank_of_a_form(redactor: BackgroundRedactor) -> None:
    for number in range(2):
        await recorded(redactor, logout(target=f"/api/v2/REF30/logout/Mvpd{number}"), answer("{}"), notes(number))
    about = notes(7)
    block = again(redactor, logout(), about)
    assert block == anew(redactor, logout(), answer("{}"), about).block


async def test_a_target_that_repeats_a_secret_or_leaks_one_is_no_filling(redactor: BackgroundRedactor) -> None:
    leg = logout(), answer(f'{{"access_token": "{SECRET}"}}')
    for number in range(4):
        await recorded(redactor, *leg, notes(number))
    about = notes(7)
    for target, leaks in (
        (f"/x/{SECRET}", False),
        ("/x/Zm9vYmFyMTIzNDU2Nzg5MEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFla/aB3dE5fG7h", True),
    ):
        request = replace(logout(), target=target)
        made = await recorded(redactor, request, leg[1], about)
        assert (made, bool(made.leaks)) == (anew(redactor, request, leg[1], about), leaks), target
        assert SECRET.encode() not in made.block


async def test_a_rule_s_request_has_no_form(redactor: BackgroundRedactor) -> None:
    for number in range(4):
        await recorded(redactor, logout(), answer("{}"), notes(number))
    request, about = replace(logout(), rewritten_from=f"DELETE /api/v1/logout?deviceId={SECRET}"), notes(7)
    made = await recorded(redactor, request, answer("{}"), about)
    assert b"rewritten_from" in made.block
    assert SECRET.encode() not in made.block
    assert made == anew(redactor, request, answer("{}"), about)


async def test_where_secrets_are_met_all_the_time_no_form_is_made(redactor: BackgroundRedactor) -> None:
    """A form holds until the next secret, and costs as much as a recording."""
    made: list[str] = []

    def counted(request: Request, response: Response, at: str, about: Mapping[str, object]) -> Recording:
        made.append(at)
        return jobs.record(redactor._redaction, request, response, origin=ORIGIN, recorded_at=at, about=about)

    for number in range(20):
        about = notes(number)
        redactor._redaction.learn([(f"{number:024}", "x" * 24)])
        redactor._forms.learn(logout(), answer("{}"), ORIGIN, str(about["recorded_at"]), about, counted)
    assert len(made) <= 1


async def test_forms_that_a_new_secret_made_invalid_take_no_memory(redactor: BackgroundRedactor) -> None:
    kept = redactor._forms._kept
    legs = [(logout(client=f"192.0.2.{number}"), answer("{}", status=200 + number)) for number in range(9)]
    for number, leg in enumerate(legs * 2):
        await recorded(redactor, *leg, notes(number))
    assert len(kept) == 9
    redactor._redaction.learn([(SECRET, "x" * len(SECRET))])
    for number, held in enumerate([0, 1, 1]):
        await recorded(redactor, *legs[0], notes(number))
        assert len(kept) == held


async def test_a_secret_that_is_met_meanwhile_is_removed_from_what_was_recorded_before(
    redactor: BackgroundRedactor,
) -> None:
    leg = logout(), answer(f'{{"note": "of {SECRET} and more"}}')
    for number in range(4):
        before = await recorded(redactor, *leg, notes(number))
    await recorded(redactor, logout(), answer(f'{{"access_token": "{SECRET}"}}'), notes(5))
    after = await recorded(redactor, *leg, notes(6))
    assert after == anew(redactor, *leg, notes(6))
    assert SECRET.encode() not in after.block, before


async def test_other_notes_are_written(redactor: BackgroundRedactor) -> None:
    leg = logout(), answer("{}")
    for number in range(4):
        await recorded(redactor, *leg, notes(number))
    other = notes(5, device="roku-1")
    assert await recorded(redactor, *leg, other) == anew(redactor, *leg, other)


async def test_an_id_that_is_a_secret_is_a_leak_as_ever(redactor: BackgroundRedactor) -> None:
    leg = logout(), answer(f'{{"access_token": "{SECRET}"}}')
    for number in range(4):
        assert not (await recorded(redactor, *leg, notes(number))).leaks
    assert (await recorded(redactor, *leg, {**notes(5), "id": SECRET})).leaks


IDS: list[tuple[list[str], bool]] = [
    ([], True),
    (["abc-1"], True),
    ([f"a3f2c1-{number:x}" for number in range(70_000, 70_032)], True),
    (["abc-1", SECRET, "abc-2"], False),
    ([SECRET[:12], SECRET[12:]], True),
    ([f"{SECRET}-1"], False),
    (["abc-1", "a b"], False),
    (["abc-1", "a\n\nb"], False),
    (["abc-1", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJlLW9mLXRoaXM"], False),
]


@for_each(("ids", "expected"), IDS)
def test_ids_are_harmless_together_if_each_is_alone(ids: list[str], expected: bool) -> None:
    redactor = BackgroundRedactor(Redaction(KEY))
    redactor._redaction.learn([(SECRET, "x" * len(SECRET))])
    assert redactor.are_harmless(ids) == all(redactor.are_harmless([id_]) for id_ in ids) == expected


async def test_what_leaks_is_looked_at_each_time(redactor: BackgroundRedactor) -> None:
    leg = logout(), answer("{}")
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJlLW9mLXRoaXM"
    assert [bool((await recorded(redactor, *leg, notes(n, device=token))).leaks) for n in range(4)] == [True] * 4


def dated(second: int, date: str = "Sat, 28 Nov 2026 06:02:{:02} GMT") -> Response:
    """An answer with a Date. Each second it is another one."""
    response = answer("{}")
    return replace(response, headers=response.headers.with_("dAte", date.format(second)))


POLICIES = {
    "the documentation's": Policy(),
    "a field": Policy(headers={**HEADERS, "date": "token"}),
    "an expression": Policy(patterns=((Expression("Nov 20[0-9]*"), "token"),)),
}


@for_each("policy", POLICIES.values())
async def test_of_another_date_the_block_is_the_same_as_if_all_were_new(policy: Policy) -> None:
    redactor = BackgroundRedactor(Redaction(KEY, policy))
    for number in range(8):
        request, about = logout(target=f"/api/v2/REF30/logout/Mvpd{number}"), notes(number)
        expected = anew(BackgroundRedactor(Redaction(KEY, policy)), request, dated(number), about)
        assert await recorded(redactor, request, dated(number), about) == expected


async def test_another_date_fills_the_blank_of_a_form(redactor: BackgroundRedactor) -> None:
    for number in range(4):
        await recorded(redactor, logout(), dated(number), notes(number))
    about = without_blanks(notes(7))
    for response, is_known in (
        (dated(4), True),
        (dated(10), True),
        (dated(0, "Saturday, 28-Nov-26 06:02:33 GMT"), False),
        (dated(0, ""), False),
        (answer("{}"), False),
    ):
        leg = redactor.form(logout(), response, origin=ORIGIN, notes=about)
        assert (leg is not None) == is_known, response
        if leg is not None:
            block = leg.filled("abc-7", "2026-11-21T22:17:07.120Z", 49)
            assert block == anew(redactor, logout(), response, notes(7)).block


async def test_a_date_that_repeats_a_secret_is_no_filling(redactor: BackgroundRedactor) -> None:
    secret = "2026 06:02:09"
    redactor._redaction.learn([(secret, "1999 00:00:00")])
    for number in range(12):
        response, about = dated(number), notes(number)
        made = await recorded(redactor, logout(), response, about)
        assert made == anew(redactor, logout(), response, about)
        assert secret.encode() not in made.block
        assert (b"1999 00:00:00" in made.block) == (number == 9)
