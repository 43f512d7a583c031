"""Multipart forms (RFC 7578) as a text with places: the place of each part's content, and the data of the part's head.

Facts
-----
* A delimiter is a line: two hyphens, the boundary, and perhaps blanks (RFC 2046 section 5.1.1). The last delimiter has two more hyphens
  after the boundary. The line end before a delimiter belongs to the delimiter.
* A boundary has 70 characters at most. Some clients write longer boundaries, which are read, too.
* In a name, browsers percent-encode a quotation mark. curl writes a backslash before it.
* Some dumps have lost the boundary, such as a HAR without headers, or a bare `multipart/form-data`. Then it is read at the body's start.
* Text of a form that is cut off, and text after the last delimiter, is read as a part. A secret there is a secret, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from gateway.core.model import Headers
from gateway.core.secrets.wire import text_of

_CONTENT_TYPE = b"content-type"
_PARAMETER = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.?)*+)|([^\s;]*+))', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
_FOLDED = re.compile(r"\r?\n[ \t]++")
_LONGEST_BOUNDARY = 256
_BEGINNING = re.compile(
    r"(?:\r?\n)?--([^\r\n]{1,256})\r?\n(?:(?!content-disposition:)[^\r\n]++\r?\n){0,8}content-disposition:",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^content-disposition:[ \t]*+form-data[^\r\n]*+\r?\n(?:[^\r\n]++\r?\n){0,8}+\r?\n(?!--).*?(?:\r?\n(?=--)|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


class Part(Struct, frozen=True):
    """A part of a form, or the text before the first part."""

    start: int
    end: int
    """The place of its content. Between two contents are only delimiters and heads."""
    name: str = ""
    """The field's name. Empty if the head does not have it."""
    media_type: str = ""
    """In lower case, without parameters. Empty if the head does not have it."""
    is_file: bool = False


def boundary_of(headers: Headers) -> str:
    """Return the boundary that a multipart form's headers name, as the body's text has it. Empty for any other message."""
    for name, value in headers.raw:
        if len(name) == len(_CONTENT_TYPE) and name.lower() == _CONTENT_TYPE:
            return _boundary(value.decode("latin-1")) if value.lstrip()[:10].lower() == b"multipart/" else ""
    return ""


def _boundary(content_type: str) -> str:
    if _media_type(content_type) != "multipart/form-data":
        return ""
    boundary = _parameters(content_type).get("boundary", "")
    return text_of(boundary.encode("latin-1")) if len(boundary) <= _LONGEST_BOUNDARY else ""


def boundary_in(text: str) -> str:
    """Return the boundary at the start of a body. Empty if the body does not begin like a form. Content-Type is not read."""
    found = _BEGINNING.match(text)
    return found[1].rstrip(" \t") if found else ""


def fields_in(text: str) -> Iterator[Part]:
    """Yield the fields of forms anywhere in a text, such as a log. Empty fields are left out."""
    for found in _FIELD.finditer(text):
        yield _part(text, *found.span())


def without_delimiters(text: str, boundary: str) -> str:
    """Return a form without its delimiters. An empty boundary is read at the form's start."""
    boundary = boundary or boundary_in(text)
    pieces: list[str] = []
    start = 0
    for at, after in _delimiters(text, boundary):
        pieces.append(text[start:at])
        start = after
    return "".join([*pieces, text[start:]])


def parts(text: str, boundary: str) -> list[Part] | None:
    """Return the parts of a form in their order. None if there is no delimiter. The time is linear in the text."""
    found: list[Part] = []
    start: int | None = None  # where the present section starts; the next delimiter ends it
    for at, after in _delimiters(text, boundary):
        if start is not None:
            found.append(_part(text, start, at))
        elif at:
            found.append(Part(0, _without_line_end(text, at)))
        start = after
    if start is None:
        return None
    if start < len(text):
        found.append(_part(text, start, len(text)))
    return found


def _delimiters(text: str, boundary: str) -> Iterator[tuple[int, int]]:
    """Yield the places of each delimiter's line, and of the line after it."""
    dashed = f"--{boundary}"
    at = text.find(dashed) if boundary else -1
    while at >= 0:
        after = at + len(dashed)
        if not at or text[at - 1] == "\n":
            end = text.find("\n", after)
            end = len(text) if end < 0 else end
            if text[after:end].strip(" \t\r") in {"", "--"}:
                yield at, min(end + 1, len(text))
            after = end
        at = text.find(dashed, after)


def _part(text: str, start: int, delimiter: int) -> Part:
    """Return the part whose head begins at `start`. Without a blank line, the head cannot be read."""
    end = _without_line_end(text, delimiter) if delimiter < len(text) else delimiter
    blank = min(
        (at + len(line_ends) for line_ends in ("\n\n", "\n\r\n") if (at := text.find(line_ends, max(start - 1, 0), delimiter)) >= 0),
        default=None,
    )  # fmt: skip
    if blank is None:
        return Part(start, max(start, end))
    fields: dict[str, str] = {}
    for line in _FOLDED.sub(" ", text[start:blank]).split("\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name.strip().lower(), value.strip())
    said = _parameters(fields.get("content-disposition", ""))
    return Part(
        blank,
        max(blank, end),
        said.get("name") or said.get("name*", "").rpartition("'")[2],
        _media_type(fields.get("content-type", "")),
        "filename" in said or "filename*" in said,
    )


def _without_line_end(text: str, delimiter: int) -> int:
    """Return the end of a content. Its delimiter begins at `delimiter`."""
    return delimiter - (2 if text.endswith("\r\n", 0, delimiter) else 1)


def _media_type(value: str) -> str:
    return value.partition(";")[0].strip().lower()


def _parameters(value: str) -> dict[str, str]:
    """Return the parameters of a field by their names in lower case. If a name comes again, its first value counts."""
    found: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(value):
        found.setdefault(name.lower(), _ESCAPED.sub(r"\1", quoted) or bare)
    return found
