"""Answers with a status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import field

from gateway.core.fault import Effect, Fault, Occasion
from gateway.core.fault_options import whole_in
from gateway.core.field_options import FieldValue, is_field
from gateway.core.http_status import BODILESS, reason_of
from gateway.core.model import Headers, Response
from gateway.core.options import AsWritten

_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n"
)
"""The HTML page of an edge such as Adobe's, if the API behind it does not answer."""


def _fields(value: object) -> Headers | None:
    """Read header fields. None if a field is invalid, or belongs to the connection."""
    if not isinstance(value, Mapping):
        return None
    fields = [(name, str(text)) for name, text in value.items() if isinstance(text, str | int)]
    if len(fields) != len(value) or not all(is_field(name, text) for name, text in fields):
        return None
    return Headers.of(fields)


def _status(value: object) -> int | None:
    return whole_in(value, 200, 599)


class StatusFault(Fault, frozen=True):
    """Answers with a status, as an edge or a proxy does in the API's place; the request is not sent."""

    code: Annotated[
        int,
        AsWritten(
            "a status from 200 to 599",
            _status,
            {"type": "integer", "minimum": 200, "maximum": 599},
        ),
    ]
    """The status."""
    body: str | None = None
    """The body; null: the HTML page of an edge, or nothing if the status has no body."""
    content_type: FieldValue = "text/html"
    """The body's media type."""
    headers: Annotated[
        Headers,
        AsWritten(
            "a map of header fields that are not the connection's own",
            _fields,
            {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
        ),
    ] = field(default_factory=Headers)
    """Further header fields, such as `{Retry-After: 5}`."""

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Answer with the status."""
        del occasion
        if self.code in BODILESS:
            return Effect(self._answer(b""), whole=False)
        phrase = f"{self.code} {reason_of(self.code)}".rstrip()
        return Effect(self._answer((_PAGE.format(phrase) if self.body is None else self.body).encode()), whole=False)

    def _answer(self, body: bytes) -> Response:
        fields = [("Content-Type", self.content_type)] if body else []
        if self.code not in BODILESS:
            fields.append(("Content-Length", str(len(body))))
        headers = Headers.of([*fields, ("Server", "openresty")])
        for name, value in self.headers.items():
            headers = headers.with_(name, value)
        return Response(self.code, reason_of(self.code), headers, body)
