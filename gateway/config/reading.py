"""Reads plain values strictly as the types of sections, and reports every problem with its place.

Facts
-----
* A section is a Struct whose fields are its keys. A type may have marks (gateway/config/marks.py).
* A text is never read as a number, nor a number as true or false. A list is read as a tuple.
* A value that code has made already, such as a section, is used unchanged.
* A missing key has its default. A relative path starts in the given folder, also if it is a default.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property, partial
from math import isfinite
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NoReturn, TypeAlias, TypeGuard, TypeVar, Union, get_args, get_origin

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from gateway.config.marks import After, Before, Made, Range, Read, ReadIn
from gateway.config.problems import Loc, unexpected
from gateway.core.suggestions import resembling, suggestion, unknown_key

Reader: TypeAlias = Callable[[Any, Path], Any]
"""Reads a value. It also gets the folder in which relative paths start. Raises UnreadableError."""


class Complaint(Struct, frozen=True):
    """A problem at a place."""

    loc: Loc
    message: str
    is_missing: bool = False
    """Whether the problem is a missing key."""


class UnreadableError(ValueError):
    """A value does not fit its type. The error has all problems of the value."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        """`complaints`: the problems, with their places inside the value."""
        self.complaints = list(complaints)
        super().__init__("; ".join(complaint.message for complaint in self.complaints))

    def at(self, part: str | int) -> list[Complaint]:
        """Return the complaints with their places in the container of the value. `part`: the value's key or index there."""
        return [
            Complaint((part, *complaint.loc), complaint.message, complaint.is_missing) for complaint in self.complaints
        ]


class Section(Struct, frozen=True):
    """A map of known keys, each with its type.

    The text below a key is its documentation; `json_schema` puts it into the schema.
    """

    @classmethod
    def together(cls, written: Mapping[str, Any]) -> Iterable[Complaint]:  # noqa: ARG003  # some sections look at it
        """Yield the problems of keys that are valid one by one, and wrong together. `written` has the values from the file, by field."""
        return ()


S = TypeVar("S", bound=Section)


class Key:
    """A key of a section: its field and its reader. The reader is made for the first written value."""

    def __init__(self, field: FieldInfo) -> None:
        """Take the field of the Struct."""
        self.field = field
        self.name = field.encode_name
        """The name of the key in a file."""
        self._reader: Reader | None = None

    @cached_property
    def kind(self) -> Any:
        """The type of its values, with the marks beside it."""
        marks = getattr(self.field.type, "__metadata__", ())
        return next((mark.make() for mark in marks if isinstance(mark, Made)), self.field.type)

    def read(self, value: object, folder: Path) -> object:
        """Read a written value. Raises UnreadableError."""
        if self._reader is None:
            self._reader = reader_of(self.kind)
        return self._reader(value, folder)

    def default(self, folder: Path) -> object:
        """Return the value of a missing key."""
        default, make = self.field.default, self.field.default_factory
        if isinstance(default, Path):
            return folder / default
        if default is not NODEFAULT:
            return default
        return read_section(make, {}, folder) if is_section(make) else make()


@cache
def keys_of(section: type[Section]) -> dict[str, Key]:
    """Return the keys of a section, by their names in a file, in their order."""
    return {key.name: key for key in map(Key, fields(section))}


def is_section(kind: object) -> TypeGuard[type[Section]]:
    """Whether a type is a section."""
    return isinstance(kind, type) and issubclass(kind, Section)


def read_section(section: type[S], value: object, folder: Path = Path()) -> S:
    """Read a map as a section. Its relative paths start in `folder`. Raises UnreadableError."""
    if isinstance(value, section):
        return value
    if not isinstance(value, dict):
        _refuse("a map of keys", value)
    keys, complaints, values = keys_of(section), list[Complaint](), dict[str, Any]()
    unknown = [name for name in value if name not in keys]
    meant = {resembling(str(name), keys) for name in unknown}
    for name, key in keys.items():
        if name in value:
            try:
                values[key.field.name] = key.read(value[name], folder)
            except UnreadableError as error:
                complaints += error.at(name)
        # otherwise only the unknown key is reported: it was meant as this key
        elif key.field.required and name not in meant:
            complaints.append(Complaint((name,), "expected a value, found none", is_missing=True))
    complaints += [Complaint((name,), unknown_key(str(name), keys)) for name in unknown]
    if complaints := complaints or [*section.together(values)]:
        raise UnreadableError(complaints)
    for key in keys.values():
        if key.field.name not in values:
            values[key.field.name] = key.default(folder)
    return section(**values)


def said(section: Section) -> dict[str, object]:
    """Return the values of a section that are not null, by their names in a file."""
    values = {name: getattr(section, key.field.name) for name, key in keys_of(type(section)).items()}
    return {name: value for name, value in values.items() if value is not None}


def reader_of(kind: Any) -> Reader:
    """Return the reader of a type."""
    made_of = _COMPOSED.get(get_origin(kind))
    if made_of is not None:
        return made_of(*get_args(kind))
    if is_section(kind):
        return partial(read_section, kind)
    return _PLAIN[kind]


def _marked(kind: Any, *marks: object) -> Reader:
    if not marks:
        return reader_of(kind)
    *others, mark = marks
    if isinstance(mark, Read | ReadIn):
        return _alone(mark)
    return _around(_marked(kind, *others), mark)


def _alone(mark: Read | ReadIn) -> Reader:
    if isinstance(mark, ReadIn):
        return partial(_asked, mark.read)
    read = mark.read
    return lambda value, _: _asked(read, value)


def _around(inner: Reader, mark: object) -> Reader:
    """Return a reader that applies a mark around the `inner` reader. Some marks are only for the JSON Schema."""
    match mark:
        case Before(change):
            return lambda value, folder: inner(_asked(change, value), folder)
        case After(check):
            return lambda value, folder: _asked(check, inner(value, folder))
        case Range():
            return _within(mark, inner)
    return inner


def _asked(function: Callable[..., object], *given: object) -> object:
    """Call the function of a mark. A ValueError becomes a complaint."""
    try:
        return function(*given)
    except UnreadableError:
        raise
    except ValueError as error:
        raise UnreadableError([Complaint((), str(error))]) from error


def _within(limits: Range, inner: Reader) -> Reader:
    def read(value: object, folder: Path) -> object:
        number = inner(value, folder)
        expected = limits.expected(number)
        if expected is not None:
            _refuse(expected, value)
        return number

    return read


def _nullable(*kinds: Any) -> Reader:
    """Return a reader for null, or for a value of the one other type."""
    (kind,) = (kind for kind in kinds if kind is not NoneType)
    inner = reader_of(kind)
    return lambda value, folder: None if value is None else inner(value, folder)


def _one_of(*words: object) -> Reader:
    *first, last = map(str, words)
    expected = f"{', '.join(first)} or {last}" if first else last

    def read(value: object, _: Path) -> object:
        for word in words:
            if type(word) is type(value) and word == value:
                return word
        like = suggestion(value, [*first, last]) if isinstance(value, str) else ""
        raise UnreadableError([Complaint((), unexpected(expected, value) + like)])

    return read


def _list_of(kind: Any, _: object) -> Reader:
    entry = reader_of(kind)

    def read(value: object, folder: Path) -> object:
        if not isinstance(value, list | tuple):
            _refuse("a list", value)
        complaints, entries = list[Complaint](), []
        for at, each in enumerate(value):
            try:
                entries.append(entry(each, folder))
            except UnreadableError as error:
                complaints += error.at(at)
        if complaints:
            raise UnreadableError(complaints)
        return tuple(entries)

    return read


def _map_of(key_kind: Any, kind: Any) -> Reader:
    key, entry = reader_of(key_kind), reader_of(kind)

    def read(value: object, folder: Path) -> object:
        if not isinstance(value, Mapping):
            _refuse("a map of keys", value)
        complaints, entries = list[Complaint](), {}
        for name, each in value.items():
            for what, read_it in ((name, key), (each, entry)):
                try:
                    entries[name] = read_it(what, folder)
                except UnreadableError as error:
                    complaints += error.at(name)
        if complaints:
            raise UnreadableError(complaints)
        return entries

    return read


def _truth(value: object, _: Path) -> bool:
    if not isinstance(value, bool):
        _refuse("true or false", value)
    return value


def _whole_number(value: object, _: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse("a whole number", value)
    return value


def _number(value: object, _: Path) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        _refuse("a number", value)
    try:
        number = float(value)
    except OverflowError:
        _refuse("a number", value)
    if not isfinite(number):
        _refuse("a finite number", value)
    return number


def _text(value: object, _: Path) -> str:
    if not isinstance(value, str):
        _refuse("text", value)
    return value


_COMPOSED: Mapping[object, Callable[..., Reader]] = {
    Annotated: _marked,
    Literal: _one_of,
    Mapping: _map_of,
    Union: _nullable,
    UnionType: _nullable,
    tuple: _list_of,
}
_PLAIN: Mapping[object, Reader] = {bool: _truth, int: _whole_number, float: _number, str: _text}


def _refuse(expected: str, value: object) -> NoReturn:
    raise UnreadableError([Complaint((), unexpected(expected, value))])
