"""What values say decoded."""

from __future__ import annotations

import base64
import json

from gateway.core.decoded import decoded, readable
from tests.harness.for_each import for_each


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CLAIMS = f"eyJhbGciOiJIUzI1NiJ9.{b64(json.dumps({'sub': 'a', 'exp': 0})).rstrip('=')}.x"


@for_each(
    ("value", "said"),
    [
        ("plain", ""),
        ("", ""),
        (b64("short"), ""),
        (f"fingerprint {b64('an identifier of a device')}", "an identifier of a device"),
        (b64('{"os": "roku", "version": 1}'), '{\n  "os": "roku",\n  "version": 1\n}'),
        (b64("a text with \x1b[31m an escape"), "a text with \\x1b[31m an escape"),
        (f"Bearer {CLAIMS}", '{\n  "sub": "a",\n  "exp": 0  (1970-01-01T00:00:00Z)\n}'),
    ],
)
def test_what_a_header_value_says(value: str, said: str) -> None:
    assert decoded(value) == said


def test_a_body_is_readable() -> None:
    assert readable(b'{"a":[1]}') == '{\n  "a": [\n    1\n  ]\n}'
    assert readable(b"a\x00b\nc") == "a\\x00b\nc"
    assert readable(b"a" * 3000).endswith("… (3,000 characters)")
    assert readable(None) == ""
