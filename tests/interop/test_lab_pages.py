"""The lab's pages under axe-core, npm's: it finds nothing, on a television's screen and a phone's."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.lab.authority import make
from gateway.lab.platforms import PLATFORMS
from tests.control.page.browser import chromium
from tests.harness.lab import Lab
from tests.harness.ports import free_port
from tests.interop.conftest import axe_core
from tests.wiring.test_lab_pages import pages_at


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_axe_core_finds_nothing(width: int, height: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(_look(width, height, axe_core()))


async def _look(width: int, height: int, axe: str) -> None:
    make(Path("lab"), ["auth.adobe.com", "auth-staging.adobe.com", "gateway.lab"], "ec", datetime.now(UTC))
    port = free_port()
    async with AsyncExitStack() as stack, chromium() as browser:
        await Lab(stack).run("passthrough", lab=pages_at(port), listen__tls="lab")
        page = await (
            await browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
        ).new_page()
        for path in ("/", "/check", "/nowhere", *(f"/for/{one.slug}" for one in PLATFORMS)):
            await page.goto(f"http://127.0.0.1:{port}{path}")
            await page.evaluate(axe)
            found = await page.evaluate(
                "axe.run().then(found => found.violations.map(v => `${v.id} ${v.nodes[0].html}`))"
            )
            assert found == [], path
