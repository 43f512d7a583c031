"""Adds a device to the text of devices.yaml. All other text stays as it is: comments, order and spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping

import yaml
from msgspec import Struct

from gateway.config import yaml12

OTHERWISE = "write the device into the file yourself"


class NotAddedError(ValueError):
    """The device cannot be added to the file. The text says why."""


class _Span(Struct):
    """The place of the map of devices in the text, as positions in characters."""

    start: int
    """The start of the map. If the key `devices` has no value: the place for one."""
    end: int
    """The end of the last entry."""
    column: int | None = None
    """The column of its keys, if each one has its own line."""
    is_empty: bool = True
    is_flow: bool = False
    """Whether the map is written in braces."""


def with_device(text: str, name: str, match: Mapping[str, str]) -> str:
    """Return `text` with one more device. A NotAddedError says why it cannot be added."""
    said = yaml12.read(text)
    data = said.data if said.data is not None else {}
    if said.flaws or not isinstance(data, dict) or not set(data) <= {"devices"}:
        message = f"expected a map with the single key devices; {OTHERWISE}"
        raise NotAddedError(message)
    known = data.get("devices") or {}
    if not isinstance(known, dict) or name in known:
        message = f"the file already has a device named {name}"
        raise NotAddedError(message)
    made = _inserted(text, name, match)
    if yaml12.read(made).data != {"devices": {**known, name: {"match": dict(match)}}}:
        message = f"the gateway cannot add to a file in this form; {OTHERWISE}"
        raise NotAddedError(message)
    return made


def _inserted(text: str, name: str, match: Mapping[str, str]) -> str:
    ending = "\r\n" if "\r\n" in text else "\n"
    entry = f"{name}: {{match: {{{', '.join(f'{key}: {json.dumps(value)}' for key, value in match.items())}}}}}"
    span = _devices_in(text)
    if span is None and not any(isinstance(event, yaml.MappingStartEvent) for event in _events(text)):
        before = text if not text or text.endswith("\n") else f"{text}{ending}"
        return f"{before}devices:{ending}  {entry}{ending}"
    if span is None:  # the whole file is {}
        return text.replace("{", f"{{devices: {{{entry}}}", 1)
    if span.is_flow:
        return f"{text[: span.end]}{'' if span.is_empty else ', '}{entry}{text[span.end :]}"
    if span.is_empty:  # the key devices without a value, or with null
        return f"{text[: span.start]}{ending}  {entry}{text[span.end :]}"
    line_end = text.find("\n", span.end)
    at = len(text) if line_end < 0 else line_end + 1
    before = text[:at] if text[:at].endswith("\n") else f"{text[:at]}{ending}"
    return f"{before}{' ' * (span.column or 0)}{entry}{ending}{text[at:]}"


def _events(text: str) -> list[yaml.Event]:
    return list(yaml.parse(text, Loader=yaml.SafeLoader))  # its marks count characters; libyaml's marks do not


def _begin(event: yaml.Event) -> yaml.Mark | yaml._yaml.Mark:
    assert event.start_mark is not None  # noqa: S101  # each event of a text has its marks
    return event.start_mark


def _end(event: yaml.Event) -> int:
    assert event.end_mark is not None  # noqa: S101  # as above
    return event.end_mark.index


def _devices_in(text: str) -> _Span | None:
    """Find the value of the key `devices`, the only key of the file's map. None if there is no such key."""
    outside = yaml.StreamStartEvent | yaml.DocumentStartEvent
    events = [event for event in _events(text) if not isinstance(event, outside)]
    if len(events) < 3 or not isinstance(events[1], yaml.ScalarEvent):  # noqa: PLR2004  # a map, its key and the value
        return None
    key, value = events[1], events[2]
    if isinstance(value, yaml.ScalarEvent):
        return _Span(_end(key) + 1, _end(value) if value.value else _end(key) + 1)
    if not isinstance(value, yaml.MappingStartEvent):
        return None
    inside = events[3 : _end_of(events, 2)]
    if value.flow_style:
        end = _end(inside[-1]) if inside else _end(value)
        return _Span(_begin(value).index, end, is_empty=not inside, is_flow=True)
    # the end of a block map is where the next token begins: comments may stand between
    end = max(
        _end(event)
        for event in inside
        if not isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent) or _end(event) > _begin(event).index
    )
    return _Span(_begin(value).index, end, _begin(inside[0]).column, is_empty=False)


def _end_of(events: list[yaml.Event], start: int) -> int:
    """Return the end of the map or list that begins at `start`."""
    depth = 0
    for at in range(start, len(events)):
        depth += isinstance(events[at], yaml.MappingStartEvent | yaml.SequenceStartEvent)
        depth -= isinstance(events[at], yaml.MappingEndEvent | yaml.SequenceEndEvent)
        if not depth:
            return at
    return len(events)
