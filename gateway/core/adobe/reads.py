"""The header fields that the checks read. A check can read only declared fields.

Facts
-----
* Findings are kept under the values of the fields that checks read (gateway/core/audit.py). So all other fields are removed first.
* Without a declaration, a field would be absent in every message, and its check would never find anything. So reading it raises an error.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from gateway.core.bounded import remembered

LONGEST_NAME = 64
"""Longest name of a field that is read, in characters. A client may send longer names."""
_NAME = re.compile(rf"[a-z0-9_-]{{1,{LONGEST_NAME - 1}}}\*?")


@remembered(limit=1 << 17, longest=LONGEST_NAME, size=lambda name, _: 120 + 2 * len(name))
def lower_name(name: bytes) -> str:
    """Return the name of a field in lower case. It is remembered: clients send few names, each client in its own spelling."""
    return name.decode("latin-1").lower()


class UndeclaredError(LookupError):
    """A check read a header field that it does not declare. This is a mistake in the check."""

    def __init__(self, name: str) -> None:
        super().__init__(f"header {name} is read but not declared; name it in `reads`")


class Reads:
    """Names of header fields, in lower case. A name that ends in `*` is the beginning of several names."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take names. A name that no header field can have in lower case raises ValueError."""
        names = frozenset(names)
        wrong = sorted(name for name in names if not _NAME.fullmatch(name))
        if wrong:
            message = f"expected names of header fields in lower case, found {', '.join(wrong)}"
            raise ValueError(message)
        self._names = frozenset(name for name in names if not name.endswith("*"))
        self._beginnings = tuple(name[:-1] for name in names if name.endswith("*"))
        self._insisted: dict[Collection[str], tuple[str, ...]] = {}
        """The collections of names that were checked before. There are only as many as checks use."""

    def __contains__(self, name: str) -> bool:
        """Whether the field with this name, in lower case, is read. `x-a-*` is read if all fields with this beginning are."""
        return name in self._names or (bool(self._beginnings) and name.startswith(self._beginnings))

    def insist(self, name: str) -> None:
        """Raise UndeclaredError unless a field of this name is read."""
        if name not in self._names and name not in self:
            raise UndeclaredError(name)

    def insist_all(self, names: Collection[str]) -> tuple[str, ...]:
        """Raise UndeclaredError unless all of these names, a tuple or a frozen set, are read. Return the beginnings, without their `*`."""
        known = self._insisted.get(names)
        if known is None:
            for name in names:
                self.insist(name)
            known = self._insisted[names] = tuple([name[:-1] for name in names if name.endswith("*")])
        return known


NOTHING_DECLARED = Reads(())
