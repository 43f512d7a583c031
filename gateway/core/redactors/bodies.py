"""Bodies: JSON by its members, XML by its elements and attributes, other text as a form. Tokens are found in any text.

Only a multipart form is recognised by its Content-Type, since only this field names the boundary.
"""

from __future__ import annotations

import re

import msgspec
from msgspec.structs import replace

from gateway.core.model import Body, Headers, Request, Response
from gateway.core.secrets.lookup import is_kept, kind_of_parameter
from gateway.core.secrets.markup import redact_markup
from gateway.core.secrets.members import redact_json
from gateway.core.secrets.multipart import Part, boundary_in, boundary_of, parts
from gateway.core.secrets.percent import percent_decoded
from gateway.core.secrets.prose import redact_prose
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.urls import redact_parameters
from gateway.core.secrets.values import redact_embedded, redact_value
from gateway.core.secrets.wire import changed_body, changed_bytes

_MADE = re.compile(r"(?=[^0-9]*[0-9])[!-~]{12,4096}+")
"""The content of a file that is one token."""
_BARE_NAME = re.compile(r"[{,]\s*+(?:[A-Za-z_$][\w$]*+|'[^'\\]*+')\s*+:")
"""A member's name without double quotes, as in JavaScript or Python."""


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
    return changed_body(body, lambda text: scrub.once("body", text, lambda plain: redact_text(plain, scrub)))


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
    """Redact a field by its name, and JSON in it by its members. A file or an unnamed part is redacted as a body.

    A file that is one token is redacted by its name, too: browsers send a Blob as a file.
    """
    if not part.name:
        return _unformed(text, scrub)
    if is_kept(part.name, scrub.policy):
        return text
    name = percent_decoded(part.name)
    kind = kind_of_parameter(name, text, scrub.policy)
    if part.is_file and not (kind and _MADE.fullmatch(text.strip())):
        return _unformed(text, scrub)
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
        changed = redact_json(text, scrub)
        is_other = ("=" in changed or _BARE_NAME.search(changed)) and not _is_json(
            changed
        )  # such as JavaScript, or an INI file
        return redact_prose(changed, scrub) if is_other else changed
    if start == "<":
        return redact_markup(text, scrub)
    if '"' in text:  # JSON after a prefix, as in JSONP
        text = redact_json(text, scrub)
    return "&".join(
        [redact_prose(pair, scrub) if _is_prose(pair) else redact_parameters(pair, scrub) for pair in text.split("&")]
    )


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text.lstrip("\ufeff"), type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return True


def _is_prose(pair: str) -> bool:
    """Whether a text that may be a form's pair is prose. A form's name has no blanks."""
    return len(pair.partition("=")[0].split(None, 1)) > 1
