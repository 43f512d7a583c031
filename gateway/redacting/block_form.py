"""Keeps a block of a cassette as a form. When a leg repeats, only the blanks of the form are filled in.

Facts
-----
* If requests have the same fields and the same answer, their blocks differ only in the target, the exchange's id, the time, the
  duration and the answer's Date. These are the blanks. A form is valid until the redaction finds a new secret. Then all forms are
  forgotten.
* A target is redacted alone. If it has a new secret, the form is not valid.
* A Date is a blank only if it has its usual form, and the configuration does not change it.
* A form is made from a usual block with a mark in each blank. Marks are random, so no text of a message can look like a mark.
* A block with a leak is never kept. The contents of blanks are searched like every text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from operator import itemgetter
from secrets import randbelow
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.cassettes.format import in_uri
from gateway.core.bounded import Bounded
from gateway.core.dated import undated
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.transports.redactor import Recording

ID, TIME, MILLISECONDS = "id", "recorded_at", "elapsed_ms"
BLANKS = (ID, TIME, MILLISECONDS)
_PLAIN = re.compile(r"[0-9a-zA-Z.:-]*")
"""A text that YAML writes without quotation marks, like the marks."""
_LEAST, _MOST = 10**14, 10**15
"""Marks have fifteen digits. YAML writes them without quotation marks, as a number and as a text."""
LONGEST = 32 << 10
"""Largest block that is kept, in bytes."""
LONGEST_TARGET = 1024
"""Longest target that is filled in, in characters. A leg with a longer target is redacted as a whole, perhaps in another process."""


class BlockForm(Struct):
    """The block of legs that differ only in the target and in `BLANKS`."""

    notes: Mapping[str, object]
    """The notes about the leg, without the blanks."""
    generation: int
    """The redaction's generation of secrets when the form was made."""
    text: bytes
    """The block, with a `%b` for each blank."""
    in_order: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]
    """Puts the target, the contents of `BLANKS` and the Date into their order in the block."""


class RepeatedLeg(Struct, frozen=True):
    """The block of a leg that repeats: its form, with the target and the Date filled in."""

    form: BlockForm
    target: bytes
    date: bytes
    """The answer's Date. Empty if the Date is not a blank."""
    redaction: Redaction

    @property
    def is_valid(self) -> bool:
        """Whether no secret was found since the form was made."""
        return self.form.generation == self.redaction.generation

    def filled(self, id_: str, recorded_at: str, elapsed_ms: int) -> bytes:
        """Return the block of one more leg. Its id must be harmless."""
        form = self.form
        return form.text % form.in_order(
            (self.target, id_.encode(), recorded_at.encode(), b"%d" % elapsed_ms, self.date)
        )


class BlockForms:
    """The forms of one redaction."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._kept: Bounded[Hashable, BlockForm] = Bounded(
            "blocks of recordings", 16 << 20, longest=4 * LONGEST, size=_size, regulars=True
        )
        self._generation = redaction.generation
        """The generation of secrets for which the kept forms were made."""
        self._undated: Bounded[Headers, tuple[Headers, str]] = Bounded(
            "answers without their Date", 1 << 20, longest=16 << 10, size=_size_of_undated
        )
        policy = redaction.policy
        self._dates_stay = not policy.patterns and not policy.header("date")
        """Whether a Date is secret only if it repeats a secret."""
        self._clean_date = ("", -1)
        """The last Date that has no secret, and the generation of secrets."""

    def of(self, request: Request, response: Response, origin: str, notes: Mapping[str, object]) -> RepeatedLeg | None:
        """Return the block of a leg, if there is a form for it. None if the block must be made. `notes` are the notes about the leg."""
        if request.rewritten_from:
            return None
        key, date = self._key(request, response, origin)
        form = self._kept.get(key)
        if form is None or form.generation != self._redaction.generation:
            return None
        if form.notes is not notes:
            if form.notes != notes:
                return None
            form.notes = notes  # the next leg mostly has the same object
        if date and not self._is_clean(date):
            return None
        target = self._written(request.target)
        if target is None or form.generation != self._redaction.generation:  # the target had a new secret
            return None
        return RepeatedLeg(form, target.encode("ascii"), date.encode("ascii"), self._redaction)

    def are_harmless(self, ids: Sequence[str]) -> bool:
        """Whether all these ids need no quotation marks in YAML, and no id contains a secret or looks like a secret."""
        return _PLAIN.fullmatch("".join(ids)) is not None and self._redaction.are_clean(ID, ids)

    def _key(self, request: Request, response: Response, origin: str) -> tuple[Hashable, str]:
        """Return the parts of a leg that decide its block, without the blanks. Also return the answer's Date; empty if it is no blank."""
        headers, date = response.headers, ""
        if self._dates_stay:
            known: tuple[Headers, str] | None = self._undated.get(headers)
            if known is None:
                known = undated(headers)
                self._undated.put(headers, known)
            headers, date = known
        asked = request.method, request.headers, request.body, request.findings, request.device.name
        answered = response.status, response.reason, headers, response.body, response.source
        return (*asked, *answered, bool(date), origin), date

    def _is_clean(self, date: str) -> bool:
        """Return whether a Date has no secret."""
        now = date, self._redaction.generation
        if now == self._clean_date:
            return True
        if self._redaction.leaks_of_note("date", date):
            return False
        self._clean_date = now
        return True

    def _written(self, target: str) -> str | None:
        """Return a target in the form of a block. None if the whole leg must be redacted."""
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
        """Keep the form of a leg that was just recorded, unless it was the first time. `make` makes a recording at a time."""
        if not isinstance(request.body, bytes) or not isinstance(response.body, bytes):
            return
        if request.rewritten_from or about.get(TIME) != recorded_at or blanks_of(about) is None:
            return
        if not (origin.isascii() and origin.isprintable()):
            return
        generation = self._redaction.generation
        if generation != self._generation:
            self._kept.clear()
            self._generation = generation
        key, date = self._key(request, response, origin)
        if key in self._kept:
            self._kept.pop(key)
            return  # its notes may change each time, and a form costs as much as a recording
        if not self._kept.keeps(key):
            return  # most legs never repeat, and while new secrets come, no form is valid for long
        target = f"/{_mark()}"
        marks = {blank: _mark() for blank in BLANKS}
        marked = {**about, ID: marks[ID], TIME: marks[TIME], MILLISECONDS: int(marks[MILLISECONDS])}
        filled = [target, *marks.values()]
        if date:
            filled.append(f"Sat, 28 Nov {_mark()} 06:02:33 GMT")
            response = replace(response, headers=response.headers.with_("Date", filled[-1]))
        made = make(replace(request, target=target), response, marks[TIME], marked)
        if made.leaks or len(made.block) > LONGEST or (date and filled[-1].encode() not in made.block):
            return
        text, in_order = _blanked(made.block, [mark.encode() for mark in filled])
        self._kept.put(key, BlockForm(without_blanks(about), generation, text, in_order))


def _mark() -> str:
    return str(_LEAST + randbelow(_MOST - _LEAST))


def without_blanks(about: Mapping[str, Any]) -> dict[str, object]:
    """Return the notes about a leg that are the same each time."""
    return {name: value for name, value in about.items() if name not in BLANKS}


def blanks_of(about: Mapping[str, object]) -> tuple[str, str, int] | None:
    """Return the id, the time and the milliseconds of a leg, if they may fill blanks."""
    id_, at, took = about.get(ID), about.get(TIME), about.get(MILLISECONDS)
    if not (isinstance(id_, str) and isinstance(at, str) and took.__class__ is int and isinstance(took, int)):
        return None
    return (id_, at, took) if _PLAIN.fullmatch(id_) and _PLAIN.fullmatch(at) else None


def _blanked(block: bytes, marks: list[bytes]) -> tuple[bytes, Callable[[tuple[bytes, ...]], tuple[bytes, ...]]]:
    """Return a block with a `%b` for each mark, and a function that moves values from the order of the marks to the order of the blanks."""
    found = sorted((at, number) for number, mark in enumerate(marks) for at in _places(block, mark))
    text = block.replace(b"%", b"%%")
    for mark in marks:
        text = text.replace(mark, b"%b")
    return text, itemgetter(*[number for _, number in found])


def _places(block: bytes, mark: bytes) -> Iterator[int]:
    at = block.find(mark)
    while at >= 0:
        yield at
        at = block.find(mark, at + 1)


def _size(key: Any, form: BlockForm) -> int:
    asked: Headers
    answered: Headers
    _, asked, body, findings, *_, answered, content, _, _, _ = key
    fields = asked.size + answered.size + 200 * (len(asked.raw) + len(answered.raw))
    return 2600 + len(form.text) + len(body) + len(content) + fields + 500 * len(findings)


def _size_of_undated(headers: Headers, _: object) -> int:
    return 600 + 2 * headers.size + 300 * len(headers)
