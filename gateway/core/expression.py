r"""A user's regular expression, run by RE2: the time of a search is linear in the text, for every expression.

Facts
-----
* Python's own engine goes back and tries again. So `(a+)+b` and a text of 40 letters would block the whole gateway.
* To find all matches takes one search for each match, and a search may read to the end of the text: `a(.*b)?` finds every `a` of a text,
  and looks for a `b` after each. So there is a budget: some time for each text, and some time for each match.
* RE2 has no look-around, no back-references and no possessive repeats. Its `\d`, `\w` and `\b` know only ASCII.
* RE2 reads UTF-8, which has no lone surrogates. JSON may have them. For the search, each one is replaced by U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gateway.core.secrets.budget import OverBudgetError

FREE = 0.5
"""Time limit for the searches of one text, in seconds."""
A_MATCH = 5e-5
"""Further time for each match, in seconds. A search with its match usually takes a fifth of it."""
_SURROGATES = re.compile("[\ud800-\udfff]")


class Expression:
    """One compiled expression."""

    __slots__ = ("_clock", "_compiled", "text")

    def __init__(self, text: str, clock: Callable[[], float] | None = None) -> None:
        """Compile `text`. Raises ValueError with the reason if RE2 refuses it.

        `clock` returns processor time in seconds, for the budget. Without a clock there is no budget.
        """
        import re2  # noqa: PLC0415  # few configurations have one

        self.text = text
        self._clock = clock
        options = re2.Options()
        options.log_errors = False
        try:
            self._compiled: Any = re2.compile(text, options)
        except (re2.error, UnicodeEncodeError) as error:
            reason = error.args[0] if error.args else ""
            message = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else "not UTF-8"
            raise ValueError(message) from None

    def __reduce__(self) -> tuple[type[Expression], tuple[str, Callable[[], float] | None]]:
        return Expression, (self.text, self._clock)

    def sub(self, replace: Callable[[re.Match[str]], str], text: str) -> str:
        """Return `text` with the matches replaced. Raises OverBudgetError if the searches take too long."""
        searched = _SURROGATES.sub("\ufffd", text)
        pieces: list[str] = []
        at = 0
        left = FREE
        began = self._clock() if self._clock else 0.0
        for found in self._compiled.finditer(searched):
            if self._clock:
                left += A_MATCH - (self._clock() - began)
                if left < 0:
                    message = f"redaction.rules: searching for {self.text[:60]!r} takes too long in a text of {len(text)} characters"
                    raise OverBudgetError(message)
            pieces += (text[at : found.start()], replace(found))
            at = found.end()
            if self._clock:
                began = self._clock()
        return "".join([*pieces, text[at:]]) if pieces else text
