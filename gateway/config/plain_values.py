"""The effective configuration as plain values: the content of a config.yaml with the same meaning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from gateway.config.faults import OneFault
from gateway.config.reading import Section, keys_of
from gateway.config.rules import Rule
from gateway.core.fault_when import Calls
from gateway.core.model import Headers


def plain(value: object) -> object:
    """Return a section, or a value of one, as maps, lists, texts, numbers and booleans, under the keys of the file."""
    if isinstance(value, Section):
        return _section(value)
    if isinstance(value, Mapping | Headers):
        return {str(key): plain(entry) for key, entry in value.items()}
    # a value with its own text is written as this text
    if isinstance(value, Struct) and type(value).__str__ is Struct.__str__:
        return plain(asdict(value))
    if isinstance(value, list | tuple | set | frozenset) and not isinstance(value, Calls):
        return [plain(entry) for entry in value]
    return value if isinstance(value, str | int | float | None) else str(value)


def _section(section: Section) -> dict[str, object]:
    if isinstance(section, Rule):
        name, options = section.named
        return {name: plain(options)}
    if isinstance(section, OneFault):
        return _said(section)
    return {name: plain(getattr(section, key.field.name)) for name, key in keys_of(type(section)).items()}


def _said(section: Section) -> dict[str, object]:
    """Return the values of a section that differ from the defaults."""
    said: dict[str, object] = {}
    for name, key in keys_of(type(section)).items():
        value = getattr(section, key.field.name)
        if key.field.required or value != key.default(Path()):
            said[name] = _said(value) if isinstance(value, Section) else plain(value)
    return said
