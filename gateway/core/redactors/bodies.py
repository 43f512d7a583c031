"""Bodies: JSON by its members, XML by its elements and attributes, other text as a form. Tokens are found in any text.

Only a multipart form is recognised by its Content-Type, since only this field names the boundary.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from gateway.core.model import Body, Headers, Request, Response
from gateway.core.secrets.lookup import is_kept, kind_of_parameter
from gateway.core.secrets.markup import redact_markup
from gateway.core.secrets.members import redact_json
from gateway.core.secrets.multipart import Part, boundary_in, boundary_of, parts
from gateway.core.secrets.percent import percent_decoded
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.urls import redact_parameters
from gateway.core.secrets.values import redact_embedded, redact_value
from gateway.core.secrets.wire import changed_bytes

_ASSIGNED = re.compile(r"(?<![\w.%-])([\w.%-]++)([ \t]*+=[ \t]*+[\"']?)([^\s&;,\"']++)")
_WORD = re.compile(r"[A-Za-z_-]+[.:!?)]*")


def redact_bodies(request: Request, response: Response, scrub: Scrub) -> tuple[Request, Response]:
    """Redact both bodies, which are whole and decoded. A body without a change keeps its bytes."""
    return (
        replace(request, body=_body(request.headers, request.body, scrub)),
        replace(response, body=_body(response.headers, response.body, scrub)),
    )


def _body(headers: Headers, body: Body, scrub: Scrub) -> Body:
    if not isinstance(body, bytes) or not body:
        return body
    boundary = boundary_of(headers)
    if boundary:
        place = f"multipart {boundary}"
        return changed_bytes(body, lambda text: scrub.once(place, text, lambda plain: _form(plain, boundary, scrub)))
    return changed_bytes(body, lambda text: scrub.once("body", text, lambda plain: redact_text(plain, scrub)))


def _form(text: str, boundary: str, scrub: Scrub) -> str:
    """Redact the contents of a multipart form's parts; delimiters, heads and line ends stay."""
    found = parts(text, boundary) or parts(text, boundary_in(text))
    if found is None:
        return _unformed(text, scrub)
    pieces: list[str] = []
    at = 0
    for part in found:
        pieces += (scrub.tokens_in(text[at : part.start]), redact_part(part, text[part.start : part.end], scrub))
        at = part.end
    return "".join([*pieces, scrub.tokens_in(text[at:])])


def redact_part(part: Part, text: str, scrub: Scrub) -> str:
    """Redact a field by its name, and JSON in it by its members. A file or an unnamed part is redacted as a body."""
    if part.is_file or not part.name:
        return _unformed(text, scrub)
    if is_kept(part.name, scrub.policy):
        return text
    name = percent_decoded(part.name)
    kind = kind_of_parameter(name, text, scrub.policy)
    if part.media_type.endswith("json") and _start(text) in {"{", "[", '"'}:
        return redact_json(text, scrub, under=kind or scrub.policy.parameters.get(name.lower()))
    if kind:
        return redact_value(kind, text, scrub)
    return redact_embedded(text, scrub) if part.media_type in {"", "text/plain"} else _unformed(text, scrub)


def _start(text: str) -> str:
    return text.lstrip("\ufeff \t\r\n")[:1]


def redact_text(text: str, scrub: Scrub) -> str:
    """Redact a text by its own form. A Content-Type is often missing or wrong, or lacks the boundary of a form."""
    boundary = boundary_in(text)
    return _form(text, boundary, scrub) if boundary else _unformed(text, scrub)


def _unformed(text: str, scrub: Scrub) -> str:
    start = _start(text)
    if start in {"{", "["}:
        return redact_json(text, scrub)
    if start == "<":
        return redact_markup(text, scrub)
    if '"' in text:  # JSON after a prefix, as in JSONP
        text = redact_json(text, scrub)
    return "&".join(
        [_prose(pair, scrub) if _is_prose(pair) else redact_parameters(pair, scrub) for pair in text.split("&")]
    )


def _is_prose(pair: str) -> bool:
    """Whether a text that looks like a form's pair is prose. A form's name has no blanks."""
    name, equals, _ = pair.partition("=")
    return bool(equals) and len(name.split(None, 1)) > 1


def _prose(text: str, scrub: Scrub) -> str:
    """Redact assignments in a text, such as a log or script.

    A word after `token=` is no secret there, as in `token=expired`. A word after `password=` is a secret.
    """

    def changed(found: re.Match[str]) -> str:
        name, between, value = found.groups()
        kind = kind_of_parameter(percent_decoded(name), value, scrub.policy)
        if not kind or (kind != "password" and _WORD.fullmatch(value)):
            return found[0]
        return name + between + redact_value(kind, value, scrub)

    return scrub.tokens_in(_ASSIGNED.sub(changed, text))
