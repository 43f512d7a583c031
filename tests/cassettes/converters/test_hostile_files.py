"""A file of another tool is read, or refused with a message, in time that grows with its size and no faster."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from gateway.cassettes.converters import CONVERTERS
from gateway.cassettes.converters.model import Losses
from gateway.cassettes.errors import Problem
from gateway.core.mistake import Mistake
from tests.harness.for_each import for_each

SIZE = 1 << 15
FLOOR = 0.05
"""Seconds that need no comparison."""


def scenario(count: int) -> bytes:
    """One scenario whose states come in the wrong order."""
    return json.dumps(
        {
            "mappings": [
                {
                    "scenarioName": "s",
                    "requiredScenarioState": str(number) if number else "Started",
                    "newScenarioState": str(number + 1),
                    "request": {"method": "GET", "url": f"/{number}"},
                    "response": {"status": 200},
                }
                for number in reversed(range(count // 400))
            ]
        }
    ).encode()


def entries(url: str) -> Callable[[int], bytes]:
    def har(size: int) -> bytes:
        entry = {
            "request": {"method": "GET", "url": url, "headers": []},
            "response": {"status": 200, "headers": [], "content": {}},
        }
        return json.dumps({"log": {"entries": [entry] * (size // 200)}}).encode()

    return har


def repeated(before: str, atom: str, after: str = "") -> Callable[[int], bytes]:
    return lambda size: f"{before}{atom * (size // len(atom))}{after}".encode()


FILES: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "a scenario backwards": ("wiremock", scenario),
    "many scenarios": ("wiremock", lambda size: scenario(size).replace(b'"s"', b'"t"')),
    "many entries": ("har", entries("https://a/b")),
    "a long URL": ("har", repeated('{"log":{"entries":[{"request":{"method":"GET","url":"', "http://", '"}}]}}')),
    "a URL of placeholders": (
        "ruby-vcr",
        repeated("http_interactions:\n- request: {method: get, uri: '", "<a", "'}\n  response: {}\n"),
    ),
    "a URL of placeholders that end": (
        "ruby-vcr",
        repeated("http_interactions:\n- request: {method: get, uri: '", "<<a>>{", "'}\n  response: {}\n"),
    ),
    "many of go-vcr": (
        "go-vcr",
        repeated("interactions:\n", "- request:\n    url: http://a/b\n  response:\n    code: 200\n"),
    ),
    "pieces without number": (
        "har",
        repeated(
            '{"log":{"entries":[{"request":{"method":"GET","url":"http://a/","headers":[]},"response":{"status":200,"headers":[],"content":{"encoding":"base64","text":"[',
            '\\"YQ==\\",',
            '\\"\\"]"}}}]}}',
        ),
    ),
    "parameters without number": (
        "har",
        repeated(
            '{"log":{"entries":[{"request":{"method":"GET","url":"http://a/","headers":[],"postData":{"params":[',
            '{"name":"a%20","value":"b%"},',
            '{"name":"a"}]}},"response":{"status":200,"headers":[],"content":{}}}]}}',
        ),
    ),
    "deep JSON": ("har", repeated("", "[")),
    "a number without end": ("har", repeated('{"log":', "9", "}")),
    "a long date": ("har", repeated('{"log":{"entries":[{"startedDateTime":"', "1 ", '"}]}}')),
    "deep YAML": ("vcr", repeated("interactions: ", "[")),
    "YAML of anchors": ("vcr", repeated("interactions:\n", "- &a a\n")),
    "YAML of keys": ("vcr", repeated("interactions:\n- ", "? ")),
    "Ruby's binary": ("ruby_vcr", repeated("http_interactions:\n", "- !binary a\n")),
    "a mark over and over": ("cassetter", repeated("interactions:\n", "- a\n    body:\n      type: json\n")),
}


def seconds(form: str, data: bytes) -> float:
    best = float("inf")
    for _ in range(2):
        began = time.thread_time()
        try:
            for converter in CONVERTERS.values():
                converter.recognises(data)
            list(CONVERTERS[form].read(data, Losses(), "https://api.auth.adobe.com"))
        except (Problem, Mistake):
            pass
        best = min(best, time.thread_time() - began)
    return best


@for_each("what", FILES)
def test_reading_takes_as_long_as_the_file_is(what: str) -> None:
    form, make = FILES[what]
    name = next(
        name for name in CONVERTERS if name.replace("-", "_").startswith(form.replace("-", "_")) or form in name
    )
    short, long = seconds(name, make(SIZE)), seconds(name, make(8 * SIZE))
    assert long < FLOOR or long < 16 * short
