"""What is warned of before a recording is replayed or verified."""

from __future__ import annotations

import base64
import json
from datetime import datetime

import pytest
from msgspec.structs import replace

from gateway.core.age import DAY, token_warnings_of, warnings_of
from gateway.core.model import Interaction, Request, Response
from gateway.core.redaction import Redaction
from tests.legs import ORIGIN

NOW = datetime.fromisoformat("2026-11-22T00:00:00Z").timestamp()


def jwt(expires: object) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expires, "sub": "a-client-of-ours"}).encode()).decode()
    return f"eyJhbGciOiJSUzI1NiJ9.{claims.rstrip('=')}.c2lnbmF0dXJlLXRoYXQtaXMtbm9uZQ"


def recording(recorded_at: str = "2026-11-21T00:00:00.000Z", body: bytes = b"{}") -> Interaction:
    request, response = Request("GET", "/"), Response(200, body=body)
    return Redaction(b"k" * 32).interaction(request, response, origin=ORIGIN, recorded_at=recorded_at, about={})


def test_a_recording_older_than_allowed_is_told_with_the_oldest() -> None:
    held = [recording("2026-07-01T00:00:00.000Z"), recording(), recording("2026-01-01T00:00:00.000Z")]
    ((event, about),) = warnings_of(held, now=NOW, max_age=90 * DAY)
    assert event == "old cassette"
    assert about == {"interactions": 2, "oldest": "2026-01-01T00:00:00.000Z", "days": 325, "max_age_days": 90.0}


@pytest.mark.parametrize("recorded_at", ["", "yesterday", "2020-01-01", "2020-01-01T00:00:00"])
def test_a_time_that_is_not_said_is_no_age(recorded_at: str) -> None:
    assert warnings_of([replace(recording(), recorded_at=recorded_at)], now=NOW, max_age=DAY) == []


def test_any_age_may_do() -> None:
    assert warnings_of([recording("2001-01-01T00:00:00.000Z")], now=NOW, max_age=None) == []


def test_tokens_in_answers_that_have_ended_are_told() -> None:
    """Under a pseudonym they keep their dates; those that last, and those that say no time, are not told."""
    bodies = [jwt(NOW - 5), jwt(NOW - 60), jwt(NOW + 60), jwt("soon"), jwt(None)]
    held = [recording(body=json.dumps({"access_token": token}).encode()) for token in bodies]
    assert warnings_of(held, now=NOW, max_age=90 * DAY) == [
        ("expired tokens in recorded answers", {"tokens": 2, "first": "2026-11-21T23:59:00Z"})
    ]


def test_a_token_about_to_be_used_is_told_when_it_has_ended() -> None:
    assert token_warnings_of(jwt(NOW - 60), now=NOW) == [
        ("the access token has expired", {"at": "2026-11-21T23:59:00Z"})
    ]
    assert token_warnings_of(jwt(NOW + 60), now=NOW) == token_warnings_of("opaque", now=NOW) == []
