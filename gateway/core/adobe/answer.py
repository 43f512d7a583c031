"""An answer as the checks read it: its status, its media type, and the values in its body. Each is parsed at its first use."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from gateway.core.adobe.errors import ApiError, read_error, read_xml_error
from gateway.core.adobe.json_text import Json, members, read_json
from gateway.core.adobe.logout import LogoutEntry, read_logouts
from gateway.core.adobe.malformed import Malformed
from gateway.core.adobe.reads import NOTHING_DECLARED, Reads
from gateway.core.codings import CodingError, codings_of, decode
from gateway.core.model import RawHeaders

PARSED = frozenset({"content-type", "content-encoding"})
"""The header fields that the properties below use, in lower case."""
_OWN = Reads(PARSED)
LONGEST_BODY = 16384
"""Largest body that is read, in bytes. The answer to a logout has a few hundred."""
LONGEST_DECODED = 1 << 18


class CodeSession(NamedTuple):
    """An authentication session, or v1's registration code."""

    code: str
    """Empty if the answer does not name it."""
    ends: float | None
    """The time at which the code expires, in seconds since the epoch. None if the answer does not name it."""


class Answer:
    """An answer."""

    def __init__(self, status: int, fields: RawHeaders, body: bytes | None, *, reads: Reads = NOTHING_DECLARED) -> None:
        """`fields`: the fields in `PARSED`, and the fields that `reads` declares. `body`: as it came; None if it was not read."""
        self.status = status
        self._reads = reads
        self._raw = fields
        self._fields = {
            name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in reversed(fields)
        }
        self._body = body

    def header(self, name: str) -> str:
        """Return the first value of a field, by its name in lower case; empty if it is absent or blank.

        A field that no check declares (`About.reads_of_answer`) raises UndeclaredError.
        """
        self._reads.insist(name)
        return self._fields.get(name, "")

    def _first(self, name: str) -> str:
        """Return the first value of a field of `PARSED`."""
        _OWN.insist(name)
        return self._fields.get(name, "")

    @property
    def media_type(self) -> str:
        """The media type in lower case, without its parameters."""
        return self._first("content-type").partition(";")[0].strip().lower()

    @cached_property
    def body(self) -> bytes | None:
        """The decoded body. None if the gateway did not read it, or could not decode it."""
        if not self._body:
            return self._body
        try:
            return decode(codings_of(self._raw), self._body, LONGEST_DECODED)
        except CodingError:
            return None

    @cached_property
    def is_html(self) -> bool:
        """Whether it is an HTML page, by its media type or its beginning."""
        if "html" in self.media_type:
            return True
        start = (self.body or b"")[:200].lstrip().lower()
        return start.startswith((b"<!doctype html", b"<html"))

    @cached_property
    def json(self) -> Json | Malformed | None:
        """The body as JSON. None for HTML, XML, or no body."""
        body = self.body
        if not body or not body.strip() or self.is_html or "xml" in self.media_type:
            return None
        return read_json(body.removeprefix(b"\xef\xbb\xbf"))

    @cached_property
    def value(self) -> object:
        """The content of the JSON; None without JSON."""
        return self.json.value if isinstance(self.json, Json) else None

    @cached_property
    def error(self) -> ApiError | None:
        """The error that it reports as a whole, in any form."""
        if self.body and "xml" in self.media_type:
            return read_xml_error(self.body.decode("utf-8", "replace"))
        return read_error(self.value)

    @cached_property
    def logouts(self) -> tuple[LogoutEntry, ...] | None:
        """The entries of a logout's answer; None if it has none."""
        return read_logouts(self.value)

    @cached_property
    def session(self) -> CodeSession | None:
        """The session that it describes. None for an error, or without a session. Its end is v2's `notAfter` or v1's `expires`, in ms."""
        body = members(self.value)
        code = body.get("code")
        ends = body.get("notAfter", body.get("expires"))
        if not 200 <= self.status < 300 or not (isinstance(code, str) or ends is not None):  # noqa: PLR2004
            return None
        return CodeSession(code if isinstance(code, str) else "", _seconds(ends))

    @cached_property
    def profiles(self) -> bool:
        """Whether it lists a profile: the user is logged in."""
        return bool(members(members(self.value).get("profiles")))

    @cached_property
    def denied(self) -> bool:
        """Whether it denies a resource: as a whole, or in one of its decisions (v2) or resources (v1)."""
        if self.error is not None and "_denied_by_" in self.error.code:
            return True
        body = members(self.value)
        items = body.get("decisions") or body.get("resources")
        if not isinstance(items, list):
            return False
        return any(members(item).get("authorized") is False or members(item).get("error") for item in items)


def _seconds(value: object) -> float | None:
    """Read milliseconds since 1970, which the sessions page writes as a string."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) / 1000 if text.isascii() and text.isdigit() and len(text) == 13 else None  # noqa: PLR2004  # digits
