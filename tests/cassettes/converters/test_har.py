"""HAR: our own comes back equal, a browser's becomes what a wire would have carried, and what is lost is told."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.cassettes.errors import Problem
from tests.cassettes.converters.material import PNG, SEVERAL, UNKNOWN, read, recorded, told, written
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
        "1 interaction: HAR 1.2 has no request bodies that are not text. They are in `_base64`, which other tools do not read"
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
    assert lost == ["1 entry: timings, connection, cookies' attributes and data about the cache are not kept"]


def test_what_is_no_exchange_is_left_out_and_told() -> None:
    blocked = entry(response={"status": 0})
    other = entry()
    other["request"]["url"] = "data:text/plain,x"
    without = entry(response={"content": {"size": 9, "mimeType": "text/html"}})
    found, lost = read("har", har(blocked, blocked, other, without))
    assert [interaction.response.body for interaction in found] == [b""]
    assert lost[:3] == [
        "2 entries: left out: no final answer (blocked, cancelled or failed)",
        "1 entry: left out: not HTTP (data, blob, a web socket)",
        "1 entry: the answer's body is not in this file (the file was saved without bodies, or they are in other files)",
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


def asking(**more: Any) -> dict[str, Any]:
    made = entry()
    made["request"] |= more
    return made


ODD: tuple[tuple[object, str], ...] = (
    (asking(url="https://\xe9.example/"), "request.url"),
    (asking(url="https://a.example/a b"), "request.url"),
    (asking(url=None), "request.url"),
    (asking(headers=[{"name": "X"}]), "request.headers[0].value"),
    (asking(postData={"text": 5}), "request.postData.text"),
    (asking(postData={"params": [{"value": "x"}]}), "request.postData.params[0].name"),
    (entry(response={"headers": [{"name": "a b", "value": ""}]}), "response.headers"),
    (entry(response={"headers": [{"name": "X", "value": "a\rSet-Cookie: b"}]}), "response.headers.X"),
    (entry(response={"headers": [{"name": "X", "value": 5}]}), "response.headers[0].value"),
    (entry(response={"status": True}), "response.status"),
    (entry(response={"status": 1000}), "response.status"),
    (entry(response={"statusText": "a\r\nX: y"}), "response.reason"),
    (entry(response={"content": {"text": "%", "encoding": "base64"}}), "response.content.text"),
    (entry(response={"content": {"text": "iVBORw0KGgoA/w", "encoding": "base64"}}), "response.content.text"),
    (entry(response={"content": {"text": "[1]", "encoding": "base64"}}), "response.content.text"),
    (entry(response={"content": {"text": "[", "encoding": "base64"}}), "response.content.text"),
    (entry(response={"content": {"text": "1f8", "_isBinary": True}}), "response.content.text"),
    ({**entry(), "response": None}, "response"),
    ({"request": 5}, "request"),
    (5, ""),
)
"""Entries of which one thing is wrong, and where."""


def test_an_odd_entry_is_left_out_and_told_and_the_others_are_read() -> None:
    wrong: list[object] = []
    for odd, where in ODD:
        place = "log.entries[1]" + (f".{where}" if where else "")
        if (line_and_place := told("har", har(entry(), odd, entry()))) != (0, place):
            wrong.append((where, line_and_place))
        if len(read("har", har(entry(), odd, entry()))[0]) != 2:
            wrong.append((where, "the others"))
    assert wrong == []
    found, lost = read("har", har(*[odd for odd, _ in ODD], entry(), *[entry(response={"status": 1000})] * 9))
    assert len(found) == 1
    assert "11 entries: left out: response.status: expected a number from 200 to 999, found a number" not in lost, (
        "places are told, too"
    )
    assert any(
        line.endswith("(log.entries[10]; log.entries[21]; log.entries[22]; log.entries[23]; log.entries[24]; …)")
        for line in lost
    )


FORMS: tuple[tuple[str, list[dict[str, str]], str], ...] = (
    (
        "application/x-www-form-urlencoded",
        [{"name": "user", "value": "jane.doe@example.com"}, {"name": "password", "value": "Tr0ub4dor&3 xyz"}],
        "user=jane.doe%40example.com&password=Tr0ub4dor%263+xyz",
    ),
    (  # as Chromium has them: encoded
        "application/x-www-form-urlencoded; charset=UTF-8",
        [{"name": "user", "value": "jane.doe%40example.com"}, {"name": "a%5B%5D", "value": "1+2%25"}, {"name": "b"}],
        "user=jane.doe%40example.com&a%5B%5D=1+2%25&b",
    ),
    ("", [{"name": "caf\xe9", "value": "100% \u20ac"}], "caf%C3%A9=100%25+%E2%82%AC"),
    (
        "multipart/form-data; boundary=b-1",
        [
            {"name": 'a"b', "value": "caf\xe9"},
            {"name": "f", "fileName": "x.txt", "contentType": "text/plain", "value": "1\r\n2"},
        ],
        (
            '--b-1\r\nContent-Disposition: form-data; name="a%22b"\r\n\r\ncaf\xe9\r\n'
            '--b-1\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\n1\r\n2\r\n'
            "--b-1--\r\n"
        ),
    ),
)


def test_a_form_that_is_kept_as_parameters_is_built_again() -> None:
    for mime_type, params, expected in FORMS:
        for text in ({}, {"text": ""}):
            [found], lost = read(
                "har", har(asking(method="POST", postData={"mimeType": mime_type, "params": params, **text}))
            )
            assert found.request.body == expected.encode()
            assert found.request.headers.get("Content-Type") == mime_type
            assert "1 entry: its form is stored as parameters, and its body is built from them" in lost
        [found], lost = read(
            "har", har(asking(postData={"mimeType": mime_type, "params": params, "text": "as it was"}))
        )
        assert found.request.body == b"as it was"
        assert not any("parameters" in line for line in lost)


def test_a_multipart_forms_boundary_is_looked_for_in_the_fields_too() -> None:
    posted = {"mimeType": "multipart/form-data", "params": [{"name": "f", "fileName": "x"}]}
    typed = [{"name": "content-type", "value": 'multipart/form-data; boundary="b 2"'}]
    [found], lost = read("har", har(asking(headers=typed, postData=posted)))
    assert (
        found.request.body == b'--b 2\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\r\n--b 2--\r\n'
    )
    assert "1 entry: its form contains a file, whose content is not here" in lost
    [found], lost = read("har", har(asking(postData=posted)))
    assert found.request.body == b""
    assert "1 entry: its form is stored as parameters, without its boundary, so its body is lost" in lost


def test_pieces_of_polly_are_put_together_and_decoded() -> None:
    """Polly.JS keeps each chunk of a coded answer by itself, so that one piece alone is no gzip."""
    coded = gzip.compress(b'{"logouts": {}}')
    halves = coded[:7], coded[7:]
    field = [{"name": "content-encoding", "value": "gzip"}, {"name": "content-length", "value": str(len(coded))}]
    for content in (
        {"text": json.dumps([base64.b64encode(half).decode() for half in halves]), "encoding": "base64"},
        {"text": json.dumps([half.hex() for half in halves]), "_isBinary": True},
        {"text": coded.hex(), "_isBinary": True},
    ):
        [found], _ = read("har", har(entry(response={"headers": field, "content": content})))
        assert found.response.body == b'{"logouts": {}}'
        assert list(found.response.headers.items()) == [("content-length", "15")]
    plain = {"mimeType": "application/json", "text": '["H4sI", "AAAA"]'}
    assert read("har", har(entry(response={"content": plain})))[0][0].response.body == b'["H4sI", "AAAA"]'
    sent = {"encoding": "base64", "text": json.dumps([base64.b64encode(half).decode() for half in halves])}
    assert read("har", har(asking(postData=sent)))[0][0].request.body == coded


def test_a_time_that_is_not_known_is_told() -> None:
    data, lost = written("har", [replace(recorded(), recorded_at="")])
    assert any("the time of its recording is not known" in line for line in lost)
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
    ],
)
def test_a_malformed_file_is_told_with_its_place(data: bytes, line: int, where: str) -> None:
    with pytest.raises(Problem) as raised:
        read("har", data)
    assert (raised.value.line, raised.value.where) == (line, where)


def test_a_request_whose_body_is_not_there_is_told() -> None:
    for size, told_of in ((5, True), (0, False), (-1, False)):
        _, lost = read("har", har(asking(method="POST", bodySize=size)))
        assert ("1 entry: the request's body is not in this file" in lost) is told_of
