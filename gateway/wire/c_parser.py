"""Insists on aiohttp's C parser: the gateway was tested with this parser (version 3.14.5)."""

from __future__ import annotations

from aiohttp import http_parser

from gateway.core.mistake import Mistake


class ParserMissingError(Mistake):
    """aiohttp runs without its C extension. The gateway was tested only with the parser of that extension."""


def insist() -> None:
    """Raise ParserMissingError if aiohttp would use its Python parser."""
    pairs = (
        (http_parser.HttpRequestParser, http_parser.HttpRequestParserPy),
        (http_parser.HttpResponseParser, http_parser.HttpResponseParserPy),
    )
    if any(parser is python for parser, python in pairs):
        message = "aiohttp's C parser is missing (AIOHTTP_NO_EXTENSIONS is set, or no wheel fits this platform); the Python one frames messages differently"
        raise ParserMissingError(message)
