"""Insists on aiohttp's C parser: the one that this gateway's promises were tested with (version 3.14.5)."""

from __future__ import annotations

from aiohttp import http_parser

from gateway.core.mistake import Mistake


class ParserMissingError(Mistake):
    """aiohttp runs without its C extension, whose parser is the one that this gateway's promises were tested with."""


def insist() -> None:
    """Raise where messages would be parsed by aiohttp's Python parser."""
    pairs = (
        (http_parser.HttpRequestParser, http_parser.HttpRequestParserPy),
        (http_parser.HttpResponseParser, http_parser.HttpResponseParserPy),
    )
    if any(parser is python for parser, python in pairs):
        message = "aiohttp's C parser is missing (AIOHTTP_NO_EXTENSIONS is set, or no wheel fits this platform); the Python one frames messages differently"
        raise ParserMissingError(message)
