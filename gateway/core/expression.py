r"""A user's regular expression, run by RE2: whatever it says, one search takes time in proportion to the text.

Facts
-----
* Python's own engine goes back and tries again, so that `(a+)+b` and a text of 40 letters stop everybody.
* RE2 has no look-around, no back-references and no possessive repeats, and its `\d`, `\w` and `\b` know ASCII alone.
* It reads UTF-8, which has no lone surrogates; JSON has. For the search one U+FFFD stands in the place of each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_SURROGATES = re.compile("[\ud800-\udfff]")


class Expression:
    """One expression, compiled."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str) -> None:
        """Compile `text`; a ValueError says why RE2 does not take it."""
        import re2  # noqa: PLC0415  # few configurations have one

        self.text = text
        options = re2.Options()
        options.log_errors = False
        try:
            self._compiled: Any = re2.compile(text, options)
        except (re2.error, UnicodeEncodeError) as error:
            reason = error.args[0] if error.args else ""
            message = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else "not UTF-8"
            raise ValueError(message) from None

    def __reduce__(self) -> tuple[type[Expression], tuple[str]]:
        return Expression, (self.text,)

    def sub(self, replace: Callable[[re.Match[str]], str], text: str) -> str:
        """Return `text` with whatever the expression matches replaced."""
        searched = _SURROGATES.sub("\ufffd", text)
        pieces: list[str] = []
        at = 0
        for found in self._compiled.finditer(searched):
            pieces += (text[at : found.start()], replace(found))
            at = found.end()
        return "".join([*pieces, text[at:]]) if pieces else text
