"""YAML files of other tools, read as strictly as our own: one interaction at a time, with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from yaml.events import Event, ScalarEvent

from gateway.cassettes.errors import Problem
from gateway.cassettes.strict import BINARY, UNREADABLE, Document, Node, kind, unreadable, value


class RubyDocument(Document):
    """Finds Ruby's `!binary`, which its writer uses instead of YAML's `!!binary`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        get_event: Callable[[], Event | None] = self._next

        def with_binary() -> Event | None:
            event = get_event()
            if isinstance(event, ScalarEvent) and event.tag == "!binary":
                event.tag = BINARY
            return event

        self._next = with_binary


def blocks(data: bytes, key: str, make: type[Document] = Document) -> Iterator[tuple[int, dict[str, Node]]]:
    """Yield the maps of the list under the top-level `key`, each with its line. Raises `Problem`."""
    try:
        found = False
        document = make(data.decode("utf-8-sig"))
        for name, _ in document.entries():
            if name != key:
                document.node(document.event())
                continue
            found = True
            for line, node in document.items(key):
                if not isinstance(node, dict):
                    raise Problem(line, key, "maps with `request` and `response`", kind(node))
                yield line, node
        if not found:
            raise Problem(1, "", f"a list under `{key}`", "no such key")
    except UNREADABLE as error:
        raise unreadable(error, data) from error


def valued(node: Node) -> dict[str, object]:
    """Return the values of a block."""
    said = value(node, "")
    return said if isinstance(said, dict) else {}


def top_keys(data: bytes, *keys: bytes) -> bool:
    """Return whether one of `keys` begins a line of a YAML document, or is in a JSON document."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return any(b'"' + key + b'"' in data[:65536] for key in keys)
    return any(data.startswith(key + b":") or b"\n" + key + b":" in data for key in keys)
