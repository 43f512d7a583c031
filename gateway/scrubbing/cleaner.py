"""Removes the secrets of many interactions. Each interaction is searched twice: first for its own secrets, then for the secrets of all."""

from __future__ import annotations

from collections import Counter
from functools import partial

from msgspec import Struct

from gateway.core.model import Interaction, Request
from gateway.core.redaction import Redaction
from gateway.core.secrets.leaks import Leak, leaks
from gateway.core.secrets.seen import Seen
from gateway.scrubbing.counting import REPEATED, CountingScrub, Tallies
from gateway.scrubbing.guessing import guessed
from gateway.scrubbing.unplayable import rules_for


class Begun(Struct, frozen=True):
    """An interaction after the first search. Secrets that only other interactions reveal are still in it."""

    request: Request
    """The request as it was read."""
    interaction: Interaction
    counts: Counter[str]
    """Number of removed secrets by kind."""
    looks: Counter[str]
    """Number of places that look like a secret, by sort."""


class Cleaned(Struct, frozen=True):
    """An interaction without its secrets."""

    interaction: Interaction
    removed: Counter[str]
    """Number of removed secrets by kind."""
    left: list[Leak]
    """Leaks that the last search has found. Usually there are no leaks."""
    rules: tuple[str, ...] = ()
    """Entries of `redaction.rules` that a replay of the interaction needs. They remove the same texts from a live URL. Without them, no
    live request finds the interaction."""


class Cleaner:
    """Cleans under one key and policy. The first search of all interactions comes before the second search of any."""

    def __init__(self, redaction: Redaction) -> None:
        self._counts: Counter[str] = Counter()
        self._redaction = redaction.afresh(partial(CountingScrub, counts=self._counts, tallies=Tallies()))
        self._nothing = Seen()

    def begin(self, interaction: Interaction) -> Begun:
        """Remember the secrets of an interaction.

        Raises CodingError if its request's body cannot be decoded, and OverBudgetError if the search is too much work.
        """
        self._counts.clear()
        begun = self._redaction.begun(interaction)
        counts = self._counts.copy()
        found = leaks(begun, self._nothing, self._redaction.policy)
        if found:
            pseudonym = partial(self._redaction.pseudonyms, "token")
            self._redaction.learn((word, pseudonym(word)) for word in guessed(begun, {leak.where for leak in found}))
        return Begun(interaction.request, begun, counts, Counter(leak.kind for leak in found))

    def end(self, begun: Begun) -> Cleaned:
        """Remove the remembered secrets. Raises OverBudgetError if this is too much work."""
        self._counts.clear()
        clean = self._redaction.ended(begun.interaction)
        repeated = self._counts[REPEATED]
        removed = begun.counts + begun.looks
        removed[REPEATED] += max(repeated - begun.looks.total(), 0)  # the looks are counted by their sort
        # no third search, if the first found no secret and the second changed nothing
        left = self._redaction.leaks(clean) if repeated or begun.looks else []
        rules: tuple[str, ...] = ()
        if clean.request.target != begun.interaction.request.target:
            rules = rules_for(begun.request, clean.request, self._redaction)
        return Cleaned(clean, +removed, left, rules)
