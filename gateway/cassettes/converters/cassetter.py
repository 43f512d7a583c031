"""cassetter's YAML, from any of its languages. A body is `{type, content}`, a status is a number, and the interactions are sorted.

Facts
-----
* `type` is none, text, json (kept as values) or binary (in hexadecimal digits). Checked against cassetter 0.16.
* It keeps answers decoded and without Content-Encoding. It leaves out fields that it regards as private.
* Its files are sorted by method and URL. `recorded_at` gives the order of recording.
"""

from __future__ import annotations

import re
from contextlib import suppress

from yaml.events import ScalarEvent

from gateway.cassettes.converters.documents import blocks, top_keys, valued
from gateway.cassettes.converters.messages import (
    At,
    Word,
    a_map,
    a_text,
    compact,
    interaction,
    leaving_out,
    listed,
    moment,
    request,
    response,
    wire,
)
from gateway.cassettes.converters.model import Converter, Losses
from gateway.cassettes.strict import Node
from gateway.core.model import Interaction

_BODY = re.compile(rb"""\n    body:\n      type: *["']?(?:none|text|json|binary)\b""")
_OTHERS = (b"grpc_interactions", b"websocket_interactions")


def recognises(data: bytes) -> bool:
    """Whether the bodies of the file have types."""
    return top_keys(data, b"interactions") and _BODY.search(data) is not None


def read(data: bytes, losses: Losses, _origin: str = "") -> list[Interaction]:
    """Read the interactions. They are in the order of recording if each has its time."""
    for key in _OTHERS:
        if top_keys(data, key):
            losses.add(f"left out: {key.decode()} are not HTTP", "list")
    found = []
    for number, (line, node) in enumerate(blocks(data, "interactions")):
        with leaving_out(losses):
            found.append(_read_one(line, node, At(f"interactions[{number}]", line), losses))
    if all(recorded.recorded_at for recorded in found):
        found.sort(key=lambda recorded: recorded.recorded_at)
    elif found:
        losses.add("some interactions have no recording time, so the order of the file stays, which is by URL", "file")
    return found


CONVERTER = Converter("cassetter", recognises, read)


def _read_one(_line: int, node: dict[str, Node], at: At, losses: Losses) -> Interaction:
    block = valued(node)
    sent, answer = a_map(block.get("request"), at / "request"), a_map(block.get("response"), at / "response")
    asked = request(
        at / "request",
        sent.get("method"),
        sent.get("uri"),
        listed(sent.get("headers"), at / "request" / "headers"),
        _body(node.get("request"), sent, at / "request" / "body", losses),
    )
    got = response(
        at / "response",
        asked.request.method,
        answer.get("status"),
        "",
        listed(answer.get("headers"), at / "response" / "headers"),
        _body(node.get("response"), answer, at / "response" / "body", losses),
    )
    losses.add("cassetter's files have no reason phrases, and no fields that cassetter regards as private")
    return interaction(asked, got, moment(block.get("recorded_at")), {}, "cassetter")


def _body(node: Node | None, side: dict[str, object], at: At, losses: Losses) -> bytes:
    body = a_map(side.get("body") or {"type": "none"}, at)
    content = body.get("content", "")
    match body.get("type"):
        case "none" | None:
            return b""
        case "text":
            return wire(content if isinstance(content, str) else _as_written(node, at), None)
        case "json":
            losses.add("a body was stored as JSON values, so its bytes may differ")
            return compact(content)
        case "binary":
            with suppress(ValueError):
                return bytes.fromhex(_as_written(node, at))
            (at / "content").refuse("hexadecimal digits", Word("something else"))
    return (at / "type").refuse("none, text, json or binary", body.get("type"))


def _as_written(node: Node | None, at: At) -> str:
    """Return a scalar's text, even if YAML would read it as a number, such as the hexadecimal digits 12e5."""
    body = node.get("body") if isinstance(node, dict) else None
    content = body.get("content") if isinstance(body, dict) else None
    if not isinstance(content, ScalarEvent):
        (at / "content").refuse("text", None if content is None else {})
    return a_text(content.value, at)
