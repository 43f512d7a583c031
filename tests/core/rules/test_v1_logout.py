"""A v1 logout becomes v2's: each conversation with the answers that v2 may give, and each row of the mapping table."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Literal
from urllib.parse import quote, unquote_to_bytes
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.errors import gateway_error
from gateway.core.model import Headers, Request, Response
from gateway.core.rules.v1_logout import V1Logout
from gateway.core.when import LogoutWhen
from tests.conversation import (
    answered,
    conversation,
    delete,
    fingerprint,
    logged_out,
    profiles,
    refused,
    request,
    said,
    throttled,
)
from tests.harness.for_each import for_each
from tests.legs import Pieces

ALSO = V1Logout(redirect_url="https://example.com/bye")
RULE = replace(ALSO, v1="when_no_profile")
"""Asks v2 first: most of what is tested here is v2's part, which comes after v1's under `also`."""
LOGOUT = "/api/v1/logout?requestor=REF30&deviceId=abc"
PROFILES = "/api/v2/REF30/profiles"
BYE = "redirectUrl=https%3A%2F%2Fexample.com%2Fbye"
TV = base64.b64encode(b'{"model":"TV","osName":"tvOS"}').decode()


def to(mvpd: str) -> str:
    return f"/api/v2/REF30/logout/{mvpd}?{BYE}"


# --- the conversation


def test_one_logout_for_the_one_profile() -> None:
    """A v1 logout becomes the list of profiles, the v2 logout of each, and 204."""
    talk = conversation(RULE, delete(LOGOUT))

    talk.sends("GET", PROFILES, answer=profiles("Dish"))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish"))
    reply = talk.replies(204)
    assert (reply.headers, reply.body, reply.notes) == (Headers(), b"", ())


def test_one_logout_for_each_profile() -> None:
    """Three profiles are three logouts, one after the other; what is left to the app is handed to it."""
    talk = conversation(RULE, delete(LOGOUT))

    talk.sends("GET", PROFILES, answer=profiles("Cablevision", "Dish", "Spectrum"))
    talk.sends("GET", to("Cablevision"), answer=logged_out("Cablevision", "logout", "https://mvpd.example/out?id=1"))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish", "partner_logout"))
    talk.sends("GET", to("Spectrum"), answer=logged_out("Spectrum", "logout", "/adobe-services/logout?mso_id=Spectrum"))
    reply = talk.replies(204)
    assert reply.headers.getall("X-Gateway-Logout-Url") == [
        "https://mvpd.example/out?id=1",
        "https://sp.auth.adobe.com/adobe-services/logout?mso_id=Spectrum",
    ]
    assert [(note.id, note.where) for note in reply.notes] == [
        ("RW003", "logouts.Cablevision.url"),
        ("RW003", "logouts.Spectrum.url"),
    ]


def test_no_profile_is_said_and_v1_is_asked() -> None:
    """v2 cannot see a login of v1, so the v1 logout goes out too, as it came, and its answer is the reply."""
    asked = delete(LOGOUT, Authorization="Bearer app", X_Device_Info=TV)
    talk = conversation(RULE, asked)

    talk.sends("GET", PROFILES, answer=profiles())
    sent = talk.sends("DELETE", LOGOUT, answer=Response(204, "No Content", source="upstream"))
    assert replace(sent, rewritten_from="") == asked
    reply = talk.replies(204)
    assert reply.source == "upstream"
    assert [(note.id, note.severity) for note in reply.notes] == [("RW001", "warning")]


def test_no_profile_answers_what_v1_says() -> None:
    talk = conversation(RULE, delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=profiles())
    talk.sends("DELETE", LOGOUT, answer=answered({"status": 403, "message": "no"}, 403))
    assert said(talk.replies(403)) == {"status": 403, "message": "no"}


def test_no_profile_may_be_a_204() -> None:
    talk = conversation(replace(RULE, v1="never"), delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=profiles())
    assert [note.id for note in talk.replies(204).notes] == ["RW001"]


def test_every_answer_invalid_is_no_profile() -> None:
    talk = conversation(replace(RULE, mvpd="Dish"), delete(LOGOUT))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish", "invalid"))
    talk.sends("DELETE", LOGOUT, answer=Response(204))
    assert [note.id for note in talk.replies(204).notes] == ["RW001"]


def test_one_invalid_among_others_is_a_logout() -> None:
    talk = conversation(RULE, delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=profiles("Dish", "Other"))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish", "invalid"))
    talk.sends("GET", to("Other"), answer=logged_out("Other"))
    assert talk.replies(204).notes == ()


def test_one_failing_of_three_does_not_stop_the_others() -> None:
    """The reply says which failed, with the worst status; what is left to the app is handed to it all the same."""
    talk = conversation(RULE, delete(LOGOUT))

    talk.sends("GET", PROFILES, answer=profiles("A", "B", "C"))
    talk.sends("GET", to("A"), answer=logged_out("A", "logout", "https://a.example/"))
    talk.sends("GET", to("B"), answer=refused(500, "internal_server_error", trace="1-2-3"))
    talk.sends("GET", to("C"), answer=logged_out("C"))
    reply = talk.replies(500, X_Gateway_Logout_Url="https://a.example/")
    assert said(reply) == {
        "status": 500,
        "message": "It is internal_server_error.",
        "details": "B: internal_server_error, trace 1-2-3; logged out: A, C",
    }
    assert [note.id for note in reply.notes] == ["RW003", "RW004"]


def test_the_status_is_the_worst() -> None:
    talk = conversation(RULE, delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=profiles("A", "B", "C"))
    talk.sends("GET", to("A"), answer=refused(400, "invalid_integration"))
    talk.sends("GET", to("B"), answer=throttled())
    talk.sends("GET", to("C"), answer=refused(403, "too_many_resources"))
    assert said(talk.replies(429, Retry_After="1")) == {
        "status": 429,
        "message": "Too Many Requests",
        "details": "A: invalid_integration; B: wait at least one second; C: too_many_resources",
    }


def test_no_request_is_sent_again_by_the_rule() -> None:
    """Whether a 401 leads to another token is for `Authorized` to say, who knows how old the token was."""
    talk = conversation(replace(RULE, mvpd="Dish"), delete(LOGOUT))
    talk.sends("GET", to("Dish"), answer=refused(401, "invalid_access_token_client_application"))
    talk.replies(401)
    assert len(talk.sent) == 1


def test_the_apps_own_token_is_not_ours_to_replace() -> None:
    talk = conversation(replace(RULE, authorization="pass"), delete(LOGOUT, Authorization="Bearer app"))
    sent = talk.sends("GET", PROFILES, answer=refused(401, "invalid_access_token_client_application"))
    assert (sent.headers["Authorization"], sent.credentials) == ("Bearer app", None)
    talk.replies(401)


# --- v1 beside v2: every pair of outcomes

PROFILE, NONE, FAILED = "a profile", "no profile", "an error"
V1 = {
    "204": Response(204, "No Content", source="upstream"),
    "403": Response(403, "Forbidden", Headers(), b"no", "upstream"),
    "429": throttled(),
    "500": Response(500, "", Headers(), b"oops", "upstream"),
    "504 ours": gateway_error(504, "upstream_timeout", "silent"),
    "404": Response(404, "Not Found", Headers(), b"<html>", "upstream"),
    "410": Response(410, "Gone", source="upstream"),
    "no host": gateway_error(502, "upstream_unreachable", "no address", reason="unknown_host"),
    "unreachable": gateway_error(502, "upstream_unreachable", "refused"),
    "not recorded": gateway_error(502, "gateway_replay_miss", "no answer"),
    "exhausted": gateway_error(502, "gateway_replay_exhausted", "had them all"),
    "-": None,
}
"""What v1 may answer; `-` where it is not asked."""
DECIDED = ("204", "403", "500", "504 ours", "unreachable")
LEFT_TO_V2 = ("404", "410", "no host")
AFTER = {
    PROFILE: ((PROFILES, profiles("Dish")), (to("Dish"), logged_out("Dish"))),
    NONE: ((PROFILES, profiles()),),
    FAILED: ((PROFILES, refused(400, "invalid_integration")),),
}
"""What v2 is asked, and what it answers."""


def status_of(v1: str) -> int:
    answer = V1[v1]
    assert answer is not None
    return answer.status


TABLE = [
    # `also`: v1 first, which decides, whatever v2 says
    *(("also", v1, v2, ["v1", v2], status_of(v1)) for v1 in DECIDED for v2 in AFTER),
    # where v1 is gone, or the cassette holds no answer of it, v2 decides
    *(
        ("also", v1, v2, ["v1", v2], status)
        for v1 in (*LEFT_TO_V2, "not recorded", "exhausted")
        for v2, status in ((PROFILE, 204), (NONE, 204), (FAILED, 400))
    ),
    # a throttled address is asked nothing more
    *(("also", "429", v2, ["v1"], 429) for v2 in AFTER),
    # `when_no_profile`: v2 first, and v1 only where v2 knows no profile
    *(("when_no_profile", v1, PROFILE, [PROFILE], 204) for v1 in V1),
    *(("when_no_profile", v1, FAILED, [FAILED], 400) for v1 in V1),
    *(("when_no_profile", v1, NONE, [NONE, "v1"], status_of(v1)) for v1 in (*DECIDED, "429", "not recorded", "exhausted")),
    *(("when_no_profile", v1, NONE, [NONE, "v1"], 204) for v1 in LEFT_TO_V2),
    # `never`: v2 alone
    *(("never", "-", v2, [v2], status) for v2, status in ((PROFILE, 204), (NONE, 204), (FAILED, 400))),
]  # fmt: skip


@for_each(("option", "v1", "v2", "order", "status"), TABLE)
def test_each_pair_of_outcomes_has_its_order_and_its_answer(
    option: Literal["also", "when_no_profile", "never"], v1: str, v2: str, order: list[str], status: int
) -> None:
    """The table of docs/explanation/v1-to-v2.md."""
    asked = delete(LOGOUT, Authorization="Bearer app")
    talk = conversation(replace(ALSO, v1=option), asked)
    for step in order:
        if step == "v1":
            answer = V1[v1]
            assert answer is not None
            sent = talk.sends("DELETE", LOGOUT, answer=answer)
            assert replace(sent, rewritten_from="", may_be_missing=False) == asked
            assert sent.may_be_missing is (option == "also")
        else:
            for target, answer in AFTER[step]:
                talk.sends("GET", target, answer=answer)
    reply = talk.replies(status)
    noted = {note.id for note in reply.notes}
    assert ("RW001" in noted) is (v2 == NONE and order != ["v1"])
    assert ("RW004" in noted) is (v2 == FAILED and order != ["v1"])
    assert ("RW006" in noted) is (v1 in LEFT_TO_V2 and "v1" in order)
    if "v1" in order and v1 in DECIDED:
        answer = V1[v1]
        assert answer is not None
        assert (reply.body, reply.source) == (answer.body, answer.source)


@for_each(("option", "v1", "v2", "order", "status"), TABLE)
def test_with_reply_v2_a_logout_that_succeeded_is_answered_the_map(
    option: Literal["also", "when_no_profile", "never"], v1: str, v2: str, order: list[str], status: int
) -> None:
    """Errors stay what they are: v1's own, or v2's in v1's words."""
    talk = conversation(replace(ALSO, v1=option, reply="v2"), delete(LOGOUT))
    for step in order:
        for target, answer in AFTER.get(step, ((LOGOUT, V1[v1]),)):
            assert answer is not None
            talk.sends("DELETE" if step == "v1" else "GET", target, answer=answer)
    if status >= 400:
        talk.replies(status)
        return
    found = {"Dish": {"actionName": "complete", "actionType": "none", "mvpd": "Dish"}} if v2 == PROFILE else {}
    assert said(talk.replies(200, Content_Type="application/json")) == {"logouts": found}


def test_v1_is_asked_though_v2_finds_a_profile_and_what_v2_leaves_to_the_app_is_handed_to_it() -> None:
    talk = conversation(ALSO, delete(LOGOUT))
    talk.sends("DELETE", LOGOUT, answer=Response(204, "No Content", Headers.of({"Server": "x"}), source="upstream"))
    talk.sends("GET", PROFILES, answer=profiles("A", "B"))
    talk.sends("GET", to("A"), answer=logged_out("A", "logout", "//mvpd.example/out"))
    talk.sends("GET", to("B"), answer=refused(500, "internal_server_error"))
    reply = talk.replies(204, X_Gateway_Logout_Url="https://mvpd.example/out", Server="x")
    assert [note.id for note in reply.notes] == ["RW003", "RW004"]


@for_each(
    ("url", "absolute"),
    [
        ("https://mvpd.example/out", "https://mvpd.example/out"),
        ("/adobe-services/logout?a=b", "https://pages.lab/adobe-services/logout?a=b"),
        ("adobe-services/logout", "https://pages.lab/adobe-services/logout"),
        ("//mvpd.example/out", "https://mvpd.example/out"),
        ("/\\evil.example", "https://pages.lab/\\evil.example"),
        ("?a=b", "https://pages.lab/?a=b"),
        ("adbe.abc://", "adbe.abc://"),
        ("http://[", "http://["),
    ],
)
def test_the_logout_url_is_absolute(url: str, absolute: str) -> None:
    """A root-relative one belongs to the host of the upstream's pages, which the configuration knows."""
    talk = conversation(replace(RULE, mvpd="Dish", pages={"lab": "https://pages.lab"}), delete(LOGOUT))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish", "logout", url))
    talk.replies(204, X_Gateway_Logout_Url=absolute)


@for_each(
    ("target", "body"),
    [
        ("/api/v1/logout?deviceId=abc", b""),
        ("/api/v1/logout", b""),
        ("/api/v1/logout.xml?requestor=&deviceId=abc", b""),
        ("/api/v1/logout?requestor", b""),
        ("/api/v1/logout", b"deviceId=abc"),
        ("/api/v1/logout", b"requestor=&deviceId=abc"),
    ],
)
def test_a_logout_without_a_requestor_goes_out_as_v1(target: str, body: bytes) -> None:
    """v2 has no path for it, whatever `v1` says; v1 may know the requestor by other means."""
    for option in ("also", "when_no_profile", "never"):
        asked = delete(target, body, Authorization="Bearer app")
        talk = conversation(replace(ALSO, v1=option), asked)
        assert talk.sends("DELETE", target, answer=Response(204, source="upstream")) == asked
        assert [(note.id, note.severity) for note in talk.replies(204).notes] == [("RW007", "warning")]


# --- errors, in v1's dialect


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "invalid_header_device_info"),
        (401, "invalid_access_token_service_provider"),
        (403, "authenticated_profile_missing"),
        (500, "internal_server_error"),
    ],
)
def test_errors_are_v1s(status: int, code: str) -> None:
    talk = conversation(RULE, delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=refused(status, code))
    reply = talk.replies(status, Content_Type="application/json")
    assert said(reply) == {"status": status, "message": f"It is {code}.", "details": f"profiles: {code}"}


@for_each(
    ("target", "accept", "is_xml"),
    [
        ("/api/v1/logout", "", False),
        ("/api/v1/logout.json", "application/xml", False),
        ("/api/v1/logout.xml", "application/json", True),
        ("/api/v1/logout?format=xml", "", True),
        ("/api/v1/logout?format=XML", "application/json", True),
        ("/api/v1/logout?format=json", "application/xml", False),
        ("/api/v1/logout", "application/xml", True),
        ("/api/v1/logout", "text/xml, application/json", False),
        ("/api/v1/logout", "*/*", False),
    ],
)
def test_errors_are_in_the_language_that_was_asked_for(target: str, accept: str, *, is_xml: bool) -> None:
    mark = "&" if "?" in target else "?"
    fields = {"Accept": accept} if accept else {}
    talk = conversation(RULE, delete(f"{target}{mark}requestor=REF30&deviceId=abc", **fields))
    talk.sends(
        "GET", PROFILES, answer=refused(400, "x", message="a < b & c\x00 ü"), headers={"Accept": "application/json"}
    )
    reply = talk.replies(400, Content_Type="application/xml" if is_xml else "application/json")
    assert isinstance(reply.body, bytes)
    assert reply.headers["Content-Length"] == str(len(reply.body))
    if is_xml:
        error = ET.fromstring(reply.body)  # noqa: S314  # our own
        assert {child.tag: child.text for child in error} == {
            "status": "400",
            "message": "a < b & c ü",
            "details": "profiles: x",
        }
    else:
        assert said(reply) == {"status": 400, "message": "a < b & c\x00 ü", "details": "profiles: x"}


@for_each("status", [200, 204, 302, 404, 405, 451, 502, 503])
def test_an_answer_that_is_none_is_an_error(status: int) -> None:
    """What is no error of v2's, and no list of profiles either, is a bad gateway's."""
    talk = conversation(RULE, delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=Response(status, "", Headers(), b"<html>", "upstream"))
    assert str(said(talk.replies(status if status >= 400 else 502))["details"]).startswith("profiles: ")


@for_each(
    "document",
    [
        {},
        [],
        {"logouts": {}},
        {"logouts": []},
        {"logouts": {"Dish": "complete"}},
        {"logouts": {"Dish": {}}},
        None,
        "text",
    ],
)
def test_an_answer_that_is_no_logouts_is_an_error(document: object) -> None:
    talk = conversation(replace(RULE, mvpd="Dish"), delete(LOGOUT))
    talk.sends("GET", to("Dish"), answer=answered(document))
    assert talk.replies(502).notes[0].id == "RW004"


def test_an_action_that_nobody_knows_is_no_logout() -> None:
    talk = conversation(replace(RULE, mvpd="Dish"), delete(LOGOUT))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish", "ascend"))
    assert said(talk.replies(502))["details"] == "Dish: an action that this gateway does not know"


def test_a_429_keeps_what_helps_to_wait() -> None:
    talk = conversation(RULE, delete(LOGOUT))
    answer = throttled()
    talk.sends("GET", PROFILES, answer=replace(answer, headers=answer.headers.with_("Retry-After", "7")))
    reply = talk.replies(429, Retry_After="7")
    assert "Set-Cookie" not in reply.headers


def test_the_gateways_own_error_stays_what_it_is() -> None:
    """A replay's miss says what is nearest, and an app's log needs that."""
    miss = gateway_error(502, "gateway_replay_miss", "The cassette holds no answer.", nearest=[])
    talk = conversation(RULE, delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=miss)
    assert talk.replies(502, X_Gateway_Error="gateway_replay_miss").body == miss.body


def test_the_gateways_own_error_among_others_is_named() -> None:
    talk = conversation(RULE, delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=profiles("A", "B"))
    talk.sends("GET", to("A"), answer=gateway_error(504, "upstream_timeout", "silent"))
    talk.sends("GET", to("B"), answer=logged_out("B"))
    assert said(talk.replies(504))["details"] == "A: upstream_timeout; logged out: B"


def test_a_compressed_answer_is_read() -> None:
    answer = profiles("Dish")
    assert isinstance(answer.body, bytes)
    packed = replace(answer, headers=answer.headers.with_("Content-Encoding", "gzip"), body=gzip.compress(answer.body))
    talk = conversation(RULE, delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=packed)
    talk.sends("GET", to("Dish"), answer=logged_out("Dish"))
    talk.replies(204)


# --- the options


def test_reply_v2_is_the_merged_map() -> None:
    talk = conversation(replace(RULE, reply="v2"), delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=profiles("A", "B"))
    talk.sends("GET", to("A"), answer=logged_out("A", "logout", "https://a.example/"))
    talk.sends("GET", to("B"), answer=logged_out("B", "invalid"))
    logouts = said(talk.replies(200, Content_Type="application/json"))["logouts"]
    assert logouts == {
        "A": {"actionName": "logout", "actionType": "interactive", "mvpd": "A", "url": "https://a.example/"},
        "B": {"actionName": "invalid", "actionType": "none", "mvpd": "B"},
    }


def test_reply_v2_says_with_an_error_what_was_done() -> None:
    talk = conversation(replace(RULE, reply="v2"), delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=profiles("A", "B"))
    talk.sends("GET", to("A"), answer=logged_out("A"))
    talk.sends("GET", to("B"), answer=refused(400, "invalid_integration"))
    error = said(talk.replies(400))
    assert error["details"] == "B: invalid_integration; logged out: A"
    assert error["logouts"] == {"A": {"actionName": "complete", "actionType": "none", "mvpd": "A"}}


def test_reply_v2_without_a_profile_is_an_empty_map() -> None:
    talk = conversation(replace(RULE, reply="v2", v1="never"), delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=profiles())
    assert said(talk.replies(200)) == {"logouts": {}}


def test_dry_run_sends_v1_untouched_and_says_what_v2_would_have_been() -> None:
    asked = delete(LOGOUT, Authorization="Bearer app")
    talk = conversation(replace(RULE, dry_run=True), asked)
    assert talk.sends("DELETE", LOGOUT, answer=Response(204, source="upstream")) == asked
    (note,) = talk.replies(204).notes
    assert (note.id, note.severity) == ("RW005", "info")
    assert note.found == f"GET {PROFILES}, then for each profile GET /api/v2/REF30/logout/MVPD?redirectUrl=…"


def test_dry_run_says_what_would_have_been_refused() -> None:
    talk = conversation(replace(RULE, dry_run=True, mvpd="Dish"), delete("/api/v1/logout?requestor=REF30"))
    talk.sends("DELETE", "/api/v1/logout?requestor=REF30", answer=Response(400, source="upstream"))
    assert talk.replies(400).notes[0].found == "nothing, and the answer 400 invalid_device_id"


@for_each(
    ("mvpd", "asks"),
    [
        ("discover", PROFILES),
        ("Dish", to("Dish")),
        ({"REF30": "Dish", "default": "Other"}, to("Dish")),
        ({"OTHER": "Dish", "default": "Spectrum"}, to("Spectrum")),
        ({"OTHER": "Dish", "default": "discover"}, PROFILES),
        ({"OTHER": "Dish"}, PROFILES),
        ({"REF30": "discover", "default": "Dish"}, PROFILES),
    ],
)
def test_the_mvpd_is_discovered_or_named(mvpd: str | dict[str, str], asks: str) -> None:
    talk = conversation(replace(RULE, mvpd=mvpd), delete(LOGOUT))
    assert talk.outbound is not None
    assert talk.outbound.target == asks


@for_each(
    ("when", "asked", "translated"),
    [
        (LogoutWhen(requestor=("REF30",)), delete(LOGOUT), True),
        (LogoutWhen(requestor=("OTHER", "REF30")), delete(LOGOUT), True),
        (LogoutWhen(requestor=("OTHER",)), delete(LOGOUT), False),
        (LogoutWhen(requestor=("REF30",)), delete("/api/v1/logout?deviceId=abc"), False),
        (LogoutWhen(requestor=("REF30",)), delete("/api/v1/logout?deviceId=a", Authorization="DELETE requestor_id=REF30, nonce=1"), True),
        (LogoutWhen(device=("abc",)), delete(LOGOUT), True),
        (LogoutWhen(device=("ab",)), delete(LOGOUT), False),
        (LogoutWhen(device=("é",)), delete("/api/v1/logout?requestor=REF30&deviceId=%C3%A9"), True),
        (LogoutWhen(device=("198.51.100.7",)), delete(LOGOUT), True),
        (LogoutWhen(host=("Gateway.lab",)), delete(LOGOUT, Host="gateway.LAB:8080"), True),
        (LogoutWhen(host=("other.lab",)), delete(LOGOUT, Host="gateway.lab"), False),
        (LogoutWhen(requestor=("REF30",), host=("other.lab",)), delete(LOGOUT, Host="gateway.lab"), False),
    ],
)  # fmt: skip
def test_what_is_not_meant_goes_out_as_v1(when: LogoutWhen, asked: Request, *, translated: bool) -> None:
    talk = conversation(replace(RULE, when=when), asked)
    assert talk.outbound is not None
    assert (talk.outbound.target == PROFILES) is translated
    assert translated or talk.outbound == asked


@for_each(
    ("method", "target", "translated"),
    [
        ("DELETE", "/api/v1/logout", True),
        ("DELETE", "/api/v1/logout.json", True),
        ("DELETE", "/api/v1/logout.xml", True),
        ("DELETE", "/api/v1/logout.txt", False),
        ("DELETE", "/api/v1/logout/", False),
        ("DELETE", "/api/v1//logout", False),
        ("GET", "/api/v1/logout", False),
        ("OPTIONS", "/api/v1/logout", False),
        ("GET", "/api/v1/tokens/authn", False),
        ("GET", "/api/v2/REF30/logout/Dish", False),
    ],
)
def test_only_a_v1_logout_is_translated(method: str, target: str, *, translated: bool) -> None:
    asked = request(method, f"{target}?requestor=REF30&deviceId=abc")
    assert RULE.concerns(asked) is translated
    talk = conversation(RULE, asked)
    assert talk.outbound is not None
    assert (talk.outbound == asked) is not translated


@pytest.mark.parametrize(("target", "status"), [(LOGOUT, 204), ("/api/v1/logout?requestor=REF30", 400)])
def test_the_reply_says_that_it_was_rewritten_when_it_is_to(target: str, status: int) -> None:
    talk = conversation(replace(RULE, mvpd="Dish", response_header=True), delete(target))
    if talk.outbound:
        talk.sends("GET", to("Dish"), answer=logged_out("Dish"))
    talk.replies(status, X_Gateway_Rewrite="v1_logout")


def test_the_legs_say_what_they_were_made_from_and_whose_token_they_want() -> None:
    talk = conversation(RULE, delete(LOGOUT, Authorization="Bearer app"))
    talk.sends("GET", PROFILES, answer=profiles("Dish"))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish"))
    assert [sent.rewritten_from for sent in talk.sent] == [f"DELETE {LOGOUT}"] * 2
    assert [sent.credentials for sent in talk.sent] == ["default"] * 2
    assert [sent.headers.getall("Authorization") for sent in talk.sent] == [[], []]
    assert {(sent.client, sent.upstream, sent.id) for sent in talk.sent} == {("198.51.100.7", "lab", "x-1")}


# --- the mapping table (adobe-pass facts, section 2)


def translated(asked: Request, rule: V1Logout = RULE) -> Request:
    """Return the first v2 request that a v1 logout becomes."""
    sent = conversation(rule, asked).outbound
    assert sent is not None
    return sent


@for_each(
    ("written", "device_id"),
    [
        ("abc", b"abc"),
        ("ba23d141-d715-561c-94f4-e9e4c966b1eb", b"ba23d141-d715-561c-94f4-e9e4c966b1eb"),
        ("a%20b", b"a b"),
        ("a+b", b"a+b"),  # a plus is one: identifiers have no blanks, and Base64 has pluses
        ("a%2Bb", b"a+b"),
        ("a%2Fb", b"a/b"),
        ("../../x", b"../../x"),
        ("%2e%2e%2f", b"../"),
        ("%252F", b"%2F"),  # decoded once
        ("%C3%A9", "é".encode()),
        ("\xc3\xa9", "é".encode()),  # bytes as they came, unencoded
        ("%FF%FE", b"\xff\xfe"),  # no text at all
        ("%zz", b"%zz"),
        ("a%3Db%26c", b"a=b&c"),
        ("a=b", b"a=b"),
        ("abc&deviceId=abc", b"abc"),
    ],
)  # fmt: skip
def test_device_id(written: str, device_id: bytes) -> None:
    """URL-decoded once, Base64 in the standard alphabet with padding, not hashed again."""
    sent = translated(delete(f"/api/v1/logout?requestor=REF30&deviceId={written}"))
    assert sent.headers.getall("AP-Device-Identifier") == [fingerprint(device_id)]


def test_a_device_is_named_in_a_form_too() -> None:
    body = b"deviceId=a%20b&device_info=" + quote(TV, safe="").encode()
    sent = translated(delete("/api/v1/logout?requestor=REF30", body, Content_Type="application/x-www-form-urlencoded"))
    assert sent.headers["AP-Device-Identifier"] == fingerprint("a b")
    assert sent.headers["X-Device-Info"] == TV
    assert sent.body == b""
    assert "Content-Type" not in sent.headers


@for_each(
    ("query", "header", "expected"),
    [
        ("", TV, TV),
        ("", quote(TV, safe=""), TV),
        ("", quote(TV, safe="").lower().replace("%3d", "%3d"), quote(TV, safe="").lower().replace("%3d", "=")),
        (f"&device_info={quote(TV, safe='')}", "", TV),
        (f"&device_info={TV}", "", TV),  # unencoded
        (f"&device_info={quote(quote(TV, safe=''), safe='')}", "", TV),  # by a library that encodes what was encoded
        ("&device_info=a%2Bb%2Fc%3D", "", "a+b/c="),
        ("&device_info=a+b/c=", "", "a+b/c="),
        ("&device_info=other", TV, TV),  # the header is preferred
        ("", "no Base64 at all", "no Base64 at all"),  # v2 says what is wrong with it
    ],
)
def test_device_info(query: str, header: str, expected: str) -> None:
    """Percent-decoded where it was encoded, otherwise untouched."""
    fields = {"X_Device_Info": header} if header else {}
    assert translated(delete(LOGOUT + query, **fields)).headers.getall("X-Device-Info") == [expected]


def test_no_device_info_stays_none() -> None:
    assert "X-Device-Info" not in translated(delete(LOGOUT)).headers


@for_each(
    ("device_type", "info", "expected"),
    [
        ("Roku", b"", b'{"primaryHardwareType":"TV"}'),
        ("roku", b'{"model":"TV"}', b'{"primaryHardwareType":"TV","model":"TV"}'),
        ("AppleTV", b"{}", b'{"primaryHardwareType":"SetTopBox"}'),
        ("Xbox", b' {\n\t"model": "X"}', b' {"primaryHardwareType":"GamesConsole",\n\t"model": "X"}'),
        ("SetTopBox", b'{"a":1.00}', b'{"primaryHardwareType":"SetTopBox","a":1.00}'),
        ("Roku", b'{"primaryHardwareType":"Tablet"}', b'{"primaryHardwareType":"Tablet"}'),
        ("Roku", b'{"type":"Tablet"}', b'{"type":"Tablet"}'),  # the key of Adobe's iOS snippet
        ("Roku", b'{"a" 1}', b'{"a" 1}'),
        ("Roku", b"[]", b"[]"),
        ("Roku", b"\xff", b"\xff"),
        ("PC", b'{"model":"PC"}', b'{"model":"PC"}'),
        ("toaster", b"", None),
    ],
)
def test_device_type(device_type: str, info: bytes, expected: bytes | None) -> None:
    """Fills primaryHardwareType where that is safe and nothing says otherwise; every other byte stays."""
    fields = {"X_Device_Info": base64.b64encode(info).decode()} if info else {}
    sent = translated(delete(f"{LOGOUT}&deviceType={device_type}", **fields))
    found = [base64.b64decode(value) for value in sent.headers.getall("X-Device-Info")]
    assert found == ([] if expected is None else [expected])


@for_each(
    ("query", "header", "name", "value"),
    [
        ("&ap_vi=123", {}, "AP-Visitor-Identifier", "123"),
        ("&ap_vi=%22123%22", {}, "AP-Visitor-Identifier", '"123"'),
        ("&ast=a.b.c", {}, "Adobe-Subject-Token", "a.b.c"),
        ("&ast=a.b.c", {"Adobe_Subject_Token": "d.e.f"}, "Adobe-Subject-Token", "d.e.f"),
        ("", {"X_Roku_Reserved_Roku_Connect_Token": "r"}, "X-Roku-Reserved-Roku-Connect-Token", "r"),
        ("", {"X_Roku_Reserved_Other": "r"}, "X-Roku-Reserved-Other", "r"),
        ("", {"AD_Service_Token": "s"}, "AD-Service-Token", "s"),
        ("", {"User_Agent": "Roku/9"}, "User-Agent", "Roku/9"),
        ("", {"X_Forwarded_For": "203.0.113.9"}, "X-Forwarded-For", "203.0.113.9"),
        ("", {"Host": "gateway.lab"}, "Host", "gateway.lab"),
        ("", {"Accept": "application/xml"}, "Accept", "application/json"),
        ("&generic_data=x", {}, "AP-TempPass-Identity", None),
        ("", {"AP_TempPass_Identity": "x"}, "AP-TempPass-Identity", None),
        ("", {"AP_Partner_Framework_Status": "x"}, "AP-Partner-Framework-Status", None),
        ("", {"Content_Type": "text/plain"}, "Content-Type", None),
        ("", {"Content_Length": "0"}, "Content-Length", None),
        ("", {"Cookie": "AWSALB=x"}, "Cookie", None),
        ("", {"AP_Device_Identifier": "fingerprint eA=="}, "AP-Device-Identifier", fingerprint("abc")),
        ("", {"Authorization": "Bearer v1"}, "Authorization", None),
        ("", {"Accept_Encoding": "gzip"}, "Accept-Encoding", None),
    ],
)
def test_header_fields(query: str, header: dict[str, str], name: str, value: str | None) -> None:
    """What v2 defines is carried over or translated; nothing else is sent. SSO headers are asked for here."""
    sent = translated(delete(LOGOUT + query, **header), replace(RULE, sso_headers="pass"))
    assert sent.headers.getall(name) == ([] if value is None else [value])


@for_each(
    ("query", "fields", "told"),
    [
        ("", {}, None),
        ("&ast=a.b.c", {}, "ast"),
        ("", {"Adobe_Subject_Token": "a.b.c"}, "Adobe-Subject-Token"),
        ("&ast=a.b.c", {"adobe_subject_token": "d.e.f"}, "adobe-subject-token"),
        ("", {"AD_Service_Token": "s", "X_Roku_Reserved_Roku_Connect_Token": "r"}, "AD-Service-Token, X-Roku-Reserved-Roku-Connect-Token"),
        ("", {"X_Roku_Reserved_Other": "r"}, "X-Roku-Reserved-Other"),
        ("&ap_vi=123", {"AP_Visitor_Identifier": "123"}, None),
    ],
)  # fmt: skip
def test_sso_headers_stay_behind_unless_asked_for_and_that_is_said(
    query: str, fields: dict[str, str], told: str | None
) -> None:
    """With them v2 ends the single sign-on of every app that shares it. v1 gets them as the app sent them."""
    asked = delete(LOGOUT + query, **fields)
    talk = conversation(ALSO, asked)
    as_sent = talk.sends("DELETE", LOGOUT + query, answer=Response(204, source="upstream"))
    assert as_sent.headers == asked.headers
    seen = talk.sends("GET", PROFILES, answer=profiles("Dish"))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish"))
    names = {name.lower() for sent in (seen, talk.sent[-1]) for name in sent.headers}
    assert not any("token" in name or "roku" in name for name in names)
    notes = [(note.severity, note.found) for note in talk.replies(204).notes if note.id == "RW008"]
    assert notes == ([("info", told)] if told else [])


@for_each(
    ("query", "dropped"),
    [
        ("", ""),
        ("&format=json&ap_vi=1", ""),
        ("&deviceUser=me&appId=x", "deviceUser, appId"),
        ("&generic_data=x", "generic_data"),
        ("&deviceType=toaster", "deviceType"),
        ("&deviceType=Roku", ""),
        ("&my_secret_parameter=1", "unknown"),
    ],
)
def test_what_v2_has_no_place_for_is_dropped_and_said(query: str, dropped: str) -> None:
    talk = conversation(replace(RULE, mvpd="Dish"), delete(LOGOUT + query))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish"))
    assert [(n.id, n.severity, n.found) for n in talk.replies(204).notes] == [("RW002", "info", dropped)] * bool(
        dropped
    )


@for_each(
    ("query", "authorization", "requestor"),
    [
        ("requestor=REF30", "", "REF30"),
        ("requestor=REF%33%30", "", "REF30"),
        ("requestor=a-b_c.d~e", "", "a-b_c.d~e"),
        ("", "DELETE requestor_id=REF30, nonce=1, signature_method=HMAC-SHA1", "REF30"),
        ("requestor=", "DELETE requestor_id=REF30, nonce=1", "REF30"),
        ("requestor=REF30", "DELETE requestor_id=OTHER, nonce=1", "REF30"),
        ("requestor=REF30&requestor=REF30", "", "REF30"),
    ],
)
def test_the_requestor_is_the_service_provider(query: str, authorization: str, requestor: str) -> None:
    fields = {"Authorization": authorization} if authorization else {}
    assert (
        translated(delete(f"/api/v1/logout?deviceId=abc&{query}", **fields)).target == f"/api/v2/{requestor}/profiles"
    )


# --- what is refused, with nothing sent


@for_each(
    ("query", "code"),
    [
        ("requestor=REF30", "invalid_device_id"),
        ("requestor=REF30&deviceId=", "invalid_device_id"),
        ("requestor=REF30&deviceId", "invalid_device_id"),
        ("requestor=REF30&deviceId=%20", "invalid_device_id"),
        ("requestor=REF30&deviceId=${deviceId}", "invalid_device_id"),
        ("requestor=REF30&deviceId=%24%7BdeviceId%7D", "invalid_device_id"),
        ("requestor=REF30&deviceId=a%00", "invalid_device_id"),
        ("requestor=REF30&deviceId=a%0D%0AX-Evil:%201", "invalid_device_id"),
        ("requestor=REF30&deviceId=a%7F", "invalid_device_id"),
        ("requestor=REF30&deviceId=a&deviceId=b", "invalid_device_id"),
        ("deviceId=abc&requestor=a/b", "invalid_requestor"),
        ("deviceId=abc&requestor=a%2Fb", "invalid_requestor"),
        ("deviceId=abc&requestor=a%252Fb", "invalid_requestor"),
        ("deviceId=abc&requestor=a%5Cb", "invalid_requestor"),
        ("deviceId=abc&requestor=..", "invalid_requestor"),
        ("deviceId=abc&requestor=.", "invalid_requestor"),
        ("deviceId=abc&requestor=%2e%2e", "invalid_requestor"),
        ("deviceId=abc&requestor=a%3Fb", "invalid_requestor"),
        ("deviceId=abc&requestor=a%23b", "invalid_requestor"),
        ("deviceId=abc&requestor=a%20b", "invalid_requestor"),
        ("deviceId=abc&requestor=${requestor}", "invalid_requestor"),
        ("deviceId=abc&requestor=R%0D%0A", "invalid_requestor"),
        ("deviceId=abc&requestor=R%0A", "invalid_requestor"),
        ("deviceId=abc&requestor=%C3%A9", "invalid_requestor"),
        ("deviceId=abc&requestor=authenticate", "invalid_requestor"),  # another route's first segment
        ("deviceId=abc&requestor=A&requestor=B", "invalid_requestor"),
        ("deviceId=abc&requestor=REF30&device_info=a%0D%0AX-Evil:%201", "invalid_device_info"),
        ("deviceId=abc&requestor=REF30&device_info=${deviceInfo}", "invalid_device_info"),
        ("deviceId=abc&requestor=REF30&device_info=%C3%A9", "invalid_device_info"),
        ("deviceId=abc&requestor=REF30&ap_vi=a%0Ab", "bad_request"),
        ("deviceId=abc&requestor=REF30&ast=%20a", "bad_request"),
    ],
)
def test_what_cannot_be_translated_exactly_is_refused(query: str, code: str) -> None:
    """400 in v1's dialect, and nothing is sent: never a different path, never another header field."""
    talk = conversation(RULE, delete(f"/api/v1/logout?{query}"))
    assert said(talk.replies(400, X_Gateway_Error=code))["status"] == 400
    assert talk.sent == []


def test_a_body_that_is_not_whole_may_hold_the_device_so_nothing_is_sent() -> None:
    talk = conversation(RULE, replace(delete(LOGOUT), body=Pieces([b"device"], truncated=True)))
    talk.replies(400, X_Gateway_Error="bad_request")
    assert talk.sent == []


def test_a_refusal_is_xml_where_xml_is_asked_for() -> None:
    reply = conversation(RULE, delete("/api/v1/logout.xml?requestor=REF30")).replies(
        400, Content_Type="application/xml"
    )
    assert isinstance(reply.body, bytes)
    assert b"<error><status>400</status><message>Bad Request</message><details>" in reply.body


@for_each("mvpd", ["..", ".", "", " ", "a/b", "a\\b", "a%2Fb", "a?b", "a#b", "a\nb", "\ud800"])
def test_a_profile_whose_name_cannot_be_a_segment_is_not_logged_out(mvpd: str) -> None:
    talk = conversation(RULE, delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=profiles(mvpd, "Dish"))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish"))
    assert "cannot be part of a path" in str(said(talk.replies(502))["details"])


def test_a_profiles_name_is_percent_encoded() -> None:
    talk = conversation(RULE, delete(LOGOUT))
    talk.sends("GET", PROFILES, answer=profiles("a b&é"))
    talk.sends("GET", to("a%20b%26%C3%A9"), answer=logged_out("a b&é"))
    talk.replies(204)


def test_a_logout_url_cannot_end_its_header_field() -> None:
    talk = conversation(replace(RULE, mvpd="Dish"), delete(LOGOUT))
    talk.sends("GET", to("Dish"), answer=logged_out("Dish", "logout", "https://a.example/\r\nX-Evil: 1 é\ud800%20"))
    reply = talk.replies(204, X_Gateway_Logout_Url="https://a.example/%0D%0AX-Evil:%201%20%C3%A9?%20")
    assert "X-Evil" not in reply.headers


ANYTHING = st.one_of(
    st.binary(max_size=40).map(quote),
    st.text(max_size=20).map(lambda text: quote(text, errors="replace")),
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="&#"), max_size=20),
    st.sampled_from(["..", "%2e%2e", "/", "%2F", "%252F", "%0d%0aX-Evil:%201", "${x}", "", "a/../b", "REF30", "TV"]),
)


@given(requestor=ANYTHING, device_id=ANYTHING, device_info=ANYTHING, header=st.booleans())
def test_whatever_comes_is_the_exact_v2_request_or_a_400(
    requestor: str, device_id: str, device_info: str, *, header: bool
) -> None:
    """Never another path, host or header field."""
    target = f"/api/v1/logout?requestor={requestor}&deviceId={device_id}"
    if header:
        asked = delete(target, X_Device_Info=device_info, Host="gateway.lab")
    else:
        asked = delete(f"{target}&device_info={device_info}", Host="gateway.lab")
    talk = conversation(RULE, asked)
    if talk.outbound is None:
        talk.replies(400)
        return
    if not requestor:
        assert talk.outbound == asked  # v1 alone can know whose it is
        return
    provider = unquote_to_bytes(requestor.encode("latin-1")).decode("ascii")
    raw = unquote_to_bytes(device_id.encode("latin-1"))
    info = unquote_to_bytes(device_info.encode("latin-1"))
    # a parameter is encoded as every parameter is, and as v1 wants it
    info = info if header else unquote_to_bytes(info)
    assert talk.outbound.method == "GET"
    assert talk.outbound.target == f"/api/v2/{provider}/profiles"
    assert not set(provider) & set("/\\%?#${} \r\n")
    assert provider not in {"", ".", ".."}
    expected = [(b"Host", b"gateway.lab"), (b"AP-Device-Identifier", fingerprint(raw).encode())]
    expected += [(b"X-Device-Info", info)] if info else []
    assert talk.outbound.headers.raw == (*expected, (b"Accept", b"application/json"))
    assert not any(byte < 0x20 or byte > 0x7E for byte in info)


@given(body=st.binary(max_size=200), encoding=st.sampled_from(["", "gzip", "br", "x"]), status=st.integers(200, 599))
def test_whatever_v2_answers_the_app_gets_a_reply(body: bytes, encoding: str, status: int) -> None:
    fields = Headers.of({"Content-Encoding": encoding} if encoding else {})
    for rule in (RULE, replace(RULE, mvpd="Dish")):
        talk = conversation(rule, delete(LOGOUT))
        while talk.outbound is not None and len(talk.sent) < 5:
            talk.sends(
                talk.outbound.method, talk.outbound.target, answer=Response(status, "", fields, body, "upstream")
            )
        assert talk.reply is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["logouts", "profiles", "actionName", "url", "error", "code", "Dish", ".."]), inner, max_size=4
    ),
    max_leaves=12,
)  # fmt: skip


@given(document=JSON, status=st.sampled_from([200, 200, 200, 400, 401, 500]))
def test_whatever_json_v2_answers_the_app_gets_a_reply(document: object, status: int) -> None:
    answer = Response(status, "", Headers(), json.dumps(document).encode(), "upstream")
    talk = conversation(RULE, delete(LOGOUT))
    while talk.outbound is not None and len(talk.sent) < 9:
        talk.sends(talk.outbound.method, talk.outbound.target, answer=answer)
    assert talk.reply is not None
