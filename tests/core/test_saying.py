"""What is secret in a message is secret in all that is said of it."""

from __future__ import annotations

import base64
from urllib.parse import quote

from gateway.core.model import Finding, Headers, Request
from gateway.core.redaction import Redaction
from gateway.core.saying import LONGEST, Saying, said_of
from tests.harness.for_each import for_each

TOKEN = "Zm9vYmFy0123456789secretTOKEN"
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "AP-Device-Identifier": f"fingerprint {TOKEN}",
    "Cookie": f"session={TOKEN}; path=/",
    "X-Api-Key": TOKEN,
    "x-roku-reserved-thing": TOKEN,
}
PLACES = {
    "a segment": f"/api/v2/REF30/logout/{TOKEN}",
    "in a segment": f"/api/v2/REF30/x-{TOKEN}.json",
    "percent-encoded": "/api/v2/" + "".join(f"%{ord(c):02X}" for c in TOKEN),
    "base64": "/api/v2/" + base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("="),
    "hex": "/api/v2/" + TOKEN.encode().hex(),
}


def saying(target: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Saying:
    return Saying(Redaction(b"k" * 32), Request("GET", target, Headers.of(headers or {}), body))


@for_each("header", HEADERS)
@for_each("place", PLACES)
def test_a_path_that_repeats_a_header_field_does_not_show_it(header: str, place: str) -> None:
    spelled = PLACES[place].rpartition("/")[2]
    said = saying(PLACES[place], {header: HEADERS[header]})
    assert spelled not in said.path
    assert spelled not in said.target
    assert spelled not in said.text(f"path: recorded /api/v2/x, got {PLACES[place]}")


def test_a_path_that_repeats_its_own_query_or_body_does_not_show_it() -> None:
    assert TOKEN not in saying(f"/api/v2/{TOKEN}?deviceId={TOKEN}").path
    assert TOKEN not in saying(f"/api/v2/{TOKEN}?deviceId={TOKEN}").target
    form = Request(
        "POST",
        f"/api/v2/{TOKEN}",
        Headers.of({"Content-Type": "application/x-www-form-urlencoded"}),
        f"deviceId={quote(TOKEN)}".encode(),
    )
    assert TOKEN not in Saying(Redaction(b"k" * 32), form).path


def test_what_holds_no_secret_stays_as_it_is() -> None:
    target = "/api/v2/REF30/configuration"
    said = saying(target, {**HEADERS, "Referer": f"https://example.com{target}"})
    assert (said.path, said.target) == (target, target)
    assert said.text(f"recorded {target}") == f"recorded {target}"


def test_a_finding_quotes_no_secret_of_its_message() -> None:
    finding = Finding("X001", "error", "path", f"/api/v2/{TOKEN}", "another", "page")
    (said,) = said_of(saying("/", HEADERS), [finding])
    assert TOKEN not in said.found
    assert said_of(saying("/"), [finding])[0] is finding


def test_what_is_long_is_told_by_its_length() -> None:
    said = saying(f"/{'x' * LONGEST}/{TOKEN}", HEADERS)
    assert said.path == f"… ({LONGEST + len(TOKEN) + 2} characters)"
    assert said.text("x" * (LONGEST + 1)) == f"… ({LONGEST + 1} characters)"


def test_a_part_of_a_long_secret_is_not_shown() -> None:
    said = saying(f"/api/v2/{TOKEN}", {"Authorization": f"Bearer {'x' * LONGEST}.{TOKEN}.y"})
    assert (said.path, said.text("REF30 and Cablevision")) == ("/api/v2/REDACTED", "REF30 and Cablevision")
