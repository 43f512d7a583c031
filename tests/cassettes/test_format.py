"""What `dump` writes is read by everybody alike: by us, by both of PyYAML's loaders, and by vcrpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from vcr.serialize import deserialize
from vcr.serializers import yamlserializer

from gateway.cassettes.format import HEAD, dump, scalar
from gateway.cassettes.parsing import parse
from gateway.core.model import Headers, Interaction
from tests.cassettes.samples import INTERACTIONS, TEXT, as_read, cassette, logout
from tests.harness.for_each import for_each
from tests.planting import examples

A_FILE = Path("a.yaml")


def test_the_shape() -> None:
    """A block is what cassette-format.md draws."""
    assert dump(logout()).decode() == (
        "- request:\n"
        "    method: GET\n"
        "    uri: 'https://api.auth.adobe.com/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fadobe.com&n=0'\n"
        "    body: null\n"
        "    headers:\n"
        "      Host:\n"
        "      - 'api.auth.adobe.com'\n"
        "      AP-Device-Identifier:\n"
        "      - 'fingerprint pseudonym'\n"
        "  response:\n"
        "    status: {code: 200, message: 'OK'}\n"
        "    headers:\n"
        "      Content-Type:\n"
        "      - 'application/json'\n"
        "      Content-Length:\n"
        "      - '77'\n"
        "      Date:\n"
        "      - 'today'\n"
        '    body: {string: \'{"logouts": {"Cablevision": {"actionName": "logout", "mvpd": "Cablevision"}}}\'}\n'
        "    x_gateway: {id: '01J0', recorded_at: '2026-11-21T22:17:05.120Z', elapsed_ms: 84.5, source: 'upstream', findings: []}\n"
        "  recorded_at: '2026-11-21T22:17:05.120Z'\n"
    )


@given(INTERACTIONS)
def test_what_is_written_is_read_back(interaction: Interaction) -> None:
    """Any interaction comes back equal, but for what vcrpy's form cannot hold: repeats of a request field are one."""
    (found,) = parse(A_FILE, cassette(interaction))

    expected = as_read(interaction)
    lengths_aside = [replace(i, line=0, response=_settled(i)) for i in (found, expected)]
    assert lengths_aside[0] == lengths_aside[1]
    assert found.line == HEAD.count(b"\n") + 1


def _settled(interaction: Interaction) -> Any:
    return replace(
        interaction.response, headers=interaction.response.headers.without("Content-Length", "Transfer-Encoding")
    )


@examples(60)
@given(st.lists(INTERACTIONS, min_size=1, max_size=3))
def test_all_loaders_read_the_same(interactions: list[Interaction]) -> None:
    """libyaml's loader, the pure one and vcrpy's give the values that were written, from text that is plain ASCII."""
    text = cassette(*interactions).decode("ascii")

    assert text.count("\n- request:\n") == len(interactions)
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        blocks = yaml.load(text, loader)["interactions"]  # noqa: S506  both are safe
        assert blocks == [_as_values(interaction) for interaction in interactions]
    requests, responses = deserialize(text, yamlserializer)
    for interaction, request, response in zip(interactions, requests, responses, strict=True):
        assert (request.body or b"") == interaction.request.body
        assert response["body"]["string"] == interaction.response.body
        assert response["status"] == {"code": interaction.response.status, "message": interaction.response.reason}


def _as_values(interaction: Interaction) -> dict[str, Any]:
    read = as_read(interaction)
    request, response = read.request, read.response
    length = [str(len(bytes(response.body)))]  # type: ignore[arg-type]  # samples have no streams
    fields: dict[str, list[str]] = {}
    for name, value in response.headers.items():
        fields.setdefault(name, []).append(value)
    if request.method != "HEAD" and response.status != 304:
        fields = {name: length if name.lower() == "content-length" else values for name, values in fields.items()}
    return {
        "request": {
            "method": request.method,
            "uri": read.origin + request.target,
            "body": _text(request.body) if request.body else None,
            "headers": {name: [value] for name, value in request.headers.items()},
        },
        "response": {
            "status": {"code": response.status, "message": response.reason},
            "headers": fields,
            "body": {"string": _text(response.body)},
            "x_gateway": read.about,
        },
        "recorded_at": read.recorded_at,
    }


def _text(body: object) -> object:
    assert isinstance(body, bytes)
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


@given(TEXT)
def test_a_scalar_is_one_line_of_ascii(text: str) -> None:
    """Any text is one line, and libyaml reads the same text from it, in a flow as in a block."""
    written = scalar(text)

    assert written.isascii()
    assert written.isprintable()
    assert yaml.load(f"a: {{b: {written}}}\nc: {written}\n", yaml.CSafeLoader) == {"a": {"b": text}, "c": text}


@for_each(
    ("text", "written"),
    [
        ("", "''"),
        ("it's", "'it''s'"),
        ('{"a": 1}', "'{\"a\": 1}'"),
        ("a\nb", r'"a\nb"'),
        ("\U0001f600", r'"\U0001F600"'),
        ("\\ud83d\U0001f600", r'"\\ud83d\U0001F600"'),
        ("\u2028\x85", r'"\u2028\u0085"'),
    ],
)
def test_scalars(text: str, written: str) -> None:
    assert scalar(text) == written


@pytest.mark.parametrize(
    ("method", "status", "body", "length"),
    [
        ("GET", 200, b"four", "4"),
        ("GET", 204, b"", "0"),
        ("HEAD", 200, b"", "1234"),
        ("GET", 304, b"", "1234"),
    ],
)
def test_the_length_is_true(method: str, status: int, body: bytes, length: str) -> None:
    """A Content-Length says how long the body is, but where it speaks of a body that is not sent."""
    sample = logout()
    interaction = replace(
        sample,
        request=replace(sample.request, method=method),
        response=replace(sample.response, status=status, headers=Headers.of({"Content-Length": "1234"}), body=body),
    )

    (found,) = parse(A_FILE, cassette(interaction))

    assert found.response.headers["Content-Length"] == length


SAMPLE = logout()


@for_each(
    "unwritable",
    [
        replace(SAMPLE, request=replace(SAMPLE.request, method="GE T")),
        replace(SAMPLE, request=replace(SAMPLE.request, target="*")),
        replace(SAMPLE, request=replace(SAMPLE.request, target="/a b")),
        replace(SAMPLE, request=replace(SAMPLE.request, target="/\u20ac")),
        replace(SAMPLE, request=replace(SAMPLE.request, headers=Headers.of({"a:b": "c"}))),
        replace(SAMPLE, request=replace(SAMPLE.request, headers=Headers.of({"": "c"}))),
        replace(SAMPLE, response=replace(SAMPLE.response, headers=Headers.of({"a": "c\r\nSet-Cookie: d"}))),
        replace(SAMPLE, response=replace(SAMPLE.response, headers=Headers.of({"a": "c\0"}))),
        replace(SAMPLE, response=replace(SAMPLE.response, reason="OK\n")),
        replace(SAMPLE, response=replace(SAMPLE.response, status=101)),
        replace(SAMPLE, recorded_at="it's late"),
        replace(SAMPLE, about={"device": b"bytes"}),
        replace(SAMPLE, about={"k" * 1100: 1}),
    ],
)
def test_what_could_not_be_read_is_not_written(unwritable: Interaction) -> None:
    """One bad block makes a whole file unreadable, so `dump` refuses what `load` would."""
    with pytest.raises(ValueError, match=r"expected|codec"):
        dump(unwritable)
