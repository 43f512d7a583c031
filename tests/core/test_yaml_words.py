"""Words without quotes, as YAML 1.2's core schema reads them."""

from __future__ import annotations

import math

from gateway.core.yaml_words import meaning
from tests.harness.for_each import for_each


@for_each(
    ("word", "means"),
    [
        ("", None),
        ("~", None),
        ("Null", None),
        ("TRUE", True),
        ("false", False),
        ("yes", "yes"),
        ("off", "off"),
        ("nULL", "nULL"),
        ("010", 10),
        ("-7", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2026-11-21", "2026-11-21"),
        ("1.5e-05", 1.5e-05),
        (".5", 0.5),
        ("1.", 1.0),
        ("-.inf", -math.inf),
        ("١٢", "١٢"),
        ("1" * 40, int("1" * 40)),
        ("1" * 41, "1" * 41),
    ],
)
def test_a_word(word: str, means: object) -> None:
    said = meaning(word)
    assert (said, type(said)) == (means, type(means))


def test_no_number_is_a_number() -> None:
    assert math.isnan(meaning(".nan"))  # type: ignore[arg-type]  # a float
