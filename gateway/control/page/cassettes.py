"""The page's cassettes: the list, one cassette, the differences of two, and the result of lint."""

from __future__ import annotations

from urllib.parse import parse_qs

from msgspec.structs import replace

from gateway.control import cassettes
from gateway.control.cassette_model import CassetteQuery
from gateway.control.page.rendering import page, view
from gateway.control.routes import ApiCall
from gateway.core.model import Response

MOST = 200
"""How many interactions a page shows."""


async def index(asked: ApiCall) -> Response:
    """Show the list of cassettes."""
    return await page(asked, "cassettes.html", cassettes=await cassettes.list_(asked))


async def one(asked: ApiCall) -> Response:
    """Show the interactions of a cassette."""
    said = parse_qs(asked.request.query).get("after", ["0"])[0]
    after = int(said) if said.isdecimal() and len(said) < len("1000000000") else 0
    held = await cassettes.one(replace(asked, query=CassetteQuery(after=after, limit=MOST)))
    others = [entry.name for entry in await cassettes.list_(asked) if entry.name != held.name]
    in_use = asked.gateway.setting.cassette == held.name
    return await page(asked, "cassette.html", held=held, others=others, in_use=in_use, after=after, most=MOST)


async def lint(asked: ApiCall) -> Response:
    """Show the result of lint for a cassette."""
    return await page(asked, "lint.html", name=asked.path["name"], lint=await cassettes.lint_(asked))


async def diff(asked: ApiCall) -> Response:
    """Show where two cassettes differ."""
    left, right = asked.path["name"], asked.path["other"]
    return await page(asked, "diff.html", left=left, right=right, diff=await cassettes.diff(asked))


ENDPOINTS = (
    view("/cassettes", index),
    view("/cassettes/{name}", one),
    view("/cassettes/{name}/lint", lint),
    view("/cassettes/{name}/diff/{other}", diff),
)
