"""Header fields. Listed names are secret; in other fields, URLs and tokens are found by their shape. The reason phrase is free text."""

from __future__ import annotations

import re

from msgspec.structs import replace

from gateway.core.model import Headers, Request, Response
from gateway.core.secrets.names import kind_of_name
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.values import redact_embedded, redact_value
from gateway.core.secrets.wire import changed_bytes, changed_latin, text_of

_PAIR = re.compile(r"(?<![^;,&\s\"])([A-Za-z][A-Za-z0-9_-]{1,31}+)=(\"?[0-9A-Fa-f:.\[\]]{2,60}+\"?)(?![^;,&\s\"])")


def redact_fields(request: Request, response: Response, scrub: Scrub) -> tuple[Request, Response]:
    """Redact the header fields of both sides; names, order and repeats stay."""
    return (
        replace(request, headers=redact_headers(request.headers, scrub)),
        replace(
            response,
            reason=changed_latin(response.reason, scrub.tokens_in),
            headers=redact_headers(response.headers, scrub),
        ),
    )


def redact_headers(headers: Headers, scrub: Scrub) -> Headers:
    """Redact header fields."""
    return Headers(tuple([(name, redact_line(name, value, scrub)) for name, value in headers.raw]))


def redact_line(name: bytes, value: bytes, scrub: Scrub) -> bytes:
    """Redact the value of one header field."""
    kind = scrub.policy.field(name.decode("latin-1"), value.decode("latin-1"))
    return value if kind == "" else changed_bytes(value, lambda text: _redacted(kind, text, scrub))


def find_in_line(name: bytes, value: bytes, scrub: Scrub) -> None:
    """Find the secrets in the value of one header field."""
    latin = value.decode("latin-1")
    kind = scrub.policy.field(name.decode("latin-1"), latin)
    if kind == "":
        return
    text = latin if latin.isascii() else text_of(value)
    if scrub.memory is None:
        _redacted_now(kind, text, scrub)
    else:
        _redacted(kind, text, scrub)


def _redacted(kind: str | None, text: str, scrub: Scrub) -> str:
    return (
        _redacted_now(kind, text, scrub)
        if scrub.memory is None
        else scrub.once("field" if kind is None else kind, text, lambda plain: _redacted_now(kind, plain, scrub))
    )


def _redacted_now(kind: str | None, text: str, scrub: Scrub) -> str:
    return _addresses_in(redact_embedded(text, scrub), scrub) if kind is None else redact_value(kind, text, scrub)


def _addresses_in(text: str, scrub: Scrub) -> str:
    """Replace a client's address among the pairs that a field lists: `ip=192.0.2.1; country=GB` (X-Akamai-Edgescape)."""
    if "=" not in text:
        return text

    def pair(found: re.Match[str]) -> str:
        name, value = found.groups()
        known = kind_of_name(name, value) == "addresses"
        return f"{name}={redact_value('addresses', value, scrub)}" if known else found[0]

    return _PAIR.sub(pair, text)
