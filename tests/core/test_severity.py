"""The order of severities."""

from __future__ import annotations

from itertools import permutations
from typing import get_args

import pytest

from gateway.core.model import Severity
from gateway.core.severity import MARKS, NOUNS, RANK, SEVERITIES, at_least, worst
from tests.harness.for_each import for_each


def test_every_severity_has_its_place_and_its_noun() -> None:
    assert set(SEVERITIES) == set(RANK) == set(NOUNS) == set(MARKS) == set(get_args(Severity))


@for_each("some", list(permutations(SEVERITIES)))
def test_an_error_is_the_worst_and_a_note_the_least(some: tuple[Severity, ...]) -> None:
    assert worst(some) == "error"
    assert sorted(some, key=RANK.__getitem__) == ["error", "warning", "info"]
    assert worst(entry for entry in some if entry != "error") == "warning"
    assert worst([]) is None


@pytest.mark.parametrize(
    ("severity", "least", "is_it"),
    [
        ("error", "warning", True),
        ("warning", "warning", True),
        ("info", "warning", False),
        ("info", "info", True),
        ("warning", "error", False),
    ],
)
def test_what_is_at_least_as_bad(severity: Severity, least: Severity, is_it: bool) -> None:
    assert at_least(severity, least) is is_it
