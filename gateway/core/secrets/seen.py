"""The secrets that were met last, and where a text repeats one of them, in any of its encodings.

A secret is looked for by the last twelve characters of each of its forms: a text's runs of twelve are compared with all of
them in one step, however many there are. What was found clean once is compared only with the secrets that came later, so that the
second exchange of a device costs a few look-ups.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from gateway.core.secrets.forms import FORMS, ends
from gateway.core.secrets.pseudonyms import LEAST
from gateway.core.secrets.wrappers import within

SECRETS = 10_000
"""How many secrets are remembered; the one met longest ago is forgotten first."""
CHARACTERS = 16_000_000
"""How many characters they and their pseudonyms have together: a SAML response has thousands."""
TEXTS = 20_000
"""Of how many texts it is remembered that they were clean."""
LONGEST_KEPT = 4096
"""Characters of a text that is remembered; a longer one is searched anew each time."""
FEW = 20
"""New secrets up to which a text that was clean is searched for each of them."""


class Repeated(NamedTuple):
    """One form of a secret, and that form of its pseudonym."""

    form: str
    replacement: str


class Seen:
    """A bounded memory of secrets. It holds them in the clear, so it lives in memory only."""

    def __init__(self) -> None:
        self._secrets: OrderedDict[str, str] = OrderedDict()
        self._characters = 0
        self._ends: dict[str, list[str]] = {}
        self._latest: list[str] = []
        self.generation = 0
        """How many secrets were ever added: what was clean at another generation may not be so now."""
        self._clean: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._secrets)

    def add(self, secret: str, replacement: str) -> None:
        """Remember a secret of twelve characters or more, and what stands in its place: the last that was said of it counts."""
        known = self._secrets.get(secret)
        if known == replacement:
            self._secrets.move_to_end(secret)
            return
        if known is not None:
            self._forget(secret)
        if len(secret) < LEAST:
            return
        self._secrets[secret] = replacement
        self._characters += len(secret) + len(replacement)
        for end in set(ends(secret)):
            self._ends.setdefault(end, []).append(secret)
        self._latest = [*self._latest[-FEW:], secret]
        self.generation += 1
        while len(self._secrets) > SECRETS or self._characters > CHARACTERS:
            self._forget(next(iter(self._secrets)))

    def repeated_in(self, text: str) -> list[Repeated]:
        """Return the forms of remembered secrets that stand in `text`, or in what it wraps in Base64, the longest first."""
        if not self._secrets or len(text) < LEAST:
            return []
        known = self._clean.get(text)
        if known == self.generation:
            return []
        texts = (text, *within(text))
        if known is not None and self.generation - known <= FEW:
            latest = self._latest[known - self.generation :]
            candidates = {s for s in latest if any(end in whole for end in ends(s) for whole in texts)}
        else:
            runs = {whole[at : at + LEAST] for whole in texts for at in range(len(whole) - LEAST + 1)}
            candidates = {secret for end in self._ends.keys() & runs for secret in self._ends[end]}
        found = self._forms_in(texts, candidates)
        if not found:
            self._remember_clean(text)
        return found

    def _forms_in(self, texts: tuple[str, ...], secrets: set[str]) -> list[Repeated]:
        found: dict[str, str] = {}
        for secret in sorted(self._secrets.keys() & secrets):
            for encode, end in zip(FORMS, ends(secret), strict=True):
                if not any(end in text for text in texts):
                    continue
                form = encode(secret)
                if any(form in text for text in texts):
                    found.setdefault(form, encode(self._secrets[secret]))
        return [Repeated(form, found[form]) for form in sorted(found, key=lambda form: (-len(form), form))]

    def _remember_clean(self, text: str) -> None:
        if len(text) <= LONGEST_KEPT:
            self._clean[text] = self.generation
            if len(self._clean) > TEXTS:
                self._clean.popitem(last=False)

    def _forget(self, secret: str) -> None:
        self._characters -= len(secret) + len(self._secrets.pop(secret))
        for end in set(ends(secret)):
            remaining = [other for other in self._ends[end] if other != secret]
            if remaining:
                self._ends[end] = remaining
            else:
                del self._ends[end]
