"""Placeholders that people write instead of a secret: `<BASIC_AUTH>`, `***`, `{{token}}`, `$TOKEN`, `REPLACE_ME`.

A placeholder is not a secret.
"""

from __future__ import annotations

import re

LONGEST = 80
_BLANK = re.compile(
    r"<[A-Za-z][\w .:|-]*+>|\$\(?\{?[A-Za-z_]\w*+\}?\)?|\$?\{\{[^{}]*+\}\}|\$?\{[^{}\"':\s]*+\}|%[A-Z_]{3,}%|__[A-Z]+(?:_[A-Z]+)*+__"
    r"|[*.\u2022\u2026]+|[xX]{3,}(?:-[xX]+)*|\[[A-Za-z_ -]*(?:redacted|filtered|removed|masked|hidden)[A-Za-z_ -]*\]|\[?(?:redacted|filtered)\]?"
    r"|(?:(?:your|my|insert|enter|replace|put|change|the|a|some|real|here|it|with|me|this|dummy|fake|example|sample|test|api|access|client|auth|"
    r"bearer|basic|app|user|secret|token|key|password|passwd|credential|credentials|id|name|username|value|goes)(?:[_\- ]|\Z)){2,}",
    re.IGNORECASE,
)


def is_blank(value: str) -> bool:
    """Return whether a value is a placeholder to fill in, or a text in place of a removed secret."""
    return len(value) <= LONGEST and _BLANK.fullmatch(value) is not None
