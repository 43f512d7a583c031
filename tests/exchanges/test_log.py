"""The log says one event an exchange: enough to find it again, and nothing of what it carried."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.errors import gateway_error
from gateway.core.model import Exchange, Headers, Leg, Request
from gateway.core.redaction import Redaction
from gateway.exchanges.log import LibraryLog, Log, configure
from tests.legs import DISH, JWT, answer, device_header, logout


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def log_on(stream: io.StringIO) -> Log:
    return Log(configure(stream), Redaction(b"k" * 32))


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_exchange_is_one_json_line() -> None:
    out = io.StringIO()
    log = log_on(out)
    log.ended(Exchange("a-1", logout(), (), answer(source="cassette"), 12.345))
    (event,) = lines(out)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "exchange",
        "level": "info",
        "id": "a-1",
        "device": logout().device.name,
        "method": "GET",
        "path": "/api/v2/REF30/logout/Dish",
        "status": 200,
        "source": "cassette",
        "ms": 12.3,
    }


def test_nothing_that_an_exchange_carried_is_in_it() -> None:
    """No query, no header, no body, no address; nor a registration code, which stands in a path."""
    out = io.StringIO()
    secret = "secret-of-somebody-42"
    request = Request(
        "GET",
        f"/api/v2/REF30/profiles/code/{secret}?deviceId={secret}&x={JWT}",
        Headers.of({"AP-Device-Identifier": device_header(secret), "Authorization": f"Bearer {secret}"}),
        secret.encode(),
        client="203.0.113.9",
    )
    log_on(out).ended(Exchange("a-1", request, (), answer(secret), 1))
    for text in (secret, JWT, "203.0.113.9", "?"):
        assert text not in out.getvalue()


def test_what_the_gateway_answered_itself_is_said_to_be_its_own() -> None:
    out = io.StringIO()
    log_on(out).ended(Exchange("a-1", logout(), (), gateway_error(504, "upstream_timeout", ""), 1))
    (event,) = lines(out)
    assert (event["status"], event["source"], event["error"]) == (504, "gateway", "upstream_timeout")


def test_what_a_rule_sent_in_the_app_s_place_is_said() -> None:
    """Without its query, where the device and its redirectUrl are."""
    out = io.StringIO()
    asked = Request("DELETE", "/api/v1/logout?requestor=REF30&deviceId=tv-1")
    sent = replace(logout(), rewritten_from="DELETE /api/v1/logout")
    log_on(out).ended(Exchange("a-1", asked, (Leg(sent, answer(), 1.0),), answer(status=204), 2))
    log_on(out).ended(Exchange("a-2", logout(), (Leg(logout(), answer(), 1.0),), answer(), 2))
    rewritten, plain = lines(out)
    assert rewritten["legs"] == ["GET /api/v2/REF30/logout/Dish 200"]
    assert "legs" not in plain


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/a\x9b31m", "/a\\x9b31m"), ("/a\x1b[31mb", "/a\\x1b[31mb"), ("/a\nb", "/a\\nb"), ("/a\u0085", "/a\\x85")],
)
def test_a_path_can_neither_forge_a_line_nor_act_on_a_terminal(path: str, shown: str) -> None:
    """JSON has escapes of its own; a person's terminal gets some too."""
    exchange = Exchange("a-1", Request("GET", path), (), answer(), 1)
    out, terminal = io.StringIO(), Terminal()
    log_on(out).ended(exchange)
    log_on(terminal).ended(exchange)
    (event,) = lines(out)
    assert event["path"] == path
    assert out.getvalue().isascii()
    assert shown in terminal.getvalue()
    assert path not in terminal.getvalue()
    assert terminal.getvalue().count("\n") == 1


def test_on_a_terminal_a_person_reads_text() -> None:
    out = Terminal()
    log_on(out).ended(Exchange("a-1", logout(), (), answer(), 1))
    text = out.getvalue()
    assert "exchange" in text
    assert "/api/v2/REF30/logout/Dish" in text
    assert DISH not in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_a_warning_is_an_event_too() -> None:
    out = io.StringIO()
    log_on(out).warn("not recorded", id="a-1", side="request")
    (event,) = lines(out)
    assert (event["event"], event["level"], event["id"]) == ("not recorded", "warning", "a-1")


def test_what_a_library_says_is_told_without_its_words() -> None:
    """asyncio and aiohttp quote what they were given, which may be somebody's token."""
    out = io.StringIO()
    library = logging.Logger("some.library")  # noqa: LOG001  # one that lasts no longer than this test
    library.addHandler(LibraryLog(configure(out)))
    library.info("nothing to hear")
    library.warning("the token %s", JWT)
    library.error("about %s", JWT, exc_info=RuntimeError(JWT))
    events = lines(out)
    assert [(event["logger"], event["said"], event["error"]) for event in events] == [
        ("some.library", "WARNING", None),
        ("some.library", "ERROR", "RuntimeError"),
    ]
    assert JWT not in out.getvalue()


def test_what_nobody_would_read_is_told_by_its_length() -> None:
    """To look through all of a long path for secrets takes long, and every other app would wait."""
    out = io.StringIO()
    long = replace(logout(), target="/api/v2/" + "userid=a@example.com;" * 3000, rewritten_from="DELETE /")
    urls = Headers.of([("X-Gateway-Logout-Url", "https://idp.example/out?code=" + "x" * 5000)] * 2)
    log_on(out).ended(Exchange("a-1", long, (Leg(long, answer(), 1),), replace(answer(), headers=urls), 1))
    event, logout_urls = lines(out)
    assert (event["path"], event["legs"]) == ("… (63008 characters)", ["GET … (63008 characters) 200"])
    assert logout_urls["urls"] == ["(10058 characters)"]
