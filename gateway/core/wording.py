"""Writes numbers with their nouns, and docstrings as paragraphs."""

from __future__ import annotations

import re


def many(count: int, noun: str) -> str:
    """Return `1 call`, `2,000 calls`, `2 entries`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("y") else f"{count:,} {noun}s"


def nth(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`."""
    last = 0 if number % 100 in {11, 12, 13} else number % 10
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a docstring, each on one line, without the heading `Facts`. An entry of a numbered list is a paragraph."""
    blocks = [" ".join(block.split()) for block in re.split(r"\n\s*\n|\n\s*(?=\d+\. )", text.strip())]
    return [re.sub(r"^Facts -+ ", "", block).removeprefix("* ") for block in blocks if block]


def event_line(event: str, facts: str, hint: object) -> str:
    """Return the line of an event: `event: facts; hint`. Empty facts and an empty hint are left out."""
    about = "; ".join(filter(None, [facts, str(hint or "")]))
    return f"{event}: {about}" if about else event
