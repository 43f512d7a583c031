"""The readers of journals. Each gateway has one reader for as long as it exists."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from gateway.control.reading import JournalReader
from gateway.control.routes import ApiCall
from gateway.control.steering import Steered

_READERS: WeakKeyDictionary[Steered, JournalReader] = WeakKeyDictionary()


def reader_of(asked: ApiCall) -> JournalReader:
    """Return the reader for the gateway of a request."""
    reader = _READERS.get(asked.gateway)
    if reader is None:
        controlled = asked.controlled
        own = controlled.gateway if asked.gateway is controlled.main else ""
        reader = JournalReader(asked.gateway, plain_addresses=controlled.plain_addresses, own=own)
        _READERS[asked.gateway] = reader
    return reader
