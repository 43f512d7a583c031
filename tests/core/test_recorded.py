"""What is known of an interaction before it is played."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.core.recorded import RecordedHead, heads_of
from tests.cassettes.samples import ORIGIN, RECORDED_AT, logout


def test_a_head_tells_how_an_interaction_is_found() -> None:
    interaction = replace(logout(7), about={"source": "emulator", "redaction": {"policy": "2", "key_id": "5f1c9a"}})
    (head,) = heads_of([interaction])
    assert head == RecordedHead.of(interaction)
    assert (head.origin, head.method, head.target) == (ORIGIN, "GET", interaction.request.target)
    assert head.path == "/api/v2/REF30/logout/Cablevision"
    assert (head.device, head.recorded_at) == ("pseudonym", RECORDED_AT)
    assert (head.source, head.policy, head.key_id, head.expires) == ("emulator", "2", "5f1c9a", ())


def test_who_redacted_is_told_from_nobody() -> None:
    """No note of a redaction is None; a note that says nothing of use is empty: such pseudonyms are of no key that we know."""
    table: tuple[tuple[dict[str, object], str | None, str | None], ...] = (
        ({}, None, None),
        ({"redaction": "by hand", "source": 5}, None, None),
        ({"redaction": {}}, "", ""),
        ({"redaction": {"policy": 2, "key_id": None}}, "", ""),
    )
    for about, policy, key_id in table:
        head = RecordedHead.of(replace(logout(), about=about))
        assert (head.policy, head.key_id, head.source) == (policy, key_id, ""), about


def test_the_tokens_of_an_answer_say_when_they_end() -> None:
    """The header says `{"alg":"none"}`, the claims `{"exp":1700000000}`."""
    token = b"eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDB9.c2ln"
    assert RecordedHead.of(logout(body=b'{"access_token": "' + token + b'"}')).expires == (1_700_000_000,)
