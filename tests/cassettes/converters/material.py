"""What each form looks like when another tool wrote it, and how converters are called in tests."""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec.structs import replace

from gateway.cassettes.converters import CONVERTERS
from gateway.cassettes.converters.model import Losses
from gateway.cassettes.errors import Problem
from gateway.core.model import Headers, Interaction, Request, Response

ORIGIN = "https://api.auth.adobe.com"
PNG = b"\x89PNG\r\n\x1a\n\x00\xff"

UNKNOWN = (
    "left out, since the body does not decode: "
    "found an unknown content coding (known are gzip, x-gzip, deflate, br, zstd)"
)
"""What is told of an answer in a coding that nobody here knows."""


_LEFT_OUT = re.compile(
    r"1 (?:entry|interaction|mapping|flow): left out: (?:(?P<within>[^ ]+): )?expected .+, found [^()]+?"
    r"(?: \((?P<place>[^ ,()]+)?(?:, )?(?:line (?P<line>[0-9]+))?\))?"
)


def recorded(number: int = 0, body: bytes = b'{"a": 1}', sent: bytes = b"") -> Interaction:
    """Return an interaction as a cassette has it."""
    headers = Headers.of([("Content-Type", "application/json"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return Interaction(
        ORIGIN,
        Request("POST" if sent else "GET", f"/logout?n={number}&u=a%2Fb", Headers.of({"X-One": "caf\xe9"}), sent),
        Response(200, "OK", headers, body, "cassette"),
        "2026-11-21T22:17:05.120Z",
        {"recorded_at": "2026-11-21T22:17:05.120Z", "elapsed_ms": 84, "redaction": {"policy": "1", "key_id": "5f1c9a"}},
    )


SEVERAL = [recorded(0), recorded(1, PNG, PNG), recorded(2, b"", "n=\U0001f600".encode()), recorded(0, b"again")]


def read(form: str, data: bytes | str | dict[str, Any]) -> tuple[list[Interaction], list[str]]:
    """Read a file of that form; return its interactions and what got lost."""
    content = json.dumps(data).encode() if isinstance(data, dict) else data.encode() if isinstance(data, str) else data
    losses = Losses()
    found = list(CONVERTERS[form].read(content, losses, ORIGIN))
    return found, list(losses)


def told(form: str, data: bytes | str | dict[str, Any]) -> tuple[int, str]:
    """Read a file of which one thing is wrong; return the line and the place that are told."""
    try:
        _, lost = read(form, data)
    except Problem as problem:
        return problem.line, problem.where
    [found] = [match for match in map(_LEFT_OUT.fullmatch, lost) if match]
    return int(found["line"] or 0), ".".join(filter(None, (found["place"], found["within"])))


def written(form: str, interactions: list[Interaction]) -> tuple[bytes, list[str]]:
    """Write that form; return it and what got lost."""
    write = CONVERTERS[form].write
    assert write is not None
    losses = Losses()
    return write(interactions, losses), list(losses)


def bare(interaction: Interaction) -> Interaction:
    """Return an interaction without the line on which it stood."""
    return replace(interaction, line=0)
