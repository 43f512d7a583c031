"""Bodies of any format, whatever their Content-Type says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.core.model import Request, Response
from gateway.core.redactors.bodies import redact_bodies
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Memory, Scrub
from tests.planting import KEY, jwt


def redacted(body: bytes) -> bytes:
    request, response = redact_bodies(
        Request("POST", "/x", body=body), Response(200, body=body), Scrub(Pseudonyms(KEY), Policy())
    )
    assert request.body == response.body
    assert isinstance(response.body, bytes)
    return response.body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"zip": "94107"}', b'{"zip": "REDACTED-ZIP"}'),
        (b'\xef\xbb\xbf [{"zip": "94107"}]', b'\xef\xbb\xbf [{"zip": "REDACTED-ZIP"}]'),
        (b'callback({"zip": "94107"});', b'callback({"zip": "REDACTED-ZIP"});'),
        (b")]}',\n{\"zip\": \"94107\"}", b")]}',\n{\"zip\": \"REDACTED-ZIP\"}"),
        (b'{"zip": "94107"}\n{"zip": "94108"}', b'{"zip": "REDACTED-ZIP"}\n{"zip": "REDACTED-ZIP"}'),
        (b'{"zip": "\xff94107", "x": "\xff"}', b'{"zip": "REDACTED-ZIP", "x": "\xff"}'),
        (b"<zip>94107</zip>", b"<zip>REDACTED-ZIP</zip>"),
        (b"zip=94107&mvpd=Dish", b"zip=REDACTED-ZIP&mvpd=Dish"),
        (b"redirectUrl=app%3A%2F%2Fx%3Fs%3D1&zip=94107 x", b"redirectUrl=app%3A%2F%2Fx%3Fs%3DREDACTED-PARAMETER&zip=REDACTED-ZIP"),
        (f"got {jwt(sub='x')}=".encode(), None),
        (b"<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n</html>", b""),
        (b'{"code": "invalid_parameter_mvpd",  "trace":"8eb6eaa9-2d9d-4a8c-a9c6-0b1ce3c0f1a1",}', b""),
        (b'what people write = 1 & so on; "zip": quoted', b""),
        (b"\x00\xff\xfe binary", b""),
        (b"", b""),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_body_is_what_it_looks_like(body: bytes, expected: bytes | None) -> None:
    """`expected` is empty where the body keeps its bytes, and None where it only has to change."""
    after = redacted(body)
    if expected is None:
        assert after != body
    else:
        assert after == (expected or body)
    assert redacted(after) == after


def test_a_stream_is_passed_over() -> None:
    class Stream:
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"x"

        async def aclose(self) -> None:
            pass

    request = Request("POST", "/x", body=Stream())
    assert redact_bodies(request, Response(200), Scrub(Pseudonyms(KEY), Policy()))[0].body is request.body


def test_what_a_body_was_is_not_taken_for_a_field_of_the_same_text() -> None:
    scrub = Scrub(Pseudonyms(KEY), Policy(), memory=Memory())
    redact_bodies(Request("POST", "/x", body=b"plain prose"), Response(200), scrub)
    assert scrub.once("token", "plain prose", lambda _: "replaced") == "replaced"
