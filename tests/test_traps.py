"""Each line of the table "what plain aiohttp gets wrong in a proxy", in its order, on raw sockets and with the C parser."""

from __future__ import annotations

import asyncio
import gzip
import os
import subprocess
import sys
from typing import Any

import pytest
from aiohttp import http_parser

from gateway.wire.outbox import Outbox
from gateway.wire.upstream_connection import MAX_ANSWER_FIELDS
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, PATIENCE, Wire, settle

TARGETS = (
    b"/a%2Fb%2fc",
    b"/%3a%3A",
    b"/a+b;c=d",
    b"/${x}",
    b"//",
    b"//evil.example/x",
    b"/a/../b/./c",
    b"/a?",
    b"/?",
    b"/a??b",
    b"/%zz%",
    b"/a?x=%zz&&=&x",
    b"/a#b",
    b"/a?b#c",
    b"/~!$&'()*,=:@|^`{}[]<>\\\"",
    b"/a?redirectUrl=https://example.com/bye?x=1",
)


@for_each("target", TARGETS)
async def test_the_target_goes_out_as_the_bytes_that_came_in(lab: Lab, target: bytes) -> None:
    """Nothing in a request target is decoded, encoded, resolved, sorted or lost."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)

    await gateway.ask(b"GET " + target + b" HTTP/1.1\r\nHost: gateway\r\n\r\n")

    assert origin.seen[0].start == b"GET " + target + b" HTTP/1.1"


async def test_the_asterisk_of_options_goes_out(lab: Lab) -> None:
    """`OPTIONS *` is about the server, and stays so."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)

    await gateway.ask(b"OPTIONS * HTTP/1.1\r\nHost: gateway\r\n\r\n")

    assert origin.seen[0].start == b"OPTIONS * HTTP/1.1"


@for_each("target", [b"/\xe9", b"/\xc3\xa9\xff", b"/\x7f", b"/\x01", b"/a\tb", b"/a b", b"*", b"a", b""])
async def test_a_target_that_is_none_is_refused(lab: Lab, target: bytes) -> None:
    """Bytes that RFC 3986 has no place for would be read in more than one way."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(b"GET " + target + b" HTTP/1.1\r\nHost: gateway\r\n\r\n")

    assert (answer.status, answer.get(b"X-Gateway-Error"), origin.seen) == (400, b"malformed_request", [])


async def test_names_keep_case_order_and_repeats(lab: Lab) -> None:
    """Two spellings of one name stay two fields; what repeats stays repeated, where it was."""
    lines = [
        b"hOsT: gateway",
        b"Accept-Language: en",
        b"X-B: 2",
        b"accept-language: de",
        b"x-a: 1",
        b"X-B: 1",
        b"X-B: 2",
        b"X-Empty:",
    ]
    answered = [b"X-B: 2", b"Set-Cookie: a=1", b"x-b: 1", b"set-cookie: b=2", b"Set-Cookie: a=1", b"content-length: 0"]
    origin = await lab.origin(b"\r\n".join([b"HTTP/1.1 200 OK", *answered, b"", b""]))
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(b"\r\n".join([b"GET / HTTP/1.1", *lines, b"", b""]))

    sent = [line.replace(b"X-Empty: ", b"X-Empty:") for line in origin.seen[0].lines]
    assert sent == [b"hOsT: 127.0.0.1:%d" % origin.port, *lines[1:], b"X-Forwarded-For: 127.0.0.1"]
    assert answer.lines == answered


async def test_header_bytes_survive_both_ways(lab: Lab) -> None:
    """A field value is bytes, and a reason phrase too (RFC 9110 section 5.5)."""
    origin = await lab.origin(b"HTTP/1.1 200 \xe9\xc3\xa9\r\nX-Name: caf\xe9 \xff\xc3\xa9\r\nContent-Length: 0\r\n\r\n")
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(b"GET / HTTP/1.1\r\nHost: gateway\r\nX-Name: caf\xe9 \xff\xc3\xa9\tz\r\n\r\n")

    assert origin.seen[0].get(b"X-Name") == b"caf\xe9 \xff\xc3\xa9\tz"
    assert (answer.start, answer.get(b"X-Name")) == (b"HTTP/1.1 200 \xe9\xc3\xa9", b"caf\xe9 \xff\xc3\xa9")


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"zstd"])
async def test_a_compressed_upload_stays_compressed(lab: Lab, coding: bytes) -> None:
    """The bytes of a request body are the client's, whatever Content-Encoding says of them."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    body = gzip.compress(b"device" * 100)

    await gateway.ask(
        b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding, len(body)),
        body,
    )

    assert (origin.seen[0].body, origin.seen[0].get(b"Content-Encoding")) == (body, coding)
    assert origin.seen[0].get(b"Content-Length") == b"%d" % len(body)


async def test_nothing_is_added_followed_kept_or_inflated(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway is no user agent: no fields, redirects, cookies, decompression or proxies of its own."""
    for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    body = gzip.compress(b"profile" * 100)
    head = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nSet-Cookie: a=1\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    origin = await lab.origin(head % len(body) + body, OK)
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    first = await wire.send(GET).message()
    await wire.send(GET).message()

    assert (first.head + b"\r\n\r\n", first.body) == (head % len(body), body)
    assert [m.lines for m in origin.seen] == [
        [b"Host: 127.0.0.1:%d" % origin.port, b"X-Forwarded-For: 127.0.0.1"],
    ] * 2


EVIL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"


@for_each("surplus", [EVIL, EVIL[:9], EVIL[:30], b"H", b"\0", b"EVIL\r\n\r\n"])
async def test_bytes_on_an_idle_connection_are_nobodys_answer(lab: Lab, surplus: bytes) -> None:
    """A connection on which something came unasked, be it half a status line, serves no other request."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    await gateway.ask(GET)

    origin.wires[0].send(surplus)
    await settle()
    answer = await gateway.ask(GET)

    assert (answer.body, origin.connections) == (b"ok", 2)


@pytest.mark.parametrize("surplus", [EVIL, EVIL[:9], b"HTTP/1.1 20"])
async def test_bytes_behind_an_answer_are_nobodys_answer(lab: Lab, surplus: bytes) -> None:
    """What comes in one segment with an answer and is too much for it ends the connection."""
    origin = await lab.origin(OK + surplus, OK)
    gateway = await lab.gateway(origin)

    answers = [(await gateway.ask(GET)).body for _ in range(2)]

    assert (answers, origin.connections) == ([b"ok", b"ok"], 2)


@for_each(
    "answer",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + OK,
        b"HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 099 Nothing\r\nContent-Length: 0\r\n\r\n",
    ],
)
@for_each("asked", [b"", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"])
async def test_no_upgrade_and_no_status_below_200(lab: Lab, answer: bytes, asked: bytes) -> None:
    """An upgrade is never asked for, so an upstream that switches protocols is at fault."""
    origin = await lab.origin(answer)
    gateway = await lab.gateway(origin)

    reply = await gateway.ask(GET[:-2] + asked + b"\r\n")

    assert (reply.status, reply.get(b"X-Gateway-Error")) == (502, b"upstream_protocol")
    assert not origin.seen[0].all(b"Upgrade")


@pytest.mark.parametrize("version", [b"2.0", b"0.9"])
async def test_another_version_is_refused_in_our_own(lab: Lab, version: bytes) -> None:
    """The status line tells our version; 505 closes."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    answer = await wire.send(b"GET / HTTP/" + version + b"\r\nHost: gateway\r\n\r\n").message()

    assert (answer.start, answer.get(b"Connection")) == (b"HTTP/1.1 505 HTTP Version Not Supported", b"close")
    assert (await wire.rest(), origin.seen) == (b"", [])


async def test_a_failing_upstream_is_a_502_or_a_visible_truncation(lab: Lab) -> None:
    """Before the head it is an answer of the gateway's own; after it the client's connection is aborted."""

    async def script(wire: Wire) -> None:
        if (await origin.read(wire)).target == b"/cut":
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            await wire.flush()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)

    assert (await gateway.ask(GET)).get(b"X-Gateway-Error") == b"upstream_protocol"
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await gateway.ask(GET.replace(b"/ ", b"/cut "))


async def test_a_client_that_leaves_ends_the_upstream_call(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for an answer that nobody wants."""
    monkeypatch.setattr("gateway.wire.connections.ANSWER_SECONDS", 0.1)
    asked = asyncio.Event()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        asked.set()
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(GET)
    await asyncio.wait_for(asked.wait(), PATIENCE)

    wire.close()

    await asyncio.wait_for(origin.closed.wait(), PATIENCE)
    await gateway.witness.until(lambda: bool(gateway.witness.exchanges))
    assert gateway.witness.exchanges[0].reply.status == 499


@for_each("host", [b"a b", b"a/b", b"u@b", b"\xe9", b"a:b", b"[::1", b"a?b", b"a#b", b"a:123456", b"%zz"])
async def test_an_invalid_host_is_refused(lab: Lab, host: bytes) -> None:
    """Host is uri-host and perhaps a port (RFC 9110 section 7.2)."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")

    assert (answer.status, answer.get(b"X-Gateway-Error"), origin.seen) == (400, b"invalid_host", [])


@pytest.mark.parametrize("lines", [b"", b"Host: a\r\nHost: a\r\n", b"Host: a\r\nhost: b\r\n"])
async def test_no_host_and_two_hosts_are_refused(lab: Lab, lines: bytes) -> None:
    """RFC 9112 section 3.2: a request without Host, or with more than one, is a 400."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(b"GET / HTTP/1.1\r\n" + lines + b"\r\n")

    assert (answer.status, origin.seen) == (400, [])


async def test_nominated_fields_end_here_but_not_ours(lab: Lab) -> None:
    """What `Connection` names is for this hop; Host, Content-Length and X-Forwarded-For cannot be named away."""
    hop = (
        b"Keep-Alive: 5\r\nTE: trailers\r\nTrailer: X\r\nProxy-Connection: a\r\nProxy-Authorization: b\r\nProxy-Authenticate: c\r\n"
        b"X-Hop: secret\r\nx-HOP: secret\r\nX-End: yes\r\n"
    )
    nominations = b"Connection: X-Hop, Host,content-length\r\nconnection: X-Forwarded-For\r\n"
    origin = await lab.origin(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + nominations + hop + b"\r\nok")
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(
        b"POST / HTTP/1.1\r\nHost: gateway\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 2\r\n",
        nominations,
        hop,
        b"\r\nhi",
    )

    assert origin.seen[0].lines == [
        b"Host: 127.0.0.1:%d" % origin.port,
        b"Content-Length: 2",
        b"X-End: yes",
        b"X-Forwarded-For: 127.0.0.1",
    ]
    assert (answer.lines, answer.body) == ([b"Content-Length: 2", b"X-End: yes"], b"ok")


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    ],
)
async def test_a_length_beside_chunked_is_refused(lab: Lab, lines: bytes) -> None:
    """What follows such a message is nobody's request (RFC 9112 section 6.1)."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    wire.send(b"POST / HTTP/1.1\r\nHost: gateway\r\n" + lines + b"\r\n0\r\n\r\n" + GET)
    answer = await wire.message()

    assert (answer.status, await wire.rest(), origin.seen) == (400, b"", [])


def test_the_c_parser_is_insisted_on() -> None:
    """Without aiohttp's C extension the server does not start, and says why."""
    program = """
import asyncio
from gateway.wire.server import Server
asyncio.run(Server().start("127.0.0.1", 0))
"""
    run = subprocess.run(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-c", program],
        env={**os.environ, "AIOHTTP_NO_EXTENSIONS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert http_parser.HttpRequestParser is not http_parser.HttpRequestParserPy
    assert (run.returncode, "ParserMissingError: aiohttp's C parser is missing" in run.stderr) == (1, True)


@for_each("method", [b"GET", b"HEAD", b"DELETE", b"POST", b"PUT", b"PATCH", b"OPTIONS"])
@for_each("reused", [True, False])
async def test_a_request_is_sent_once(lab: Lab, method: bytes, reused: bool) -> None:
    """A connection that dies under a request costs a 502, never a second logout."""

    async def script(wire: Wire) -> None:
        while (await origin.read(wire)).target == b"/first":
            wire.send(OK)

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    if reused:
        await gateway.ask(GET.replace(b"/ ", b"/first "))

    answer = await gateway.ask(method + b" /logout HTTP/1.1\r\nHost: gateway\r\n\r\n", head_only=method == b"HEAD")
    await settle()

    assert (answer.status, answer.get(b"X-Gateway-Error")) == (502, b"upstream_protocol")
    assert ([m.target for m in origin.seen].count(b"/logout"), origin.connections) == (1, 1)


async def test_what_cannot_be_parsed_is_neither_logged_nor_echoed(
    lab: Lab, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A broken request line may hold a device id; it stays where it was."""
    gateway = await lab.gateway(await lab.origin())
    broken = (
        b"GET /logout?deviceId=SECRET HTTP/1.1\r\nHost: gateway\r\nX-Device-Info SECRET\r\n\r\n",
        b"GET /SECRET\0 HTTP/1.1\r\n\r\n",
        b"SECRET / HTTP/1.1\r\n\r\n",
        b"GET /SECRET HTTP/9.9\r\n\r\n",
        b"GET /" + b"SECRET" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\nSECRET\r\n",
        b"GET / HTTP/1.1\r\nHost: SECRET SECRET\r\n\r\n",
        b"GET http://SECRET/ HTTP/1.1\r\nHost: gateway\r\n\r\n",
    )
    with caplog.at_level(0):
        for message in broken:
            answer = await gateway.ask(message)
            assert 400 <= answer.status <= 501
            assert b"SECRET" not in answer.head + answer.body

    assert "SECRET" not in caplog.text + "".join(capfd.readouterr()) + repr(gateway.witness.warnings)
    assert [w["event"] for w in gateway.witness.warnings] == ["refused"] * len(broken)


async def test_expect_is_answered_here(lab: Lab) -> None:
    """An upload that waits for `100 Continue` gets it, once; the upstream is not asked for another."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    wire.send(b"POST / HTTP/1.1\r\nHost: gateway\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    interim = await wire.message()
    answer = await wire.send(b"hi").message()

    assert (interim.start, interim.lines, answer.status) == (b"HTTP/1.1 100 Continue", [], 200)
    assert (origin.seen[0].body, origin.seen[0].all(b"Expect")) == (b"hi", [])


@pytest.mark.parametrize("method", [b"DELETE", b"POST", b"PUT", b"GET"])
async def test_a_head_is_what_came_in_and_nothing_else(lab: Lab, method: bytes) -> None:
    """No Content-Length for a body that is not there, Host where it was; no Date, Server or Content-Type in the answer."""
    origin = await lab.origin(b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n")
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(method + b" /v1/logout#x HTTP/1.1\r\nX-First: 1\r\nHost: gateway\r\n\r\n")

    assert origin.seen[0].head.split(b"\r\n") == [
        method + b" /v1/logout#x HTTP/1.1",
        b"X-First: 1",
        b"Host: 127.0.0.1:%d" % origin.port,
        b"X-Forwarded-For: 127.0.0.1",
    ]
    assert answer.head == b"HTTP/1.1 204 No Content\r\nX-A: b"


@pytest.mark.parametrize("size", [9_000, 60_000])
async def test_lines_are_as_long_as_the_configuration_allows(lab: Lab, size: int) -> None:
    """v1's device_info in a URL is longer than aiohttp's 8,190 bytes; limits.max_head is our limit, in both directions."""
    value = b"a" * size
    origin = await lab.origin(b"HTTP/1.1 200 OK\r\nX-Long: " + value + b"\r\nContent-Length: 0\r\n\r\n")
    gateway = await lab.gateway(origin)

    by_target = await gateway.ask(b"GET /?" + value + b" HTTP/1.1\r\nHost: gateway\r\n\r\n")
    by_field = await gateway.ask(b"GET / HTTP/1.1\r\nHost: gateway\r\nX-Long: " + value + b"\r\n\r\n")

    assert (by_target.get(b"X-Long"), by_field.status) == (value, 200)
    assert (origin.seen[0].target, origin.seen[1].get(b"X-Long")) == (b"/?" + value, value)


TOO_LARGE = (
    (b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"head_too_large"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 5_000 + b"\r\n\r\n", b"head_too_large"),
    (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a" * 5_000 + b": b\r\n\r\n", b"head_too_large"),
    (
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 100 + b"\r\n",
        b"head_too_large",
    ),
    (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 128 + b"\r\n", b"too_many_fields"),
)


@pytest.mark.parametrize(("request_", "code"), TOO_LARGE)
async def test_a_head_beyond_the_limits_is_a_431(lab: Lab, request_: bytes, code: bytes) -> None:
    """Which limit it is, the answer says: limits.max_head, or 128 fields."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin, max_head=4_096)

    answer = await gateway.ask(request_)

    assert (answer.status, answer.get(b"X-Gateway-Error"), origin.seen) == (431, code, [])


async def test_128_fields_pass(lab: Lab) -> None:
    """Apps send a hundred fields; 128 are read, and all of them go out."""
    origin = await lab.origin(b"HTTP/1.1 204 No Content\r\n" + b"X: a\r\n" * 128 + b"\r\n")
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 127 + b"\r\n")

    assert (len(origin.seen[0].all(b"X")), len(answer.all(b"X"))) == (127, 128)


TOO_LARGE_ANSWERS = {
    "fields": (
        b"X: a\r\n" * MAX_ANSWER_FIELDS,
        "upstream_too_many_fields",
        f"more than {MAX_ANSWER_FIELDS} header fields",
    ),
    "a line": (
        b"X: " + b"a" * 70_000 + b"\r\n",
        "upstream_head_too_large",
        "longer than 65536 bytes (limits.max_head)",
    ),
    "lines": (b"X: %s\r\n" % (b"a" * 60_000) * 9, "upstream_head_too_large", "or a head without end"),
}


@pytest.mark.parametrize(("fields", "code", "words"), TOO_LARGE_ANSWERS.values(), ids=TOO_LARGE_ANSWERS)
async def test_an_answer_with_too_large_a_head_is_told_in_its_own_words(
    lab: Lab, fields: bytes, code: str, words: str
) -> None:
    """It is an HTTP/1.1 answer, and the connection that it came on is not used again."""
    origin = await lab.origin(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 2\r\n\r\nok", OK)
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(GET)

    assert (answer.status, answer.get(b"X-Gateway-Error")) == (502, code.encode())
    assert words in answer.body.decode()
    assert "not an HTTP/1.1 answer" not in answer.body.decode()
    assert (await gateway.ask(GET)).status == 200


async def test_an_answer_may_have_more_fields_than_a_request(lab: Lab) -> None:
    """As many as are read go out."""
    fields = b"X: a\r\n" * (MAX_ANSWER_FIELDS - 1)
    gateway = await lab.gateway(await lab.origin(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 2\r\n\r\nok"))

    answer = await gateway.ask(GET)

    assert (answer.status, len(answer.all(b"X")), answer.body) == (200, MAX_ANSWER_FIELDS - 1, b"ok")


async def test_aiohttp_logs_no_access(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    """An exchange is one event, and ours."""
    gateway = await lab.gateway(await lab.origin())
    with caplog.at_level(0):
        await gateway.ask(GET)
        await gateway.witness.until(lambda: bool(gateway.witness.exchanges))

    assert [record for record in caplog.records if record.name.startswith("aiohttp")] == []
    assert len(gateway.witness.exchanges) == 1


async def test_a_small_answer_is_one_write_and_keeps_its_length(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Content-Length stays Content-Length, and head and body leave together."""
    writes: list[Any] = []
    put = Outbox.put

    def spy(self: Outbox, transport: asyncio.WriteTransport, message: bytes) -> None:
        writes.append(message)
        put(self, transport, message)

    monkeypatch.setattr(Outbox, "put", spy)
    gateway = await lab.gateway(await lab.origin())

    await gateway.ask(GET)

    assert [message for message in writes if message.startswith(b"HTTP/")] == [OK]
