"""A block of a cassette that is kept as a form: when a leg is recorded again, its blanks are filled in, and nothing else is worked out.

Facts
-----
* Of the same request and the same answer a recording says the same, except for the exchange's id, the time and how long the answer took.
  These are the blanks. This holds as long as no secret was met since.
* A form is cut out of a block that was made as every block is, with a mark in each blank. Marks are random, so no text of a message
  can be taken for one.
* A block in which a leak was found is never kept. What fills a blank is looked at like every text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from operator import itemgetter
from secrets import randbelow
from typing import Any

from msgspec import Struct

from gateway.core.bounded import Bounded
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.transports.redactor import Recording

ID, TIME, MILLISECONDS = "id", "recorded_at", "elapsed_ms"
BLANKS = (ID, TIME, MILLISECONDS)
_PLAIN = re.compile(r"[0-9a-zA-Z.:-]*")
"""A text that is quoted as the marks are."""
_LEAST, _MOST = 10**14, 10**15
"""Marks have fifteen digits: YAML writes them as they are, whether they are a number or a text."""
LONGEST = 32 << 10
"""Bytes of a block that is kept."""


class BlockForm(Struct):
    """The recording of a leg that repeats."""

    notes: Mapping[str, object]
    """The notes about it, without the blanks."""
    redaction: Redaction
    generation: int
    """How much the redaction knew when it was made."""
    text: bytes
    """The block, with a `%b` for each blank."""
    in_order: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]
    """Returns the contents of `BLANKS` in the order in which they stand in the text."""

    def filled(self, id_: str, recorded_at: str, elapsed_ms: int) -> bytes | None:
        """Return the block of one more leg."""
        if self.generation != self.redaction.generation:
            return None
        if _PLAIN.fullmatch(id_) is None or _PLAIN.fullmatch(recorded_at) is None:
            return None
        if self.redaction.leaks_of_note(ID, id_):
            return None
        return self.text % self.in_order((id_.encode(), recorded_at.encode(), b"%d" % elapsed_ms))


class BlockForms:
    """The forms of one redaction."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._kept: Bounded[Hashable, BlockForm | None] = Bounded(
            "blocks of recordings", 16 << 20, longest=4 * LONGEST, size=_size, regulars=True
        )

    def of(self, request: Request, response: Response, origin: str, notes: Mapping[str, object]) -> BlockForm | None:
        """Return the form of a leg, if one of the same request and answer was made, with the same `notes` about it."""
        form = self._kept.get(_key(request, response, origin))
        if form is None or form.generation != self._redaction.generation:
            return None
        if form.notes is not notes:
            if form.notes != notes:
                return None
            form.notes = notes  # most often it is the same object the next time
        return form

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
        if request.rewritten_from or about.get(TIME) != recorded_at or blanks_of(about) is None:
            return
        key = _key(request, response, origin)
        if key not in self._kept and not self._kept.put(key, None):  # most legs never repeat
            return
        marks = {blank: str(_LEAST + randbelow(_MOST - _LEAST)) for blank in BLANKS}
        marked = {**about, ID: marks[ID], TIME: marks[TIME], MILLISECONDS: int(marks[MILLISECONDS])}
        made = make(request, response, marks[TIME], marked)
        if made.leaks or len(made.block) > LONGEST:
            return
        text, in_order = _blanked(made.block, [mark.encode() for mark in marks.values()])
        self._kept.put(
            key, BlockForm(without_blanks(about), self._redaction, self._redaction.generation, text, in_order)
        )


def _key(request: Request, response: Response, origin: str) -> Hashable:
    asked = request.method, request.target, request.headers, request.body, request.rewritten_from
    return *asked, response.status, response.reason, response.headers, response.body, response.source, origin


def without_blanks(about: Mapping[str, Any]) -> dict[str, object]:
    """Return what is said about a leg each time."""
    return {name: value for name, value in about.items() if name not in BLANKS}


def blanks_of(about: Mapping[str, object]) -> tuple[str, str, int] | None:
    """Return the id, the time and the milliseconds of a leg, if they may fill blanks."""
    id_, at, took = about.get(ID), about.get(TIME), about.get(MILLISECONDS)
    if not (isinstance(id_, str) and isinstance(at, str) and took.__class__ is int and isinstance(took, int)):
        return None
    return (id_, at, took) if _PLAIN.fullmatch(id_) and _PLAIN.fullmatch(at) else None


def _blanked(block: bytes, marks: list[bytes]) -> tuple[bytes, Callable[[tuple[bytes, ...]], tuple[bytes, ...]]]:
    """Return a block with a blank for each mark, and what brings contents that are in the order of the marks into that of the blanks."""
    found = re.compile(b"|".join(marks)).findall(block)
    text = block.replace(b"%", b"%%")
    for mark in marks:
        text = text.replace(mark, b"%b")
    return text, itemgetter(*[marks.index(mark) for mark in found])


def _size(key: Any, form: BlockForm | None) -> int:
    target: str
    asked: Headers
    answered: Headers
    _, target, asked, body, *_, answered, content, _, _ = key
    held = len(form.text) + 2000 if form is not None else 0
    fields = asked.size + answered.size + 200 * (len(asked.raw) + len(answered.raw))
    return 600 + held + len(target) + len(body) + len(content) + fields
