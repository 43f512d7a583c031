"""XML and HTML as text with places: each text and attribute with the names that lead to it, however broken the rest is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.values import kind_of_member, kind_of_parameter, redact_embedded, redact_value

_MARKUP = re.compile(
    r"(<!\[CDATA\[)(?P<cdata>.*?)(?P<end>\]\]>|\Z)"  # what is cut off ends with the text, or searching its end would take forever
    r"|<!--.*?(?:-->|\Z)"
    r"|<(?P<close>/?)(?:[\w.-]++:)?(?P<name>[A-Za-z_][\w.-]*+)"
    r"(?P<attributes>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>"
    r"|(?P<text>[^<]++)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"(?<![\w.-])([A-Za-z_][\w.-]*+)(\s*+=\s*+)(\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++)|\"[^\"]*+\"|'[^']*+'"
)
_OF_A_RECORD = frozenset({"regcode", "registrationCode"})
_BESIDE = frozenset({"regcode"})
_OF_A_FIELD = frozenset({"value", "content"})
"""Attributes that hold what the attribute `name` beside them names."""
_DEEPEST = 64
"""Elements that are followed inwards; what stands deeper is judged by the names so far."""


def redact_markup(text: str, scrub: Scrub, nested: int = 0) -> str:
    """Return a text without its secrets, which the names of elements and attributes tell, as those of members do in JSON.

    `nested`: in how many other texts it stands.
    """
    names: list[str] = []

    def change(found: re.Match[str]) -> str:
        if found["cdata"] is not None:
            return found[1] + _changed(found["cdata"], names, scrub, nested) + found["end"]
        if found["text"] is not None:
            return _escaped(found["text"], names, scrub, nested)
        if found["name"] is None:
            return scrub.tokens_in(found[0])
        if found["close"]:
            _leave(names, found["name"])
            return found[0]
        if not found["attributes"].endswith("/") and len(names) < _DEEPEST:
            names.append(found["name"])
        return _start_tag(found, scrub, nested)

    return _MARKUP.sub(change, text)


def _leave(names: list[str], name: str) -> None:
    """Forget an element that ends, and those inside it that nobody ended, as HTML allows."""
    if name in names:
        del names[len(names) - 1 - names[::-1].index(name) :]


def _start_tag(tag: re.Match[str], scrub: Scrub, nested: int) -> str:
    field = _field(tag["attributes"]) if "=" in tag["attributes"] else ""

    def attribute(found: re.Match[str]) -> str:
        name, equals, value = found.groups()
        if name is None:
            return found[0]
        quote = value[0] if value[0] in "\"'" else ""
        bare = value[1:-1] if quote else value
        if field and name.lower() in _OF_A_FIELD:
            plain = unescape(bare)
            kind = kind_of_parameter(field, plain, scrub.policy)
            if kind:
                changed = redact_value(kind, plain, scrub)
                return found[0] if changed == plain else f"{name}{equals}{quote}{escape(changed)}{quote}"
        return f"{name}{equals}{quote}{_escaped(bare, [tag['name'], name], scrub, nested)}{quote}"

    attributes = _ATTRIBUTE.sub(attribute, tag["attributes"])
    return tag[0] if attributes == tag["attributes"] else f"{tag[0].removesuffix(tag['attributes'] + '>')}{attributes}>"


def _field(attributes: str) -> str:
    """Return what a start tag says it is the field of, as an HTML form's `<input name="SAMLResponse" value="…">` does."""
    for name, _, value in _ATTRIBUTE.findall(attributes):
        if name.lower() == "name":
            return unescape(value.strip("\"'"))
    return ""


def _escaped(text: str, names: Sequence[str], scrub: Scrub, nested: int) -> str:
    plain = unescape(text)
    changed = _changed(plain, names, scrub, nested)
    return text if changed == plain else escape(changed)


def _changed(text: str, names: Sequence[str], scrub: Scrub, nested: int) -> str:
    plain = text.strip()
    if not plain:
        return text
    kind = kind_of_member(
        names, plain, scrub.policy, beside=lambda: _BESIDE if _OF_A_RECORD & set(names) else frozenset()
    )
    changed = redact_value(kind, plain, scrub, nested) if kind else redact_embedded(plain, scrub, nested)
    return text if changed == plain else text.replace(plain, changed)
