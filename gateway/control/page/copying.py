"""An exchange as a curl command, and as a test. Its texts are safely quoted, and `$TOKEN` takes the place of a removed token.

Facts
-----
* Within single quotes, a POSIX shell takes every character as it is, except the quote itself. But if pasted text has a line break,
  the shell runs the text before it, and an escape sequence acts on the terminal. So a text with an unprintable character is written
  as `$'…'`, with an escape for the character. bash, zsh and ksh read this form.
* curl reads a file for `--data @name`, but not for `--data-raw`. With `--globoff`, it takes `[` and `{` in a URL as they are.
* Python's `ascii()` writes any text as one literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from gateway.control.model import ExchangeDetail, Pair, RequestShown
from gateway.core.decoded import BrokenLines
from gateway.core.secrets.pseudonyms import is_pseudonym

TOKEN: None = None
"""Takes the place of a removed token among the parts of a text."""
NOT_SENT = frozenset(
    {"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect", "te", "upgrade"}
)
"""Header fields that a client adds by itself."""
CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "adobe-subject-token", "ad-service-token"})
"""Header fields whose whole value is a token."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REMOVED = re.compile(r"REDACTED-(?!DEVICE)[A-Z]++(?:-[0-9a-f]{6})?+|(?<![\w-])eyJ[\w-]*+\.[\w-]++\.[\w-]*+")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,-]+")

Parts = list[str | None]
"""A text in parts. None is a removed token."""


def curl(url: str, request: RequestShown) -> BrokenLines:
    """Return a command that sends a request again, to a gateway at `url`."""
    method = "--head" if request.method == "HEAD" else f"--request {_shell([request.method])}"
    words = [f"curl --globoff --include {method} {_shell([url, *parts(request.target)])}"]
    for name, value in sent(request.headers):
        words.append(f"--header {_shell([f'{name}: ', *value] if value else [f'{name};'])}")
    if request.body:
        words.append(f"--data-raw {_shell(parts(request.body))}")
    return BrokenLines(" \\\n  ".join(words))


def pytest(detail: ExchangeDetail) -> BrokenLines:
    """Return a test that sends an exchange's request again, and expects the same status."""
    request = detail.request
    name = re.sub(r"[^a-z0-9]+", "_", f"{request.method} {detail.exchange.route or 'call'}".lower()).strip("_")
    target, body, headers = parts(request.target), parts(request.body), list(sent(request.headers))
    removed = TOKEN in target or TOKEN in body or any(TOKEN in value for _, value in headers)
    lines = [
        *(["import os", ""] if removed else []),
        *("import requests", "", "", f"def test_{name}(gateway):", "    answer = requests.request("),
        f"        {request.method!a},",
        f"        gateway.url + {_python(target)},",
        "        headers={",
        *(f"            {field!a}: {_python(value)}," for field, value in headers),
        "        },",
        *([f"        data=({_python(body)}).encode(),"] if body else []),
        *("        allow_redirects=False,", "    )", f"    assert answer.status_code == {detail.response.status}"),
    ]
    return BrokenLines("\n".join(lines))


def sent(headers: Iterable[Pair]) -> Iterator[tuple[str, Parts]]:
    """Yield the header fields that a client does not add by itself."""
    for name, value in headers:
        if _NAME.fullmatch(name) and name.lower() not in NOT_SENT:
            yield name, _credential(value) if name.lower() in CREDENTIALS else parts(value)


def parts(text: str) -> Parts:
    """Return a text in parts, with TOKEN for each pseudonym of a removed token."""
    found: Parts = []
    end = 0
    for match in _REMOVED.finditer(text):
        if is_pseudonym(match[0]):
            found += [text[end : match.start()], TOKEN]
            end = match.end()
    return [part for part in (*found, text[end:]) if part != ""]


def _credential(value: str) -> Parts:
    """Return the value of a header field that is a token, with or without a scheme before it."""
    scheme, space, token = value.strip().partition(" ")
    if space and token:
        return [f"{scheme} ", TOKEN]
    return [TOKEN] if scheme else []


def _shell(text: Iterable[str | None]) -> str:
    words = []
    for removed, texts in groupby(text, lambda part: part is TOKEN):
        words.append('"$TOKEN"' if removed else _quoted("".join(filter(None, texts))))
    return "".join(words) or "''"


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "'\"'\"'") + "'"
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{''.join(_escape(c) for c in escaped)}'"


def _escape(character: str) -> str:
    if character.isprintable() and character != "!":  # an interactive bash expands it even within quotes
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "replace"))


def _python(text: Parts) -> str:
    return " + ".join('os.environ["TOKEN"]' if part is TOKEN else ascii(part) for part in text) or "''"
