"""The page in a real Chromium, and apps that keep asking the gateway meanwhile."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from tests.control_lab import DISH, TOKEN, Steerable

if TYPE_CHECKING:
    from playwright.async_api import Browser, Dialog, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
)
MOST_AT_ONCE = 20
"""Requests of the apps that are in flight together."""
LONGEST_VISIT = 240
"""Seconds: a script in the page, and the browser's end, have no time limit of their own."""
SIZES = ((390, 844), (1400, 900), (2200, 1200))


class PageVisit:
    """A page that was opened, and what went wrong in it."""

    def __init__(self, page: Page, lab: Steerable) -> None:
        self.page = page
        self.lab = lab
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on(
            "request",
            lambda sent: None if sent.url.startswith((lab.listener.url, "data:")) else self.wrong.append(sent.url),
        )
        page.on("dialog", self._answer)

    def _said(self, kind: str, text: str) -> None:
        # a filter that was typed on
        if kind == "error" and not text.startswith(("htmx:sendAbort", "htmx:afterRequest")):
            self.wrong.append(text)

    async def _answer(self, dialog: Dialog) -> None:
        if dialog.type != "confirm":
            self.wrong.append(f"dialog {dialog.message}")
        await dialog.accept()

    async def to(self, path: str) -> None:
        """Go to a part of the page."""
        await self.page.goto(self.lab.listener.url + path)

    async def said(self, text: str) -> None:
        """Wait until the page says that something was done."""
        await self.page.get_by_role("status").filter(has_text=text).wait_for()

    async def log_in(self) -> None:
        """Log in as a person does, by the token."""
        await self.to("/")
        await self.page.get_by_label("Token").fill(TOKEN)
        await self.page.get_by_role("button", name="Log in").click()
        await self.page.get_by_role("navigation").wait_for()
        self.wrong.clear()  # a browser names the 401 that it was answered at first


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start a Chromium; skip where there is none."""
    api = pytest.importorskip("playwright.async_api", reason="Playwright is not installed: pip install '.[dev]'")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    async with api.async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()


@asynccontextmanager
async def visiting(lab: Steerable, **options: Any) -> AsyncIterator[PageVisit]:
    """Open the page in a Chromium, logged in; whatever went wrong in it fails the test."""
    async with asyncio.timeout(LONGEST_VISIT), chromium() as browser:
        context = await browser.new_context(**({"viewport": {"width": 1400, "height": 900}} | options))
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        visit = PageVisit(await context.new_page(), lab)
        visit.page.set_default_timeout(20_000)
        await visit.log_in()
        yield visit
        assert not visit.wrong, visit.wrong
        await context.close()


@asynccontextmanager
async def busy(lab: Steerable, rate: int = 200) -> AsyncIterator[None]:
    """Let apps send `rate` requests a second; what a slow machine is late with is left out, since it would grow without end."""

    async def ask() -> None:
        begun, sent = monotonic(), 0
        while True:
            due = int((monotonic() - begun) * rate) - sent
            sent += due
            now = range(min(due, MOST_AT_ONCE))
            await asyncio.gather(*(lab.app(DISH, device=f"device-{at % 5}", Accept="text/html") for at in now))
            await asyncio.sleep(0.02)

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
