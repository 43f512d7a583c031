"""Workers share the secrets that they have met. So each worker also removes the other workers' secrets from its recordings.

Facts
-----
* Each worker has a shared memory that only it writes, and all others read (`system/shared_memory.py`). So there is no lock, and
  a worker that hangs or was killed delays nobody.
* A worker writes a secret as soon as it meets it. The others read the memory before each of their exchanges. So if an app gets a secret
  from one worker, and sends it to another worker, the second worker already knows it.
* When a memory is full, writing goes on at its start (the next lap). A slow reader then misses secrets. Each loss is counted.
* An entry says which key made its pseudonym, since workers change to another key one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from zlib import crc32

from gateway.core.model import Exchange
from gateway.core.redaction import Redaction
from gateway.core.secrets.wire import bytes_of, text_of
from gateway.exchanges.observers import EndOnly
from gateway.system.shared_memory import anonymous, mapped

HEADER = 8
ROOM = 4 << 20
"""Size of a memory in bytes: about 20,000 secrets."""
LONGEST = 1 << 16
"""Longest entry in bytes; a longer secret is not shared."""
AT_ONCE = 256
"""Number of secrets that are learned in one step of the event loop. Each one costs up to 0.1 ms."""
_TAG = 8
_HEAD = 12 + _TAG
"""Bytes before the two texts of an entry: both lengths, a checksum, and the key's mark."""


def new_memory() -> int:
    """Return the descriptor of a memory for one worker."""
    return anonymous(HEADER + ROOM)


def mark_of(redaction: Redaction) -> bytes:
    """Return a mark that identifies key and policy. Pseudonyms with another mark are not used."""
    return blake2b(redaction.key, digest_size=_TAG).digest()


class Telling:
    """The end of the worker that writes."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mapped(descriptor)
        self._count = memoryview(self._memory)[:HEADER].cast("Q")

    def tell(self, mark: bytes, secret: str, replacement: str) -> None:
        """Write a secret and its pseudonym."""
        entry = _entry(mark, bytes_of(secret), bytes_of(replacement))
        if len(entry) > LONGEST:
            return
        at = self._count[0]
        place = at % ROOM
        if place + len(entry) + _HEAD > ROOM:  # the entry does not fit before the end of the memory
            self._memory[HEADER + place : HEADER + ROOM] = bytes(ROOM - place)
            at += ROOM - place
            place = 0
        self._memory[HEADER + place : HEADER + place + len(entry)] = entry
        self._count[0] = at + len(entry)


class Hearing:
    """The end of a worker that reads. It begins at the start of the lap."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mapped(descriptor)
        self._count = memoryview(self._memory)[:HEADER].cast("Q")
        self._at = self._count[0] - self._count[0] % ROOM
        self.missed = 0
        """How often entries were overwritten before they were read."""

    @property
    def is_behind(self) -> bool:
        """Whether there are new secrets."""
        return self._count[0] != self._at

    def new(self, mark: bytes, most: int) -> list[tuple[str, str]]:
        """Return up to `most` new secrets with this mark, each with its pseudonym."""
        found: list[tuple[str, str]] = []
        end = self._count[0]
        if end - self._at > ROOM:
            self._at = end - end % ROOM
            self.missed += 1
        while self._at < end and len(found) < most:
            place = HEADER + self._at % ROOM
            head = self._memory[place : place + _HEAD]
            one, other = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
            if not one:  # the lap ends here
                self._at += ROOM - self._at % ROOM
                continue
            data = self._memory[place + _HEAD : place + _HEAD + one + other]
            if crc32(head[12:] + data) != int.from_bytes(head[8:12], "big"):  # it is being overwritten
                self._at = end - end % ROOM
                self.missed += 1
                return found
            self._at += _HEAD + one + other
            if head[12:] == mark:
                found.append((text_of(data[:one]), text_of(data[one:])))
        return found


class MetTogether(EndOnly):
    """An observer. It shares the secrets that this worker meets. Before each exchange it learns the secrets of the other workers."""

    def __init__(self, redaction: Callable[[], Redaction], telling: Telling | None, others: Iterable[Hearing]) -> None:
        """`redaction` returns the redaction that the gateway uses now."""
        self._redaction = redaction
        self._telling = telling
        self._others: Sequence[Hearing] = list(others)

    def began(self, exchange: Exchange) -> None:
        """Learn the new secrets."""
        del exchange
        for other in self._others:
            if other.is_behind:
                self.hear()
                return

    def ended(self, exchange: Exchange) -> None:
        """Do nothing."""

    def warn(self, event: str, **about: object) -> None:
        """Do nothing."""

    def hear(self) -> None:
        """Learn the secrets that other workers have met since the last call."""
        redaction = self._redaction()
        mark = mark_of(redaction)
        for other in self._others:
            redaction.hear(other.new(mark, max(1, AT_ONCE // len(self._others))))

    def share(self) -> None:
        """Share the secrets that the present redaction meets from now on."""
        telling, redaction = self._telling, self._redaction()
        if telling is not None:
            mark = mark_of(redaction)
            redaction.share(lambda secret, replacement: telling.tell(mark, secret, replacement))


def _entry(mark: bytes, secret: bytes, replacement: bytes) -> bytes:
    data = secret + replacement
    head = len(secret).to_bytes(4, "big") + len(replacement).to_bytes(4, "big")
    return head + crc32(mark + data).to_bytes(4, "big") + mark + data
