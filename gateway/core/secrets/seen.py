"""Remembers the latest secrets, and finds the places where a text repeats one of them, in any encoding.

Facts
-----
* New secrets come one at a time, and an automaton cannot grow. So the newest secrets are searched one by one, the others with automata.
  When there are many small automata, they are merged. A secret gets into a new automaton only a few times, whatever the number of secrets.
* A text without secrets is clean. Later, it is compared only with newer secrets, so the second exchange of a device costs a few look-ups.
  Of long texts, only the last one is remembered, by its hash: it is searched once for redaction, and once for leaks.
"""

from __future__ import annotations

import re
from hashlib import sha256

from gateway.core.bounded import Bounded
from gateway.core.secrets.budget import Budget
from gateway.core.secrets.index import Automaton, Match, sorted_out, spellings
from gateway.core.secrets.pseudonyms import LEAST
from gateway.core.secrets.views import MAY_HOLD_ADDRESS, MAY_HOLD_SECRET, Rewriter, is_only_itself, views, wraps_nothing
from gateway.core.secrets.wire import bytes_of, text_of

SECRETS = 40_000
"""Number of remembered secrets. The oldest are forgotten first."""
CHARACTERS = 16_000_000
"""Largest number of characters of all remembered secrets and their pseudonyms. A SAML response has thousands."""
FEW = 20
"""Largest number of new secrets that are searched one by one, also in a text that was clean before."""
_LARGE = 4096
"""Largest number of secrets in one automaton. A larger automaton takes longer to build, and all its secrets are forgotten at once."""
_MANY = 256
"""With this many new secrets, an automaton is built even if no text was searched meanwhile. To build one of thousands takes long."""
_CLEAN = 32 << 20
"""Memory for texts that were clean, in bytes."""
_LONGEST_CLEAN = 32 << 10
"""Largest size of a remembered text with all its views, in bytes. A longer text is searched each time."""
_BETWEEN = b"\n\n"
_PRINTED = re.compile(rb"[\t\n\r -~]*+")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?=[0-9A-Fa-f:]{7})[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}")
_OF_ADDRESS = frozenset(b"0123456789.:abcdefABCDEF")
SHORTEST = 7
"""Length of the shortest address, `8.8.4.4`, in characters. A shorter text is not searched."""
_OWN = ("127.", "0.", "::1", "255.")
"""Beginnings of addresses that identify nobody."""


def is_whole_address(secret: str) -> bool:
    """Return whether a secret is an address. Addresses of any length are searched as a whole: `8.8.4.4` is not in `8.8.4.41`."""
    return SHORTEST <= len(secret) <= 39 and _ADDRESS.fullmatch(secret) is not None and not secret.startswith(_OWN)  # noqa: PLR2004  # of IPv6


class Seen:
    """A bounded memory of secrets. It holds them in the clear, so it lives in memory only."""

    def __init__(self, secrets: int = SECRETS, characters: int = CHARACTERS, *, clean: int | None = None) -> None:
        """`secrets`, `characters`: how many are remembered. `clean`: memory for texts without secrets, in bytes."""
        self._most = secrets
        self._most_characters = characters
        self._secrets: dict[str, str] = {}
        self._characters = 0
        self._newest: dict[str, tuple[bytes, ...]] = {}
        """The newest secrets, not in an automaton yet, with their spellings."""
        self._sealed: list[Automaton] = []
        self._addresses: set[str] = set()
        """The secrets that are addresses."""
        self._may_hold: re.Pattern[bytes] | None = MAY_HOLD_SECRET
        """A pattern of data that may hold a secret. None if some spelling of a secret has other characters than printable ASCII."""
        self._none_asks = True
        """Whether no secret so far has a question mark. Then path and query are searched apart, because most queries come again."""
        self._latest: list[tuple[bytes, ...]] = []
        self.generation = 0
        """Number of secrets that were ever added. A text that was clean at another generation may not be clean now."""
        self._clean_digest = b""
        """Digest of the last long text that was clean at this generation."""
        self._clean: Bounded[str, tuple[int, bytes]] = Bounded(
            "clean texts",
            clean or _CLEAN,
            longest=_LONGEST_CLEAN,
            size=lambda text, known: 2 * len(text) + len(known[1]) + 200,
        )

    def __len__(self) -> int:
        return len(self._secrets)

    def add(self, secret: str, replacement: str) -> None:
        """Remember a secret of twelve characters or more, and its replacement. The last replacement counts."""
        known = self._secrets.get(secret)
        is_address = is_whole_address(secret)
        if known == replacement or (len(secret) < LEAST and not is_address):
            return
        self._secrets[secret] = replacement
        if is_address:
            self._addresses.add(secret)
        self._characters += len(replacement) - len(known or "")
        self.generation += 1
        self._clean_digest = b""
        spelled = spellings(secret)
        if self._may_hold is not None:
            may_hold: re.Pattern[bytes] | None = None
            if all(map(_PRINTED.fullmatch, spelled)):
                may_hold = MAY_HOLD_ADDRESS if is_address else self._may_hold
            if may_hold is not self._may_hold:
                self._may_hold = may_hold
                self._clean.clear()  # only views that may hold the earlier secrets were remembered
        self._none_asks = self._none_asks and not any(b"?" in pattern for pattern in spelled)
        self._latest = [*self._latest[1 - FEW :], spelled]
        if known is None:
            self._characters += len(secret)
            self._newest[secret] = spelled
            if len(self._newest) >= _MANY:
                self._seal()
            if len(self._secrets) > self._most or self._characters > self._most_characters:
                self._forget()

    def repeated_in(self, text: str) -> bool:
        """Return whether a text contains a secret, in any encoding. Raises OverBudgetError if the search is too much work."""
        if not self._secrets or len(text) < (SHORTEST if self._addresses else LEAST):
            return False
        if self._none_asks and text.startswith("/") and "\\" not in text:
            path, mark, query = text.partition("?")
            if mark and wraps_nothing(query):
                return self._repeated_in(path) or self._repeated_in(query)
        return self._repeated_in(text)

    def stands_in(self, text: str) -> bool:
        """Return whether a text contains a secret without an encoding. If the text surely has no encoding, no other search is needed.

        Raises OverBudgetError if the search is too much work.
        """
        return bool(self._secrets) and bool(self._found(bytes_of(text), Budget(len(text))))

    def _repeated_in(self, text: str) -> bool:
        if len(text) < SHORTEST:
            return False
        known = self._clean.get(text)
        if known is not None:
            missed = self.generation - known[0]
            if missed == 0:
                return False
            if missed <= FEW:
                if not any(pattern in known[1] for spelled in self._latest[-missed:] for pattern in spelled):
                    self._clean.put(text, (self.generation, known[1]))
                    return False
                if not self._addresses:  # a match of an address must stand alone
                    return True
        return self._searched(text)

    def _searched(self, text: str) -> bool:
        data = bytes_of(text)
        digest = sha256(data).digest() if len(data) > _LONGEST_CLEAN else b""
        if digest and digest == self._clean_digest:
            return False
        budget = Budget(len(data))
        if len(data) <= _LONGEST_CLEAN and is_only_itself(data, self._may_hold):  # most paths are
            if self._found(data, budget):
                return True
            self._clean.put(text, (self.generation, data))
            return False
        together: list[bytes] = []  # the views of a short text are searched together
        size = 0
        for view in views(data, may_hold=self._may_hold):
            together.append(view)
            size += len(view)
            if size > _LONGEST_CLEAN:
                if any(self._found(view, budget) for view in together):
                    return True
                together = []
        joined = _BETWEEN.join(together)
        if self._found(joined, budget):
            return True
        if size <= _LONGEST_CLEAN:
            self._clean.put(text, (self.generation, joined))
        elif digest:
            self._clean_digest = digest
        return False

    def without(self, text: str) -> tuple[str, int]:
        """Return a text with each secret replaced in its own encoding, and the number of replacements.

        Raises OverBudgetError if this is too much work.
        """
        if not self.repeated_in(text):
            return text, 0
        data = bytes_of(text)
        budget = Budget(len(data))
        rewriter = Rewriter(lambda view: self._found(view, budget), self._secrets.__getitem__)
        return text_of(rewriter.rewritten(data)), rewriter.count

    def _found(self, view: bytes, budget: Budget) -> list[Match]:
        budget.spend(len(view))
        if len(self._newest) > FEW:
            self._seal()
        matches: list[Match] = []
        for secret, spelled in self._newest.items():
            for pattern in spelled:
                at = view.find(pattern)
                while at >= 0:
                    matches.append(Match(at, at + len(pattern), secret))
                    at = view.find(pattern, at + len(pattern))
        for index in self._sealed:
            matches += index.found(view, budget)
        if matches and self._addresses:
            matches = [match for match in matches if match.secret not in self._addresses or _is_alone(view, match)]
        return sorted_out(matches) if matches else matches

    def _seal(self) -> None:
        """Build an automaton of the newest secrets, and of the automata that are not much larger."""
        secrets = list(self._newest)
        self._newest = {}
        large = max(min(_LARGE, self._most // 8), 1)
        while self._sealed and len(self._sealed[-1]) <= min(2 * len(secrets), large - len(secrets)):
            secrets = [*self._sealed.pop().secrets, *secrets]
        self._sealed += (Automaton(secrets[at : at + large]) for at in range(0, len(secrets), large))

    def _forget(self) -> None:
        """Forget the oldest automaton. If there is none, forget the oldest eighth of the newest secrets."""
        while self._secrets and (len(self._secrets) > self._most or self._characters > self._most_characters):
            if self._sealed:
                oldest = list(self._sealed.pop(0).secrets)
            else:
                oldest = list(self._newest)[: -(-len(self._newest) // 8)]
            for secret in oldest:
                self._newest.pop(secret, None)
                self._addresses.discard(secret)
                self._characters -= len(secret) + len(self._secrets.pop(secret))


def _is_alone(view: bytes, match: Match) -> bool:
    """Return whether an address stands by itself, without a digit of another address beside it. A full stop or a port may follow."""
    before = view[match.start - 1] if match.start else 32
    if before in _OF_ADDRESS or chr(before).isalnum():
        return (
            before == ord(":") and b"." in view[match.start : match.end] and not view[: match.start - 1].endswith(b":")
        )
    after, then = view[match.end : match.end + 1], view[match.end + 1 : match.end + 2]
    if after in {b".", b":"}:
        return not then.isalnum() or (after == b":" and b"." in view[match.start : match.end])
    return not after.isalnum()
