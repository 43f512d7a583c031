"""XML and HTML as a text with places. Each text and attribute has the names that lead to it, even in broken markup."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape

from gateway.core.secrets import members, prose, values
from gateway.core.secrets.lookup import kind_of_member, kind_of_parameter
from gateway.core.secrets.scrub import Scrub

_MARKUP = re.compile(
    r"(<!\[CDATA\[)(?P<cdata>.*?)(?P<end>\]\]>|\Z)"  # the end of the text ends it, too, so that the search takes linear time
    r"|<!--.*?(?:-->|\Z)"
    r"|(?P<opened><(?P<holder>(?i:script|style))(?P<settings>(?=[\s>])(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)(?<!/)>)"
    r"(?P<raw>.*?)(?=</(?i:(?P=holder))|\Z)"
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
"""Attributes with the value of a field. The attribute `name` or `key` beside them has the field's name."""
_NAMING = frozenset({"name", "key", "param-name"})
"""Attributes and elements with the name of a field, in lower case."""
_HOLDING = frozenset({"textarea", "attribute", "property", "param", "parameter", "entry", "setting", "claim"})
"""Elements whose attribute names a field and whose text is its value, in lower case. In HTML, a `name` also marks forms and links."""
_HELD = frozenset({"attributevalue", "value", "param-value", "string"})
"""Elements whose text is the value of a field that the element around them names, by an attribute (SAML) or by an element before."""
_DEEPEST = 64
"""Largest depth of elements. A deeper text is judged by the names so far."""


def redact_markup(text: str, scrub: Scrub, nested: int = 0) -> str:
    """Return a text without its secrets. Names of elements and attributes decide, as names of members do in JSON.

    `nested`: the number of texts around it.
    """
    names: list[str] = []
    fields: dict[int, str] = {}  # the field that an element names, by the element's depth

    def change(found: re.Match[str]) -> str:
        if found["cdata"] is not None:
            return found[1] + _changed(found["cdata"], names, scrub, nested, _named(names, fields)) + found["end"]
        if found["text"] is not None:
            if names and names[-1].lower() in _NAMING and (name := unescape(found["text"]).strip()):
                fields[len(names) - 1] = name
            return _escaped(found["text"], names, scrub, nested, field=_named(names, fields))
        if found["opened"]:
            start = _start_tag(found["opened"], found["holder"], found["settings"], scrub, nested)
            return start + _raw(found["raw"], [found["holder"]], scrub, nested)
        if found["name"] is None:
            return prose.redact_prose(found[0], scrub)
        if found["close"]:
            _leave(names, found["name"])
            return found[0]
        if not found["attributes"].endswith("/") and len(names) < _DEEPEST:
            names.append(found["name"])
            fields[len(names)] = _field(found["attributes"]) if found["name"].lower() in _HOLDING else ""
        return _start_tag(found[0], found["name"], found["attributes"], scrub, nested)

    return _MARKUP.sub(change, text)


def _named(names: Sequence[str], fields: Mapping[int, str]) -> str:
    """Return the name of the field whose value is a text in the innermost element. Empty if no field is named."""
    depth = len(names)
    if not depth or names[-1].lower() in _NAMING:
        return ""
    return fields.get(depth, "") or (fields.get(depth - 1, "") if names[-1].lower() in _HELD else "")


def _leave(names: list[str], name: str) -> None:
    """Close an element, and the unclosed elements inside it, as HTML allows."""
    if name in names:
        del names[len(names) - 1 - names[::-1].index(name) :]


def _start_tag(tag: str, element: str, settings: str, scrub: Scrub, nested: int) -> str:
    field = _field(settings)

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
                changed = values.redact_value(kind, plain, scrub)
                return found[0] if changed == plain else f"{name}{equals}{quote}{escape(changed)}{quote}"
        return f"{name}{equals}{quote}{_escaped(bare, [element, name], scrub, nested, quote=True)}{quote}"

    attributes = _ATTRIBUTE.sub(attribute, settings)
    return tag if attributes == settings else f"{tag.removesuffix(settings + '>')}{attributes}>"


def _field(attributes: str) -> str:
    """Return the field's name in a start tag, such as SAMLResponse in HTML's `<input name="SAMLResponse" value="…">`."""
    if "=" not in attributes:
        return ""
    for name, _, value in _ATTRIBUTE.findall(attributes):
        if name.lower() in _NAMING:
            return unescape(value.strip("\"'"))
    return ""


def _escaped(
    text: str, names: Sequence[str], scrub: Scrub, nested: int, *, quote: bool = False, field: str = ""
) -> str:
    plain = unescape(text)
    changed = _changed(plain, names, scrub, nested, field)
    return text if changed == plain else escape(changed, quote=quote or "&quot;" in text)


def _raw(text: str, names: Sequence[str], scrub: Scrub, nested: int) -> str:
    """Redact the text of a script or a style sheet. HTML does not decode entities there (HTML Standard, raw text elements).

    XML does. So a text without secrets is read again with decoded entities, and a change is written with entities.
    """
    changed = members.redact_json(text, scrub, nested + 1) if '"' in text else _changed(text, names, scrub, nested)
    changed = prose.redact_prose(changed, scrub)
    if changed == text:
        return _escaped(text, names, scrub, nested) if "&" in text else text
    return changed if "</" in text else changed.replace("</", r"<\/")  # which would end the element


def _changed(text: str, names: Sequence[str], scrub: Scrub, nested: int, field: str = "") -> str:
    """Redact a text by the names of the elements around it, or by the name of the field whose value it is."""
    plain = text.strip()
    if not plain:
        return text
    kind = (field and kind_of_parameter(field, plain, scrub.policy)) or kind_of_member(
        names, plain, scrub.policy, beside=lambda: _BESIDE if _OF_A_RECORD & set(names) else frozenset()
    )
    changed = values.redact_value(kind, plain, scrub, nested) if kind else values.redact_embedded(plain, scrub, nested)
    return text if changed == plain else text.replace(plain, changed)
