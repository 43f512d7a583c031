"""The log says one line an exchange: enough to find it again, what is new, and nothing of what it carried."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.errors import gateway_error
from gateway.core.model import Exchange, Finding, Headers, Leg, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.state import MemoryState
from gateway.exchanges.log import Log, LogSettings
from gateway.exchanges.logger import configure
from tests.legs import JWT, answer, device_header, logout

KEY = b"k" * 32
AT = 1_764_000_000.0
SCOPE = Finding("AUTH004", "warning", "header Authorization", "no scope", "api:client:v2")
EXPIRED = Finding("AUTH003", "error", "header Authorization", "JWT exp …", "a later exp")
V1 = Finding("V1001", "info", "path", "v1", "v2")


def log_on(out: io.StringIO, settings: LogSettings | None = None) -> Log:
    return Log(configure(out, settings), settings).of(Redaction(KEY), MemoryState())


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def logged(*exchanges: Exchange, **settings: Any) -> list[dict[str, Any]]:
    """Return what is logged of exchanges, one after another."""
    out = io.StringIO()
    log = log_on(out, LogSettings(**settings))
    for exchange in exchanges:
        log.ended(exchange)
    return lines(out)


def exchange(
    reply: Response | None = None,
    *findings: Finding,
    request: Request | None = None,
    legs: tuple[Leg, ...] = (),
    device: str = "roku",
    client: str = "192.168.0.7",
) -> Exchange:
    request = request or logout(device, client=client)
    return Exchange("a-1", request, legs, reply or answer(source="cassette"), 12.345, findings, AT)


def test_an_exchange_is_one_json_line() -> None:
    (event,) = logged(exchange())
    assert event == {
        "timestamp": "2025-11-24T16:00:00.012Z",
        "level": "info",
        "event": "exchange",
        "id": "a-1",
        "device": logout().device.name,
        "address": "192.168.0.7",
        "method": "GET",
        "path": "/api/v2/REF30/logout/Dish",
        "status": 200,
        "source": "cassette",
        "ms": 12.3,
    }


def test_nothing_that_an_exchange_carried_is_in_it() -> None:
    """No query, no header, no body, no public address; nor a registration code, which stands in a path."""
    out = io.StringIO()
    secret = "secret-of-somebody-42"
    request = Request(
        "GET",
        f"/api/v2/REF30/profiles/code/{secret}?deviceId={secret}&x={JWT}",
        Headers.of({"AP-Device-Identifier": device_header(secret), "Authorization": f"Bearer {secret}"}),
        secret.encode(),
        client="8.8.4.4",
    )
    device = replace(logout().device, address="8.8.4.4")
    log_on(out).ended(Exchange("a-1", replace(request, device=device), (), answer(secret), 1))
    for text in (secret, JWT, "8.8.4.4", "?"):
        assert text not in out.getvalue()


ADDRESSES = [
    ("192.168.0.7", "pseudonym", "192.168.0.7"),
    ("::ffff:10.0.0.1", "pseudonym", "::ffff:10.0.0.1"),
    ("100.64.1.2", "pseudonym", "100.64.1.2"),
    ("fe80::1", "pseudonym", "fe80::1"),
    ("8.8.4.4", "plain", "8.8.4.4"),
    ("8.8.4.4", "pseudonym", Pseudonyms(KEY)("ip", "8.8.4.4")),
    ("2a00:1450::5", "pseudonym", Pseudonyms(KEY)("ip", "2a00:1450::5")),
    ("no address", "pseudonym", "REDACTED-IP"),
]


def test_private_addresses_are_shown_and_public_ones_are_pseudonyms_unless_they_are_wanted() -> None:
    """Of devices, and of peers in warnings."""
    for address, addresses, shown in ADDRESSES:
        out = io.StringIO()
        observer = log_on(out, LogSettings(addresses=addresses))  # type: ignore[arg-type]
        observer.ended(exchange(request=replace(logout(), device=replace(logout().device, address=address))))
        observer.warn("refused", peer=address)
        ended, warned = lines(out)
        assert (ended["address"][: len(shown)], warned["peer"][: len(shown)]) == (shown, shown), address


def test_what_a_device_was_told_is_a_count_and_not_a_repetition() -> None:
    """Another place of the same check is news, and so is another device."""
    elsewhere = replace(SCOPE, where="query token")
    events = logged(
        exchange(None, SCOPE, V1),
        exchange(None, SCOPE, elsewhere, SCOPE),
        exchange(None, SCOPE),
        exchange(None, SCOPE, device="tv"),
    )
    first, second, third, other = [event["findings"] for event in events]
    whole = {
        "id": "AUTH004",
        "severity": "warning",
        "title": "The access token is not for REST API V2",
        "where": "header Authorization",
    }
    assert first[0] == {**whole, "times": 1, "found": "no scope", "expected": "api:client:v2"} == other[0]
    assert second[0] == second[2] == {**whole, "times": 2}
    assert (second[1]["times"], second[1]["found"]) == (1, "no scope")
    assert third == [{**whole, "times": 3}]


def test_it_is_repeated_where_that_is_wanted() -> None:
    failed = exchange(gateway_error(504, "upstream_timeout", "silent"), SCOPE)
    for event in logged(failed, failed, repeat="always"):
        assert (event["reason"], event["findings"][0]["found"]) == ("silent", "no scope")


LEVELS = [
    (exchange(), "info"),
    (exchange(None, V1), "info"),
    (exchange(None, V1, SCOPE), "warning"),
    (exchange(None, EXPIRED, V1), "error"),
    (exchange(answer(status=500)), "info"),
    (exchange(gateway_error(400, "request_truncated", ""), V1), "warning"),
    (exchange(gateway_error(502, "gateway_replay_miss", "")), "error"),
    (exchange(answer(status=204), legs=(Leg(logout(), gateway_error(502, "upstream_tls", ""), 1.0),)), "error"),
]


def test_the_worst_of_a_call_is_its_level_and_what_is_below_the_wanted_one_is_neither_logged_nor_counted() -> None:
    for one, level in LEVELS:
        assert [event["level"] for event in logged(one)] == [level]
    mild, severe = exchange(None, SCOPE), exchange(None, SCOPE, EXPIRED)
    (event,) = logged(mild, severe, level="error")
    assert [(finding["id"], finding["times"]) for finding in event["findings"]] == [("AUTH004", 1), ("AUTH003", 1)]
    out = io.StringIO()
    log_on(out, LogSettings(level="error")).warn("not recorded")
    assert out.getvalue() == ""


UPSTREAMS = [
    ("upstream", "", "staging"),
    ("emulator", "", "staging"),
    ("cassette", "", None),
    ("override", "", None),
    ("gateway", "upstream_tls", "staging"),
    ("gateway", "upstream_timeout", "staging"),
    ("gateway", "gateway_replay_miss", None),
    ("gateway", "gateway_defect", None),
]


def test_an_upstream_is_named_where_one_was_asked() -> None:
    request = logout(upstream="staging")
    for source, code, named in UPSTREAMS:
        said = gateway_error(502, code, "") if code else answer(source=source)  # type: ignore[arg-type]
        (event,) = logged(exchange(said, request=request, legs=(Leg(request, said, 1.0),)))
        assert event.get("upstream") == named, (source, code)
        assert event["source"] == source


def test_an_error_of_the_gateway_s_own_has_a_reason_when_a_device_first_has_it() -> None:
    """Another reason is news. What a rule made of a failed leg says why as well."""
    refused = gateway_error(502, "upstream_tls", "The certificate is refused: certificate has expired")
    other = gateway_error(502, "upstream_tls", "The handshake failed")
    events = logged(exchange(refused), exchange(refused), exchange(other), exchange(refused, device="tv"))
    assert [(event["error"], event["error_times"], event.get("reason")) for event in events] == [
        ("upstream_tls", 1, "The certificate is refused: certificate has expired"),
        ("upstream_tls", 2, None),
        ("upstream_tls", 1, "The handshake failed"),
        ("upstream_tls", 1, "The certificate is refused: certificate has expired"),
    ]
    (event,) = logged(exchange(answer(status=204), legs=(Leg(logout(), other, 1.0),)))
    assert (event["status"], event["error"], event["reason"]) == (204, "upstream_tls", "The handshake failed")


def test_a_body_that_is_not_the_gateway_s_own_is_not_quoted() -> None:
    """v1's errors repeat what Adobe said, and an upstream may send our header."""
    fields = Headers.of({"X-Gateway-Error": "upstream_tls"})
    for body in (b'{"message": "of a@example.com"}', b"<error>a@example.com</error>", b"\xff", b"", b"[]"):
        (event,) = logged(exchange(Response(502, "", fields, body)))
        assert (event["error"], event.get("reason")) == ("upstream_tls", None)
    (event,) = logged(exchange(Response(502, "", fields, b"{}", "upstream")))
    assert "error" not in event


def test_a_miss_says_the_nearest_recording_and_the_difference_once_for_each_path() -> None:
    near = [
        {"interaction": n, "line": 4 + n, "request": "GET /x?a=1", "differs": ["query a: recorded 1, got 2"]}
        for n in (0, 1)
    ]
    miss = gateway_error(502, "gateway_replay_miss", "No answer.", nearest=near)
    elsewhere = logout(target="/api/v2/REF30/logout/Fubo")
    events = logged(exchange(miss), exchange(miss), exchange(miss, request=elsewhere))
    assert [event.get("nearest") for event in events] == [
        [{"line": 4, "request": "GET /x?a=1", "differs": ["query a: recorded 1, got 2"]}],
        None,
        [{"line": 4, "request": "GET /x?a=1", "differs": ["query a: recorded 1, got 2"]}],
    ]


def test_what_a_rule_sent_in_the_app_s_place_is_said() -> None:
    """Without its query, where the device and its redirectUrl are."""
    asked = Request("DELETE", "/api/v1/logout?requestor=REF30&deviceId=tv-1")
    sent = replace(logout(), rewritten_from="DELETE /api/v1/logout")
    rewritten, plain = logged(
        Exchange("a-1", asked, (Leg(sent, answer(), 1.0),), answer(status=204), 2),
        Exchange("a-2", logout(), (Leg(logout(), answer(), 1.0),), answer(), 2),
    )
    assert rewritten["legs"] == ["GET /api/v2/REF30/logout/Dish 200"]
    assert "legs" not in plain


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/a\x9b31m", "/a\\x9b31m"), ("/a\x1b[31mb", "/a\\x1b[31mb"), ("/a\nb", "/a\\nb"), ("/a\u0085", "/a\\x85")],
)
def test_a_path_can_neither_forge_a_line_nor_act_on_a_terminal(path: str, shown: str) -> None:
    """JSON has escapes of its own; a person's terminal gets some too."""
    one = Exchange("a-1", Request("GET", path), (), answer(), 1)
    out, terminal = io.StringIO(), io.StringIO()
    log_on(out).ended(one)
    log_on(terminal, LogSettings(format="console")).ended(one)
    (event,) = lines(out)
    assert event["path"] == path
    assert out.getvalue().isascii()
    assert shown in terminal.getvalue()
    assert path not in terminal.getvalue()
    assert terminal.getvalue().count("\n") == 1


def test_what_nobody_would_read_is_told_by_its_length() -> None:
    """To look through all of a long path for secrets takes long, and every other app would wait."""
    long = replace(logout(), target="/api/v2/" + "userid=a@example.com;" * 3000, rewritten_from="DELETE /")
    urls = Headers.of([("X-Gateway-Logout-Url", "https://idp.example/out?code=" + "x" * 5000)] * 2)
    (event,) = logged(Exchange("a-1", long, (Leg(long, answer(), 1),), replace(answer(), headers=urls), 1))
    assert (event["path"], event["legs"]) == ("… (63008 characters)", ["GET … (63008 characters) 200"])
    assert event["logout_urls"] == ["(10058 characters)"]


def test_a_path_that_was_met_before_is_said_without_what_became_known_as_a_secret_since() -> None:
    out, redaction = io.StringIO(), Redaction(KEY)
    log = Log(configure(out)).of(redaction, MemoryState())
    request = Request("GET", "/api/v2/REF30/profiles/some-unusual-name")
    for _ in range(2):
        log.ended(Exchange("a-1", request, (), answer(), 1))
    redaction.learn([("some-unusual-name", "REDACTED")])
    log.ended(Exchange("a-1", request, (), answer(), 1))
    assert [event["path"].rpartition("/")[2] for event in lines(out)] == ["some-unusual-name"] * 2 + ["REDACTED"]
