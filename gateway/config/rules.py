"""The section `rules`, built from the declarations of the rules: each Struct becomes a section, and a section becomes a Struct again.

The fields of a rule's Struct are its options (gateway/core/options.py). This module names no option.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, cast, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct, defstruct, field
from msgspec.structs import FieldInfo, fields

from gateway.config.marks import After, Before, Deprecated, Made, Read, Schema
from gateway.config.problems import unexpected
from gateway.config.reading import Complaint, Section, is_section, said
from gateway.config.section import Route, listed
from gateway.core.adobe.routes import RoutePattern
from gateway.core.model import Rule as CoreRule
from gateway.core.options import AsWritten, FormerlyWritten, TakenFrom
from gateway.core.rules import RULES


class Declared(Section, frozen=True):
    """A section whose keys are declared by a Struct of the core."""

    declaration: ClassVar[type[Struct]] = Struct

    @classmethod
    def together(cls, written: Mapping[str, Any]) -> Iterator[Complaint]:
        """Refuse a deprecated key beside its new key."""
        for option, formerly in _formerly(cls.declaration):
            if written.get(formerly.key) is not None and option.name in written:
                yield Complaint((formerly.key,), f"expected only {option.name}, which replaces this key, found both")


class _OneRule(Section, frozen=True):
    """One rule: a map with one key, the rule's name."""

    @property
    def named(self) -> tuple[str, Declared]:
        """The rule's name and its options."""
        name, options = next(iter(said(self).items()))
        return name, cast("Declared", options)


def rule_of(section: Declared, config: Section) -> CoreRule:
    """Return the rule with these options. Its other values come from other sections of the configuration."""
    made: CoreRule = value_of(section, config)
    return made


def value_of(section: Declared, config: Section) -> Any:
    """Return the Struct of a section, with the section's values."""
    values = {name: getattr(section, name) for name in section.__struct_fields__}
    for option, formerly in _formerly(section.declaration):
        written = values.pop(formerly.key)
        if written is not None:
            values[option.name] = formerly.values[written]
    given = {name: value_of(value, config) if isinstance(value, Declared) else value for name, value in values.items()}
    taken = {option.name: _at(config, source.key) for option, source in _taken(section.declaration)}
    return section.declaration(**given, **taken)


def deprecated(config: Section) -> Iterator[tuple[str, str]]:
    """Yield each deprecated key of the rules, with its place and its new spelling."""
    rules: Sequence[_OneRule] = _at(config, "rules")  # type: ignore[assignment]
    for number, rule in enumerate(rules):
        name, section = rule.named
        for option, formerly in _formerly(section.declaration):
            written = getattr(section, formerly.key)
            if written is not None:
                place = f"rules[{number}].{name}.{formerly.key}"
                yield place, f"{option.name}: {formerly.values[written]} instead of {formerly.key}: {written}"


def _at(config: object, key: str) -> object:
    for part in key.split("."):
        config = getattr(config, part)
    return config


def _options(declaration: type[Struct]) -> Iterator[tuple[FieldInfo, Any]]:
    """Yield each field that is an option, with its type and its annotations."""
    hints = get_type_hints(declaration, include_extras=True)
    for option in fields(declaration):
        yield option, hints[option.name]


def _taken(declaration: type[Struct]) -> Iterator[tuple[FieldInfo, TakenFrom]]:
    for option, kind in _options(declaration):
        yield from ((option, source) for source in get_args(kind)[1:] if isinstance(source, TakenFrom))


@cache
def _formerly(declaration: type[Struct]) -> tuple[tuple[FieldInfo, FormerlyWritten], ...]:
    return tuple(
        (option, mark)
        for option, kind in _options(declaration)
        for mark in get_args(kind)[1:]
        if isinstance(mark, FormerlyWritten)
    )


@cache
def section_of(declaration: type[Struct]) -> type[Declared]:
    """Return the section of a Struct. It has the same keys, types and defaults, and reads values as a file writes them."""
    taken = {option.name for option, _ in _taken(declaration)}
    keys: dict[str, Any] = {
        option.name: (as_written := _as_written(kind), _default(option, as_written))
        for option, kind in _options(declaration)
        if option.name not in taken
    }
    for option, formerly in _formerly(declaration):
        values = Literal[tuple(formerly.values)] | None  # type: ignore[valid-type]  # it is read when it runs
        keys[formerly.key] = (Annotated[values, Deprecated(option.name)], None)
    made = defstruct(
        declaration.__name__,
        [(name, kind, default) for name, (kind, default) in keys.items()],
        bases=(Declared,),
        module=__name__,
        namespace={"__doc__": declaration.__doc__, "declaration": declaration},
        frozen=True,
        kw_only=True,
    )
    return cast("type[Declared]", made)


def _default(option: FieldInfo, as_written: Any) -> Any:
    if option.default is not NODEFAULT:
        return option.default
    if option.default_factory is NODEFAULT:
        return NODEFAULT
    return field(default_factory=as_written if is_section(as_written) else option.default_factory)


def _as_written(kind: Any) -> Any:
    """Return the type of a section's key, from the type of the Struct's field."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return section_of(kind)
    if get_origin(kind) is tuple:
        entry = Route if get_args(kind)[0] is RoutePattern else get_args(kind)[0]
        texts = {"type": "array", "items": {"type": "string"}}
        return Annotated[
            tuple[entry, ...],  # type: ignore[valid-type]  # it is read when it runs
            Before(listed),
            Schema({"anyOf": [texts, {"type": "string"}]}),
        ]
    if get_origin(kind) is Annotated:
        plain, *beside = get_args(kind)
        written = next((mark for mark in beside if isinstance(mark, AsWritten)), None)
        if written is None:
            return plain
        if written.schema is None:
            return Annotated[plain, After(_reader(written))]
        return Annotated[plain, Read(_reader(written)), Schema(written.schema)]
    return kind


def _reader(written: AsWritten) -> Any:
    def read(value: object) -> object:
        made = written.read(value)
        if made is None:
            raise ValueError(unexpected(written.expected, value))
        return made

    return read


def _options_of(declaration: type[Struct]) -> Any:
    return section_of(declaration) | None


if TYPE_CHECKING:
    Rule = _OneRule
else:
    Rule = defstruct(
        "Rule",
        [(name, Annotated[Declared | None, Made(partial(_options_of, kind))], None) for name, kind in RULES.items()],
        bases=(_OneRule,),
        module=__name__,
        namespace={"__doc__": _OneRule.__doc__},
        frozen=True,
        kw_only=True,
    )
