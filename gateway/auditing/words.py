"""The same finding, made twice: it keeps the words of the first time."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from msgspec.structs import replace

from gateway.core.model import Finding


def in_words_of(before: Iterable[Finding], findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Return findings, those that were made before of the same place in the words of then; and what of before was not made again."""
    said: defaultdict[tuple[str, str], deque[Finding]] = defaultdict(deque)
    for finding in before:
        said[finding.id, finding.where].append(finding)
    again: list[Finding] = []
    for finding in findings:
        same = said[finding.id, finding.where]
        first = same.popleft() if same else finding
        again.append(replace(finding, found=first.found, expected=first.expected))
    return again, [finding for left in said.values() for finding in left]
