"""The meaning of an unquoted word in YAML: the core schema of YAML 1.2 (section 10.3.2).

`off`, `yes`, `1:30` and `2026-11-21` are text, and `010` is ten. PyYAML itself reads YAML 1.1, where the `off` in `mode: off` is a boolean.
"""

from __future__ import annotations

import re

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER_LENGTH = 40
"""The longest number, in characters. A longer text is not read as a number: the conversion is slow."""
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_FLOAT_WORD = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def meaning(word: str) -> object:
    """Return the value of a plain scalar: null, a boolean, a number, or its text."""
    if word in NULLS:
        return None
    if word in _TRUTHS:
        return _TRUTHS[word]
    if len(word) <= _NUMBER_LENGTH:
        if _INT.fullmatch(word):
            return int(word, {"0o": 8, "0x": 16}.get(word[:2], 10))
        if _FLOAT.fullmatch(word):
            return float(word)
        if _FLOAT_WORD.fullmatch(word):
            return float(word.replace(".", "", 1))
    return word
