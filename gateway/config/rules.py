"""The section `rules`, built from the declarations of the rules: each Struct becomes a section, and a section becomes a Struct again.

The fields of a rule's Struct are its options (gateway/core/options.py). This module names no option.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    create_model,
)
from pydantic.config import JsonDict

from gateway.config.problems import unexpected
from gateway.config.section import LOOSE, Route, Section, listed
from gateway.core.adobe.routes import RoutePattern
from gateway.core.model import Rule as CoreRule
from gateway.core.options import AsWritten, FormerlyWritten, TakenFrom
from gateway.core.rules import RULES


class Declared(Section):
    """A section whose keys are declared by a Struct of the core."""

    model_config = ConfigDict(defer_build=True)  # otherwise each start builds two dozen of them twice

    declaration: ClassVar[type[Struct]] = Struct


class _OneRule(Section):
    """One rule: a map with one key, the rule's name."""

    @property
    def named(self) -> tuple[str, Declared]:
        """The rule's name and its options."""
        return next((name, options) for name, options in self if options is not None)


def rule_of(section: Declared, config: BaseModel) -> CoreRule:
    """Return the rule with these options. Its other values come from other sections of the configuration."""
    made: CoreRule = value_of(section, config)
    return made


def value_of(section: Declared, config: BaseModel) -> Any:
    """Return the Struct of a section, with the section's values."""
    values = dict(section)
    for option, formerly in _formerly(section.declaration):
        written = values.pop(formerly.key)
        if written is not None:
            values[option.name] = formerly.values[written]
    given = {name: value_of(value, config) if isinstance(value, Declared) else value for name, value in values.items()}
    taken = {option.name: _at(config, source.key) for option, source in _taken(section.declaration)}
    return section.declaration(**given, **taken)


def deprecated(config: BaseModel) -> Iterator[tuple[str, str]]:
    """Yield each deprecated key of the rules, with its place and its new spelling."""
    rules: Sequence[_OneRule] = _at(config, "rules")  # type: ignore[assignment]
    for number, rule in enumerate(rules):
        name, section = rule.named
        for option, formerly in _formerly(section.declaration):
            written = getattr(section, formerly.key)
            if written is not None:
                place = f"rules[{number}].{name}.{formerly.key}"
                yield place, f"{option.name}: {formerly.values[written]} instead of {formerly.key}: {written}"


def twice_written(section: Declared) -> Iterator[tuple[str, str]]:
    """Yield each deprecated key whose new key is also there, and the new key's name."""
    for option, formerly in _formerly(section.declaration):
        if getattr(section, formerly.key) is not None and option.name in section.model_fields_set:
            yield formerly.key, option.name


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
        extra: JsonDict = {"deprecated": True, "description": f"Deprecated: write {option.name}."}
        values = Literal[tuple(formerly.values)]  # type: ignore[valid-type]  # pydantic reads it when it runs
        keys[formerly.key] = (values | None, Field(default=None, json_schema_extra=extra))
    made = create_model(declaration.__name__, __base__=Declared, __doc__=declaration.__doc__, **keys)
    made.declaration = declaration
    return made


def _default(option: FieldInfo, as_written: Any) -> Any:
    if option.default is not NODEFAULT:
        return option.default
    if option.default_factory is NODEFAULT:
        return ...
    return Field(default_factory=as_written if _is_section(as_written) else option.default_factory)


def _as_written(kind: Any) -> Any:
    """Return the type of a section's key, from the type of the Struct's field."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return section_of(kind)
    if get_origin(kind) is tuple:
        entry = Route if get_args(kind)[0] is RoutePattern else get_args(kind)[0]
        texts = {"type": "array", "items": {"type": "string"}}
        return Annotated[
            tuple[entry, ...],  # type: ignore[valid-type]  # pydantic reads it when it runs
            LOOSE,
            BeforeValidator(listed),
            WithJsonSchema({"anyOf": [texts, {"type": "string"}]}),
        ]
    if get_origin(kind) is Annotated:
        plain, *beside = get_args(kind)
        written = next((mark for mark in beside if isinstance(mark, AsWritten)), None)
        if written is None:
            return plain
        if written.schema is None:
            return Annotated[plain, AfterValidator(_reader(written))]
        return Annotated[plain, PlainValidator(_reader(written)), WithJsonSchema(dict(written.schema))]
    return kind


def _reader(written: AsWritten) -> Any:
    def read(value: object) -> object:
        made = written.read(value)
        if made is None:
            raise ValueError(unexpected(written.expected, value))
        return made

    return read


def _is_section(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


if TYPE_CHECKING:
    Rule = _OneRule
else:
    Rule = create_model(
        "Rule",
        __base__=_OneRule,
        __doc__=_OneRule.__doc__,
        **{name: (section_of(declaration) | None, None) for name, declaration in RULES.items()},
    )
