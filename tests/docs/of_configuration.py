"""Every key of config.yaml with its type, its default and its meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.config.json_schema import schema
from tests.docs.tables import code, table

ELSEWHERE = {"faults": "[faults.md](faults.md)"}
"""Sections whose keys another page lists."""
REPEATED = {"NAME.rules", "NAME.faults"}
"""Keys of a device that take what the section of this name takes."""


def sections() -> str:
    """Return a section for each key of config.yaml."""
    document = schema()
    known = document["$defs"]
    return "\n".join(_section(name, about, known) for name, about in document["properties"].items())


def _section(name: str, about: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    text = [f"## `{name}`\n", about.get("description", ""), ""]
    if name in ELSEWHERE:
        return "\n".join([*text, f"Its entries: {ELSEWHERE[name]}.\n"])
    rows = list(_rows(about, known, ""))
    if rows:
        return "\n".join([*text, table(("key", "takes", "default", "meaning"), rows)])
    facts = [f"Takes {_takes(about, known)}.", f"Default: `{_default(about)}`." if "default" in about else ""]
    return "\n".join([*text, " ".join(filter(None, facts)), ""])


def _rows(about: Mapping[str, Any], known: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row for each key below this one."""
    for inner, prefix in _inner(about, known, path):
        for key, one in inner.get("properties", {}).items():
            repeated = f"{prefix}{key}" in REPEATED
            below = [] if repeated else list(_rows(one, known, f"{prefix}{key}."))
            default = code(_default(one)) if "default" in one and not (below and _default(one) == "{}") else ""
            yield code(f"{prefix}{key}"), _takes(one, known), default, one.get("description", "")
            yield from below


def _inner(about: Mapping[str, Any], known: Mapping[str, Any], path: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield the objects that a value may be, and what stands before their keys."""
    if "$ref" in about:
        yield from _inner(known[about["$ref"].rpartition("/")[2]], known, path)
    elif "properties" in about:
        yield about, path
    for one in (*about.get("anyOf", ()), *about.get("oneOf", ())):
        yield from _inner(one, known, path)
    if isinstance(about.get("items"), dict):
        yield from _inner(about["items"], known, path)
    if isinstance(about.get("additionalProperties"), dict):
        yield from _inner(about["additionalProperties"], known, f"{path}NAME.")


def _takes(about: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """Return what may stand there, in words."""
    if "$ref" in about:
        return _takes(known[about["$ref"].rpartition("/")[2]], known)
    if "const" in about:
        return code(_yaml(about["const"]))
    if "enum" in about:
        return ", ".join(code(_yaml(one)) for one in about["enum"])
    alternatives = (*about.get("anyOf", ()), *about.get("oneOf", ()))
    if alternatives:
        return ", or ".join(dict.fromkeys(_takes(one, known) for one in alternatives))
    kind = about.get("type", "any value")
    if isinstance(kind, list):
        return ", or ".join(_word(one) for one in kind)
    return _word(kind)


def _word(kind: str) -> str:
    words = {
        "string": "text",
        "array": "a list",
        "object": "a map",
        "boolean": "`true`, `false`",
        "null": "`null`",
        "integer": "a whole number",
        "number": "a number",
    }
    return words.get(kind, kind)


def _default(about: Mapping[str, Any]) -> str:
    return _yaml(about["default"])


def _yaml(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
