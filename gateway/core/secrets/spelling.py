"""One spelling for all: undoes all escapes of URLs, JSON and HTML, and knows the original place of each character.

Facts
-----
* A text may be escaped several times, in both cases of hexadecimal digits, or only in some characters. Its canonical spelling has no
  escapes. A secret in its canonical spelling is searched once in the canonical spelling of a text, not in each encoding.
* A chain of one escape (`%2525…41`, `&amp;amp;…#64;`, a run of backslashes) is undone in one step, so the time is linear.
* The zeros of UTF-16 count as escapes. Without them, ASCII text remains.
* A form writes a blank as `+`. `loose` treats the two as one character.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from html.entities import html5
from itertools import pairwise
from urllib.parse import quote_from_bytes, unquote_to_bytes

from gateway.core.secrets.wire import bytes_of

_ESCAPE = re.compile(
    rb"%(?:25)*([0-9A-Fa-f]{2})"
    rb"|\\++(?:u(?:([dD][89abAB][0-9A-Fa-f]{2})\\++u([dD][c-fC-F][0-9A-Fa-f]{2})|([0-9A-Fa-f]{4}))|([^\\]))?"
    rb"|&(?:amp;)*(?:#([0-9]{1,7});|#[xX]([0-9A-Fa-f]{1,6});|([A-Za-z]{2,10});)"
)
_ZEROS = re.compile(rb"\0++")
_ROUNDS = 5
"""Largest number of different escapes inside each other, such as JSON in a URL in HTML."""
_CONTROLS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_MOST_UNICODE = 0x10FFFF


def canonical(data: bytes) -> bytes:
    """Return a text without its escapes."""
    for _ in range(_ROUNDS):
        if b"\0" in data:
            data = data.replace(b"\0", b"")
        if not _may_be_escaped(data):
            break
        chained = b"\\" in data or b"%25" in data or _may_have_entities(data)
        plain = _ESCAPE.sub(_meant, data) if chained else unquote_to_bytes(data)
        if plain == data:
            break
        data = plain
    return data


def _may_be_escaped(data: bytes) -> bool:
    return b"%" in data or b"\\" in data or _may_have_entities(data)


def _may_have_entities(data: bytes) -> bool:
    return b"&" in data and b";" in data


def loose(data: bytes) -> bytes:
    """Return a canonical text in which a plus sign and a blank are the same."""
    return data.replace(b"+", b" ")


def _meant(escape: re.Match[bytes]) -> bytes:  # noqa: PLR0911  # one for each sort of escape
    """Return the meaning of an escape. An invalid escape stays."""
    percent, high, low, unicode, other, decimal, hexadecimal, name = escape.groups()
    if percent:
        return bytes((int(percent, 16),))
    if high:
        return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10 | int(low, 16) & 0x3FF)).encode()
    if unicode:
        return bytes_of(chr(int(unicode, 16)))
    if other:
        return _CONTROLS.get(other, other)
    if decimal or hexadecimal:
        number = int(decimal) if decimal else int(hexadecimal, 16)
        return bytes_of(chr(number)) if number <= _MOST_UNICODE else escape[0]
    if name:
        return html5[key].encode() if (key := f"{name.decode()};") in html5 else escape[0]
    return escape[0]  # backslashes that end the text


class Spelled:
    """A text in its canonical spelling, with the original place of each byte."""

    def __init__(self, written: bytes) -> None:
        self.written = written
        self.data = written
        self._back: list[Callable[[int], int]] = []
        for _ in range(_ROUNDS):
            if b"\0" in self.data:
                self.data, back = _undone(self.data, _ZEROS, lambda _: b"")
                self._back.append(back)
            if not _may_be_escaped(self.data):
                break
            plain, back = _undone(self.data, _ESCAPE, _meant)
            if plain == self.data:
                break
            self.data = plain
            self._back.append(back)

    def at(self, place: int) -> int:
        """Return the place in the original text of the byte at `place`."""
        for back in reversed(self._back):
            place = back(place)
        return place

    def replacing(self, changes: list[tuple[int, int, bytes, bytes]]) -> bytes:
        """Return the original text with changes (start, end, old, new), each in the spelling of its place."""
        pieces: list[bytes] = []
        done = 0
        for start, end, old, new in changes:
            first, last = self.at(start), self.at(end)
            if first < done:
                continue
            pieces += (self.written[done:first], self._spelled(start, end, old, new))
            done = last
        return b"".join([*pieces, self.written[done:]])

    def _spelled(self, start: int, end: int, old: bytes, new: bytes) -> bytes:
        """Write `new` in the spelling of `old`: equal parts as they were, the rest with the same kind of escapes."""
        written = self.written[self.at(start) : self.at(end)]
        if written == self.data[start:end]:
            return new
        places = [self.at(place) for place in range(start, end + 1)]
        was = [self.written[first:last] for first, last in pairwise(places)]
        if len(old) == len(new) == end - start:
            return b"".join(
                spelling if before == after else bytes((after,)) + (b"\0" if spelling.endswith(b"\0") else b"")
                for before, after, spelling in zip(old, new, was, strict=True)
            )
        known = {
            byte: spelling for byte, spelling in zip(self.data[start:end], was, strict=True) if not chr(byte).isalnum()
        }
        zeros = b"\0" if b"\0" in written else b""
        spelled = b"".join(known.get(byte) or _escaped(bytes((byte,)), written) + zeros for byte in new)
        return spelled if written.endswith(zeros) else spelled.removesuffix(zeros)


def _escaped(byte: bytes, beside: bytes) -> bytes:
    """Return a character with an escape, if the characters beside it have escapes and it needs one."""
    if byte.isalnum() or byte >= b"\x80":
        return byte
    if b"%" in beside:
        return quote_from_bytes(byte, safe="@").encode()
    return b"\\" + byte if b"\\" in beside and byte in b'"\\' else byte


def _undone(
    data: bytes, escapes: re.Pattern[bytes], meant_by: Callable[[re.Match[bytes]], bytes]
) -> tuple[bytes, Callable[[int], int]]:
    """Undo one round of escapes. The returned function maps a place in the result to a place in `data`."""
    pieces: list[bytes] = []
    places, sources, literal = [0], [0], [True]  # each stretch: where it begins in the result and in the data
    place = done = 0
    for escape in escapes.finditer(data):
        meant = meant_by(escape)
        begin, end = escape.span()
        if begin > done:
            pieces.append(data[done:begin])
            place += begin - done
        places += (place, place + len(meant))
        sources += (begin, end)
        literal += (False, True)
        pieces.append(meant)
        place += len(meant)
        done = end
    pieces.append(data[done:])

    def back(at: int) -> int:
        stretch = bisect_right(places, at) - 1
        within = at - places[stretch]
        if literal[stretch]:
            return sources[stretch] + within
        return sources[stretch + 1] if within else sources[stretch]

    return b"".join(pieces), back
