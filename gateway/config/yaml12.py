"""Reads YAML as plain data: maps with text as keys, lists, text, numbers, true, false and null.

Facts
-----
* Plain scalars are read by the rules of YAML 1.2 (gateway/core/yaml_words.py).
* Only libyaml's events are used, so no tag can make an object. Tags and aliases are refused, and the message has their line.
* A key is text: `1:` and `"1":` are the same key. A duplicate key is a flaw, and the first value is used.
"""

import yaml
from msgspec import Struct, field

from gateway.config.problems import Loc, dotted, found
from gateway.core.text import printable
from gateway.core.yaml_words import meaning

_DEPTH = 32  # twice the depth of our configuration; a hostile file cannot exhaust the stack


class Flaw(Struct, frozen=True):
    """A problem of the text itself."""

    line: int
    """From 1."""
    message: str
    loc: Loc = ()
    """The key of the flaw, if it has one."""


class ConfigDocument(Struct):
    """The content of a text."""

    data: object = None
    """Maps, lists and scalars. None if the text is empty, or cannot be read."""
    lines: dict[Loc, int] = field(default_factory=dict)
    """The line of each key and list entry, from 1."""
    flaws: list[Flaw] = field(default_factory=list)
    readable: bool = True
    """Whether `data` is the content of the text. It is also true if the only flaws are duplicate keys."""


class _UnreadableError(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.flaw = Flaw(line, message)


def read(text: str) -> ConfigDocument:
    """Read one YAML document. All problems are in its flaws. It raises nothing."""
    document = ConfigDocument()
    try:
        document.data = _Reader(text, document).document()
    except _UnreadableError as error:
        flaw = error.flaw
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.problem, error.context) if part)
        flaw = Flaw(mark.line + 1 if mark else 1, printable(f"not YAML: {said}"))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1  # approximate, if characters have several bytes
        flaw = Flaw(line, printable(f"not YAML: {error.reason} (#x{error.character:04x})"))
    except UnicodeEncodeError:
        flaw = Flaw(1, "expected UTF-8, found other bytes")
    else:
        return document
    return ConfigDocument(None, {}, [*document.flaws, flaw], readable=False)


class _Reader:
    """Turns libyaml's events into data."""

    def __init__(self, text: str, document: ConfigDocument) -> None:
        self.events = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.lines = document.lines
        self.flaws = document.flaws

    def document(self) -> object:
        data: object = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _UnreadableError(_line(event), "expected one YAML document, found a second")
                data = self.node(next(self.events), ())
        return data

    def node(self, event: yaml.Event, loc: Loc) -> object:
        if isinstance(event, yaml.AliasEvent):
            raise _UnreadableError(_line(event), f"expected a value, found an alias, *{event.anchor}")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _UnreadableError(_line(event), f"expected a value without a tag, found the tag {found(tag)}")
        if len(loc) > _DEPTH:
            raise _UnreadableError(_line(event), f"expected at most {_DEPTH} levels, found more")
        if isinstance(event, yaml.MappingStartEvent):
            return self.map(loc)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.list(loc)
        if not isinstance(event, yaml.ScalarEvent):  # no other event is possible here
            raise _UnreadableError(_line(event), "expected a value, found none")
        return meaning(event.value) if event.implicit[0] else str(event.value)

    def map(self, loc: Loc) -> dict[str, object]:
        data: dict[str, object] = {}
        first: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
                raise _UnreadableError(_line(event), "expected text for a key, found something else")
            at = (*loc, event.value)
            line = first.setdefault(event.value, _line(event))
            self.lines.setdefault(at, line)
            if event.value in data:
                self.flaws.append(Flaw(_line(event), f"duplicate key; line {line} has it already", at))
            data.setdefault(event.value, self.node(next(self.events), at))
        return data

    def list(self, loc: Loc) -> list[object]:
        data: list[object] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            at = (*loc, len(data))
            self.lines.setdefault(at, _line(event))
            data.append(self.node(event, at))
        return data


def place(label: str, flaw: Flaw) -> str:
    """Return the place of a flaw: the file, the line, and the key if there is one."""
    at = f"{label}:{flaw.line}"
    return f"{at} {dotted(flaw.loc)}" if flaw.loc else at


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
