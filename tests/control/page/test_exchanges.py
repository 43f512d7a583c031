"""The page over a real socket: what it shows of exchanges, to whom, and that nothing of what an app sends acts in it."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from gateway.control.page.exchanges import FILTERS, read
from gateway.core.redaction import Redaction
from gateway.core.secrets.budget import OverBudgetError
from tests.control.page.hostile import HOSTILE
from tests.control_lab import DISH, SECRET, TOKEN, Steerable, steerable
from tests.harness.for_each import for_each
from tests.harness.watchdog import MOST, longest_step


class Elements(HTMLParser):
    """Reads a document: its elements, and its text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def expect_tame(document: str) -> Elements:
    """Insist on what the templates alone have: no script of a text, no handler, no style, no link to elsewhere that runs."""
    read_ = Elements(document)
    for tag, attributes in read_.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        assert tag not in {"img", "iframe", "object", "embed", "base"}
        assert (attributes.get("href") or "/").startswith(("/", "https://", "#", "?")), attributes
        if tag == "script":
            assert attributes.get("src") in {"/assets/htmx.min.js", "/assets/page.js"}
    return read_


async def page(lab: Steerable, path: str, **fields: str) -> str:
    status, text, headers = await lab.ask(
        "GET", path, headers={name.replace("_", "-"): value for name, value in fields.items()}
    )
    assert status == 200, text
    assert headers["Content-Type"].startswith("text/html")
    return str(text)


async def test_the_list_shows_what_came_and_no_secret() -> None:
    async with await steerable() as lab:
        await lab.app()
        text = await page(lab, "/")
        shown = expect_tame(text).text
        (listed,) = (await lab.get("/api/exchanges"))["exchanges"]
        for expected in (listed["device"], "/api/v2/REF30/logout/Dish", "emulator", "200"):
            assert expected in shown
        assert SECRET not in text
        assert TOKEN not in text


async def test_an_exchange_is_open_where_the_address_says_so() -> None:
    async with await steerable() as lab:
        await lab.app(Accept="text/html")
        (listed,) = (await lab.get("/api/exchanges"))["exchanges"]
        text = await page(lab, f"/?finding=HDR004&exchange={listed['id']}")
        shown = expect_tame(text)
        assert 'id="finding-HDR004"' in text
        assert "What to do:" in shown.text
        assert "$TOKEN" in shown.text
        assert 'value="HDR004"' in text  # the filter is kept
        part = await page(lab, f"/?exchange={listed['id']}", HX_Request="true", HX_Target="detail")
        assert "<html" not in part
        assert "finding-HDR004" in part
        assert "No exchange with this id" in await page(lab, "/?exchange=nothing")


async def test_a_long_list_is_parted_into_chunks_that_are_loaded_when_they_are_seen() -> None:
    async with await steerable() as lab:
        for _ in range(7):
            await asyncio.gather(*(lab.app() for _ in range(50)))
        text = await page(lab, "/")
        chunks = re.findall(r'data-rows="(\d+)" data-src="([^"]+)"', text)
        assert [rows for rows, _ in chunks] == ["100", "100", "100", "50"]
        assert text.count('class="row ') == 100
        numbers: list[int] = []
        for _, src in chunks:
            rows = await page(lab, src.replace("&amp;", "&"), HX_Request="true")
            numbers += [int(number) for number in re.findall(r'data-number="(\d+)"', rows)]
        assert numbers == list(range(350, 0, -1))


async def test_a_filter_keeps_to_its_chunks_and_is_in_every_link() -> None:
    async with await steerable() as lab:
        for at in range(6):
            await lab.app("/nothing/here" if at % 2 else DISH)
        text = await page(lab, "/?status=501&text=nothing")
        assert text.count('class="row ') == 3
        assert "of 6 exchanges fit" in text
        links = re.findall(r'href="(/\?[^"]*exchange=[^"]+)"', text)
        assert len(links) == 3
        assert all("text=nothing" in link and "status=501" in link for link in links)


@for_each(
    ("query", "filtered", "problem"),
    [
        ("", {}, ""),
        ("text=&device=&severity=", {}, ""),
        ("status=4xx&text=%20", {"status": "4xx"}, ""),
        ("severity=error&exchange=a", {"severity": "error"}, ""),
        ("status=abc", {"status": "abc"}, "status: expected"),
        ("severity=bad", {"severity": "bad"}, "Invalid enum value"),
        ("unknown=1", {}, ""),
        ("&".join(["a=1"] * 100), {}, ""),
        ("limit=0", {}, "Expected `int` >= 1"),
        ("before=x", {}, "Expected `int"),
        ("device=%ff%00", {"device": "\ufffd\x00"}, ""),
    ],
)
def test_what_an_address_says(query: str, filtered: dict[str, str], problem: str) -> None:
    said = read(query)
    assert said.filter == filtered
    assert said.problem.startswith(problem)
    assert bool(said.problem) == bool(problem)


async def test_a_filter_that_is_none_is_shown_with_what_is_wrong() -> None:
    async with await steerable() as lab:
        text = await page(lab, "/?status=abc")
        assert "status: expected a status such as 404" in text
        assert 'value="abc"' in text


async def test_nothing_of_what_an_app_sends_acts_in_the_page() -> None:
    """Markup in path, query, header, device and filter stays text, in each view."""
    async with await steerable() as lab:
        for text in HOSTILE:
            plain = text.replace("\r", "").replace("\n", "").replace("\x1b", "").replace("\x07", "")
            await lab.app(
                f"/{quote(plain, safe='<>;=()')}?{quote(plain, safe='<>;=()')}",
                User_Agent=plain.encode("ascii", "replace").decode() or "a",
                Accept=plain.encode("ascii", "replace").decode() or "a",
            )
        for entry in (await lab.get("/api/exchanges"))["exchanges"]:
            expect_tame(await page(lab, f"/?exchange={entry['id']}"))
        for path in ("/", "/findings", "/devices"):
            expect_tame(await page(lab, path))
        for text in HOSTILE:
            for name in (*FILTERS, "exchange"):
                expect_tame(await page(lab, f"/?{name}={quote(text)}"))


async def test_who_has_no_login_is_shown_how_to_log_in_and_nothing_else() -> None:
    async with await steerable() as lab:
        await lab.app()
        for path in ("/", "/findings", "/devices", "/cassettes", "/steering", "/exchanges/rows"):
            status, text, headers = await lab.ask("GET", path, token=None)
            assert status == 401
            assert "Log in" in text
            assert "roku" not in text
            assert headers["Content-Security-Policy"].startswith("default-src 'none'")
            expect_tame(text)
        for path in ("/exchanges/stream", "/nothing"):
            status, _, _ = await lab.ask("GET", path, token=None)
            assert status == 401


async def test_rows_come_as_they_happen_and_those_that_fit_alone() -> None:
    async with await steerable() as lab:
        request = (
            "GET /exchanges/stream?status=501&text=here HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {TOKEN}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        writer.write(request.encode())
        await reader.readuntil(b": listening")
        await lab.app()
        await lab.app("/nothing/here<b>")
        told = await asyncio.wait_for(reader.readuntil(b"</li>"), 10)
        writer.close()
        assert b"event: rows\ndata: <li" in told
        assert b"/nothing/here" in told
        assert b"logout" not in told
        assert b"<b>" not in told.replace(b'<b aria-hidden="true">', b"")


async def test_a_cut_exchange_says_so_and_offers_no_copy_of_it() -> None:
    async with await steerable("passthrough") as lab:
        await lab.app()
        journal = lab.running.steered.journal
        whole = await page(lab, f"/?exchange={journal.kept[0].id}")
        journal.ended(replace(journal.kept[0], id="cut", is_cut=True))
        text = await page(lab, "/?exchange=cut")
        assert "are no longer kept" in text
        assert "are no longer kept" not in whole
        for offer in ("Copy as curl", "Copy as pytest", "Save into cassette"):
            assert offer in whole
            assert offer not in text


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.long)])
async def test_thousands_of_exchanges_keep_nobody_waiting(count: int) -> None:
    """Each view is made of all of them while the loop does other things."""
    async with await steerable("passthrough") as lab:
        await lab.app(Accept="text/html")
        journal = lab.running.steered.journal
        (one,) = journal.kept
        for number in range(count - 1):
            journal.ended(replace(one, id=f"x-{number}"))
        await page(lab, "/steering")  # what is read once is read
        with longest_step() as steps:
            assert f'data-fitting="{len(journal.kept)}"' in await page(lab, "/")
            assert 'data-fitting="0"' in await page(lab, "/?text=nobody-says-this")
            for path in ("/?exchange=x-1", "/findings", "/devices"):
                await page(lab, path)
        assert steps.longest < MOST


async def test_what_is_too_much_work_to_be_redacted_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object) -> None:
        raise OverBudgetError

    async with await steerable() as lab:
        await lab.app()
        (listed,) = (await lab.get("/api/exchanges"))["exchanges"]
        monkeypatch.setattr(Redaction, "redacted", too_much)
        assert "takes too much work" in await page(lab, f"/?exchange={listed['id']}")
