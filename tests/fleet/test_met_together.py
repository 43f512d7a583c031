"""What one worker has met as a secret, the others know before their next exchange."""

from __future__ import annotations

import pytest

from gateway.core.model import Exchange, Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.fleet import met_together
from gateway.fleet.met_together import Hearing, MetTogether, Telling, mark_of, new_memory

MARK = b"k" * 8
SECRET = "S3cr3t-q7Zkq7Zkq7Zk"  # invented
EXCHANGE = Exchange("a-1", Request("GET", "/"))


def test_a_secret_that_one_has_met_another_one_removes() -> None:
    """It stands in an answer's known place there, and in a place of no meaning here."""
    memory = new_memory()
    one, other = Redaction(b"1" * 32), Redaction(b"1" * 32)
    MetTogether(lambda: one, Telling(memory), []).share()
    hearing = MetTogether(lambda: other, None, [Hearing(memory)])
    body = f'{{"access_token": "{SECRET}"}}'.encode()
    fields = Headers.of({"Content-Type": "application/json"})
    one.redacted(Request("GET", "/"), Response(200, "OK", fields, body))

    asked = Request("GET", f"/api/v2/x?note={SECRET}", Headers.of({"X-Note": f"it was {SECRET}"}))
    hearing.began(EXCHANGE)
    kept, _ = other.redacted(asked)
    assert SECRET not in kept.target + kept.headers["X-Note"]
    assert other.met_since(0) == one.met_since(0), "under the same pseudonym"


def test_another_keys_pseudonyms_are_passed_over() -> None:
    memory = new_memory()
    one, other = Redaction(b"1" * 32), Redaction(b"2" * 32)
    assert mark_of(one) != mark_of(other)
    Telling(memory).tell(mark_of(one), SECRET, "x" * 12)
    MetTogether(lambda: other, None, [Hearing(memory)]).hear()
    assert other.generation == 0


def test_what_was_heard_is_not_told_on() -> None:
    memory, own = new_memory(), new_memory()
    redaction = Redaction(b"1" * 32)
    met = MetTogether(lambda: redaction, Telling(own), [Hearing(memory)])
    met.share()
    Telling(memory).tell(mark_of(redaction), SECRET, "x" * 12)
    met.hear()
    assert redaction.generation == 1
    assert not Hearing(own).is_behind


def test_a_memory_that_is_full_begins_anew_and_who_was_too_slow_misses_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(met_together, "ROOM", 1000)
    memory = new_memory()
    telling, quick, slow = Telling(memory), Hearing(memory), Hearing(memory)
    heard: list[tuple[str, str]] = []
    told = [(f"secret-{number}-{'ä' * (number % 7)}", f"pseudonym-{number}") for number in range(200)]
    for secret, replacement in told:
        telling.tell(MARK, secret, replacement)
        while quick.is_behind:
            heard += quick.new(MARK, 3)
    assert (heard, quick.missed) == (told, 0)
    late = slow.new(MARK, 1000)
    assert slow.missed == 1
    assert late == told[len(told) - len(late) :]
    assert 0 < len(Hearing(memory).new(MARK, 1000)) < 30, "whoever begins now has what stands there"
    telling.tell(MARK, "x" * met_together.LONGEST, "y")
    assert not quick.is_behind, "what is too long is not told"
