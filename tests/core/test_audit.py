"""The audit: what it says of Adobe's own samples, that it neither raises nor leaks nor changes anything, and what it remembers."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.adobe.call import Call
from gateway.core.audit import Audit, Check, Judged, NotJudged
from gateway.core.checking import About, Noticed, Said, SeenExchange
from gateway.core.checks import CHECKS
from gateway.core.devices import device_identifier
from gateway.core.model import Finding, Headers, Request, Response
from gateway.core.verdict import Defect, Verdict, refusal_of
from gateway.samples import samples
from tests.core.checks.calls import (
    AT,
    CODE,
    DEVICE,
    LOGOUT,
    PROFILES,
    answer,
    bearer,
    call,
    fingerprint,
    info,
    jwt,
    logouts,
    old,
    redacted,
)
from tests.harness.for_each import for_each

AUDIT = Audit(CHECKS)
SAMPLES = {sample.name: sample.request for sample in samples()}
WHEN_THEY_WERE_MADE = 1_724_090_000.0
"""Within the six hours of the samples' token."""


def ids(verdict: Verdict) -> list[str]:
    return [finding.id for finding in verdict.findings]


# --- Adobe's own samples -------------------------------------------------------------------------------------------------


OF_THE_SAMPLES: dict[str, dict[str, str]] = {
    "1-logout-endpoint": {"INFO004": "the comma behind osName is missing in each documented value but two"},
    "2-no-logout-endpoint": {"INFO004": "the same X-Device-Info"},
    "3-service-token-sso": {
        "INFO004": "the same X-Device-Info",
        "SSO005": "AD-Service-Token is cut off and ends with blanks and dots",
    },
    "4-platform-identity-sso": {
        "INFO004": "the same X-Device-Info",
        "SSO005": "Adobe-Subject-Token is cut off and ends with blanks and dots",
    },
    "5-partner-apple-sso": {"INFO004": "the same X-Device-Info"},
    "6-degraded": {
        "INFO004": "the same X-Device-Info",
        "ROUTE004": "the MVPD is ${degradedMvpd}, which the page forgot to fill in",
    },
    "7-temp-pass": {
        "FLOW003": "temporary access needs no logout",
        "INFO004": "the same X-Device-Info",
        "ROUTE002": "the page has logout before the service provider",
    },
    "8-v1-logout": {
        "INFO004": "the same X-Device-Info, percent-encoded as v1 wants it",
        "V1001": "it is v1",
        "V1004": "the logout page of v1 lists no Authorization, though v1 wants one",
    },
}
"""Each sample as a device sends it while its token is valid: what is found, and why."""

OF_THEIR_ANSWERS: dict[str, tuple[dict[str, object] | bytes, dict[str, str]]] = {
    "1-logout-endpoint": (
        {"actionName": "logout", "actionType": "interactive", "mvpd": "Cablevision", "url": "https://sp.auth.adobe.com/adobe-services/logout"},
        {},
    ),
    "2-no-logout-endpoint": ({"actionName": "complete", "actionType": "none", "mvpd": "Cablevision"}, {}),
    "3-service-token-sso": (
        {"actionName": "logout", "actionType": "interactive", "mvpd": "Cablevision", "url": "/adobe-services/logout?mso_id=Spectrum"},
        {"RESP007": "its url begins at the root"},
    ),
    "5-partner-apple-sso": ({"actionName": "partner_logout", "actionType": "partner_interactive", "mvpd": "Cablevision"}, {}),
    "6-degraded": (
        b'{"logouts": {"ATTOTT": {"actionName": "complete", "actionType": "none", "mvpd": "${degradedMvpd}",}}}',
        {"RESP006": "a comma too many, so that it is no JSON and its key is not compared"},
    ),
}  # fmt: skip
"""The answers that the pages print, by their samples: what is found, and why."""


def test_there_are_eight_samples() -> None:
    assert SAMPLES.keys() == OF_THE_SAMPLES.keys()


@for_each("name", OF_THE_SAMPLES)
def test_a_sample_has_exactly_its_findings(name: str) -> None:
    live = Judged(SAMPLES[name], client="93.184.216.34", at=WHEN_THEY_WERE_MADE, inbound=True)
    verdict = AUDIT(live, {})
    assert sorted(ids(verdict)) == sorted(OF_THE_SAMPLES[name])
    assert (verdict.not_judged, verdict.defects) == ((), ())


@for_each("name", OF_THE_SAMPLES)
def test_today_the_token_of_a_sample_has_expired_and_what_leaves_the_gateway_says_the_device(name: str) -> None:
    """v1's sample has no token; and a call that left a server without X-Forwarded-For is the server's own."""
    sent = Judged(SAMPLES[name], at=WHEN_THEY_WERE_MADE + 86_400)
    more = {"XFF001"} if name == "8-v1-logout" else {"AUTH003", "XFF001"}
    assert set(ids(AUDIT(sent, {}))) == OF_THE_SAMPLES[name].keys() | more


@pytest.mark.parametrize("name", OF_THEIR_ANSWERS)
def test_a_documented_answer_has_exactly_its_findings(name: str) -> None:
    body, found = OF_THEIR_ANSWERS[name]
    given = answer(body) if isinstance(body, bytes) else answer({"logouts": {"Cablevision": body}})
    live = Judged(SAMPLES[name], given, client="93.184.216.34", at=WHEN_THEY_WERE_MADE, inbound=True)
    assert sorted(ids(AUDIT(live, {}))) == sorted({**OF_THE_SAMPLES[name], **found})


def test_the_good_call_of_the_tests_is_good() -> None:
    assert AUDIT(logouts(), {}).findings == ()


# --- Redaction ------------------------------------------------------------------------------------------------------------


@for_each("name", OF_THE_SAMPLES)
def test_a_sample_says_the_same_when_it_was_redacted(name: str) -> None:
    """But for what only the secret could tell: a damaged token's damage, and whether the identifier is a placeholder."""
    live = Judged(SAMPLES[name], client="93.184.216.34", at=WHEN_THEY_WERE_MADE)
    kept = redacted(live)
    before, after = AUDIT(live, {}), AUDIT(kept, {})
    hidden = {note.id for note in after.not_judged}
    assert set(ids(after)) | hidden >= set(ids(before))
    assert set(ids(after)) <= set(ids(before))
    assert all(note.reason == "redacted" for note in after.not_judged)


def test_what_cannot_be_judged_is_said_once_for_each_check() -> None:
    verdict = AUDIT(redacted(call(x_forwarded_for="93.184.216.34, 8.8.8.8")), {})
    assert [note for note in verdict.not_judged if note.id == "XFF002"] == [NotJudged("XFF002", "redacted")]


def test_without_a_date_what_needs_one_is_not_judged() -> None:
    verdict = AUDIT(call(at=None), {})
    assert verdict.findings == ()
    assert {note.reason for note in verdict.not_judged} == {"no date"}
    assert {"AUTH003", "AUTH007", "THR002", "THR003"} <= {note.id for note in verdict.not_judged}


def test_the_clock_is_the_exchanges_own() -> None:
    """The same call before its token's end and after it, in whichever order, though everything else of it is remembered."""
    audit = Audit(CHECKS)
    early, late = call(authorization=bearer(exp=AT)), call(authorization=bearer(exp=AT), at=AT + 1)
    early = replace(early, at=AT - 1)
    assert [ids(audit(judged, {})) for judged in (early, late, early, late)] == [[], ["AUTH003"], [], ["AUTH003"]]


# --- Settings -------------------------------------------------------------------------------------------------------------


def test_a_check_is_off_or_of_another_severity() -> None:
    bad = call(ap_device_identifier=None, x_forwarded_for="10.0.0.1")
    audit = Audit(CHECKS, {"XFF002": "off", "DEV001": "info"})
    assert [(finding.id, finding.severity) for finding in audit(bad, {}).findings] == [("DEV001", "info")]
    assert len(audit.checks) == len(CHECKS) - 1


def test_a_setting_of_no_check_is_an_error() -> None:
    with pytest.raises(ValueError, match="no check is called AUTH999, X"):
        Audit(CHECKS, {"X": "off", "AUTH999": "off", "AUTH001": "off"})


def test_a_finding_says_all_that_it_should() -> None:
    (finding,) = AUDIT(call(ap_device_identifier=None), {}).findings
    assert finding == Finding(
        "DEV001", "error", "header AP-Device-Identifier", "no such header", "fingerprint <Base64 of the device's identifier>", finding.source,
    )  # fmt: skip
    assert finding.source.endswith("rest-api-v2-appendix-headers-ap-device-identifier")


@for_each(
    ("judged", "enforce_at", "refused"),
    [
        (call(), "error", None),
        (call(ap_device_identifier=None), "error", (400, "invalid_header_device_identifier")),
        (
            call(authorization=None, ap_device_identifier=None),
            "error",
            (401, "invalid_access_token_client_application"),
        ),
        (call(method="DELETE"), "error", (405, "")),
        # a request is routed, then let in, then read: the method goes before the token, and an expired token before the device
        (call(method="DELETE", authorization=None, ap_device_identifier=None), "error", (405, "")),
        (
            call(authorization=bearer(exp=AT - 1), ap_device_identifier=None),
            "error",
            (401, "invalid_access_token_client_application"),
        ),
        (call(accept="*/*"), "info", None),
        (call("/api/v2/REF30/logout/x?redirectUrl=%2F"), "error", None),
        (call("/api/v2/REF30/logout/x?redirectUrl=%2F"), "warning", (400, "invalid_parameter_redirect_url")),
    ],
)
def test_adobe_would_refuse_what_it_refuses(judged: Judged, enforce_at: str, refused: tuple[int, str] | None) -> None:
    info = refusal_of(AUDIT.request(judged).findings, CHECKS, enforce_at)  # type: ignore[arg-type]  # a severity
    assert (info and (info.status, info.code)) == refused


# --- Checks that fail -----------------------------------------------------------------------------------------------------


def _about(number: int) -> About:
    return About(id=f"BAD{number}", severity="error", title="", page="", fix="")


@_about(1).request
def bad_request(_call: Call) -> Said:
    yield Noticed("header", "before", "it fails")
    message = "a secret"
    raise ValueError(message)


@_about(2).over_time(lambda call: call.path, timed=False)
def bad_step(_before: int | None, _seen: SeenExchange) -> tuple[int, tuple[Noticed, ...]]:
    raise KeyError


def _bad_key(_call: Call) -> str:
    raise OSError


@_about(3).over_time(_bad_key)
def bad_key(_before: int | None, _seen: SeenExchange) -> tuple[int, tuple[Noticed, ...]]:
    raise AssertionError


def test_a_check_that_raises_is_a_defect_and_the_others_go_on() -> None:
    checks: tuple[Check, ...] = (bad_request, bad_step, bad_key, *CHECKS)
    verdict = Audit(checks)(call(authorization=None), {})
    assert set(verdict.defects) == {Defect("BAD1", "ValueError"), Defect("BAD2", "KeyError"), Defect("BAD3", "OSError")}
    assert ids(verdict) == ["BAD1", "AUTH001"]


# --- What is remembered ---------------------------------------------------------------------------------------------------


def test_a_live_message_and_what_went_out_have_slices_of_their_own() -> None:
    """So that an exchange that is audited on both sides is not counted twice."""
    slices: dict[str, object] = {}
    for _ in range(6):
        for inbound in (True, False):
            verdict = AUDIT(call(inbound=inbound, client="93.184.216.34"), slices)
            slices |= dict(verdict.slices)
            assert verdict.findings == ()


def test_the_audit_keeps_no_slice_itself() -> None:
    first = AUDIT(call(PROFILES), {})
    other = call(ap_device_identifier=fingerprint("another"))
    assert ids(AUDIT(other, {})) == []
    assert ids(AUDIT(other, dict(first.slices))) == ["DEV006"]


def test_no_slice_holds_a_secret() -> None:
    slices: dict[str, object] = {}
    for judged in (call(PROFILES, ad_service_token=jwt()), call(), old(), call(CODE, answer=answer(b"", 429))):
        slices |= dict(AUDIT(judged, slices).slices)
    assert len(slices) > 8
    kept = repr(slices)
    assert not any(secret in kept for secret in ("93.184", DEVICE[:8], "c4fc3e7e", "ABC123", "eyJ"))


def test_what_the_gateway_answered_itself_is_not_adobes() -> None:
    own = replace(answer(b"<html>", 502, "text/html"), source="gateway")
    assert ids(AUDIT(call(answer=own), {})) == []
    assert ids(AUDIT(call(answer=replace(own, source="upstream")), {})) == ["RESP005"]


def test_a_long_body_is_not_read_and_that_is_said() -> None:
    verdict = AUDIT(call(answer=answer(b"{" + b" " * 20_000)), {})
    assert verdict.findings == ()
    assert {note.reason for note in verdict.not_judged} == {"too long"}


def test_a_long_head_is_judged_all_the_same() -> None:
    long = call(more=[("Authorization", "Bearer " + "x" * 40_000), ("X" * 50_000, "y")])
    assert ids(AUDIT(long, {})) == ["HDR005"]


class Pieces:
    """A body that must not be touched."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        raise AssertionError

    async def aclose(self) -> None:
        raise AssertionError


def test_a_stream_is_not_touched() -> None:
    judged = call(answer=Response(200, "OK", Headers.of({"Content-Type": "text/html"}), Pieces(), "upstream"))
    judged = replace(judged, request=replace(judged.request, body=Pieces()))
    assert ids(AUDIT(judged, {})) == ["RESP005"]
    announced = replace(judged.request, headers=judged.request.headers.with_("Content-Length", "5"))
    assert ids(AUDIT(replace(judged, request=announced), {})) == ["HDR002", "RESP005"]


# --- The catalogue --------------------------------------------------------------------------------------------------------


def test_each_id_is_one_checks_own_and_each_check_says_what_to_do() -> None:
    assert len({check.info.id for check in CHECKS}) == len(CHECKS)
    for about in (check.info for check in CHECKS):
        assert about.title, about.id
        assert not about.title.endswith("."), about.id
        assert about.fix.endswith("."), about.id
        assert about.page.startswith("https://experienceleague.adobe.com/"), about.id
        assert about.explanation.partition("\n")[0].endswith("."), about.id
        assert bool(about.status) >= bool(about.code), about.id


# --- Any bytes ------------------------------------------------------------------------------------------------------------

BYTES = st.binary(max_size=60)
NAMES = st.sampled_from(
    [
        b"Authorization", b"AP-Device-Identifier", b"X-Device-Info", b"X-Forwarded-For", b"Adobe-Subject-Token",
        b"X-Roku-Reserved-Roku-Connect-Token", b"AD-Service-Token", b"AP-Visitor-Identifier", b"AP-Partner-Framework-Status",
        b"AP-TempPass-Identity", b"Accept", b"Content-Type", b"User-Agent", b"x-roku-reserved-x", b"Content-Length",
    ]
)  # fmt: skip
WRAPPINGS = st.sampled_from(
    [b"%b", b"Bearer %b", b"fingerprint %b", b"Bearer eyJhbGciOiJ4In0.%b.x", b"GET requestor_id=%b", b"eyJ%b"]
)
VALUES = st.builds(
    lambda wrapping, value, encoded: wrapping.replace(b"%b", base64.b64encode(value) if encoded else value),
    WRAPPINGS, BYTES, st.booleans(),
)  # fmt: skip
TEXT = st.text(st.characters(max_codepoint=255), max_size=30)
TARGETS = st.one_of(
    TEXT,
    TEXT.map("/api/v2/{}".format),
    TEXT.map("/api/v2/REF30/logout/{}".format),
    TEXT.map("/api/v2/REF30/logout/x?redirectUrl={}".format),
    TEXT.map("/api/v1/logout?{}".format),
    TEXT.map("/reggie/v1/x/regcode?{}".format),
    st.sampled_from([PROFILES, CODE, "/api/v2/x/decisions/authorize/y", "/api/v2/x/sessions/sso/y"]),
)
REQUESTS = st.builds(
    lambda method, target, fields, body: Request(method, target, Headers(tuple(fields)), body),
    st.one_of(st.sampled_from(["GET", "POST", "DELETE"]), TEXT),
    TARGETS,
    st.lists(st.tuples(st.one_of(NAMES, BYTES), VALUES), max_size=8),
    BYTES,
)
RESPONSES = st.builds(
    lambda status, fields, body: Response(status, "", Headers(tuple(fields)), body, "upstream"),
    st.sampled_from([200, 204, 302, 400, 403, 429, 500]),
    st.lists(
        st.tuples(st.sampled_from([b"Content-Type", b"content-encoding"]), st.sampled_from([b"text/html", b"application/xml", b"gzip", b"\xff"])),
        max_size=2,
    ),
    st.one_of(
        BYTES,
        st.sampled_from([b"[" * 9000, b'{"logouts":{"":{"url":7}}}', b'{"logouts":{"x":[]}}', b"<error><code>x</code>"]),
        st.recursive(st.none() | st.text(max_size=9), lambda inner: st.dictionaries(st.sampled_from(["logouts", "error", "url", "status", "decisions"]), inner))
        .map(lambda value: json.dumps(value).encode()),
    ),
)  # fmt: skip


@given(
    request=REQUESTS,
    response=st.none() | RESPONSES,
    at=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    inbound=st.booleans(),
    origin=st.sampled_from(["", "https://api.auth.adobe.com", "x", "://"]) | TEXT,
)
def test_whatever_the_bytes_nothing_raises_and_nothing_changes(
    request: Request, response: Response | None, at: float | None, inbound: bool, origin: str
) -> None:
    judged = Judged(request, response, "1.2.3.4", at, "dev", inbound, origin)
    before = deepcopy(judged)
    slices: dict[str, object] = {}
    for _ in range(2):
        verdict = AUDIT(judged, slices)
        slices |= dict(verdict.slices)
        assert verdict.defects == ()
        assert judged == before
        assert judged.request.body == before.request.body
        for finding in verdict.findings:
            assert finding.where
            assert finding.found
            assert finding.expected
            assert (finding.where + finding.found + finding.expected).isprintable()


IDENTIFIED = {
    "v2": call(),
    "v1, in the query": old(),
    "v1, in a form": old("/reggie/v1/REF30/regcode", "POST", body=b"deviceId=x%2Fy&ttl=9"),
    "a field with blanks around": call(ap_device_identifier=f" {fingerprint(DEVICE)} "),
    "a blank field before": call(ap_device_identifier="", more=[("AP-Device-Identifier", fingerprint(DEVICE))]),
    "a blank field before, and a parameter": call(
        f"{LOGOUT}&deviceId=other", ap_device_identifier="", more=[("AP-Device-Identifier", fingerprint(DEVICE))]
    ),
    "no identifier": call(ap_device_identifier=None),
}


@for_each("form", IDENTIFIED)
def test_an_identifier_that_was_read_before_gives_the_same_slices(form: str) -> None:
    judged = IDENTIFIED[form]
    assert AUDIT(replace(judged, identifier=device_identifier(judged.request)), {}) == AUDIT(judged, {})


SECRET = "Zq7Xw2Lp9Vt4Kd8Rf3"


@for_each("value", [SECRET, f"Bearer {SECRET}", f"Bearer {SECRET} x", f"fingerprint {SECRET}", f"<{SECRET}>", f"${{{SECRET}}}", f'"{SECRET}"', f"{SECRET}=", f"Basic {SECRET}", f"GET requestor_id={SECRET}", f"eyJ.{SECRET}", f"10.0.0.1, {SECRET}", jwt(sub=SECRET, exp=1), f"Bearer {jwt(sub=SECRET, exp=1, iss=SECRET[:3])}", info(userAgent=SECRET, connectionIp=SECRET), fingerprint(SECRET)])  # fmt: skip
@for_each(
    "header",
    ["authorization", "ap_device_identifier", "x_device_info", "x_forwarded_for", "adobe_subject_token", "ad_service_token",
     "x_roku_reserved_roku_connect_token", "ap_visitor_identifier", "ap_partner_framework_status", "ap_temppass_identity"],
)  # fmt: skip
def test_no_finding_shows_more_than_four_characters_of_a_secret(header: str, value: str) -> None:
    slices: dict[str, object] = {}
    changes: dict[str, Any] = {header: value}
    twice = call(more=[(header.replace("_", "-"), value)])
    for judged in (call(PROFILES), call(**changes), twice, old(**changes)):
        verdict = AUDIT(judged, slices)
        slices |= dict(verdict.slices)
        said = repr(verdict.findings) + repr(slices)
        assert not any(SECRET[at : at + 5] in said for at in range(len(SECRET) - 4))


@for_each(
    "target",
    [
        f"{LOGOUT}&{SECRET}",
        f"{LOGOUT}&{SECRET}=x",
        f"{LOGOUT}%3Fsid%3D{SECRET}",
        f"/api/v2/REF30/logout/x?redirectUrl={SECRET}",
        f"/api/v2/REF30/profiles/code/{SECRET}",
        f"/api/v2/sessions/REF30/{SECRET}",
        f"/api/v2/{SECRET}",
        f"/api/v1/logout?deviceId={SECRET}&deviceUser={SECRET}",
    ],
)
def test_no_finding_shows_a_secret_of_the_target(target: str) -> None:
    said = repr([AUDIT(judged, {}).findings for judged in (call(target), call(target, "DELETE"))])
    assert SECRET[:5] not in said


def test_judged_before_and_after_it_is_what_it_is_judged_at_once() -> None:
    """And so is what is remembered, of calls that follow one another."""
    denied = answer({"decisions": [{"authorized": False}]})
    asked = [
        call(), call(authorization=None), call(answer=answer(b"<html>", 429)), call(), call(ap_device_identifier="x"),
        call("/api/v2/REF30/decisions/authorize/Dish", "POST", answer=denied), call(), call(), old(), old(authorization=None), call(CODE),
        call(CODE), call(at=None), logouts("Dish"), *[call(authorization=bearer(sub=f"{n}")) for n in range(6)],
    ]  # fmt: skip
    whole: dict[str, object] = {}
    halves: dict[str, object] = {}
    found: set[str] = set()
    for number, judged in enumerate(asked):
        dated = judged if judged.at is None else replace(judged, at=AT + number / 4)
        verdict = AUDIT(dated, whole)
        whole |= dict(verdict.slices)
        before = AUDIT.before(replace(dated, response=None), halves)
        halves |= dict(before.slices)
        after = AUDIT.after(dated, halves)
        halves |= dict(after.slices)
        assert sorted(ids(verdict)) == sorted(ids(before) + ids(after)), number
        assert {*verdict.not_judged} == {*before.not_judged, *after.not_judged}, number
        found |= {*ids(verdict)}
    assert whole == halves
    assert {"FLOW001", "THR002", "THR003", "THR004", "AUTH008", "V1002"} <= found
