"""What a marker may say, and where the name that it gives may lead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.offline.settings import MarkerError, expect_inside, place, wanted

DEEP: list[Any] = []
for _ in range(5000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"config": {5: 1}}, "config: expected the name of a key, such as 'limits.max_body', found 5"),
        ({"config": {None: 1}}, "config: expected the name of a key"),
        ({"config": {"": 1}}, "config: expected the name of a key"),
        ({"config": 5}, "config: expected a map of keys, found 5"),
        ({"config": {"rules": object()}}, "config rules: expected text, a number, a list or a map, found a value of type object"),
        ({"rules": DEEP}, "rules: expected at most 20 nested values, found more"),
        ({"match": {1, 2}}, "match: expected text, a number, a list or a map"),
    ],
)  # fmt: skip
def test_what_no_configuration_could_say_is_told(keywords: dict[str, Any], told: str) -> None:
    with pytest.raises(MarkerError, match=told):
        wanted([((), keywords, True)])


@pytest.mark.parametrize("name", ["../../../x", "/etc/x", "a/../../../../x", "link/x"])
def test_a_name_does_not_lead_out_of_the_folders(name: str, tmp_path: Path) -> None:
    root = tmp_path / "suite"
    (root / "tests" / "cassettes").mkdir(parents=True)
    (root / "tests" / "cassettes" / "link").symlink_to(tmp_path)
    test = root / "tests" / "test_app.py"
    path = place(name, test, root / "cassettes")
    with pytest.raises(MarkerError, match=f"expected the name of a cassette within {root}.* found .{name}"):
        expect_inside(name, path, (root, test.parent, root / "cassettes"))


@pytest.mark.parametrize("name", ["x", "../x", "../../cassettes/x", "a/b/../c"])
def test_a_name_may_lead_about_within_them(name: str, tmp_path: Path) -> None:
    test = tmp_path / "tests" / "test_app.py"
    expect_inside(name, place(name, test, tmp_path / "cassettes"), (tmp_path,))
