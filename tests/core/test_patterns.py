"""Every regular expression of the gateway is linear in what it is given: found by itself, fed with its own parts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import pytest

from gateway.core.adobe.routes import RoutePattern
from gateway.scrubbing import named
from tests.harness.for_each import for_each
from tests.patterns import METHODS, Found, find, grows, parts_of

TYPED: dict[str, tuple[re.Pattern[str], ...]] = {
    "gateway.core.adobe.routes.parse": tuple(
        RoutePattern.parse(text).path
        for text in ("GET /{a}/b{.json,.xml,}", "GET /{a}/{b}/{c,d}{e,}", "* /{a...}", "GET /a/{b...}/{c}/d{e,f}")
    ),
    "gateway.scrubbing.named._until": tuple(
        re.compile(named.ending(closing)) for closing in ('"', "'", '\\"', '\\\\\\"', "^'")
    ),
}
"""Samples of the patterns that a function makes of what it is given, by the function's name."""

PARTS = 8
"""Items of the thorough test, so that several processes share them."""


@functools.cache
def found() -> list[Found]:
    """Return the gateway's patterns; not while tests are collected, which every process does."""
    return find("gateway", TYPED)


def slow(patterns: Iterable[Found], *, thorough: bool = False) -> list[str]:
    told = ((one.where, grows(one.pattern, one.methods, thorough=thorough)) for one in patterns)
    return [f"{where}: {growth}" for where, growth in told if growth]


@pytest.mark.long
def test_no_pattern_takes_longer_than_its_text_is_worth() -> None:
    assert slow(found()) == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_nor_with_every_pair_and_triple_of_its_parts(part: int) -> None:
    assert slow(found()[part::PARTS], thorough=True) == []


def test_patterns_are_found_wherever_they_are() -> None:
    """In a global, a container, a value, a closure, inside a function, and made by one."""
    where = {one.where.partition(":")[0] for one in found()}
    assert {
        "gateway.core.checks.route.route004_route_placeholder._PLACEHOLDER",
        "gateway.core.adobe.malformed._KINDS.item.item",
        "gateway.core.adobe.v1_logout.ROUTE.path",
        "gateway.reports.baseline",
        "gateway.core.adobe.routes",
        "gateway.scrubbing.named",
    } <= where


@for_each(
    "expression",
    [
        r"(a+)+$",
        r"(a|aa)+$",
        r"\\++/",
        r"<error\b[^>]*>(.*?)</error>",
        r"\beyJ[\w-]*\.(eyJ[\w-]*)\.",
        r"\bMozilla/5\.0\b.*\b(?:Chrome|Firefox)/",
        r"\S*…",
        r"(\$?)(?:\{|%7B)([A-Za-z_]{0,32})[^/&=]*?(?:\}|%7D)",
        r"[A-Za-z][A-Za-z0-9+.-]*://x",
        r"(?=[^\s;]*=)[^\s;]+",
        r"\s+$",
        r"^(\w+\s?)*$",
        r"a.*b.*c",
    ],
)
def test_a_pattern_that_goes_back_is_caught(expression: str) -> None:
    """Most of them were ours."""
    assert grows(re.compile(expression, re.DOTALL), METHODS) != ""


@pytest.mark.parametrize("expression", [r"[a-z]+", r"(?:[a-z0-9-]+\.)*adobe\.com", r"\{[^{}]*+\}", r"%25[0-9A-F]{2}"])
def test_a_pattern_that_does_not_is_left_alone(expression: str) -> None:
    assert grows(re.compile(expression), ("fullmatch",)) == ""


def test_its_parts_are_read_off_its_parse_tree() -> None:
    parts = parts_of(r"(?:Bearer|Basic)\s+[A-Z_]{2,}(?!x)=", 0)
    assert {"B", " ", "_", "=", "x"} <= set(parts.characters)
    assert {"Bearer", "asic"} & set(parts.pieces) or "Bearer" in parts.pieces
    assert parts.beginnings[0] == ""
    assert any(beginning.endswith("=") for beginning in parts.beginnings)
