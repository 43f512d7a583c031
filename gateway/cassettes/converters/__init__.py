"""Converters for recordings of other tools. If no format is named, they are tried in this order."""

from __future__ import annotations

from gateway.cassettes.converters import cassetter, go_vcr, har, mitmproxy, ruby_vcr, vcr, wiremock
from gateway.cassettes.converters.model import Converter

CONVERTERS: dict[str, Converter] = {
    converter.name: converter
    for converter in (
        har.CONVERTER,
        wiremock.CONVERTER,
        mitmproxy.CONVERTER,
        ruby_vcr.CONVERTER,
        cassetter.CONVERTER,
        go_vcr.CONVERTER,
        vcr.CONVERTER,
    )
}
WRITERS: dict[str, Converter] = {name: converter for name, converter in CONVERTERS.items() if converter.write}


def guessed(data: bytes) -> Converter | None:
    """Return the converter for the format of `data`, recognised by its content. None for an unknown format."""
    return next((converter for converter in CONVERTERS.values() if converter.recognises(data)), None)
