"""The page's faults: a form with the options of each fault, and the faults in force, each as in config.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct, to_builtins
from msgspec.structs import fields

from gateway.control import faults
from gateway.control.routes import ApiCall
from gateway.core.adobe.error_codes import CODES
from gateway.core.adobe.routes import route_patterns
from gateway.core.faults import FAULTS

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*+|[0-9.]++(?:ms|s|m|h)|[0-9]++\.\.[0-9]*+")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


class FaultField(Struct, frozen=True):
    """One option of a fault, as a field of a form."""

    name: str
    default: str
    """The default value, if the field stays empty."""
    required: bool
    choices: tuple[str, ...]
    """The possible values; empty if the field is not a choice."""
    is_text: bool
    """Whether the value is a text, even if it looks like a number."""


class FaultKind(Struct, frozen=True):
    """A kind of fault."""

    name: str
    about: str
    options: tuple[FaultField, ...]


@cache
def kinds() -> tuple[FaultKind, ...]:
    """Return every fault with its options, as its Struct declares them."""
    return tuple(
        FaultKind(name, (kind.__doc__ or "").partition("\n")[0], tuple(_options(kind))) for name, kind in FAULTS.items()
    )


def _options(kind: type[Struct]) -> list[FaultField]:
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for option in fields(kind):
        type_ = hints[option.name]
        plain = get_args(type_)[0] if get_origin(type_) is Annotated else type_
        parts = get_args(plain) if get_origin(plain) in {Union, UnionType} else (plain,)
        choices: tuple[str, ...] = ("true", "false") if plain is bool else ()
        if get_origin(plain) is Literal:
            choices = get_args(plain)
        default = "" if option.default is NODEFAULT else _shown(option.default)
        is_text = str in parts or get_origin(plain) is Literal
        found.append(FaultField(option.name, default, option.required, choices, is_text))
    return found


def _shown(default: object) -> str:
    return "" if default is None else words(default)


def words(said: object) -> str:
    """Return a value in YAML's flow style, in one line, as in config.yaml or after `--fault`."""
    if isinstance(said, Mapping):
        return "{" + _entries(said) + "}"
    if isinstance(said, list | tuple):
        return words(said[0]) if len(said) == 1 else "[" + ", ".join(map(words, said)) + "]"
    if isinstance(said, str) and _PLAIN.fullmatch(said) and said.lower() not in _WORDS:
        return said
    if isinstance(said, float) and said.is_integer():
        return str(int(said))
    return json.dumps(to_builtins(said), ensure_ascii=False)


def _entries(said: Mapping[Any, object]) -> str:
    return ", ".join(f"{words(str(key))}: {words(value)}" for key, value in said.items())


async def listed(asked: ApiCall) -> Mapping[str, object]:
    """Return the faults in force, each with its entry as in config.yaml."""
    given = await faults.list_(asked)
    return {"faults": [(one, _entries(one.said)) for one in given]}


def form() -> Mapping[str, object]:
    """Return the content of the form: the faults, and suggestions for routes and codes."""
    return {"kinds": kinds(), "routes": route_patterns(), "codes": sorted(CODES)}
