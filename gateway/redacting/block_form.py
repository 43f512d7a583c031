"""A block of a cassette that is kept as a form: when a leg is recorded again, its blanks are filled in, and nothing else is worked out.

Facts
-----
* Of requests with the same fields and the same answer a recording says the same, except for the target, the exchange's id, the time and
  how long the answer took. These are the blanks. This holds as long as no secret was met since.
* A target is redacted by itself. If it has a secret that is new, nothing of the form holds.
* A form is cut out of a block that was made as every block is, with a mark in each blank. Marks are random, so no text of a message
  can be taken for one.
* A block in which a leak was found is never kept. What fills a blank is looked at like every text.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from secrets import randbelow
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.cassettes.format import in_uri
from gateway.core.bounded import Bounded
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.transports.redactor import Recording

ID, TIME, MILLISECONDS = "id", "recorded_at", "elapsed_ms"
_BLANKS = (ID, TIME, MILLISECONDS)
_TARGET = "target"
_PLAIN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-")
"""What a text consists of that is quoted as the marks are."""
_LEAST, _MOST = 10**14, 10**15
"""Marks have fifteen digits: YAML writes them as they are, whether they are a number or a text."""
LONGEST = 32 << 10
"""Bytes of a block that is kept."""
LONGEST_TARGET = 1024
"""Characters of a target that is filled in. Of a longer one the whole leg is looked at, which may be work for another process."""


class BlockForm(Struct):
    """The recording of a leg that repeats."""

    notes: Mapping[str, object]
    """The notes about it, without the blanks."""
    generation: int
    """How much the redaction knew when it was made."""
    pieces: tuple[bytes, ...]
    """The texts before, between and after the blanks."""
    blanks: tuple[str, ...]
    """Which blank is behind each piece but the last one."""

    def filled(self, target: str, about: Mapping[str, Any]) -> bytes:
        """Return the block of one more leg."""
        made = [self.pieces[0]]
        for blank, piece in zip(self.blanks, self.pieces[1:], strict=True):
            filling = target if blank == _TARGET else str(about[blank])
            made += (filling.encode("ascii"), piece)
        return b"".join(made)


class BlockForms:
    """The forms of one redaction."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._kept: Bounded[Hashable, BlockForm | int] = Bounded(
            "blocks of recordings", 16 << 20, longest=4 * LONGEST, size=_size, regulars=True
        )
        """A form; or where there is none yet, how much the redaction knew when such a leg was recorded last."""

    def again(
        self,
        request: Request,
        response: Response,
        origin: str,
        notes: Mapping[str, object],
        blanks: Mapping[str, Any],
    ) -> bytes | None:
        """Return the block of a leg, if there is a form for it; None if it has to be made.

        `notes` are the notes about it, and `blanks` hold id, time and milliseconds.
        """
        if request.rewritten_from:
            return None
        form = self._kept.get(_key(request, response, origin))
        if not isinstance(form, BlockForm) or form.generation != self._redaction.generation:
            return None
        if form.notes is not notes:
            if form.notes != notes:
                return None
            form.notes = notes  # most often it is the same object the next time
        if not _is_plain(blanks) or self._redaction.leaks_of_note(ID, blanks[ID]):
            return None
        target = self._written(request.target)
        if target is None or form.generation != self._redaction.generation:  # the target had a secret of its own
            return None
        return form.filled(target, blanks)

    def _written(self, target: str) -> str | None:
        """Return a target as a block has it; None where the whole leg has to be looked at."""
        if len(target) > LONGEST_TARGET:
            return None
        redacted = self._redaction.recorded_target(target)
        return None if redacted.leaks else in_uri(redacted.text)

    def learn(
        self,
        request: Request,
        response: Response,
        origin: str,
        recorded_at: str,
        about: Mapping[str, Any],
        make: Callable[[Request, Response, str, Mapping[str, object]], Recording],
    ) -> None:
        """Keep the form of a leg that was recorded just now, where that was not the first time; `make` makes a recording at a time."""
        if not isinstance(request.body, bytes) or not isinstance(response.body, bytes):
            return
        if request.rewritten_from or about.get(TIME) != recorded_at or not _is_plain(about):
            return
        if not (origin.isascii() and origin.isprintable()):
            return
        key = _key(request, response, origin)
        known = self._kept.get(key)
        generation = self._redaction.generation
        if known != generation and not (self._kept.put(key, generation) and known is None):
            return  # most legs never repeat, and where secrets are met all the time no form holds for long
        marks = {blank: str(_LEAST + randbelow(_MOST - _LEAST)) for blank in _BLANKS}
        marks[_TARGET] = f"/{_LEAST + randbelow(_MOST - _LEAST)}"
        marked = {**about, ID: marks[ID], TIME: marks[TIME], MILLISECONDS: int(marks[MILLISECONDS])}
        made = make(replace(request, target=marks[_TARGET]), response, marks[TIME], marked)
        if made.leaks or len(made.block) > LONGEST:
            return
        pieces, blanks = _cut(made.block, marks)
        self._kept.put(key, BlockForm(without_blanks(about), self._redaction.generation, pieces, blanks))


def _key(request: Request, response: Response, origin: str) -> Hashable:
    asked = request.method, request.headers, request.body, request.findings, request.device.name
    return *asked, response.status, response.reason, response.headers, response.body, response.source, origin


def without_blanks(about: Mapping[str, Any]) -> dict[str, object]:
    """Return what is said about a leg each time."""
    return {name: value for name, value in about.items() if name not in _BLANKS}


def _is_plain(about: Mapping[str, Any]) -> bool:
    id_, at, took = about.get(ID), about.get(TIME), about.get(MILLISECONDS)
    texts = id_.__class__ is str and at.__class__ is str and took.__class__ is int
    return texts and _PLAIN.issuperset(str(id_)) and _PLAIN.issuperset(str(at))


def _cut(block: bytes, marks: Mapping[str, str]) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """Return the pieces of a block between its marks, and which mark stood behind each."""
    pieces: list[bytes] = []
    blanks: list[str] = []
    found: list[tuple[int, str]] = []
    for blank, mark in marks.items():
        at = block.find(mark.encode())
        while at >= 0:
            found.append((at, blank))
            at = block.find(mark.encode(), at + 1)
    done = 0
    for at, blank in sorted(found):
        pieces.append(block[done:at])
        blanks.append(blank)
        done = at + len(marks[blank])
    return (*pieces, block[done:]), tuple(blanks)


def _size(key: Any, form: BlockForm | int) -> int:
    asked: Headers
    answered: Headers
    _, asked, body, findings, *_, answered, content, _, _ = key
    held = sum(map(len, form.pieces)) + 2000 if isinstance(form, BlockForm) else 0
    fields = asked.size + answered.size + 200 * (len(asked.raw) + len(answered.raw))
    return 600 + held + len(body) + len(content) + fields + 500 * len(findings)
