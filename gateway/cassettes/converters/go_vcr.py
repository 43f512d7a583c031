"""go-vcr's YAML, in both formats. A request has a `url`. An answer has a `status` with code and reason, a `code` and a `duration`.

Facts
-----
* Version 1 (go-vcr 1 and 2) has `request: {body, form, headers, url, method}`, `response: {body, headers, status, code, duration}`.
  Version 2 (go-vcr 3 and 4) adds `id`, `proto`, `content_length`, `host` and more, and leaves out empty values.
* Go's client decodes gzip itself, and drops Content-Encoding. Then `uncompressed` is true and `content_length` is -1.
* The time of a recording is only in the answer's Date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.cassettes.converters.documents import blocks, top_keys, valued
from gateway.cassettes.converters.messages import (
    At,
    a_map,
    a_text,
    interaction,
    leaving_out,
    listed,
    placed,
    request,
    response,
    wire,
)
from gateway.cassettes.converters.model import Converter, Losses
from gateway.core.model import Interaction

_URL = re.compile(rb"\n {4,8}url: ")
_CODE = re.compile(rb"\n {4,8}code: [0-9]{3}\s")


def recognises(data: bytes) -> bool:
    """Whether the requests of the file have a `url`, and its answers a `code`."""
    return top_keys(data, b"interactions") and _URL.search(data) is not None and _CODE.search(data) is not None


def read(data: bytes, losses: Losses, origin: str = "") -> Iterator[Interaction]:
    """Read the interactions in their order."""
    for number, (line, node) in enumerate(blocks(data, "interactions")):
        with leaving_out(losses):
            yield _read_one(valued(node), At(f"interactions[{number}]", line), losses, origin)


CONVERTER = Converter("go-vcr", recognises, read)


def _read_one(block: dict[str, object], at: At, losses: Losses, origin: str) -> Interaction:
    sent, answer = a_map(block.get("request"), at / "request"), a_map(block.get("response"), at / "response")
    asked = request(
        at / "request",
        sent.get("method") or "GET",  # Go's client sends no body with GET
        placed(sent.get("url"), origin, losses),
        listed(sent.get("headers"), at / "request" / "headers"),
        _body(sent.get("body"), at / "request" / "body"),
    )
    status = answer.get("status")
    reason = a_text(status, at / "response" / "status").partition(" ")[2] if status is not None else ""
    got = response(
        at / "response",
        asked.request.method,
        answer.get("code"),
        reason,
        listed(answer.get("headers"), at / "response" / "headers"),
        _body(answer.get("body"), at / "response" / "body"),
    )
    losses.add("the form, the protocol and the duration of go-vcr are not kept")
    return interaction(asked, got, "", {}, "go-vcr")


def _body(body: object, at: At) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return wire(a_text(body, at), None)
