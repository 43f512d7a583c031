r"""A user's regular expression, run by RE2: the time of a search is linear in the text, for every expression.

Facts
-----
* Python's own engine goes back and tries again, so that `(a+)+b` and a text of 40 letters stop everybody.
* All matches of a text are as many searches, and each may read on to the end: `a(.*b)?` finds every `a` of a text, and looks
  for a `b` after each. So there is a budget: some time for a text, and some for each match.
* RE2 has no look-around, no back-references and no possessive repeats, and its `\d`, `\w` and `\b` know ASCII alone.
* It reads UTF-8, which has no lone surrogates; JSON has. For the search one U+FFFD stands instead of each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gateway.core.secrets.budget import OverBudgetError

FREE = 0.5
"""Seconds that the searches of one text may take."""
A_MATCH = 5e-5
"""Seconds that they may take more for each match; a search and its match take a fifth of it."""
_SURROGATES = re.compile("[\ud800-\udfff]")


class Expression:
    """One expression, compiled."""

    __slots__ = ("_clock", "_compiled", "text")

    def __init__(self, text: str, clock: Callable[[], float] | None = None) -> None:
        """Compile `text`; a ValueError says why RE2 does not take it.

        `clock`: processor time in seconds, by which the budget is kept; without one there is no budget.
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
        """Return `text` with the matches replaced; OverBudgetError if the searches take too long."""
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
