"""HAR: our own comes back equal, a browser's becomes what a wire would have carried, and what is lost is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.cassettes.errors import Problem
from tests.cassettes.converters.material import PNG, SEVERAL, UNKNOWN, read, recorded, written
from tests.harness.for_each import for_each


def entry(**more: Any) -> dict[str, Any]:
    """Return an entry as a browser writes it."""
    answer = {
        "status": 200,
        "statusText": "",
        "headers": [
            {"name": ":status", "value": "200"},
            {"name": "content-encoding", "value": "br"},
            {"name": "set-cookie", "value": "a=1\nb=2"},
            {"name": "content-length", "value": "3"},
            {"name": "connection", "value": "keep-alive"},
        ],
        "content": {"size": 9, "mimeType": "application/json", "text": '{"a": 12}'},
    }
    return {
        "startedDateTime": "2026-11-22T08:12:26.5+02:00",
        "time": 12.34,
        "request": {
            "method": "GET",
            "url": "https://a.example/x?y=1#part",
            "headers": [{"name": ":path", "value": "/x"}],
        },
        "response": {**answer, **more.pop("response", {})},
        **more,
    }


def har(*entries: object) -> dict[str, Any]:
    return {"log": {"version": "1.2", "entries": list(entries)}}


def test_our_own_comes_back_equal() -> None:
    data, lost = written("har", SEVERAL)
    assert read("har", data) == (SEVERAL, [])
    assert lost == [
        "1 interaction: request bodies that are no text are not in HAR 1.2; `_base64` has them, which others do not read"
    ]


def test_text_is_text_and_bytes_are_base64() -> None:
    contents = [entry["response"]["content"] for entry in json.loads(written("har", SEVERAL)[0])["log"]["entries"]]
    assert contents[0] == {"size": 8, "mimeType": "application/json", "text": '{"a": 1}'}
    assert contents[1]["encoding"] == "base64"


def test_what_mitmproxy_insists_on_is_there() -> None:
    [written_entry, *_] = json.loads(written("har", SEVERAL)[0])["log"]["entries"]
    assert written_entry["startedDateTime"] == "2026-11-21T22:17:05.120Z"
    assert written_entry["time"] == 84
    assert written_entry["request"]["httpVersion"] == written_entry["response"]["httpVersion"] == "HTTP/1.1"


def test_a_browsers_entry_becomes_what_a_wire_carries() -> None:
    [found], lost = read("har", har(entry()))
    assert (found.origin, found.request.target) == ("https://a.example", "/x?y=1")
    assert list(found.request.headers) == []
    assert list(found.response.headers.items()) == [
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("content-length", "9"),
    ]
    assert found.response.body == b'{"a": 12}'
    assert found.recorded_at == "2026-11-22T06:12:26.500Z"
    assert found.about == {"imported_from": "har", "elapsed_ms": 12.3}
    assert lost == ["1 entry: timings, connection, cookies' attributes and the cache's part are not kept"]


def test_what_is_no_exchange_is_left_out_and_told() -> None:
    blocked = entry(response={"status": 0})
    other = entry()
    other["request"]["url"] = "data:text/plain,x"
    without = entry(response={"content": {"size": 9, "mimeType": "text/html"}})
    found, lost = read("har", har(blocked, blocked, other, without))
    assert [interaction.response.body for interaction in found] == [b""]
    assert lost[:3] == [
        "2 entries: has no final answer (blocked, cancelled or failed), and is left out",
        "1 entry: is no HTTP (data, blob, a web socket), and is left out",
        "1 entry: the answer's body is not in this file (it was saved without content, or beside it)",
    ]


def test_base64_is_undone() -> None:
    content = {"size": 10, "mimeType": "image/png", "encoding": "base64", "text": "iVBORw0KGgoA/w=="}
    [found], _ = read("har", har(entry(response={"content": content})))
    assert found.response.body == PNG


DCB = [{"name": "Content-Encoding", "value": "dcb"}]


@pytest.mark.parametrize("content", [{"text": "caf\xe9"}, {"text": ""}, {"size": 0}])
def test_text_is_decoded_whatever_coding_is_said(content: dict[str, Any]) -> None:
    [found], _ = read("har", har(entry(response={"headers": DCB, "content": content})))
    assert found.response.body == content.get("text", "").encode()
    assert list(found.response.headers) == []


def test_base64_in_an_unknown_coding_is_left_out_alone() -> None:
    coded = entry(response={"headers": DCB, "content": {"text": "/w==", "encoding": "base64"}})
    found, lost = read("har", har(coded, entry(), coded))
    assert [interaction.response.body for interaction in found] == [b'{"a": 12}']
    assert lost[0] == f"2 entries: {UNKNOWN}"


@pytest.mark.parametrize(
    ("rest", "target"),
    [
        ("/caf\xe9?q=\u20ac%20\U0001f600#\xe9", "/caf%C3%A9?q=%E2%82%AC%20%F0%9F%98%80"),
        ("?\xe9", "/?%C3%A9"),
        ("/%e9//x", "/%e9//x"),
    ],
)
def test_a_url_beyond_ascii_is_what_a_browser_sends(rest: str, target: str) -> None:
    browsers = entry()
    browsers["request"]["url"] = "https://a.example" + rest
    [found], _ = read("har", har(browsers))
    assert (found.origin, found.request.target) == ("https://a.example", target)


def test_a_host_beyond_ascii_is_refused() -> None:
    browsers = entry()
    browsers["request"]["url"] = "https://\xe9.example/"
    with pytest.raises(Problem) as raised:
        read("har", har(browsers))
    assert raised.value.where == "log.entries[0].request.url"


def test_a_time_that_is_not_known_is_told() -> None:
    data, lost = written("har", [replace(recorded(), recorded_at="")])
    assert any("when it was recorded is not known" in line for line in lost)
    assert read("har", data)[0][0].recorded_at == ""


@for_each(
    ("data", "line", "where"),
    [
        (b'{"log": ', 1, ""),
        (b'{\n"log":\n nope', 3, ""),
        (b"\xff{}", 1, ""),
        (b'{"log": ' + b"[" * 100_000, 1, ""),
        (b'{"log": 1' + b"0" * 5000 + b"}", 1, ""),
        (b'{"log": []}', 0, "log"),
        (b'{"log": {"entries": {}}}', 0, "log.entries"),
        (b'{"log": {"entries": [5]}}', 0, "log.entries[0]"),
    ],
)
def test_a_malformed_file_is_told_with_its_place(data: bytes, line: int, where: str) -> None:
    with pytest.raises(Problem) as raised:
        read("har", data)
    assert (raised.value.line, raised.value.where) == (line, where)


@for_each(
    ("change", "where"),
    [
        ({"headers": [{"name": "a b", "value": ""}]}, "headers"),
        ({"headers": [{"name": "X", "value": "a\rSet-Cookie: b"}]}, "headers.X"),
        ({"headers": [{"name": "X", "value": 5}]}, "headers[0].value"),
        ({"status": True}, "status"),
        ({"status": 1000}, "status"),
        ({"statusText": "a\r\nX: y"}, "reason"),
        ({"content": {"text": "%", "encoding": "base64"}}, "content.text"),
    ],
)
def test_what_no_wire_would_carry_is_refused(change: dict[str, Any], where: str) -> None:
    with pytest.raises(Problem) as raised:
        read("har", har(entry(), entry(response=change)))
    assert raised.value.where == f"log.entries[1].response.{where}"
