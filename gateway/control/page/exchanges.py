"""The page's exchanges: a filtered list in parts, one exchange as a whole, and new exchanges as they come."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import get_args
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct
from msgspec.structs import replace

from gateway.control import exchanges as api
from gateway.control.errors import ControlError
from gateway.control.model import ExchangeDetail, ExchangeQuery, ExchangeShown
from gateway.control.naming import named
from gateway.control.page import copying
from gateway.control.page.marked import marked
from gateway.control.page.rendering import page, part_of, render, view
from gateway.control.readers import reader_of
from gateway.control.reading import JournalReader, Numbered
from gateway.control.routes import MOST_PARAMETERS, ApiCall, Endpoint, read_query
from gateway.core.codings import CodingError
from gateway.core.model import Response, Source
from gateway.core.secrets.budget import OverBudgetError

CHUNK = 100
"""How many exchanges a browser asks for at a time."""
FILTERS = ("text", "device", "finding", "severity", "status", "source", "route", "gateway")
"""The filter's fields, in the order in which the page shows them."""


class Chunk(Struct, frozen=True):
    """A part of the list. A browser loads it when it comes into sight."""

    rows: int
    src: str
    """The address of its rows."""


class PageQuery(Struct, frozen=True):
    """The query of the page's address."""

    filter: Mapping[str, str]
    """The filled fields of the filter."""
    query: ExchangeQuery
    exchange: str
    """The id of the exchange that is open."""
    problem: str
    """What is wrong with the filter; empty if it is right."""

    @property
    def encoded(self) -> str:
        """The filter as a query."""
        return urlencode(self.filter)


def read(query: str) -> PageQuery:
    """Read the query of the page's address. An invalid filter filters nothing, and has a `problem`."""
    given: dict[str, str] = {}
    with suppress(ValueError):  # too many parameters
        given.update(parse_qsl(query, max_num_fields=MOST_PARAMETERS, errors="replace"))
    said: dict[str, str] = {name: given[name] for name in FILTERS if given.get(name, "").strip()}
    window: dict[str, str] = {name: given[name] for name in ("before", "after", "limit") if name in given}
    try:
        chosen: ExchangeQuery = read_query(ExchangeQuery, urlencode({**said, **window}))
        api.check(chosen)
    except ControlError as error:
        return PageQuery(said, ExchangeQuery(), given.get("exchange", ""), str(error))
    return PageQuery(said, chosen, given.get("exchange", ""), "")


async def index(asked: ApiCall) -> Response:
    """Show the list and the open exchange, or only the part that htmx asks for."""
    said = read(asked.request.query)
    part = part_of(asked.request)
    listed: Mapping[str, object] = {} if part == "detail" else await _listed(asked, said)
    opened: Mapping[str, object] = {"detail": None} if part == "list" else await _opened(asked, said.exchange)
    template = {"list": "list.html", "detail": "exchange.html"}.get(part, "exchanges.html")
    values = {"said": said, "filters": FILTERS, "sources": get_args(Source), **listed, **opened}
    return await page(asked, template, **values)


async def rows(asked: ApiCall) -> Response:
    """Show the rows of one chunk."""
    said = read(asked.request.query)
    found = await api.list_(replace(asked, query=said.query))
    return await page(asked, "rows.html", said=said, exchanges=found.exchanges)


async def stream(asked: ApiCall) -> Response:
    """Send the rows of new exchanges as server-sent events `rows`, newest row first."""
    said = read(asked.request.query)

    def told(new: Sequence[ExchangeShown]) -> bytes:
        rows_ = render("rows.html", said=said, exchanges=new[::-1]).encode()
        return b"id: %d\nevent: rows\ndata: %b\n\n" % (new[-1].number, b" ".join(rows_.split()))

    return await api.stream(replace(asked, query=replace(said.query, before=None, after=None)), told)


async def _listed(asked: ApiCall, said: PageQuery) -> Mapping[str, object]:
    if said.problem:
        return {"chunks": [], "first": [], "fitting": 0, "kept": 0, "newest": asked.gateway.journal.count}

    def look(reader: JournalReader, kept: Sequence[Numbered]) -> tuple[list[int], list[ExchangeShown], int, int]:
        numbers = [entry.number for entry in reversed(kept) if api.fits(reader, entry, said.query)]
        by_number = kept[0].number if kept else 0
        first = [reader.shown(kept[number - by_number]) for number in numbers[:CHUNK]]
        return numbers, first, len(kept), kept[-1].number if kept else 0

    numbers, first, kept, newest = await reader_of(asked).read(look)
    chunks = []
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        window = urlencode({**said.filter, "before": part[0] + 1, "after": part[-1] - 1, "limit": CHUNK})
        chunks.append(Chunk(len(part), f"/exchanges/rows?{window}"))
    return {"chunks": chunks, "first": first, "fitting": len(numbers), "kept": kept, "newest": newest}


async def _opened(asked: ApiCall, id_: str) -> Mapping[str, object]:
    nothing: Mapping[str, object] = {"detail": None, "problem": ""}
    if not id_:
        return nothing
    try:
        detail: ExchangeDetail = await api.one(replace(asked, path={"id": id_}))
    except ControlError as error:
        return {**nothing, "problem": f"{error} New exchanges displace old ones."}
    except (OverBudgetError, CodingError):
        message = "Not shown: the search for secrets takes too much work, or a body cannot be decoded."
        return {**nothing, "problem": message}
    url, folder = asked.gateway.url, asked.controlled.folder

    def look() -> Mapping[str, object]:
        return {
            "detail": detail,
            "lines": marked(detail),
            "curl": copying.curl(url, detail.request),
            "test": copying.pytest(detail),
            "cassettes": sorted(named(folder)),
            "problem": "",
        }

    return await to_thread(look)


ENDPOINTS = (
    view("/", index),
    view("/exchanges/rows", rows),
    Endpoint("GET", "/exchanges/stream", stream, media="text/event-stream"),
)
