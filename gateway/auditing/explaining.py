"""The explanation of a check, for a person who knows its id."""

from __future__ import annotations

import re
from difflib import get_close_matches
from textwrap import wrap

from gateway.core.checks import CHECKS
from gateway.core.mistake import Mistake
from gateway.core.secrets.policy import Policy
from gateway.core.unseen import unseen_of
from gateway.core.wording import paragraphs

_SHORT = re.compile(r"\A([A-Z]{2,8})([0-9]{1,2})\Z")
"""An id without its leading zeros."""
_ENTRY = re.compile(r"\A\d+\. ")
"""The number of an entry in a list."""


class UnknownCheckError(Mistake):
    """No check has this id."""


def _indent_of(paragraph: str) -> str:
    """Return the indent of all lines of a paragraph after its first line. In a list, they begin below the first word of the entry."""
    number = _ENTRY.match(paragraph)
    return " " * len(number[0]) if number else ""


def explained(check: str) -> str:
    """Return the explanation of a check, in several lines. Raises UnknownCheckError for an unknown id."""
    infos = {entry.info.id: entry.info for entry in CHECKS}
    info = infos.get(check.upper())
    if info is None:
        padded = _SHORT.sub(lambda found: f"{found[1]}{found[2]:0>3}", check.upper())
        near = [padded] if padded in infos else get_close_matches(check.upper(), infos, 3, 0.5)
        message = f"expected the id of a check, found {check!r}; " + (
            f"did you mean {' or '.join(near)}?" if near else "`gateway list checks` prints them"
        )
        raise UnknownCheckError(message)
    wrapped = ["\n".join(wrap(text, 100, subsequent_indent=_indent_of(text))) for text in paragraphs(info.explanation)]
    about = [f"Fix:   {info.fix}"]
    if info.status:
        about.append(
            f"Adobe: {'is expected to answer' if info.open else 'answers'} {f'{info.status} {info.code}'.strip()}"
        )
    if info.open:
        about.append("\n       ".join(wrap(f"Open:  {info.open}", 100)))
    about += [f"Page:  {info.page}", f"Off:   audit.checks: {{{info.id}: off}}"]
    if info.inbound:
        about.append("Live:  it judges the app's request as it came in; a cassette has the request as it went out")
    elif info.id in unseen_of(CHECKS, Policy()):
        about.append(
            "Live:  a cassette lacks some calls or values that it judges, so its live findings are recorded with the call"
        )
    severity = f"{info.severity} or {info.milder}" if info.milder else info.severity
    return "\n\n".join([f"{info.id}  {severity}  {info.title}", *wrapped, "\n".join(about)])
