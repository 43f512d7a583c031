"""The HTML report in a real browser: it shows its matrix, a cell opens, and nothing leaves the page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.reports.html import render
from gateway.reports.model import Sheet
from tests.reports.recordings import audited, fleet, hostile

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install '.[dev]'")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"),
]

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@dataclass
class Visit:
    """A page that was opened, and what it did besides."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def dialog(self, dialog: Dialog) -> None:
        """Note what a script has to say to a person."""
        self.console.append(f"dialog {dialog.message}")
        dialog.dismiss()


class Visitor:
    """Opens reports."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder

    def __call__(self, name: str = "fleet", fragment: str = "", **options: Any) -> Visit:
        """Open a report in a context of its own, and note what it asks for and what it complains of."""
        context = self._browser.new_context(**({"viewport": DESKTOP} | options))
        page = context.new_page()
        page.set_default_timeout(10_000)
        visit = Visit(page, (self._folder / f"{name}.html").as_uri())
        page.on("request", lambda request: visit.requests.append(request.url.partition("#")[0]))
        page.on("websocket", lambda socket: visit.requests.append(socket.url))
        page.on("console", lambda message: visit.console.append(message.text))
        page.on("pageerror", lambda error: visit.console.append(str(error)))
        page.on("dialog", visit.dialog)
        page.goto(visit.url + fragment)
        return visit


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for name, interactions in (("fleet", fleet()), ("hostile", [hostile()])):
        result = audited(folder / name, *interactions)
        (folder / f"{name}.html").write_text(render(result, Sheet()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def visit(reports: Path) -> Iterator[Visitor]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield Visitor(browser, reports)
        browser.close()


def test_the_matrix_is_there(visit: Visitor) -> None:
    page = visit().page

    assert page.locator("tbody tr").count() == 5
    sync_api.expect(page.locator("tbody tr").first).to_be_visible()
    assert page.locator("h1").inner_text() == "9 errors on 4 of 5 devices"
    colours = {
        page.locator(f"td.{severity} > .cell").first.evaluate("cell => getComputedStyle(cell).backgroundColor")
        for severity in ("error", "warning", "info", "clean")
    }
    assert len(colours) == 4


def test_a_cell_opens_and_closes(visit: Visitor) -> None:
    page = visit().page
    dialog = page.locator("dialog")
    cell = page.get_by_role("link", name="AUTH003, error, 1 finding")

    sync_api.expect(dialog).to_be_hidden()
    cell.click()
    sync_api.expect(dialog.get_by_role("heading", name="The access token has expired")).to_be_visible()
    marked = dialog.locator("pre .line.marked")
    assert marked.inner_text().startswith("Authorization: Bearer eyJ")
    sync_api.expect(marked).to_be_visible()
    assert "(2026-11-21T20:17:05Z)" in dialog.locator("pre .decoded").inner_text()

    page.keyboard.press("Escape")
    sync_api.expect(dialog).to_be_hidden()
    assert cell.evaluate("cell => cell === document.activeElement")


def test_the_way_back_closes_what_was_opened(visit: Visitor) -> None:
    page = visit().page
    page.locator("a.cell").first.click()
    sync_api.expect(page.locator("dialog")).to_be_visible()

    page.go_back()

    sync_api.expect(page.locator("dialog")).to_be_hidden()


def test_everything_can_be_done_with_the_keyboard(visit: Visitor) -> None:
    page = visit().page
    cells = page.locator("a.cell")
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    assert cells.nth(1).evaluate("cell => cell === document.activeElement")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == 3

    page.keyboard.press("Enter")
    title = page.locator("dialog h2")
    first = title.inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("first => document.querySelector('dialog h2').innerText !== first", arg=first)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("first => document.querySelector('dialog h2').innerText === first", arg=first)


def test_a_link_leads_to_a_cell(visit: Visitor) -> None:
    address = visit().page.locator("a.cell").nth(2).get_attribute("href") or ""

    page = visit(fragment=address).page

    sync_api.expect(page.locator("dialog article")).to_be_visible()


def test_checks_that_found_nothing_can_be_put_away(visit: Visitor) -> None:
    page = visit().page
    silent = page.locator("td.silent").first
    sync_api.expect(silent).to_be_visible()

    page.get_by_label("only checks that found something").check()

    sync_api.expect(silent).to_be_hidden()
    sync_api.expect(page.locator("a.cell").first).to_be_visible()


@pytest.mark.parametrize("name", ["hostile", "fleet"])
def test_nothing_leaves_the_page_and_nothing_goes_wrong(visit: Visitor, name: str) -> None:
    """Whatever is in the cassette, and whatever a person clicks but a link to the documentation."""
    opened = visit(name)
    page = opened.page
    for cell in page.locator("a.cell").all()[:8]:
        cell.click()
        sync_api.expect(page.locator("dialog article")).to_be_visible()
        for summary in page.locator("dialog summary").all():
            summary.click()
        page.keyboard.press("Escape")
    for summary in page.locator("summary:visible").all():
        summary.click()
    page.wait_for_timeout(200)

    assert opened.requests == [opened.url]
    assert opened.console == []


def test_the_page_s_policy_lets_no_script_ask_for_anything(visit: Visitor) -> None:
    opened = visit()
    answer = opened.page.evaluate("fetch('https://example.com/').then(() => 'answered', error => error.name)")

    assert answer == "TypeError"
    assert any("Content Security Policy" in message for message in opened.console)


def test_it_is_readable_on_a_phone(visit: Visitor) -> None:
    page = visit(viewport=PHONE, is_mobile=True, has_touch=True).page

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    cell = page.locator("a.cell").first
    box = cell.bounding_box()
    assert box is not None
    assert box["height"] >= 40
    assert cell.inner_text().replace("\n", "").startswith("✕AUTH003")
    cell.tap()
    sync_api.expect(page.locator("dialog")).to_be_visible()
    assert page.locator("dialog .content").evaluate("content => content.scrollWidth <= content.clientWidth")


def test_it_is_light_and_dark(visit: Visitor) -> None:
    def brightness(scheme: str) -> int:
        page = visit(color_scheme=scheme).page
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        return int(sum(colour))

    assert brightness("light") > 700
    assert brightness("dark") < 100


def test_without_its_script_it_shows_all_the_same(visit: Visitor) -> None:
    page = visit(java_script_enabled=False).page
    article = page.locator("article").first
    sync_api.expect(article).to_be_hidden()

    page.locator("a.cell").first.click()

    sync_api.expect(article).to_be_visible()
