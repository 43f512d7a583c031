"""Finds recordings that no live request can match, and the rule of the configuration that would change this.

A URL may repeat a secret under a name that does not mark it as secret. Redaction removes it from the recording. A live request still has
it, and its name does not mark it either. So the two URLs differ for the replay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from gateway.core.model import Request
from gateway.core.redaction import Redaction

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*+")
_MANY = 64
"""Largest length, in characters, that a pattern gives exactly. RE2 limits its counts."""


def rules_for(before: Request, after: Request, redaction: Redaction) -> tuple[str, ...]:
    """Return the entries of `redaction.rules` with which a live `before` would find the recorded `after`. Empty if it is found without them.

    Both are compared by path and query, as in a replay with the default `cassettes.match`.
    """
    live, recorded = (redaction.compared(request, whole=False) for request in (before, after))
    if live.target == recorded.target:
        return ()
    return tuple(dict.fromkeys(_rules(before, live, recorded)))


def _rules(before: Request, live: Request, recorded: Request) -> Iterator[str]:
    for asked, one, two in zip(*(request.path.split("/") for request in (before, live, recorded)), strict=False):
        if one != two:
            yield _pattern(asked)
    for asked, one, two in zip(*(request.query.split("&") for request in (before, live, recorded)), strict=False):
        if one == two:
            continue
        name, equals, value = asked.partition("=")
        if equals and one.partition("=")[0] == two.partition("=")[0]:
            name = unquote_plus(name)
            yield f"{{query: {name if _PLAIN_NAME.fullmatch(name) else json.dumps(name)}, as: token}}"
        else:
            yield _pattern(value or name)


def _pattern(text: str) -> str:
    """Return a rule for words of the same form. The rule does not contain the word."""
    others = "".join(f"\\{sign}" for sign in sorted({sign for sign in text if not sign.isalnum()}) if sign not in "_-")
    length = f"{{{len(text)}}}" if len(text) <= _MANY else f"{{{_MANY},}}"
    start, end = (r"\b" if sign.isalnum() or sign == "_" else "" for sign in (text[:1], text[-1:]))
    return f"{{pattern: {json.dumps(f'{start}[0-9A-Za-z_{others}-]{length}{end}')}, as: token}}"


def sentence(rules: tuple[str, ...]) -> str:
    """Return the warning about a recording that only these rules would make playable."""
    return (
        "no live request will find it: a secret was removed from its URL, but no name marks it as secret. So a live URL "
        f"keeps it. With `redaction.rules: [{', '.join(rules)}]` in the configuration, it is found"
    )
