"""The real vcrpy replays our files, unmodified, to requests, with its default matchers and without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
import vcr
from msgspec.structs import replace
from vcr.errors import CannotOverwriteExistingCassetteException

from gateway.cassettes.format import dump
from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.core.model import Headers, Interaction
from tests.cassettes.samples import logout

if TYPE_CHECKING:
    from pathlib import Path

BODIES = [
    b'{"logouts": {}}',
    '{"name": "caf\u00e9 \U0001f600 \u2028\x85\ufeff"}'.encode(),
    b"\x89PNG\r\n\x1a\n\x00\xff",
    b"",
    b"it's\n- request:\n\ttabs\\ud83d\\ude00",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logout.yaml"


def record(path: Path, *interactions: Interaction) -> None:
    with Writer(path) as writer:
        for interaction in interactions:
            writer.append([dump(interaction)])


def uri(interaction: Interaction) -> str:
    return interaction.origin + interaction.request.target


def test_vcrpy_replays_what_we_record(path: Path) -> None:
    """Status, reason, body and header fields come out of vcrpy as they went into the cassette."""
    recorded = [logout(number, body) for number, body in enumerate(BODIES)]
    record(path, *recorded)

    with vcr.use_cassette(path, record_mode="none") as cassette:
        for interaction in recorded:
            answer = requests.get(uri(interaction), timeout=5)
            assert (answer.status_code, answer.reason) == (200, "OK")
            assert answer.content == interaction.response.body
            assert dict(answer.headers) == dict(interaction.response.headers.items())
        assert cassette.all_played
        with pytest.raises(CannotOverwriteExistingCassetteException):
            requests.get("https://api.auth.adobe.com/elsewhere", timeout=5)


def test_a_sequence_and_repeated_fields(path: Path) -> None:
    """One request with two answers is a sequence there too, and cookies stay apart."""
    cookies = Headers.of([("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    first = replace(logout(), response=replace(logout().response, headers=cookies))
    record(path, first, logout(0, b"second"))

    with vcr.use_cassette(path, record_mode="none"):
        answer = requests.get(uri(first), timeout=5)
        assert answer.cookies.get_dict() == {"a": "1", "b": "2"}
        assert requests.get(uri(first), timeout=5).content == b"second"


def test_a_body_that_is_matched(path: Path) -> None:
    """A request's body, text or not, is what vcrpy compares when it is told to."""
    posts = [
        replace(logout(n), request=replace(logout(n).request, method="POST", body=body))
        for n, body in enumerate(BODIES[:3])
    ]
    record(path, *posts)

    with vcr.use_cassette(path, record_mode="none", match_on=["method", "uri", "body"]):
        for post in posts:
            assert isinstance(post.request.body, bytes)
            assert requests.post(uri(post), data=post.request.body, timeout=5).content == post.response.body


def test_what_vcrpy_rewrites_is_read_again(path: Path) -> None:
    """vcrpy turns our file into its own form; we read that, notes included, and say that it cannot be appended to."""
    recorded = [logout(number, body) for number, body in enumerate(BODIES)]
    record(path, *recorded)
    with vcr.use_cassette(path, record_mode="new_episodes") as cassette:
        cassette.dirty = True

    found = load(path)

    assert not found.appendable
    assert [as_values(interaction) for interaction in found.interactions] == [as_values(i) for i in recorded]


def as_values(interaction: Interaction) -> tuple[object, ...]:
    """Return all but the order of the fields, which vcrpy sorts."""
    request, response = interaction.request, interaction.response
    return (
        (uri(interaction), request.method, sorted(request.headers.raw), request.body),
        (response.status, response.reason, sorted(response.headers.raw), response.body),
        (interaction.recorded_at, interaction.about),
    )
