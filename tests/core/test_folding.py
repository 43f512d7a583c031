"""Repeated request fields become one before they are redacted, so that what is recorded is what is redacted."""

from __future__ import annotations

import pytest

from gateway.core.folding import folded
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.scrubbing.inspector import Inspector
from tests.planting import KEY, recorded


@pytest.mark.parametrize(
    ("name", "separator"), [("Cookie", "; "), ("X-Forwarded-For", ", "), ("Authorization", ", "), ("X-Other", ", ")]
)
def test_values_of_one_name_are_one_field_at_its_first_place(name: str, separator: str) -> None:
    fields = Headers.of([(name, "a=1"), ("Accept", "*/*"), (name.lower(), "b=2")])
    assert folded(fields) == Headers.of([(name, f"a=1{separator}b=2"), ("Accept", "*/*")])
    once = Headers.of([(name, "a=1"), ("Accept", "*/*")])
    assert folded(once) is once


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Authorization", ("Bearer one-token-of-some-length", "Bearer two-token-of-some-length")),
        ("AP-Device-Identifier", ("fingerprint YS1kZXZpY2Utb2Ytb3Vycw==", "fingerprint YW5vdGhlci1kZXZpY2Utb2Y=")),
        ("Cookie", ("a=one-token-of-some-length", "b=two-token-of-some-length")),
        ("X-Forwarded-For", ("8.8.8.8", "9.9.9.9")),
        ("Adobe-Subject-Token", ("one-token-of-some-length", "two-token-of-some-length")),
    ],
)
def test_our_own_recording_of_two_lines_of_one_field_does_not_leak(name: str, values: tuple[str, str]) -> None:
    redaction = Redaction(KEY)
    request = Request("GET", "/x", Headers.of([(name, value) for value in values]))
    answer = Response(200, body=f"got {values[0].split()[-1]}".encode())
    interaction = recorded(redaction, request, answer)
    assert list(interaction.request.headers) == [name]
    assert redaction.leaks(interaction) == []
    assert not Inspector(redaction.policy).found(interaction)
    if len(values[0]) > 12:
        assert interaction.response.body != answer.body
