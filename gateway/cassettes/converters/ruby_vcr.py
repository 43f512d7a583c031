"""Ruby's VCR: `http_interactions`, whose bodies are `{encoding, string}` or `{encoding, base64_string}`.

`filter_sensitive_data` replaces a value by a placeholder such as `<HOST>` in every place, also in the URI.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.cassettes.converters.documents import RubyDocument, blocks, top_keys, valued
from gateway.cassettes.converters.messages import (
    At,
    a_map,
    a_text,
    from_base64,
    interaction,
    leaving_out,
    listed,
    moment,
    placed,
    request,
    response,
    wire,
)
from gateway.cassettes.converters.model import Converter, Losses
from gateway.core.model import Interaction

_CHARSETS = {"iso-8859-1": "latin-1", "windows-1252": "cp1252", "shift_jis": "shift_jis", "utf-16le": "utf-16-le"}
"""Ruby's names of a body's encoding, and Python's names for them. Under any other name, a body is UTF-8 or bytes."""


def recognises(data: bytes) -> bool:
    """Whether the file has the top-level list `http_interactions`."""
    return top_keys(data, b"http_interactions")


def read(data: bytes, losses: Losses, origin: str = "") -> Iterator[Interaction]:
    """Read the interactions in their order."""
    for number, (line, node) in enumerate(blocks(data, "http_interactions", RubyDocument)):
        with leaving_out(losses):
            yield _read_one(valued(node), At(f"http_interactions[{number}]", line), losses, origin)


CONVERTER = Converter("ruby-vcr", recognises, read)


def _read_one(block: dict[str, object], at: At, losses: Losses, origin: str) -> Interaction:
    sent, answer = a_map(block.get("request"), at / "request"), a_map(block.get("response"), at / "response")
    asked = request(
        at / "request",
        a_text(sent.get("method"), at / "request" / "method").upper(),
        placed(sent.get("uri"), origin, losses),
        listed(sent.get("headers"), at / "request" / "headers"),
        _body(sent.get("body"), at / "request" / "body"),
    )
    status = a_map(answer.get("status"), at / "response" / "status")
    got = response(
        at / "response",
        asked.request.method,
        status.get("code"),
        status.get("message"),
        listed(answer.get("headers"), at / "response" / "headers"),
        _body(answer.get("body"), at / "response" / "body"),
    )
    if answer.get("adapter_metadata"):
        losses.add("adapter_metadata of Ruby's VCR is not kept")
    return interaction(asked, got, moment(block.get("recorded_at")), {}, "ruby-vcr")


def _body(body: object, at: At) -> bytes:
    if body is None or isinstance(body, str):  # VCR 1 wrote only the text
        return wire(body or "", None)
    said = a_map(body, at)
    if "base64_string" in said:
        return from_base64(said["base64_string"], at / "base64_string")
    text = said.get("string")
    if text is None or isinstance(text, bytes):
        return text or b""
    plain = a_text(text, at / "string") if not isinstance(text, bool | int | float) else None
    if plain is None:
        (at / "string").refuse("text in quotes", text)
    charset = _CHARSETS.get(str(said.get("encoding")).lower())
    if charset is not None:
        try:
            return plain.encode(charset)
        except UnicodeEncodeError:
            pass
    return wire(plain, None)
