"""The base of every section of the configuration."""

from collections.abc import Callable, Iterable
from pathlib import Path
from types import UnionType
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    Strict,
    ValidationInfo,
    WithJsonSchema,
)

from gateway.config.problems import suggestion, unexpected
from gateway.config.values import duration, is_path, size
from gateway.core.adobe.routes import PRESETS, RoutePattern

LOOSE = Strict(False)  # YAML has lists, and no tuples; their entries are strict, like all values


class Section(BaseModel):
    """A map of known keys with strict types: no text in place of a number, and no number in place of a boolean.

    The text below a key is its documentation. `json_schema` puts it into the schema.
    """

    model_config = ConfigDict(
        allow_inf_nan=False,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        strict=True,
        model_title_generator=lambda model: model.__name__.removesuffix("Section"),
    )


def from_folder(value: object, info: ValidationInfo) -> Path:
    """Read a path. A relative path starts in the folder of the configuration file, which is the context of the validation."""
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(unexpected("a path", value))
    return (info.context or Path()) / value


def _cassette_name(value: object, info: ValidationInfo) -> str:
    """Read the name or path of a cassette. A relative path is treated like all paths of the file."""
    if not isinstance(value, str) or not value or "\0" in value or value.endswith(("/", "/..", "/.")):
        raise ValueError(unexpected("the name or the path of a cassette", value))
    folder = info.context or Path()
    if not is_path(value) or folder == Path() or Path(value).is_absolute():
        return value
    return f"{folder}/{value}"


FilePath: TypeAlias = Annotated[Path, PlainValidator(from_folder), WithJsonSchema({"type": "string", "minLength": 1})]
CassetteName: TypeAlias = Annotated[
    str, PlainValidator(_cassette_name), WithJsonSchema({"type": "string", "minLength": 1})
]
Mode: TypeAlias = Literal["passthrough", "record", "replay", "auto"]
Size: TypeAlias = Annotated[
    int,
    BeforeValidator(size),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+ ?(B|KiB|MiB|GiB)?$"}),
]
Duration: TypeAlias = Annotated[
    int,
    BeforeValidator(duration),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+ ?[smhdw]?$"}),
]


def read(kind: type | UnionType, parse: Callable[[object], object]) -> PlainValidator:
    """Read a value with `parse`. A value that already has the type stays as it is."""
    return PlainValidator(lambda value: value if isinstance(value, kind) else parse(value))


def listed(value: object) -> object:
    """Turn a single text into a list."""
    return [value] if isinstance(value, str) else value


def route(value: object) -> RoutePattern:
    """Read a route."""
    if isinstance(value, str):
        return RoutePattern.parse(value)
    raise ValueError(unexpected('a route such as "DELETE /api/v1/logout"', value))


def _entry(value: object) -> tuple[RoutePattern, ...]:
    """Read an entry of `cassettes.record`: a route, or a word for several routes. Routes that are already read stay as they are."""
    if isinstance(value, RoutePattern):
        return (value,)
    if isinstance(value, str) and value in PRESETS:
        return tuple(map(RoutePattern.parse, PRESETS[value]))
    if isinstance(value, str) and value.isalnum() and not value.isupper():
        expected = f'{", ".join(PRESETS)}, or a route such as "DELETE /api/v1/logout"'
        raise ValueError(unexpected(expected, value) + suggestion(value, PRESETS))
    read = route(value)
    if read.is_of_clients:
        expected = "no route of /o/client, which is never recorded (a replay answers it with its own credentials)"
        raise ValueError(unexpected(expected, value))
    return (read,)


def _entries(value: object) -> object:
    """Turn a single word into a list."""
    word = isinstance(value, str) and value.isalnum() and not value.isupper()
    return [value] if word else value


def _flat(entries: Iterable[Iterable[RoutePattern]]) -> tuple[RoutePattern, ...]:
    return tuple(dict.fromkeys(pattern for entry in entries for pattern in entry))


_ENTRY = {"anyOf": [{"enum": [*PRESETS]}, {"type": "string", "pattern": "^[^ a-z]+ /"}]}
Recorded: TypeAlias = Annotated[
    tuple[Annotated[RoutePattern, PlainValidator(_entry), WithJsonSchema(_ENTRY)], ...],
    LOOSE,
    BeforeValidator(_entries),
    AfterValidator(_flat),
    WithJsonSchema({"anyOf": [{"enum": [*PRESETS]}, {"type": "array", "items": _ENTRY}]}),
]
Route: TypeAlias = Annotated[
    RoutePattern, read(RoutePattern, route), WithJsonSchema({"type": "string", "pattern": "^[^ a-z]+ /"})
]
Texts: TypeAlias = Annotated[
    tuple[str, ...],
    LOOSE,
    BeforeValidator(listed),
    WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}),
]
