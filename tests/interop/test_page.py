"""The control listener's page under axe-core, npm's: it finds nothing, narrow and wide, light and dark, empty and full."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.control.page.browser import SIZES, visiting
from tests.control_lab import steerable
from tests.interop.conftest import axe_core

VIEWS = (
    "/",
    "/?status=abc",
    "/findings",
    "/devices",
    "/cassettes",
    "/cassettes/logout-v2",
    "/cassettes/logout-v2/diff/logout-v1",
    "/steering",
)
SHIPPED = Path(__file__).parents[2] / "cassettes"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_axe_core_finds_nothing(
    width: int, height: int, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SHIPPED, "cassettes")
    asyncio.run(_look({"width": width, "height": height}, scheme, axe_core()))


async def _look(size: Mapping[str, int], scheme: str, axe: str) -> None:
    async with (
        await steerable("passthrough") as lab,
        visiting(lab, viewport=size, color_scheme=scheme, bypass_csp=True) as visit,
    ):
        for full in (False, True):
            views = list(VIEWS)
            if full:
                for target in ("/nowhere", "/api/v2/REF30/logout/Dish", "/api/v1/logout?requestor=REF30&deviceId=a"):
                    await lab.app(target, Accept="text/html")
                await lab.do("POST", "/api/faults", {"status": 503, "when": {"device": "nobody"}})
                await lab.do("POST", "/api/sessions", {"mode": "replay", "cassette": "logout-v2"})
                listed = (await lab.get("/api/exchanges"))["exchanges"]
                views += [f"/?exchange={entry['id']}" for entry in listed]
            for path in views:
                await visit.to(path)
                await visit.page.evaluate(axe)
                found = await visit.page.evaluate(
                    "axe.run().then(found => found.violations.map(v => `${v.id} ${v.nodes[0].html}`))"
                )
                assert found == [], path
                assert await visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
