"""A fault that is asked for alone is read, and written, as an entry of `faults` is."""

from __future__ import annotations

import pytest

from gateway.config import Config, load
from gateway.config.one_fault import one_fault
from gateway.config.plain_values import plain
from gateway.config.reading import read_section
from tests.harness.for_each import for_each

CONFIG = load(None, {}, {})


@for_each(
    ("said", "expected"),
    [
        ("reset", {"reset": {}}),
        ({"delay": "500ms"}, {"delay": {"seconds": "0.5s"}}),
        ({"delay": 0.000001}, {"delay": {"seconds": "0.000001s"}}),
        (
            {"delay": {"seconds": {"lower": 1, "upper": "3s"}}},
            {"delay": {"seconds": {"lower": 1.0, "upper": 3.0}}},
        ),
        (
            {"delay": {"seconds": {"median": "300ms", "sigma": 0.4}}},
            {"delay": {"seconds": {"median": 0.3, "sigma": 0.4}}},
        ),
        ({"status": {"code": 503, "body": ""}}, {"status": {"code": 503, "body": ""}}),
        (
            {"status": {"code": 503, "headers": {"Retry-After": 5}}},
            {"status": {"code": 503, "headers": {"Retry-After": "5"}}},
        ),
        (
            {"error": "invalid_integration", "when": {"nth": [1, "2..3", "5.."], "route": "GET /api/v2/{sp}/x"}},
            {
                "error": {"code": "invalid_integration"},
                "when": {"nth": ["1", "2..3", "5.."], "route": ["GET /api/v2/{sp}/x"]},
            },
        ),
        (
            {"throttle": None, "when": {"seed": 7, "schedule": {"after": "1m"}}},
            {"throttle": {}, "when": {"seed": "7", "schedule": {"after": 60.0}}},
        ),
    ],
)
def test_it_is_written_as_a_file_would_and_means_the_same(said: object, expected: object) -> None:
    entry = one_fault(said, CONFIG)
    assert plain(entry) == expected
    assert one_fault(plain(entry), CONFIG) == entry


def test_a_configuration_that_is_shown_means_the_same() -> None:
    faults = ["reset", {"delay": 1, "when": {"nth": "2.."}}, {"status": {"code": 500, "headers": {"A": "b"}}}]
    config = load(None, {}, {"faults": faults})
    shown = plain(config)
    assert isinstance(shown, dict)
    assert read_section(Config, {"faults": shown["faults"]}).faults == config.faults


@for_each(
    ("said", "wrong"),
    [
        ({"status": 42}, "status.code: expected a status from 200 to 599, found 42"),
        ({"statu": 500}, "statu: unknown key; did you mean status?"),
        ({"reset": None, "delay": 1}, "expected one of error, "),
        ({}, "found none"),
        (7, "expected "),
        ("resets", "resets: unknown key; did you mean reset?"),
        ({"reset": None, "when": {"upstream": "nowhere"}}, "when.upstream[0]: expected the name of an upstream"),
    ],
)
def test_all_that_is_wrong_is_said(said: object, wrong: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        one_fault(said, CONFIG)
    assert wrong in str(refused.value)
