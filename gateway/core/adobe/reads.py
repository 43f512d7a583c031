"""The header fields that the checks read: only the fields that they declare.

Facts
-----
* What is said of a message is kept for the fields that are read (gateway/core/audit.py), so the others are left out of it first.
* A field that a check asks for and nothing declares would be absent in every message, and the check silent for ever. So asking for
  it raises.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from gateway.core.bounded import remembered

LONGEST_NAME = 64
"""Characters of a name that is read; a client's own may be longer."""
_NAME = re.compile(rf"[a-z0-9_-]{{1,{LONGEST_NAME - 1}}}\*?")


@remembered(limit=1 << 17, longest=LONGEST_NAME, size=lambda name, _: 120 + 2 * len(name))
def lower_name(name: bytes) -> str:
    """Return the name of a field in lower case: clients send the same few, each in its own way."""
    return name.decode("latin-1").lower()


class UndeclaredError(LookupError):
    """A header field was asked for that is not declared: a mistake in a check."""

    def __init__(self, name: str) -> None:
        super().__init__(f"header {name} is read and not declared; name it in `reads`")


class Reads:
    """Names of header fields, in lower case; one that ends in `*` is the beginning of several."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take names; one that no header field can have in lower case is a ValueError."""
        names = frozenset(names)
        wrong = sorted(name for name in names if not _NAME.fullmatch(name))
        if wrong:
            message = f"expected names of header fields in lower case, found {', '.join(wrong)}"
            raise ValueError(message)
        self._names = frozenset(name for name in names if not name.endswith("*"))
        self._beginnings = tuple(name[:-1] for name in names if name.endswith("*"))
        self._insisted: dict[Collection[str], tuple[str, ...]] = {}
        """The names that were insisted on together, as many as checks ask for."""

    def __contains__(self, name: str) -> bool:
        """Whether a field of this name, in lower case, is read; `x-a-*` is where all that begin so are."""
        return name in self._names or (bool(self._beginnings) and name.startswith(self._beginnings))

    def insist(self, name: str) -> None:
        """Raise UndeclaredError unless a field of this name is read."""
        if name not in self._names and name not in self:
            raise UndeclaredError(name)

    def insist_all(self, names: Collection[str]) -> tuple[str, ...]:
        """Insist on several, which are a tuple or a frozen set; return the beginnings among them, without their `*`."""
        known = self._insisted.get(names)
        if known is None:
            for name in names:
                self.insist(name)
            known = self._insisted[names] = tuple([name[:-1] for name in names if name.endswith("*")])
        return known


NOTHING_DECLARED = Reads(())
