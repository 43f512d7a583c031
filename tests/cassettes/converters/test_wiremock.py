"""WireMock's mappings: sequences as scenarios, notes in metadata, and what stands for no single request is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.cassettes.errors import Problem
from gateway.core.model import Headers, Interaction, Request, Response
from tests.cassettes.converters.material import ORIGIN, SEVERAL, read, recorded, written

KEYS = {"request", "response", "scenarioName", "requiredScenarioState", "newScenarioState", "metadata"}


def test_our_own_comes_back_equal() -> None:
    """A scenario's answers stand together afterwards, at the place of its first one."""
    data, lost = written("wiremock", SEVERAL)
    assert read("wiremock", data) == ([SEVERAL[0], SEVERAL[3], SEVERAL[1], SEVERAL[2]], [])
    assert lost == [
        "2 interactions: its request is there more than once: WireMock plays the answers in turn, whichever device asks",
        "4 interactions: request fields and bodies are in `metadata` alone; WireMock matches by method, path and query",
    ]


def test_only_keys_that_wiremock_knows_are_written() -> None:
    mappings = json.loads(written("wiremock", SEVERAL)[0])["mappings"]
    assert {key for mapping in mappings for key in mapping} <= KEYS
    assert [mapping.get("requiredScenarioState") for mapping in mappings] == ["Started", None, None, "answer 2"]
    assert [mapping.get("newScenarioState") for mapping in mappings] == ["answer 2", None, None, None]
    assert mappings[0]["request"] == {
        "method": "GET",
        "urlPath": "/logout",
        "queryParameters": {"n": {"equalTo": "0"}, "u": {"equalTo": "a/b"}},
    }
    assert mappings[0]["response"]["headers"]["Set-Cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize("target", ["/x?a=1&a=2", "/x?a", "/x?", "/x?=1", "/x?a=%ff"])
def test_a_query_that_has_no_plain_parameters_is_compared_as_written(target: str) -> None:
    plain = Interaction(ORIGIN, Request("GET", target), Response(204, "", Headers(), b"", "cassette"), "")
    [mapping] = json.loads(written("wiremock", [plain])[0])["mappings"]
    assert mapping["request"] == {"method": "GET", "url": target}


def test_a_teams_own_mappings_are_read() -> None:
    mapping: dict[str, Any] = {
        "request": {
            "method": "GET",
            "urlPath": "/a",
            "queryParameters": {"q": {"equalTo": "x y"}},
            "headers": {"X": {"equalTo": "1"}},
        },
        "response": {
            "jsonBody": {"a": [1, None]},
            "headers": {"Content-Type": "application/json"},
            "fixedDelayMilliseconds": 5,
        },
    }
    pattern = {"request": {"urlPattern": "/.*", "method": "GET"}, "response": {"status": 200}}
    fault = {"request": {"url": "/f", "method": "GET"}, "response": {"fault": "EMPTY_RESPONSE"}}
    [found], lost = read("wiremock", {"mappings": [mapping, pattern, fault]})
    assert (found.origin, found.request.target) == (ORIGIN, "/a?q=x%20y")
    assert found.request.headers["X"] == "1"
    assert (found.response.status, found.response.body) == (200, b'{"a":[1,null]}')
    assert lost == [
        f"1 mapping: WireMock names no host: {ORIGIN} stands in its place (--origin)",
        "1 mapping: delays and templates of the answer are not kept",
        "1 mapping: stands for any number of requests (a pattern, or ANY method), and is left out",
        "1 mapping: has no answer in this file (a fault, a proxy, a body in a file), and is left out",
    ]


def test_a_scenario_is_read_in_the_order_of_its_states() -> None:
    data = json.loads(written("wiremock", [recorded(0, b"1"), recorded(0, b"2"), recorded(0, b"3")])[0])
    data["mappings"].reverse()
    assert [found.response.body for found in read("wiremock", data)[0]] == [b"1", b"2", b"3"]


def test_several_upstreams_are_told() -> None:
    lost = written("wiremock", [recorded(), replace(recorded(1), origin="https://sp.auth.adobe.com")])[1]
    assert "1 cassette: there are several upstreams, and WireMock does not tell one from another" in lost


@pytest.mark.parametrize(
    ("mapping", "where"),
    [
        (5, "mappings[0]"),
        ({"request": [], "response": {}}, "mappings[0].request"),
        ({"request": {"method": "GET", "url": "x y"}, "response": {}}, "mappings[0].request.url"),
        ({"request": {"method": "G T", "url": "/"}, "response": {}}, "mappings[0].request.method"),
        ({"request": {"method": "GET", "url": "/"}, "response": {"status": "200"}}, "mappings[0].response.status"),
        (
            {"request": {"method": "GET", "url": "/"}, "response": {"base64Body": "%"}},
            "mappings[0].response.base64Body",
        ),
        (
            {"request": {"method": "GET", "url": "/"}, "response": {"headers": {"X": "a\nb"}}},
            "mappings[0].response.headers.X",
        ),
    ],
)
def test_a_malformed_mapping_is_told_with_its_place(mapping: object, where: str) -> None:
    with pytest.raises(Problem) as raised:
        read("wiremock", {"mappings": [mapping]})
    assert raised.value.where == where
