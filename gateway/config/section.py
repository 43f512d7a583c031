"""The types of keys that several sections have."""

from collections.abc import Callable, Iterable
from pathlib import Path
from types import UnionType
from typing import Annotated, Literal, TypeAlias

from gateway.config.marks import After, Before, Read, ReadIn, Schema
from gateway.config.problems import unexpected
from gateway.config.values import duration, is_path, size, some_text
from gateway.core.adobe.routes import PRESETS, RoutePattern
from gateway.core.suggestions import suggestion


def from_folder(value: object, folder: Path) -> Path:
    """Read a path. A relative path starts in `folder`, the folder of the configuration file."""
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(unexpected("a path", value))
    return folder / value


def _cassette_name(value: object, folder: Path) -> str:
    """Read the name or path of a cassette. A relative path is treated like all paths of the file."""
    if not isinstance(value, str) or not value or "\0" in value or value.endswith(("/", "/..", "/.")):
        raise ValueError(unexpected("the name or the path of a cassette", value))
    if not is_path(value) or folder == Path() or Path(value).is_absolute():
        return value
    return f"{folder}/{value}"


FilePath: TypeAlias = Annotated[Path, ReadIn(from_folder), Schema({"type": "string", "minLength": 1})]
CassetteName: TypeAlias = Annotated[str, ReadIn(_cassette_name), Schema({"type": "string", "minLength": 1})]
SomeText: TypeAlias = Annotated[str, After(some_text), Schema({"type": "string", "minLength": 1})]
Mode: TypeAlias = Literal["passthrough", "record", "replay", "auto"]
Size: TypeAlias = Annotated[
    int,
    Before(size),
    Schema({"type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+ ?(B|KiB|MiB|GiB)?$"}),
]
Duration: TypeAlias = Annotated[
    int,
    Before(duration),
    Schema({"type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+ ?[smhdw]?$"}),
]


def read(kind: type | UnionType, parse: Callable[[object], object]) -> Read:
    """Read a value with `parse`. A value that already has the type stays as it is."""
    return Read(lambda value: value if isinstance(value, kind) else parse(value))


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
    tuple[Annotated[RoutePattern, Read(_entry), Schema(_ENTRY)], ...],
    Before(_entries),
    After(_flat),
    Schema({"anyOf": [{"enum": [*PRESETS]}, {"type": "array", "items": _ENTRY}]}),
]
Route: TypeAlias = Annotated[
    RoutePattern, read(RoutePattern, route), Schema({"type": "string", "pattern": "^[^ a-z]+ /"})
]
Texts: TypeAlias = Annotated[
    tuple[str, ...],
    Before(listed),
    Schema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}),
]
