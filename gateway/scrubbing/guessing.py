"""Finds words that look like secrets, though no name marks them as secrets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from gateway.core.model import Interaction
from gateway.core.secrets.everywhere import everywhere
from gateway.core.secrets.leaks import random_pieces
from gateway.core.secrets.pseudonyms import is_pseudonym
from gateway.core.secrets.scrub import JWT
from gateway.core.secrets.shapes import shapes_in
from gateway.scrubbing.places import places


def guessed(interaction: Interaction, where: Collection[str]) -> list[str]:
    """Return the words that look like secrets in the places `where`. The leak gate gives the places their names."""
    found: list[str] = []

    def judge(text: str) -> str:
        found.extend(word for word in _words(text) if not is_pseudonym(word))
        return text

    for place, leg in places(interaction):
        if place in where:
            everywhere(*leg, judge)
    if any(place.startswith("x_gateway") for place in where):
        for text in _texts(interaction.about):
            judge(text)
    return found


def _words(text: str) -> Iterator[str]:
    yield from random_pieces(text)
    yield from (text[start:end] for start, end in shapes_in(text))
    yield from (token[2] for token in JWT.finditer(text))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _texts(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _texts(entry)
