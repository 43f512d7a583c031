"""What every section of the configuration is made of."""

from collections.abc import Callable
from types import UnionType
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, Strict, WithJsonSchema

from gateway.config.problems import unexpected
from gateway.core.adobe.routes import RoutePattern

LOOSE = Strict(False)  # YAML has lists and no tuples; what is in them is as strict as everything


class Section(BaseModel):
    """A map of known keys, each of the type that it says: no text for a number, no number for a truth.

    The text below a key is its documentation; `json_schema` puts it into the schema.
    """

    model_config = ConfigDict(
        allow_inf_nan=False,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        strict=True,
        model_title_generator=lambda model: model.__name__.removesuffix("Section"),
    )


def read(kind: type | UnionType, parse: Callable[[object], object]) -> PlainValidator:
    """Read a value with `parse`; one that code has made already is taken as it is."""
    return PlainValidator(lambda value: value if isinstance(value, kind) else parse(value))


def listed(value: object) -> object:
    """Take one text for a list of one."""
    return [value] if isinstance(value, str) else value


def route(value: object) -> RoutePattern:
    """Read a route."""
    if isinstance(value, str):
        return RoutePattern.parse(value)
    raise ValueError(unexpected('a route such as "DELETE /api/v1/logout"', value))


Route: TypeAlias = Annotated[
    RoutePattern, read(RoutePattern, route), WithJsonSchema({"type": "string", "pattern": "^[^ a-z]+ /"})
]
Texts: TypeAlias = Annotated[
    tuple[str, ...],
    LOOSE,
    BeforeValidator(listed),
    WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}),
]
