"""Each encoding of a text is looked into, however it is spelled and nested; and a secret is replaced in its own."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.leaks import Leak
from gateway.core.secrets.seen import Seen
from gateway.core.secrets.spelling import Spelled, canonical
from tests.harness.for_each import for_each
from tests.planting import ALNUM, KEY, KINDS, b64, b64url, examples, jwt, recorded, secret_of, seeded

SECRET, STANDS = "jane-q.doe+tv@example.com", "kftw-x.pqr+sz@redactd.xyz"
Spell = Callable[[str], str]

SPELLINGS: dict[str, Spell] = {
    "one character in hexadecimal HTML": lambda secret: secret.replace("@", "&#x40;"),
    "one character in decimal HTML": lambda secret: secret.replace("@", "&#64;"),
    "a name in HTML": lambda secret: secret.replace("@", "&commat;"),
    "HTML twice": lambda secret: secret.replace("@", "&amp;#64;"),
    "JSON in capitals": lambda secret: "".join(f"\\u{ord(c):04X}" for c in secret),
    "JSON in small letters": lambda secret: secret.replace("@", "\\u0040"),
    "JSON in JSON": lambda secret: json.dumps(secret.replace("-", "\\u002D"))[1:-1],
    "an unreserved character of a URL": lambda secret: secret.replace("-", "%2D"),
    "all characters of a URL": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "a URL in a URL in a URL": lambda secret: quote(quote(quote(secret, safe=""), safe=""), safe=""),
    "a URL in HTML in JSON": lambda secret: json.dumps(escape(f"'{quote(secret, safe='')}'"))[1:-1],
    "UTF-16, little end first": lambda secret: secret.encode("utf-16-le").decode("utf-8", "surrogateescape"),
    "UTF-16, big end first": lambda secret: secret.encode("utf-16-be").decode("utf-8", "surrogateescape"),
}  # fmt: skip
"""What has its replacement in the same spelling; all characters that are no letter or digit stay in it."""
WRAPS: dict[str, Spell] = {
    **{f"Base64 behind {n}": (lambda secret, n=n: b64("x" * n + secret)) for n in range(4)},  # type: ignore[misc]
    "Base64 with a user": lambda secret: b64(f"somebody:{secret}"),
    "Base64 for URLs": lambda secret: b64url(f"???>>>{secret}?"),
    "Base64 in a path": lambda secret: f"/api/v2/{b64url(secret)}/x",
    "Base64 twice": lambda secret: b64(b64(secret)),
    "Base64 three times": lambda secret: b64(b64(b64(f"a {secret} b"))),
    "Base64 in a URL": lambda secret: quote(b64(f">>>{secret}"), safe=""),
    "JSON in Base64": lambda secret: b64(json.dumps({"a": secret.replace("@", "\\u0040"), "b": 1})),
    "Base64 in JSON in Base64": lambda secret: b64(json.dumps({"a": b64(f"x{secret}")})),
    "a token": lambda secret: f"{b64url('{}')}.{b64url(json.dumps({'sub': secret}))}.c2ln",
    "hexadecimal": lambda secret: f"<{secret.encode().hex()}>",
    "HEXADECIMAL": lambda secret: f"a{secret.encode().hex().upper()}",
    "Base64 in hexadecimal": lambda secret: b64(secret).encode().hex(),
    "UTF-16 in Base64": lambda secret: b64(secret.encode("utf-16-le")),
}
ZIPPED: dict[str, Spell] = {
    "gzip in Base64": lambda secret: b64(gzip.compress(f"it is {secret}".encode(), mtime=0)),
    "zlib in Base64 in a URL": lambda secret: quote(b64(zlib.compress(f"it is {secret}".encode())), safe=""),
}


_WITH_ESCAPED_LETTERS = {SPELLINGS["JSON in capitals"], SPELLINGS["all characters of a URL"]}
"""In these the replacement's letters are plain."""


def seen(secret: str = SECRET, stands: str = STANDS) -> Seen:
    memory = Seen()
    memory.add(secret, stands)
    return memory


@for_each("spell", (SPELLINGS | WRAPS).values(), ids=SPELLINGS | WRAPS)
@for_each("many", [0, 100], ids=["one by one", "in automata"])
def test_a_secret_is_found_and_replaced_in_each_spelling(spell: Spell, many: int) -> None:
    memory = seen()
    for number in range(many):
        memory.add(f"another-secret-{number}", "y" * 20)
    text = f'{{"a":"{spell(SECRET)}","b":"c"}}'
    assert memory.repeated_in(text)
    after, count = memory.without(text)
    assert count == 1
    assert not memory.repeated_in(after)
    if spell not in _WITH_ESCAPED_LETTERS:
        assert after == f'{{"a":"{spell(STANDS)}","b":"c"}}'


@pytest.mark.parametrize("spell", ZIPPED.values(), ids=ZIPPED)
def test_also_in_what_is_compressed(spell: Spell) -> None:
    memory = seen()
    after, count = memory.without(f"got {spell(SECRET)}.")
    assert count == 1
    assert not memory.repeated_in(after)
    assert seen(STANDS, SECRET).repeated_in(after)


@examples(100)
@given(
    st.sampled_from(KINDS),
    st.sampled_from(sorted({**SPELLINGS, **WRAPS, **ZIPPED})),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_the_gate_sees_any_secret_in_any_spelling(kind: str, spelling: str, seed: int, many: bool) -> None:
    chance = seeded(seed)
    secret = secret_of(kind, chance)
    memory = seen(secret, "x" * 12)
    if many:
        for number in range(50):
            memory.add(f"another-secret-{number}", "y" * 20)
    assert memory.repeated_in(f"it says {(SPELLINGS | WRAPS | ZIPPED)[spelling](secret)} there")


@examples(100)
@given(st.binary(max_size=300) | st.text(ALNUM + '%\\&#;+/=-_{}"u0041 ', max_size=300).map(str.encode))
def test_what_has_no_secret_keeps_its_bytes(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert seen().without(text) == (text, 0)
    around = f"{text} {SECRET} {text}"
    assert seen().without(around)[0] == f"{text} {STANDS} {text}"


@examples(300)
@given(
    st.lists(
        st.sampled_from(
            [b"%", b"25", b"41", b"%3B", b"&", b"amp;", b"#64;", b";", b"\\", b"u0041", b"\0", b"a", b"+", b"\xe4"]
        )
    )
)
def test_a_canonical_text_is_the_one_whose_places_are_known(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    assert canonical(data) == Spelled(data).data


def test_a_secret_is_found_as_the_name_of_a_field() -> None:
    """And what is told of the place says no more than that."""
    redaction = Redaction(KEY)
    secret = "a-token-that-became-a-name"
    request = Request("GET", f"/x?ast={secret}", Headers.of({secret: "1"}))
    interaction = recorded(redaction, request, Response(200, headers=Headers.of({secret: "1"})))
    assert secret not in repr((interaction.request.headers.raw, interaction.response.headers.raw))
    assert redaction.leaks(interaction) == []
    left = replace(interaction, response=replace(interaction.response, headers=Headers.of({secret: "1"})))
    assert redaction.leaks(left) == [Leak("response.headers", "a secret that was seen")]


def test_what_is_in_the_payload_of_another_token_is_found() -> None:
    assert seen().repeated_in(f"Bearer {jwt(note=SECRET)}")


def test_base64_of_lines_that_begin_anywhere_keeps_what_is_around_it() -> None:
    data = base64.b64encode(f"the first {SECRET} and the last".encode()).decode()
    assert seen().without(f"abc/{data}")[0] == f"abc/{data.replace(data, b64(f'the first {STANDS} and the last'))}"
