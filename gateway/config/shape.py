"""What the configuration allows at a place: keys, plain text, null, and the name of its environment variable."""

import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Union, get_args, get_origin

from gateway.config.model import Config
from gateway.config.problems import Loc
from gateway.config.reading import Section, is_section, keys_of

PREFIX = "GATEWAY_"
"""The prefix of the gateway's environment variables."""

_YAML_TYPES = (bool, int, float, tuple, Mapping)


def takes_text(loc: Loc) -> bool:
    """Whether a value at `loc` is plain text. As text, `emulator:` is an origin, and not a map."""
    kinds = [kind for kind in _kinds_at(loc) if kind is not types.NoneType]
    plain = [get_origin(kind) or kind for kind in kinds]
    return not any(is_section(kind) or (isinstance(kind, type) and issubclass(kind, _YAML_TYPES)) for kind in plain)


def takes_either(loc: Loc) -> bool:
    """Whether a value at `loc` may be a map or another type. A map then replaces a value of another type."""
    kinds = [get_origin(kind) or kind for kind in _kinds_at(loc) if kind is not types.NoneType]
    maps = [kind is Mapping or is_section(kind) for kind in kinds]
    return any(maps) and not all(maps)


def takes_null(loc: Loc) -> bool:
    """Whether a value at `loc` may be null."""
    return types.NoneType in _kinds_at(loc)


def environment_names(upstreams: Iterable[str]) -> dict[str, Loc]:
    """Return the place of each environment variable, including the keys of these upstreams."""
    return {environment_name(loc): loc for loc in _places((), Config, tuple(upstreams))}


def environment_name(loc: Loc) -> str:
    """Return the environment variable of a key: GATEWAY_LISTEN__PORT for listen.port."""
    return PREFIX + "__".join(str(part).upper().replace("-", "_") for part in loc)


def _places(loc: Loc, kind: object, names: tuple[str, ...]) -> Iterator[Loc]:
    """Yield every place below `loc`. `names` are the keys of maps whose keys are free names."""
    if is_section(kind):
        children = list(_fields(kind).items())
    elif get_origin(kind) is Mapping:
        children = [(name, get_args(kind)[1]) for name in names]
    else:
        children = []
    for key, annotation in children:
        yield (*loc, key)
        for child in _kinds(annotation):
            yield from _places((*loc, key), child, names)


def _kinds_at(loc: Loc) -> list[object]:
    kinds: list[object] = [Config]
    for part in loc:
        kinds = [child for kind in kinds for child in _children(kind, part)]
    return kinds


def _children(kind: object, part: str | int) -> Iterator[object]:
    if is_section(kind):
        if part in _fields(kind):
            yield from _kinds(_fields(kind)[str(part)])
    elif get_origin(kind) is Mapping:
        yield from _kinds(get_args(kind)[1])
    elif get_origin(kind) is tuple and isinstance(part, int):
        yield from _kinds(get_args(kind)[0])


def _fields(section: type[Section]) -> dict[str, object]:
    """Return a section's keys as a file writes them, with their types."""
    return {name: key.kind for name, key in keys_of(section).items()}


def _kinds(annotation: object) -> Iterator[object]:
    """Yield the single types in a type: unions and annotations are taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for member in get_args(annotation):
            yield from _kinds(member)
    else:
        yield annotation
