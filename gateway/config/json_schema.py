"""The JSON Schema of config.yaml, for editors: every key with its documentation."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import NODEFAULT

from gateway.config.faults import OneFault
from gateway.config.marks import Before, Deprecated, Range, Schema
from gateway.config.model import Config, UpstreamSection
from gateway.config.reading import Key, Section, is_section, keys_of
from gateway.config.rules import Declared, Rule
from gateway.core.adobe.routes import RoutePattern
from gateway.core.fault_when import FaultWhen
from gateway.core.faults import FAULTS
from gateway.core.rules import RULES

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}
_LIMITS = {"least": "minimum", "most": "maximum", "above": "exclusiveMinimum"}


def schema() -> dict[str, Any]:
    """Return the schema."""
    sections: dict[str, dict[str, Any]] = {}
    whole = _section(Config, sections)
    written = _in_order({"$defs": sections, **whole})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **written}


def _section(section: type[Section], others: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of a section. The sections inside it are added to `others`, by name."""
    texts = dict(_documented(section))
    properties = {name: _key(key, texts.get(key.field.name), others) for name, key in keys_of(section).items()}
    required = [name for name, key in keys_of(section).items() if key.field.required]
    if section is UpstreamSection:
        required = []  # a built-in upstream needs no origin; for other upstreams, load() reports a missing origin
    return {
        "additionalProperties": False,
        "description": inspect.cleandoc(section.__doc__ or ""),
        "properties": properties,
        **({"required": required} if required else {}),
        "title": _name(section),
        "type": "object",
    }


def _key(key: Key, text: str | None, others: dict[str, dict[str, Any]]) -> dict[str, Any]:
    described = _type(key.kind, others)
    if key.field.default is not NODEFAULT:
        described = {"default": _plain(key.field.default), **described}
    return described if text is None else {**described, "description": text}


def _in_order(described: Any) -> Any:
    """Return a schema with its words sorted, the text of a key last. The keys of a section keep their order."""
    if isinstance(described, list):
        return [_in_order(entry) for entry in described]
    if not isinstance(described, dict):
        return described
    is_section = "properties" in described
    words = sorted(described, key=lambda word: (word == "description" and not is_section, word))
    keys = {word: described[word] for word in words}
    return {
        word: {name: _in_order(key) for name, key in value.items()} if word == "properties" else _in_order(value)
        for word, value in keys.items()
    }


def _plain(default: object) -> object:
    """Write a default as the file would."""
    if isinstance(default, tuple):
        return [_plain(entry) for entry in default]
    return str(default) if isinstance(default, RoutePattern | Path) else default


def _type(kind: Any, others: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of a type."""
    given = get_args(kind)
    match get_origin(kind):
        case None:
            return _named(kind, others) if is_section(kind) else {"type": _TYPES[kind]}
        case origin if origin is Annotated:
            return _marked(given[0], given[1:], others)
        case origin if origin is Literal:
            return _words(given)
        case origin if origin is tuple:
            return {"items": _type(given[0], others), "type": "array"}
        case origin if origin is Mapping:
            return {"additionalProperties": _type(given[1], others), "type": "object"}
    members = sorted(given, key=lambda member: member is NoneType)
    return {"anyOf": [_type(member, others) for member in members]}


def _named(section: type[Section], others: dict[str, dict[str, Any]]) -> dict[str, Any]:
    name = _name(section)
    if name not in others:
        others[name] = {}
        others[name] = _section(section, others)
    return {"$ref": f"#/$defs/{name}"}


def _words(words: tuple[Any, ...]) -> dict[str, Any]:
    kinds = {type(word) for word in words}
    described: dict[str, Any] = {"const": words[0]} if len(words) == 1 else {"enum": [*words]}
    return described if len(kinds) > 1 else {**described, "type": _TYPES[kinds.pop()]}


def _marked(kind: Any, marks: tuple[object, ...], others: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of a type with marks. If a mark describes what may be written, its description is the whole schema."""
    for mark in marks:
        if isinstance(mark, Schema):
            return dict(mark.schema)
        if isinstance(mark, Before) and mark.written is not None:
            return _type(mark.written, others)
    described = _type(kind, others)
    for mark in marks:
        if isinstance(mark, Range):
            described |= {
                word: limit for name, word in _LIMITS.items() if (limit := _whole(getattr(mark, name))) is not None
            }
        if isinstance(mark, Deprecated):
            described |= {"deprecated": True, "description": f"Deprecated: use the key {mark.key} instead."}
    return described


def _whole(number: float | None) -> float | None:
    return int(number) if number is not None and number == int(number) else number


def _documented(section: type[Section]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a section, each with its documentation."""
    if issubclass(section, Rule):  # each key is a rule, and a rule documents itself
        yield from ((name, inspect.cleandoc(kind.__doc__ or "")) for name, kind in RULES.items())
    elif issubclass(section, OneFault):
        yield from ((name, inspect.cleandoc(kind.__doc__ or "")) for name, kind in FAULTS.items())
        yield "when", inspect.cleandoc(FaultWhen.__doc__ or "")
    elif issubclass(section, Declared):
        yield from documentation(section.declaration)
    else:
        yield from documentation(section)


def documentation(kind: type) -> Iterator[tuple[str, str]]:
    """Yield the attributes of a class, inherited ones included, each with the text below it."""
    for of in reversed(kind.__mro__):
        if of.__module__.partition(".")[0] != "gateway" or of is Section:
            continue
        (made,) = ast.parse(dedent(inspect.getsource(of))).body
        assert isinstance(made, ast.ClassDef)  # noqa: S101  # it is the source of a class
        for attribute, text in pairwise(made.body):
            match attribute, text:
                case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(said))):
                    yield name, inspect.cleandoc(said)


def _name(section: type[Section]) -> str:
    """Return the name of a section in the schema: the class's name, without `Section` at its end."""
    return section.__name__.removesuffix("Section")
