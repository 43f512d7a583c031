"""If a finding is made twice, it keeps the words of the first time."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from msgspec.structs import replace

from gateway.core.model import Finding


def in_words_of(before: Iterable[Finding], findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Return the new findings, and the earlier findings that were not made again.

    A new finding of the same check and place as an earlier finding gets the words of the earlier one.
    """
    said: defaultdict[tuple[str, str], deque[Finding]] = defaultdict(deque)
    for finding in before:
        said[finding.id, finding.where].append(finding)
    again: list[Finding] = []
    for finding in findings:
        same = said[finding.id, finding.where]
        first = same.popleft() if same else finding
        again.append(replace(finding, found=first.found, expected=first.expected))
    return again, [finding for left in said.values() for finding in left]
