"""The page's cassettes: list, interactions, differences, lint; names that would break out."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.control.page.test_exchanges import expect_tame, page
from tests.control_lab import steerable

SHIPPED = Path(__file__).parents[3] / "cassettes"
NAMES = ('"><script>alert(1)<', "a' onclick='x", "$(touch x)", "{{ 7 * 7 }}", "plain")


@pytest.fixture(autouse=True)
def _cassettes() -> None:
    Path("cassettes").mkdir()
    for name in NAMES:
        shutil.copy(SHIPPED / "logout-v2.yaml", f"cassettes/{name}.yaml")
    Path("cassettes/broken.yaml").write_text("<b>: [", "utf-8")


async def test_cassettes_of_any_name_are_shown_and_compared() -> None:
    async with await steerable("replay", cassettes__name="plain") as lab:
        listed = expect_tame(await page(lab, "/cassettes"))
        assert all(name in listed.text for name in NAMES)
        for name in NAMES:
            held = await page(lab, f"/cassettes/{quote(name, safe='')}")
            assert "/api/v2/REF30/logout/Cablevision" in expect_tame(held).text
            assert f'href="/api/cassettes/{quote(name, safe="")}/download"' in held
        lint = await page(lab, "/cassettes/plain/lint")
        assert "There is no secret in plain" in lint
        diff = await page(lab, f"/cassettes/plain/diff/{quote(NAMES[0], safe='')}")
        assert "7 requests equal in both" in expect_tame(diff).text


async def test_what_was_played_is_told_from_what_was_not() -> None:
    async with await steerable("replay", cassettes__name="plain") as lab:
        before = await page(lab, "/cassettes/plain")
        assert (before.count("✓ played"), before.count("not yet")) == (0, 7)
        await lab.app("/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fadobe.com")
        after = await page(lab, "/cassettes/plain")
        assert after.count("✓ played") == 1
        assert "version=" in after
        status, text, _ = await lab.ask("GET", "/cassettes/nothing")
        assert (status, "There is no cassette " in expect_tame(text).text) == (404, True)
        status, text, _ = await lab.ask("GET", "/cassettes/broken")
        assert (status, "This cannot be shown" in expect_tame(text).text) == (409, True)
