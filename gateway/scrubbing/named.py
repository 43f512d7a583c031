r"""Finds values beside their names in a text: header lines, curl's options, dumps of objects in any language, forms.

Facts
-----
* The forms: curl -v writes `> Name: value`, and a copied command has `-H 'Name: value'`. node writes `Name: 'value'` and `'Name',
  'value'`, Python `'Name': 'value'` and `b'Name', b'value'`, Go `Name:[value]`, Java `Name=value`. A log of bytes has `\r\nName:
  value\r\n`. vcrpy writes the name, and `- value` in the next line. A browser's tools write the name, and the value in the next line.
* A name alone is enough if it has no other meaning. Names such as `code` and `url` count only in a URL, in a form, and in quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gateway.core.secrets.common import COMMON
from gateway.core.secrets.lookup import kind_of_member, kind_of_parameter
from gateway.core.secrets.names import kind_of_name, says_something
from gateway.core.secrets.policy import PLAIN_MEMBERS
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.urls import redact_parameters
from gateway.core.secrets.values import redact_value

_QUOTE = r"(?<![\\^])\^?\\*+[\"'`]"
_NAME = re.compile(
    rf"(?P<open>{_QUOTE})?(?P<name>(?<![A-Za-z0-9_-])[A-Za-z_][A-Za-z0-9_-]*+)(?P<close>{_QUOTE})?"
    r"(?P<sep>[ \t]*(?:=>|[:=,\t])[ \t]*(?:\r?\n[ \t]*(?:- )?)?)"
)
_LINE_START = re.compile(r"[\s<>*|#$+-]*(?:header: )?")
"""The characters that may stand before a name at the start of a header line."""
_QUOTED = re.compile(rf"b?(?P<quote>{_QUOTE})")
_ELEMENT = re.compile(rf"[\s,]*+(?=b?{_QUOTE})")
_END = r"(?=\r|\n|\\r|\\n|\Z)"
_LINE = re.compile(rf".*?{_END}")
_ITEM = re.compile(r"\r?\n[ \t]*- ")
_HEADER_LINE = re.compile(r"\S+:(?:\s|$)|- ")
_SENTENCE = re.compile(r"[ \t]+[a-z]")
_NODE_ERROR = re.compile(r"ERR_\w+|ECONN(?:REFUSED|RESET|ABORTED)|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_AGAIN|EHOSTUNREACH")
_WORDS = frozenset({"ast", "code", "email", "jws", "url", "zip"})
"""Names of secrets that are also ordinary words."""
_NOTHING = frozenset({"null", "undefined", "true", "false", "None", "True", "False", "nil", "[", "{"})

_WORD = r"[^\s\"'`<>(){}\[\],;&\\]+"
_BARE = {
    "authorization": re.compile(rf"(?:[A-Za-z][A-Za-z-]* +)?{_WORD}"),
    "device_identifier": re.compile(rf"(?:fingerprint +)?{_WORD}"),
    "cookie": re.compile(rf"(?=[^\s;=]{{0,256}}=){_WORD}(?:; *{_WORD})*"),
    "set_cookie": re.compile(rf"(?=[^\s;=]{{0,256}}=){_WORD}"),
    "addresses": re.compile(r"[0-9A-Fa-f.:\[\]]+(?:, *[0-9A-Fa-f.:\[\]]+)*"),
    "url": re.compile(rf"(?:{_WORD}|&)+"),
}
"""The extent of a value without quotes, by kind."""
_BARE_OTHER = re.compile(_WORD)
_NEAR = 256
_FAR = 16384
"""Largest number of characters that are searched for the end of a value. Otherwise the time would grow with the square of the length."""


class _Value(NamedTuple):
    start: int
    end: int
    quoted: bool = False


def redact_named(text: str, scrub: Scrub) -> str:
    """Return a text without the secrets beside their names. Every other byte stays."""
    pieces: list[str] = []
    at = done = 0
    while match := _NAME.search(text, at):
        at = match.end("name")
        for value in _values(text, match, scrub):
            if value.start < done:
                continue
            plain = text[value.start : value.end]
            changed = _changed(plain, match, scrub, quoted=value.quoted)
            if changed is None:
                break
            at = max(at, value.end)
            if changed != plain:
                pieces += (text[done : value.start], changed)
                done = value.end
    return "".join([*pieces, text[done:]]) if pieces else text


def _name(match: re.Match[str]) -> str:
    r"""Return the name. The `n` of an escape `\n` before the name does not belong to it."""
    name = match["name"]
    before = match.string[match.start("name") - 1 : match.start("name")]
    return name[1:] if before == "\\" and name[0] in "nrt" else name


def _values(text: str, match: re.Match[str], scrub: Scrub) -> Iterator[_Value]:
    """Yield the places of a name's values. Nothing is yielded for a name that the policy does not know."""
    name = _name(match).lower()
    header = scrub.policy.header(name)
    named = match["open"] is not None and match["close"] == match["open"]
    separator, start = match["sep"], match.end()
    if not (header or _kind(name, scrub) or says_something(_name(match))) or (match["close"] and not named):
        return
    if ("," in separator and not (named and header)) or (separator.strip(" ") == "\t" and not header):
        return
    if "\n" in separator and not named:
        if header and separator.lstrip().startswith(":") and not _HEADER_LINE.match(text, start):
            yield from _below(text, start, listed=separator.endswith("- "))
    elif text.startswith("[", start):
        yield from _bracketed(text, start + 1, name)
    elif found := _quoted(text, start):
        yield found
    else:
        yield from _bare(text, match, scrub, named=named)


def _bare(text: str, match: re.Match[str], scrub: Scrub, *, named: bool) -> Iterator[_Value]:
    """Yield a value without quotes, or with quotes that also enclose its name."""
    name, start = _name(match).lower(), match.end()
    header = scrub.policy.header(name)
    before = text[match.start() - 1 : match.start()]
    near = _BARE_OTHER.match(text, start, start + _NEAR)
    if not header and near and _is_another(near[0]):  # first, since the end of the value may be far
        return
    if match["open"] and not named:
        yield _Value(start, _until(text, start, match["open"]))
    elif before == "[":
        yield _Value(start, _until(text, start, "]"))
    elif header and "=" not in match["sep"] and _begins_line(text, match.start()):
        end = _LINE.match(text, start)
        yield _Value(start, end.end() if end else start)
    elif named or name not in _WORDS:
        if found := _BARE.get(header or _kind(name, scrub) or "", _BARE_OTHER).match(text, start):
            yield _Value(start, found.end())
    elif "=" in match["sep"]:
        found = _BARE_OTHER.match(text, start, start + _NEAR)
        if found and (before in {"?", "&"} or text.startswith("&", found.end()) or "@" in found[0]):
            yield _Value(start, found.end())


def _begins_line(text: str, at: int) -> bool:
    """Whether only allowed characters stand before `at` in its line. A few characters are enough to know."""
    nearest = max(0, at - 80)
    line_break = text.rfind("\n", nearest, at)
    return (line_break >= 0 or nearest == 0) and _LINE_START.fullmatch(text, line_break + 1, at) is not None


def _below(text: str, start: int, *, listed: bool) -> Iterator[_Value]:
    """Yield the value in the next line, or the items of a list that begins there."""
    while found := _LINE.match(text, start):
        quoted = _quoted(text, start)
        yield quoted or _Value(start, found.end())
        item = _ITEM.match(text, max(found.end(), quoted.end + 1 if quoted else 0))
        if not listed or item is None:
            return
        start = item.end()


def _bracketed(text: str, start: int, name: str) -> Iterator[_Value]:
    """Yield the quoted values of a list, or the unquoted text between brackets, as Go writes it."""
    inside = _ELEMENT.match(text, start)
    if inside is None:
        yield _Value(start, _until(text, start, "]"))
    while inside:
        value = _quoted(text, inside.end())
        if value is None:
            return
        if text[value.start : value.end].lower() != name:  # node repeats the name in this place
            yield value
        inside = _ELEMENT.match(text, min(value.end + value.start - inside.end(), len(text)))


def _quoted(text: str, start: int) -> _Value | None:
    """Return the value in the quotes that open at `start`. A value without a closing quote ends with its line."""
    opened = _QUOTED.match(text, start)
    return _Value(opened.end(), _until(text, opened.end(), opened["quote"]), quoted=True) if opened else None


def _until(text: str, start: int, closing: str) -> int:
    if closing == "]":
        ends = (
            text.find(closing, start, start + _FAR),
            text.find("\n", start, start + _FAR),
            min(start + _FAR, len(text)),
        )
        return min(end for end in ends if end >= 0)
    found = re.compile(ending(closing)).match(text, start)
    return found.end() if found else start


def ending(closing: str) -> str:
    """Return the expression for the text up to a quote of this kind, or up to the end of the line."""
    escaped = r"(?:[^\\\r\n]|\\(?![rn]).)*?" if len(closing) == 1 else r"[^\r\n]*?"
    return rf"{escaped}(?={re.escape(closing)}|[\r\n]|\\r|\\n|\Z)"


def _kind(name: str, scrub: Scrub) -> str | None:
    return scrub.policy.parameters.get(name, scrub.policy.members.get(name))


def _changed(plain: str, match: re.Match[str], scrub: Scrub, *, quoted: bool) -> str | None:
    """Return the replacement of a value, in the spelling of the value. None if the value is not a secret."""
    name = _name(match).lower()
    header = scrub.policy.header(name)
    if not plain.strip() or (plain in _NOTHING and not quoted) or (header and _is_prose(plain)):
        return None
    if not quoted and not header and _is_another(plain):
        return None
    kind = header or _judged(match, plain, scrub, quoted=quoted)
    if not kind or name in PLAIN_MEMBERS or (kind == "code" and _NODE_ERROR.fullmatch(plain)):
        return None
    if "=" in match["sep"] and not quoted and not header:
        return redact_parameters(f"{name}={plain}", scrub)[len(name) + 1 :]
    return _written(plain, lambda value: redact_value(kind, value, scrub))


def _judged(match: re.Match[str], plain: str, scrub: Scrub, *, quoted: bool) -> str | None:
    """Return the kind of a value by its name, as in a message. Empty for a word in a sentence."""
    name = _name(match)
    known = _kind(name.lower(), scrub)
    if known is not None:
        in_url = "=" in match["sep"] and not quoted
        judge = kind_of_parameter(name, plain, scrub.policy) if in_url else kind_of_member((name,), plain, scrub.policy)
        return judge if name.lower() in COMMON else known
    if (
        not quoted
        and "=" not in match["sep"]
        and plain.isalpha()
        and _SENTENCE.match(match.string, match.end() + len(plain))
    ):
        return None
    return kind_of_name(name, plain, in_url="=" in match["sep"] and not quoted)


def _written(plain: str, change: Callable[[str], str]) -> str:
    """Change the decoded text. If the original had escapes, the result has escapes again."""
    if "\\" in plain:
        try:
            meant = str(json.loads(f'"{plain}"', strict=False))
        except ValueError:
            return change(plain)
        changed = change(meant)
        return plain if changed == meant else json.dumps(changed)[1:-1]
    return change(plain)


def _is_another(value: str) -> bool:
    """Whether another name with its sign follows, as in `Login: password=…`."""
    name, equals, _ = value[:_NEAR].partition("=")
    return equals != "" and says_something(name)


def _is_prose(value: str) -> bool:
    """Whether the words after a field's name are a sentence about it, or only a scheme."""
    words = value[:_NEAR].split()
    if len(words) == 1:
        return value.strip().lower() in {"bearer", "basic", "digest"}
    return len(words) > 2 and not any(c.isdigit() or c == "=" for c in value[:_NEAR])  # noqa: PLR2004  # a scheme and a credential are two
