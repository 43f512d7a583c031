"""An entry of the history reads back as it was written, both sides of it, whatever bytes the bodies have."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.cassettes.entries import decoded, entry_of
from gateway.cassettes.findings import parse_findings
from gateway.core.model import Headers, Interaction, Request, Response
from tests.legs import ORIGIN

FIELDS = Headers.of([("Accept", "a"), ("X", "\xe9"), ("X", "2")])


def body_of(entry: dict[str, Any], key: str) -> bytes:
    written = entry.get(key, "")
    return b64decode(written["base64"]) if isinstance(written, dict) else written.encode()


@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(100, 599))
def test_both_messages_come_back(asked: bytes, answered: bytes, status: int) -> None:
    request = Request("POST", "/api/v2/REF30/sessions?a=b", FIELDS, asked)
    response = Response(status, "Some reason", FIELDS, answered)
    about = {"id": "x-1", "device": "roku-02c1f7", "findings": []}
    line = entry_of(Interaction(ORIGIN, request, response, "2026-11-21T22:17:05.120Z", about))
    (back,) = parse_findings(Path("x"), line).interactions
    entry: dict[str, Any] = decoded(line)
    fields = Headers.of([(name, value) for name, value in entry["response_headers"]])
    answer = Response(back.response.status, entry["reason"], fields, body_of(entry, "response_body"))
    assert replace(back.request, body=body_of(entry, "body")) == request
    assert answer == response
    assert entry["device"] == "roku-02c1f7"
    assert line.count(b"\n") == 1


def test_a_body_that_is_not_there_is_not_said() -> None:
    line = entry_of(Interaction(ORIGIN, Request("GET", "/"), Response(204), "2026-11-21T22:17:05.120Z", {}))
    assert not {"body", "response_body"} & decoded(line).keys()
