"""Notes between gateways. They are sealed, in a stream of Redis; all gateways read it from its beginning, in the same order.

Facts
-----
* The notes of one turn of the event loop are one entry. An entry names its sender, and has a number. Each entry is read once, so a copied
  entry is ignored. A forged entry is ignored, too.
* The stream is bounded. A gateway that joins late reads the entries that are left. It learns the rest when the devices call.
"""

from __future__ import annotations

import asyncio
from collections import deque

import msgspec

from gateway.core.bounded import Bounded
from gateway.fleet.link import Link
from gateway.fleet.names import KeyNames
from gateway.fleet.redis_state import Note
from gateway.fleet.sealing import NotSealedError

MOST = 20_000
"""Approximate number of entries that the stream keeps."""
WAITING = 20_000
"""Largest number of notes that wait while Redis does not answer. Beyond it, the oldest notes are dropped."""
AT_ONCE = 200
"""Largest number of notes in one entry. A reader applies them in one step of the event loop."""
MEMBERS = 1 << 20
"""Largest size of the facts about sending processes, in bytes: about 5,000 processes."""


class NotesEntry(msgspec.Struct, frozen=True, array_like=True):
    """One entry."""

    run: str
    """The process that wrote it."""
    number: int
    """The number of this entry among the process's entries, from 1."""
    notes: list[Note]


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(NotesEntry)


class Notes:
    """Both ends of the stream, for one gateway."""

    def __init__(self, link: Link, names: KeyNames, run: str) -> None:
        self._link = link
        self._names = names
        self._run = run
        self._number = 0
        self._waiting: deque[Note] = deque(maxlen=WAITING)
        self._flushing = False
        self._heard: Bounded[str, int] = Bounded("processes of the fleet", MEMBERS)
        """For each process: the number of its last entry that was read."""

    @property
    def stream(self) -> str:
        """The name of the stream."""
        return self._names.of_life("notes")

    def tell(self, note: Note) -> None:
        """Tell the others, at the end of this turn of the loop, or as soon as Redis answers."""
        self._waiting.append(note)
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Send the waiting notes."""
        self._flushing = False
        if not self._waiting or self._link.outage.is_on:
            return
        while self._waiting:
            notes = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            self._number += 1
            sealed = self._names.sealing.seal(_encode(NotesEntry(self._run, self._number, notes)), self.stream)
            if not self._link.send("XADD", self.stream, "MAXLEN", "~", MOST, "*", "n", sealed):
                self._waiting.extendleft(reversed(notes))
                return

    def read(self, sealed: bytes) -> tuple[list[Note], bool]:
        """Return the notes of an entry, and whether this gateway wrote it. An invalid entry, or one that was read before, has no notes."""
        try:
            told = _decoder.decode(self._names.sealing.unseal(sealed, self.stream))
        except (NotSealedError, msgspec.DecodeError):
            self._link.outage.foreign += 1
            return [], False
        if told.number <= self._heard.get(told.run, 0):
            return [], False
        self._heard.put(told.run, told.number)
        return told.notes, told.run == self._run
