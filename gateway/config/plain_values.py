"""The effective configuration as plain values: what config.yaml would have to say to mean the same."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from gateway.config.rules import Rule


def plain(value: object) -> object:
    """Return a section, or a value of one, as maps, lists, texts, numbers and truths, under the keys of the file."""
    if isinstance(value, Rule):
        name, options = value.named
        return {name: plain(options)}
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {field.alias or name: plain(getattr(value, name)) for name, field in fields.items()}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(entry) for entry in value]
    return value if isinstance(value, str | int | float | None) else str(value)
