"""The options of rules that change a header field: its name and its value."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from gateway.core.headers import HOP_BY_HOP
from gateway.core.options import AsWritten

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_VALUE = re.compile(r"[!-~\xa0-\xff](?:[ \t!-~\xa0-\xff]*[!-~\xa0-\xff])?")  # RFC 9110 section 5.5
_OF_THE_CONNECTION = HOP_BY_HOP | {b"host", b"content-length"}
"""Header fields for routing and framing. The gateway writes them for each connection."""


def _name(text: str) -> str | None:
    return text if _NAME.fullmatch(text) and text.lower().encode() not in _OF_THE_CONNECTION else None


def _value(text: str) -> str | None:
    return text if _VALUE.fullmatch(text) else None


FieldName: TypeAlias = Annotated[str, AsWritten("the name of a header field that is not the connection's own", _name)]
FieldValue: TypeAlias = Annotated[str, AsWritten("a header field's value, in one line of ISO-8859-1", _value)]


def is_field(name: object, value: object) -> bool:
    """Return whether these are a header field's name, not the connection's own, and its value."""
    return isinstance(name, str) and _name(name) is not None and isinstance(value, str) and _value(value) is not None
