"""Removes the secrets from a text that somebody is about to paste: a dump, a log, a HAR. Every other byte stays.

Facts
-----
* HAR 1.2 keeps fields, cookies and parameters as `{name, value}`. A body is text, or Base64 if the `encoding` beside it says so.
* A value that is secret in one place is secret in the whole text. So each secret is searched for again, in every encoding.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from gateway.core.redactors.bodies import redact_part, redact_text
from gateway.core.secrets import json_text, multipart
from gateway.core.secrets.lookup import kind_of_parameter
from gateway.core.secrets.members import redact_json
from gateway.core.secrets.percent import inside_percent
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import is_pseudonym_bytes, unb64
from gateway.core.secrets.scrub import Replacer, Scrub
from gateway.core.secrets.seen import Seen
from gateway.core.secrets.urls import redact_url
from gateway.core.secrets.values import redact_urls, redact_value
from gateway.core.secrets.wire import changed_bytes
from gateway.core.secrets.wrappers import change_packed, change_within
from gateway.scrubbing.counting import REPEATED, CountingScrub
from gateway.scrubbing.named import redact_named

LIMIT = 64 * 1024 * 1024
"""Largest size of a pasted text, in bytes. The text is in memory several times."""
_DEEPEST = 8
"""Largest depth of text in JSON in text."""

_HAR = re.compile(r'\s*\{\s*"log"\s*:\s*\{')
_MARKUP = re.compile(r"^[ \t]*<[A-Za-z?!/][^\n]*(?:\n[ \t]*<[A-Za-z?!/][^\n]*)*", re.MULTILINE)
_BEARER = re.compile(r"\b(Bearer\s+)((?=[^\s\"']*[0-9])[A-Za-z0-9._~+/-]{16,}=*)", re.IGNORECASE)
_FINGERPRINT = re.compile(r"\bfingerprint +[A-Za-z0-9+/_-]{12,}={0,2}")
_CURL_COOKIE = re.compile(r"((?<=\s)(?:-b|--cookie)[= ]\s*\$?(\^?[\"']))([^\s;=\"']+=(?:(?!\2)[^\r\n])*+)")
_CURL_USER = re.compile(r"((?<=\s)(?:-u|--user|--proxy-user|-U|--oauth2-bearer)[= ]\s*[\"']?)([^\s\"']+)")
_PASSWORD_OPTION = re.compile(
    r"(\b(?:sshpass|mysql\w{0,16}|mariadb\w{0,16}|(?:docker|podman|nerdctl|skopeo|helm|oc|az|cf)[ \t][^\r\n;|]{0,80}\blogin)\b"
    r"[^\r\n;|]{0,200}?[ \t]-p[ =]?[\"']?)([^\s\"';|&]{1,4096})"
)
"""Commands for which `-p` is a password. For other commands it is a port, a path or a project."""
_SETTING = re.compile(
    r"(?<![A-Za-z0-9_.-])([A-Za-z][A-Za-z0-9]{1,30}(?:[_.-][A-Za-z0-9]{1,30}){1,5}[ \t]{1,4})((?=[^\s0-9]{0,200}[0-9])[A-Za-z0-9+/_.=-]{16,4096})(?!\S)"
)
"""A name of several words, and a text that a machine made, as in `aws configure set`, a line of an ini file, or a table."""
_OPTION = re.compile(
    r"((?<=\s)--?([A-Za-z][A-Za-z0-9_.-]{1,40})(?:=|[ \t]{1,4}))(?![-])(\"[^\"\r\n]{0,4096}\"|'[^'\r\n]{0,4096}'|[^\s\"'\\;|&)]{1,4096})"
)
"""An option of a command and its value."""
_BINARY = re.compile(
    r"(!!?binary[ \t]*+(?:[|>][-+0-9]*+[ \t]*+\r?\n)?[ \t]*+[\"']?)([A-Za-z0-9+/]{8,}+(?:[ \t]*+\r?\n[ \t]*+[A-Za-z0-9+/]++)*+={0,2})"
)
"""Bytes in YAML: Base64 in lines. vcrpy and Ruby's VCR write undecoded bodies in this form."""
_JSON_STRING = re.compile(r'\s*+"(?:[^"\\\r\n]++|\\.)*+"\s*+')
_JSON_START = re.compile(r"\{\s*(?=[\"}])|\[\s*(?=[\[{\"])")


class RedactedText(Struct, frozen=True):
    """A text without its secrets, and their number by kind."""

    data: bytes
    removed: Counter[str]


def redact(data: bytes, replacer: Replacer, policy: Policy) -> RedactedText:
    """Return a pasted text without its secrets."""
    scrub = CountingScrub(replacer, policy)

    def change(text: str) -> str:
        text = scrub.patterns_in(_text(text, scrub))
        everything = Seen(len(scrub.found), sys.maxsize)
        for secret, replacement in scrub.found.items():
            everything.add(secret, replacement)
        text, count = everything.without(text)
        if count:
            scrub.counts[REPEATED] += count
        return text

    return RedactedText(changed_bytes(data, change), scrub.counts)


def _text(text: str, scrub: Scrub, depth: int = 0) -> str:
    """Redact any text. JSON in it is redacted by its members, the rest by names and by URLs."""
    if depth > _DEEPEST:
        return _plain(text, scrub)
    text = _form_fields(text, scrub)
    pieces: list[str] = []
    at = 0
    for start, end in _json_in(text):
        pieces += (_plain(text[at:start], scrub), _json(text[start:end], scrub, depth))
        at = end
    return "".join([*pieces, _plain(text[at:], scrub)])


def _form_fields(text: str, scrub: Scrub) -> str:
    """Redact the fields of multipart forms in a text. Files are redacted later, as any other text."""
    pieces: list[str] = []
    at = 0
    for field in multipart.fields_in(text):
        if field.name and not field.is_file:
            pieces += (text[at : field.start], redact_part(field, text[field.start : field.end], scrub))
            at = field.end
    return "".join([*pieces, text[at:]])


def _json_in(text: str) -> list[tuple[int, int]]:
    """Return the places of JSON in a text. JSON inside other JSON is not listed."""
    if _HAR.match(text) or _JSON_STRING.fullmatch(text):
        return [(0, len(text))]  # a HAR, whole or cut off
    decoder = json.JSONDecoder(strict=False, parse_int=str)  # an int of more than 4,300 digits is an error
    found: list[tuple[int, int]] = []
    at = 0
    while start := _JSON_START.search(text, at):
        try:
            _, at = decoder.raw_decode(text, start.start())
        except json.JSONDecodeError as error:
            at = max(error.pos, start.end())
        except RecursionError:
            at = start.end() + 1000
        else:
            found.append((start.start(), at))
    return found


def _plain(text: str, scrub: Scrub) -> str:
    """Redact text that is not JSON."""
    if not text:
        return text
    text = _MARKUP.sub(lambda match: redact_text(match[0], scrub), text)
    if "binary" in text:
        text = _BINARY.sub(lambda match: match[1] + _lines(match[2], scrub), text)
    text = redact_urls(text, scrub)
    if "-" in text:
        text = _OPTION.sub(lambda match: match[1] + _option(match[2], match[3], scrub), text)
        text = _PASSWORD_OPTION.sub(lambda match: match[1] + scrub("password", match[2]), text)
    text = _SETTING.sub(lambda match: match[1] + _option(match[1].rstrip(), match[2], scrub), text)
    text = redact_named(text, scrub)
    text = _FINGERPRINT.sub(lambda match: _fingerprint(match[0], scrub), text)
    text = _BEARER.sub(lambda match: match[1] + scrub("token", match[2]), text)
    if "curl" in text:
        text = _CURL_COOKIE.sub(lambda match: match[1] + redact_value("cookie", match[3], scrub), text)
        text = _CURL_USER.sub(lambda match: match[1] + scrub("token", match[2]), text)
    return change_within(scrub.tokens_in(text), lambda inner: redact_json(inner, scrub))


def _option(name: str, value: str, scrub: Scrub) -> str:
    """Redact the value of a command's option by the option's name."""
    quote = value[0] if value[0] in "\"'" else ""
    bare = value[1:-1] if quote else value
    kind = kind_of_parameter(name, bare, scrub.policy)
    return f"{quote}{redact_value(kind, bare, scrub)}{quote}" if kind else value


def _lines(encoded: str, scrub: Scrub) -> str:
    """Redact the text in Base64, which may have several lines. If it changes, the new lines have the same length."""
    bare = "".join(encoded.split())
    changed = change_packed(bare, lambda text: _text(text, scrub))
    if changed == bare:
        return encoded
    first, line_break, rest = encoded.partition("\n")
    if not line_break:
        return changed
    width = len(first.strip())
    indent = "\n" + rest[: len(rest) - len(rest.lstrip(" \t"))]
    return indent.join(changed[at : at + width] for at in range(0, len(changed), width))


def _fingerprint(value: str, scrub: Scrub) -> str:
    """Redact a device identifier without its name, but not an innocent word after `fingerprint`."""
    identifier = unb64(value.split()[1])
    if not identifier or is_pseudonym_bytes(identifier) or not identifier.isascii():
        return value
    return redact_value("device_identifier", value, scrub)


def _json(text: str, scrub: Scrub, depth: int) -> str:
    """Redact JSON: a HAR by its entries, other JSON by its members. Text in it is redacted like any text."""
    if _HAR.match(text):
        return json_text.change(text, _Har(text, scrub, depth))
    text = redact_json(text, scrub)

    def new(leaf: json_text.Leaf) -> str | None:
        name = next((name for name in reversed(leaf.path) if isinstance(name, str)), "")
        if name.lower() in scrub.policy.members or not leaf.is_string:
            return None
        header = scrub.policy.field(name, leaf.value)
        return redact_value(header, leaf.value, scrub) if header else _text(leaf.value, scrub, depth + 1)

    return json_text.change(text, new)


class _Har:
    """Redacts each text of a HAR."""

    def __init__(self, text: str, scrub: Scrub, depth: int) -> None:
        self._scrub = scrub
        self._depth = depth
        self._beside: Mapping[json_text.Path, str] = {
            leaf.path: leaf.value
            for leaf in json_text.leaves(text)
            if leaf.path and leaf.path[-1] in {"name", "encoding"}
        }

    def __call__(self, leaf: json_text.Leaf) -> str | None:
        if not leaf.is_string or not leaf.path:
            return None
        *parents, last = leaf.path
        if last == "value" and (name := self._beside.get((*parents, "name"))):
            return self._named(name, leaf.value, is_cookie=parents[-2:-1] == ["cookies"])
        if last == "text" and parents and parents[-1] in {"content", "postData"}:
            return self._body(leaf.value, tuple(parents))
        if last == "url":
            return redact_url(leaf.value, self._scrub)
        return redact_value("url", leaf.value, self._scrub) if last == "redirectURL" else self._any(leaf.value)

    def _named(self, name: str, value: str, *, is_cookie: bool) -> str:
        kind = "cookie" if is_cookie else self._scrub.policy.field(name, value)
        if kind:
            return redact_value(kind, value, self._scrub)

        def change(plain: str) -> str:
            parameter = kind_of_parameter(name, plain, self._scrub.policy)
            return redact_value(parameter, plain, self._scrub) if parameter else self._any(plain)

        return inside_percent(value, change)

    def _any(self, text: str) -> str:
        return _text(text, self._scrub, self._depth + 1)

    def _body(self, text: str, parents: json_text.Path) -> str:
        if self._beside.get((*parents, "encoding")) != "base64":
            return self._any(redact_text(text, self._scrub))
        return change_packed(text, lambda plain: self._any(redact_text(plain, self._scrub)))
