"""WireMock's mappings: sequences as scenarios, notes in metadata, and what stands for no single request is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.model import Headers, Interaction, Request, Response
from tests.cassettes.converters.material import ORIGIN, SEVERAL, UNKNOWN, read, recorded, told, written
from tests.harness.for_each import for_each

KEYS = {"request", "response", "scenarioName", "requiredScenarioState", "newScenarioState", "metadata"}


def test_our_own_comes_back_equal() -> None:
    """A scenario's answers stand together afterwards, at the place of its first one."""
    data, lost = written("wiremock", SEVERAL)
    assert read("wiremock", data) == ([SEVERAL[0], SEVERAL[3], SEVERAL[1], SEVERAL[2]], [])
    assert lost == [
        "2 interactions: its request comes more than once. WireMock gives the answers in turn, whatever device asks",
        "4 interactions: its request's fields and body are only in `metadata`. WireMock matches by method, path and query",
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
        f"1 mapping: its request names no host, so {ORIGIN} is used (change it with --origin)",
        "1 mapping: its response's fixedDelayMilliseconds are not kept",
        "1 mapping: left out: a pattern, or ANY method, matches many requests",
        "1 mapping: left out: the answer is not in this file (a fault, a proxy, a body in another file)",
    ]


def mapped(asked: dict[str, Any], answer: dict[str, Any] | None = None, **more: object) -> dict[str, Any]:
    """Return a file of one mapping that stands for one request of this origin."""
    request = {"method": "GET", "url": "/", "scheme": "https", "host": "a.example", **asked}
    return {"mappings": [{"request": request, "response": answer or {}, **more}]}


@for_each(
    ("file", "expected"),
    [
        (mapped({"formParameters": {"a": {"equalTo": "1"}}}), ["its request's formParameters are not compared"]),
        (mapped({"cookies": {"a": {"equalTo": "1"}}}), ["its request's cookies are not compared"]),
        (mapped({"basicAuthCredentials": {"username": "u"}}), ["its request's basicAuthCredentials are not compared"]),
        (mapped({"multipartPatterns": [{}]}), ["its request's multipartPatterns are not compared"]),
        (mapped({"bodyPatterns": [{"equalTo": "x"}]}), ["its request's bodyPatterns are not compared"]),
        (mapped({"customMatcher": {"name": "x"}}), ["its request's customMatcher is not compared"]),
        (mapped({"queryParameters": {"a": {"equalTo": "1"}}}), ["its request's queryParameters are not compared"]),
        (mapped({"\x1b[2J": 1}), ["its request's unknown key is not compared"]),
        (
            mapped({"headers": {"A": {"matches": "x"}, "B": {"absent": False}, "C": {"matches": "y"}, "D": "z"}}),
            [f"its request's headers are not compared by {way}" for way in ("absent", "matches", "text")],
        ),
        (
            mapped({"headers": {"A": {"equalTo": "x", "caseInsensitive": True}}}),
            ["its request's headers are not compared by caseInsensitive"],
        ),
        (
            mapped({"headers": {"A": {"hasExactly": [{"equalTo": "x"}, {"contains": "y"}]}}}),
            ["its request's headers are not compared by hasExactly"],
        ),
        (
            mapped({"headers": {"A": {"hasExactly": [{"equalTo": "x", "caseInsensitive": True}]}}}),
            ["its request's headers are not compared by caseInsensitive"],
        ),
        (mapped({}, {"transformers": ["response-template"]}), ["its response's transformers are not kept"]),
        (mapped({}, {"delayDistribution": {"type": "uniform"}}), ["its response's delayDistribution is not kept"]),
        (mapped({}, priority=1), ["its priority is not kept"]),
        (
            mapped({}, scenarioName="s", requiredScenarioState="Started"),
            ["its requiredScenarioState is kept only as the order of the answers"],
        ),
        (mapped({"headers": {}, "bodyPatterns": []}, {"transformers": []}, id="1", name="n", persistent=True), []),
    ],
)
def test_whatever_is_not_read_is_told_as_wiremock_names_it(file: dict[str, Any], expected: list[str]) -> None:
    found, lost = read("wiremock", file)
    assert len(found) == 1
    assert lost == [f"1 mapping: {sentence}" for sentence in expected]


NO_HOST = f"1 mapping: its request names no host, so {ORIGIN} is used (change it with --origin)"
NO_SCHEME = f"1 mapping: its request names no scheme, so the scheme of {ORIGIN} is used (change it with --origin)"


@for_each(
    ("named", "origin", "expected"),
    [
        ({"scheme": "HTTP", "host": "a.example", "port": 8080}, "http://a.example:8080", []),
        ({"scheme": "https", "host": {"equalTo": "a.example"}, "port": 443}, "https://a.example", []),
        ({"scheme": "http", "host": "[::1]", "port": "443"}, "http://[::1]:443", []),
        ({"host": "a.example", "port": 80}, "http://a.example", []),
        ({"host": "a.example"}, "https://a.example", [NO_SCHEME]),
        ({"host": "a.example", "port": 8443}, "https://a.example:8443", [NO_SCHEME]),
        ({"scheme": "http"}, "http://api.auth.adobe.com", [NO_HOST]),
        ({"port": 8443}, "https://api.auth.adobe.com:8443", [NO_HOST]),
        ({}, ORIGIN, [NO_HOST]),
        (
            {"host": {"matches": ".*"}},
            ORIGIN,
            [NO_HOST, "1 mapping: its request's host is not compared by matches"],
        ),
    ],
)
def test_a_host_that_is_named_is_the_origins(named: dict[str, Any], origin: str, expected: list[str]) -> None:
    for asked in ({"url": "/x"}, {"urlPath": "/x"}):
        mapping = {"request": {"method": "GET", **asked, **named}, "response": {}}
        [found], lost = read("wiremock", {"mappings": [mapping]})
        assert (found.origin, found.request.target) == (origin, "/x")
        assert lost == expected


@for_each(
    ("patterns", "target"),
    [
        ({"q": {"hasExactly": [{"equalTo": "1"}, {"equalTo": "a b"}]}, "r": {"equalTo": ""}}, "/x?q=1&q=a%20b&r="),
        ({"q": {"hasExactly": [{"equalTo": ""}]}}, "/x?q="),
        ({"q": {"hasExactly": []}}, None),
        ({"q": {"hasExactly": ["1"]}}, None),
        ({"q": {"hasExactly": [{"equalTo": "1"}, {"matches": "2"}]}}, None),
        ({"q": {"includes": [{"equalTo": "1"}]}}, None),
    ],
)
def test_exact_repeats_of_a_parameter_are_read_and_patterns_are_left_out(
    patterns: dict[str, Any], target: str | None
) -> None:
    asked = {"method": "GET", "host": "a.example", "scheme": "http", "urlPath": "/x", "queryParameters": patterns}
    found, lost = read("wiremock", {"mappings": [{"request": asked, "response": {}}]})
    assert [recorded.request.target for recorded in found] == ([] if target is None else [target])
    assert len(lost) == (target is None)


def test_repeats_of_a_field_are_read() -> None:
    [found], _ = read("wiremock", mapped({"headers": {"A": {"hasExactly": [{"equalTo": "1"}, {"equalTo": "2"}]}}}))
    assert found.request.headers.getall("A") == ["1", "2"]


def test_an_answer_that_does_not_decode_is_left_out_alone() -> None:
    bad = {"request": {"method": "GET", "url": "/"}, "response": {"headers": {"Content-Encoding": "dcb"}, "body": "x"}}
    found, lost = read("wiremock", {"mappings": [bad, *mapped({})["mappings"]]})
    assert len(found) == 1
    assert lost == [f"1 mapping: {UNKNOWN}"]


def test_a_scenario_is_read_in_the_order_of_its_states() -> None:
    data = json.loads(written("wiremock", [recorded(0, b"1"), recorded(0, b"2"), recorded(0, b"3")])[0])
    data["mappings"].reverse()
    assert [found.response.body for found in read("wiremock", data)[0]] == [b"1", b"2", b"3"]


def test_several_upstreams_are_told() -> None:
    lost = written("wiremock", [recorded(), replace(recorded(1), origin="https://sp.auth.adobe.com")])[1]
    assert "1 cassette: the recordings have several upstreams, which WireMock does not distinguish" in lost


@for_each(
    ("mapping", "where"),
    [
        (5, "mappings[0]"),
        ({"request": [], "response": {}}, "mappings[0].request"),
        ({"request": {"method": "GET", "url": "x y"}, "response": {}}, "mappings[0].request.url"),
        ({"request": {"method": "G T", "url": "/"}, "response": {}}, "mappings[0].request.method"),
        ({"request": {"method": "GET", "url": "/"}, "response": {"status": "200"}}, "mappings[0].response.status"),
        *(
            ({"request": {"method": "GET", "url": "/", key: value}, "response": {}}, f"mappings[0].request.{key}")
            for key, value in (("scheme", "ftp"), ("scheme", 5), ("host", "a/b"), ("port", 65536), ("port", "x"))
        ),
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
    assert told("wiremock", {"mappings": [mapping]}) == (0, where)
