"""Running text, such as a log, a message or a script: a secret is known by the name or by the scheme before it.

Facts
-----
* `name=value` may stand anywhere: in a script, in a log, in a header field, in a form that a JSON member quotes.
* After `name: `, and in quotes after a name, there are often labels and sentences. So there a secret is only a text that a machine made.
* A word after `token=` is no secret, as in `token=expired`. A word after `password=` is a secret.
"""

from __future__ import annotations

import re

from gateway.core.secrets import fields, values
from gateway.core.secrets.lookup import kind_of_parameter
from gateway.core.secrets.percent import percent_decoded
from gateway.core.secrets.pseudonyms import unwrapped
from gateway.core.secrets.scrub import Scrub

_ASSIGNED = re.compile(r"(?<![\w.%-])([\w.%-]++)([ \t]*+=[ \t]*+[\"']?)([^\s&;,\"']++)")
"""`name=value`, perhaps with blanks and quotes."""
_SAID = re.compile(r"(?<![\w.%-])([A-Za-z_][\w.-]{1,95}+)(:[ \t]{1,4}+)(?![\w.-]{1,96}+:\s)([^\s&;,\"']{8,}+)")
"""`name: value`, as in a log or in YAML. The value is no other name."""
_QUOTED = re.compile(
    r"(?P<before>(?<![\w.$-])(?P<mark>[\"']?)(?P<name>[A-Za-z_][\w.-]{1,95}+)(?P=mark)\s{0,8}+[:=]\s{0,8}+(?P<quote>[\"']))"
    r"(?P<value>[^\s\"'\\]{8,}+)(?=(?P=quote))"
)
"""A quoted value after a name, as in JavaScript: `{csrfToken: "…"}`, `var csrfToken = '…'`."""
_CREDENTIALS = re.compile(r"(?<![\w-])(?i:(basic|bearer|dpop)) {1,4}+([A-Za-z0-9+/_.~-]{8,}+={0,2})")
"""Credentials after their scheme."""
_SCHEME = re.compile(r"(?i:basic|bearer|dpop) ")
_MADE = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9+/_.~%=:@-]{8,}+")
"""A text that a machine made: no blanks, and at least one digit."""
_WORD = re.compile(r"[A-Za-z_-]+[.:!?)]*")
_LEAST_BEARER = 16
"""Length of the shortest token after `Bearer`, in characters."""


def redact_prose(text: str, scrub: Scrub) -> str:
    """Redact a running text: values after their names, credentials after their scheme, and tokens of known shapes."""
    if "=" in text:
        text = _ASSIGNED.sub(lambda found: found[1] + found[2] + _assigned(found[1], found[3], scrub), text)
    if '"' in text or "'" in text:
        text = _QUOTED.sub(lambda found: found["before"] + _said(found["name"], found["value"], scrub), text)
    if ": " in text:
        text = _SAID.sub(lambda found: found[1] + found[2] + _said(found[1], found[3], scrub), text)
    if " " in text and _SCHEME.search(text):
        text = _CREDENTIALS.sub(
            lambda found: (
                fields.redact_authorization(found[0], scrub) if _is_credential(found[1], found[2]) else found[0]
            ),
            text,
        )
    return scrub.tokens_in(text)


def _assigned(name: str, value: str, scrub: Scrub) -> str:
    kind = kind_of_parameter(percent_decoded(name), value, scrub.policy)
    if not kind and "=" in value:  # `filter=token=…`
        name, _, inner = value.partition("=")
        return f"{name}={_redacted(kind_of_parameter(percent_decoded(name), inner, scrub.policy), inner, scrub)}"
    return _redacted(kind, value, scrub)


def _redacted(kind: str | None, value: str, scrub: Scrub) -> str:
    return (
        values.redact_value(kind, value, scrub)
        if kind and (kind == "password" or not _WORD.fullmatch(value))
        else value
    )


def _said(name: str, value: str, scrub: Scrub) -> str:
    """Redact a value after `name: `. A `code` there is the code of an error."""
    return value if name.lower() == "code" or not _MADE.fullmatch(value) else _assigned(name, value, scrub)


def _is_credential(scheme: str, value: str) -> bool:
    """Return whether a text after a scheme is a credential: for Basic, user and password in Base64 (RFC 7617)."""
    if scheme.lower() == "basic":
        return b":" in unwrapped(value)
    return len(value) >= _LEAST_BEARER and any(map(str.isdigit, value))
