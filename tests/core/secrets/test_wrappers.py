"""JSON inside Base64 inside any text."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.secrets.wire import bytes_of, changed_bytes, changed_latin, text_of
from gateway.core.secrets.wrappers import change_within, within, wrapped, wrapped_again
from tests.harness.for_each import for_each
from tests.planting import b64, b64url, examples

JSON = '{"model":"TV >>> 5th ???","a":1}'


@for_each("text", [JSON, "{\n\t" + JSON[1:], "{ " + JSON[1:], '{"model":"' + "x" * 50])
@for_each("spell", [b64, b64url, lambda text: quote(b64(text), safe="")], ids=["base64", "url", "percent"])
def test_it_is_found_read_and_written_in_its_own_spelling(text: str, spell: Callable[[str], str]) -> None:
    run = spell(text)
    assert wrapped(run) == text
    assert wrapped_again(run, text) == run
    assert list(within(f"got {run}, no more")) == [text]
    assert change_within(f"got {run}.", lambda plain: plain) == f"got {run}."
    assert (
        change_within(f"got {run}.", lambda plain: plain.replace("TV", "XX"))
        == f"got {spell(text.replace('TV', 'XX'))}."
    )


@for_each("text", ["", "eyJ", "every other word", "ewe" * 20, b64("[1, 2, 3, 4, 5]"), b64("{") * 9])
def test_other_texts_wrap_nothing(text: str) -> None:
    assert list(within(text)) == []
    assert change_within(text, lambda _: "x") == text


@examples(200)
@given(st.binary(max_size=40))
def test_bytes_are_text_and_text_is_bytes(data: bytes) -> None:
    assert bytes_of(text_of(data)) == data
    assert changed_bytes(data, lambda text: text) is data
    assert changed_latin(data.decode("latin-1"), lambda text: text) == data.decode("latin-1")


def test_text_that_json_can_name_and_utf8_cannot_is_bytes_all_the_same() -> None:
    assert bytes_of("a\ud800") == b"a\xed\xa0\x80"
    assert changed_bytes("é".encode(), lambda text: text + "!") == "é!".encode()
    assert changed_latin("é".encode().decode("latin-1"), lambda text: text.replace("é", "e")) == "e"
