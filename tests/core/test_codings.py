"""Content codings, undone within a bound."""

from __future__ import annotations

import gzip
import time
import zlib

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.codings import DECODERS, MEMBERS, MOST, CodingError, DecodedTooLongError, codings_of, decode, plain
from gateway.core.model import Headers
from tests.planting import examples

TEXT = b'{"logouts": {}}' * 20
RAW_DEFLATE = zlib.compressobj(wbits=-15)
CODED = {
    "gzip": gzip.compress(TEXT, mtime=0),
    "x-gzip": gzip.compress(TEXT, mtime=0),
    "deflate": zlib.compress(TEXT),
    "br": brotli.compress(TEXT),
    "zstd": zstd.compress(TEXT),
}


@pytest.mark.parametrize("name", CODED)
def test_each_coding_is_undone_and_what_is_cut_off_or_too_large_is_not(name: str) -> None:
    body = CODED[name]
    assert decode(name.upper(), body) == TEXT
    assert decode(f"identity, {name},", body) == TEXT
    assert decode(name, body, limit=len(TEXT)) == TEXT
    assert decode(name, b"") == b""
    for wrong in (body[:-1], body[: len(body) // 2], b"no such thing"):
        with pytest.raises(CodingError):
            decode(name, wrong)
    with pytest.raises(CodingError):
        decode(name, body, limit=len(TEXT) - 1)


def test_deflate_may_be_raw() -> None:
    assert decode("deflate", RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush()) == TEXT


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_body_of_several_members_is_read_to_its_end(name: str) -> None:
    assert decode(name, CODED[name] * 3) == TEXT * 3
    with pytest.raises(CodingError):
        decode(name, CODED[name] * 3, limit=len(TEXT) * 3 - 1)


def test_several_codings_are_undone_last_first_and_not_without_end() -> None:
    body = TEXT
    for _ in range(MOST):
        body = gzip.compress(body)
    assert decode(", ".join(["gzip"] * MOST), body) == TEXT
    with pytest.raises(CodingError):
        decode(", ".join(["gzip"] * (MOST + 1)), gzip.compress(body))
    with pytest.raises(CodingError):
        decode("rot13", TEXT)


def test_members_without_number_take_no_time() -> None:
    began = time.thread_time()
    with pytest.raises(CodingError):
        decode("gzip", gzip.compress(b"", mtime=0) * (20 * MEMBERS))
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("name", CODED)
def test_a_small_body_that_unfolds_to_much_is_refused(name: str) -> None:
    bomb = {"br": brotli.compress, "zstd": zstd.compress, "deflate": zlib.compress}.get(name, gzip.compress)(
        bytes(1 << 22)
    )
    with pytest.raises(CodingError):
        decode(name, bomb, limit=1 << 20)


@examples(300)
@given(st.sampled_from(sorted(DECODERS)), st.binary(max_size=60), st.integers(0, 40), st.integers(0, 255))
def test_nothing_else_is_raised(name: str, junk: bytes, at: int, byte: int) -> None:
    damaged = bytearray(CODED[name])
    damaged[at % len(damaged)] = byte
    for body in (junk, bytes(damaged), CODED[name][:6] + junk):
        try:
            decode(name, body, limit=1 << 16)
        except CodingError:
            continue


TWICE = Headers.of((("Content-Encoding", "gzip"), ("A", "b"), ("CONTENT-ENCODING", "br")))


def test_several_fields_are_one_list_in_their_order() -> None:
    """RFC 9110 section 5.3: the second coding was applied last, so it is undone first."""
    assert codings_of(TWICE) == codings_of(TWICE.raw) == "gzip, br"
    assert plain(TWICE, brotli.compress(CODED["gzip"])) == (Headers.of({"A": "b"}), TEXT)


@pytest.mark.parametrize(("headers", "body"), [(TWICE, b""), (Headers.of({"A": "b"}), b"x")])
def test_a_body_that_is_plain_is_left_alone(headers: Headers, body: bytes) -> None:
    assert plain(headers, body) == (headers, body)


def test_a_body_that_is_not_whole_or_too_large_is_not_made_plain() -> None:
    with pytest.raises(TypeError):
        plain(TWICE, iter(()))
    with pytest.raises(DecodedTooLongError):
        plain(TWICE, brotli.compress(CODED["gzip"]), limit=len(TEXT) - 1)
