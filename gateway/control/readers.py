"""The reader of each gateway's journal: one a gateway, for as long as the gateway is there."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from gateway.control.reading import JournalReader
from gateway.control.routes import ApiCall
from gateway.control.steering import Steered

_READERS: WeakKeyDictionary[Steered, JournalReader] = WeakKeyDictionary()


def reader_of(asked: ApiCall) -> JournalReader:
    """Return the reader of the gateway that was asked about."""
    reader = _READERS.get(asked.gateway)
    if reader is None:
        controlled = asked.controlled
        own = controlled.gateway if asked.gateway is controlled.main else ""
        reader = JournalReader(asked.gateway, plain_addresses=controlled.plain_addresses, own=own)
        _READERS[asked.gateway] = reader
    return reader
