"""JSON from a wire, and Base64 of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.adobe.json_text import Json, members, read_base64_json, read_json
from gateway.core.adobe.malformed import Malformed


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"\xff", "json"), (b"{", "json"), (b"[" * 100_000, "json"), (b"9" * 5000, "json")],
)
def test_what_is_no_json_is_told(data: bytes, kind: str) -> None:
    read = read_json(data)
    assert isinstance(read, Malformed)
    assert read.part == kind


@pytest.mark.parametrize(("value", "says"), [("eyJhIjoxfQ==", {"a": 1}), ("bnVsbA==", None)])
def test_base64_of_json(value: str, says: object) -> None:
    assert read_base64_json(value) == Json(says)


@pytest.mark.parametrize(("value", "kind"), [("", "base64"), ("e", "base64"), ("eyI=", "json")])
def test_what_is_not_base64_of_json_is_told(value: str, kind: str) -> None:
    read = read_base64_json(value)
    assert isinstance(read, Malformed)
    assert read.part == kind


PIECES = st.sampled_from(
    [
        *'{}[]",:0123456789.eE+-',
        "true",
        "null",
        "NaN",
        "Infinity",
        "1e400",
        "9" * 20,
        '"a"',
        "\\u00e9",
        "\\ud800",
        " ",
        "\n",
        "\x00",
        "\xff",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.sampled_from(["utf-8", "latin-1"]))
@example("1e400", "utf-8")
@example('"\\ud800"', "utf-8")
@example('{"a": NaN}', "utf-8")
def test_json_is_read_as_python_s_own_parser_reads_it(text: str, charset: str) -> None:
    data = text.encode(charset)
    read = read_json(data)
    try:
        expected = repr(json.loads(data.decode()))
    except ValueError:
        assert isinstance(read, Malformed)
    else:
        assert isinstance(read, Json)
        assert repr(read.value) == expected


def test_only_an_object_has_members() -> None:
    assert (members({"a": 1}), members([1])) == ({"a": 1}, {})
