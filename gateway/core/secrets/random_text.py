r"""Finds long random texts: their places, and whether a decoded text is random.

Facts
-----
* A URL is judged segment by segment and parameter by parameter. A host does not belong to the segment after it. A `%2F` does not end a
  parameter. JSON may write `\/` for a slash.
* Base64 has slashes, too. Outside of a URL, a run is judged together with its slashes.
* Text in Base64 is judged by its content. A pseudonym does not count as random.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gateway.core.secrets.pseudonyms import LEAST, is_pseudonym, is_pseudonym_bytes, unb64
from gateway.core.secrets.public import is_public

_RUN = re.compile(
    r"(?:[A-Za-z0-9+/_~-]|%(?:25)*[0-9A-Fa-f]{2}|\\{1,4}/)(?:[A-Za-z0-9+/_~-]|%(?:25)*[0-9A-Fa-f]{2}|\\{1,4}/){31,}+(?:=|%(?:25)*3[Dd]){0,2}"
)
SHORTEST = 40
"""Length of the shortest random text, in characters after decoding."""
_PLAIN = re.compile(rf"[A-Za-z0-9+/_~-]{{{SHORTEST},}}+={{0,2}}")
_SHORTEST_SEGMENT = 32
"""Length of the shortest segment that is judged alone, in characters."""
_MAY_RUN = re.compile(r"(?<![A-Za-z0-9+/_~%\\-])[A-Za-z0-9+/_~%\\-]{32}")
"""Finds the beginning of a possible run by its characters alone. Most texts have no run, and this expression finds that out quickly."""
_SLASH = re.compile(r"\\{0,4}/")
_STOP = re.compile(r"[\s\"'<>()\[\]{},|`^]")
_LOOKED_BACK = 512
"""Number of characters that are searched for the beginning of a URL."""
_SCHEME = re.compile(r":(?:\\{0,4}/){2}")
_ENDS = re.compile(r"[^\s\"'<>()\[\]{},|`^&;#?]*+")
_SEGMENT_END = re.compile(r"(?:[^\s\"'<>()\[\]{},|`^&;#?/\\]|\\(?!/))*+")
_CLASSES = (re.compile("[A-Z]"), re.compile("[a-z]"), re.compile("[0-9]"))
_TURN = re.compile("(?<=[A-Z])[^A-Z]|(?<=[a-z])[^a-z]|(?<=[0-9])[^0-9]")
_BITS = 4.2
"""Smallest number of bits in a character of a random text. Prose and paths have fewer than 4, random Base64 has nearly 6."""
_TURNS = 0.4
"""Smallest share of changes between small letters, capitals and digits in a random text. Random Base64 has 0.6, names have far less."""
_LOUD = re.compile("[A-Z0-9]")
_LOUDNESS = 0.36
"""Smallest share of capitals and digits in a random text. Random Base64 has 0.55, CamelCase 0.25."""


class Candidate(NamedTuple):
    """The parts of a run that may be random, and the place of the whole run. If no part is random, the whole run may be."""

    parts: list[tuple[int, int]]
    whole: tuple[int, int] | None


def may_be_random(text: str) -> bool:
    """Return whether a text has a part that is long enough to be judged. The search is fast, and most texts have no such part."""
    return _MAY_RUN.search(text) is not None


def candidates(text: str) -> Iterator[Candidate]:
    """Yield the parts that are long enough to be judged: parameters, segments of paths, runs."""
    if len(text) < SHORTEST or not may_be_random(text):
        return
    done = 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        if start < done:
            continue
        url = text[max(0, start - _LOOKED_BACK) : start]
        if url and (stop := _STOP.search(url[::-1])):
            url = url[len(url) - stop.start() :]
        equals = url.find("=", max(url.rfind("&"), url.rfind(";"), url.rfind("?"), url.rfind("#")) + 1) if url else -1
        if equals >= 0:  # after the name of a parameter of a URL or a form
            found = _ENDS.match(text, start)
            done = max(end, found.end() if found else end)
            yield Candidate([], (start - len(url) + equals + 1, done))
            continue
        done = end
        in_url = ":" in url and _SCHEME.search(url + run[0]) is not None
        is_path = in_url or (url or run[0]).startswith("/") or (url + run[0]).startswith("\\/")
        segments = _segments(text, start, end) if is_path else []
        if segments or end - start >= SHORTEST:
            yield Candidate(segments, None if in_url else (start, end))


def _segments(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the longer segments of a path."""
    found: list[tuple[int, int]] = []
    if max(map(len, text[start:end].split("/"))) < _SHORTEST_SEGMENT:  # as in most paths
        return found
    at = start
    for slash in [*_SLASH.finditer(text, start, end), None]:
        stop = slash.start() if slash else end
        if stop - at >= _SHORTEST_SEGMENT:
            segment = _SEGMENT_END.match(text, at)
            found.append((at, max(stop, segment.end() if segment else stop)))
        at = slash.end() if slash else end
    return found


def is_random(piece: str, looks: Callable[[str], bool]) -> bool:
    """Return whether a decoded piece is random. `looks` judges text in Base64."""
    plain = piece.replace("\\/", "/")
    return any(_is_random(run[0], looks) for run in _PLAIN.finditer(plain))


def _is_random(run: str, looks: Callable[[str], bool]) -> bool:
    wrapped = unb64(run)
    if is_pseudonym(run) or is_pseudonym_bytes(wrapped) or is_public(run, wrapped):
        return False
    try:
        if plain := wrapped.decode():  # text in Base64 is judged by what it says
            return looks(plain)
    except UnicodeDecodeError:
        pass
    parts = run.split("/")
    if any(len(part) >= LEAST and is_pseudonym(part) for part in parts):  # a segment of a path
        return any(_PLAIN.fullmatch(part) and _is_random(part, looks) for part in parts)
    if not all(letters.search(run) for letters in _CLASSES):
        return False
    counts = Counter(run)
    bits = -sum(n / len(run) * math.log2(n / len(run)) for n in counts.values())
    turns, loud = len(_TURN.findall(run)) / len(run), len(_LOUD.findall(run)) / len(run)
    return bits > _BITS and turns > _TURNS and loud > _LOUDNESS
