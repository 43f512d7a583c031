"""Where one message ends and the next begins: malformed and ambiguous ones, in both directions, have one reading or none."""

from __future__ import annotations

import asyncio

import pytest

from gateway.wire import reading as inbound
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, PATIENCE, Wire, settle

POST = b"POST / HTTP/1.1\r\nHost: gateway\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: gateway\r\n\r\n"

REFUSED_REQUESTS = {
    "CL and TE": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TE and CL": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "TE gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "TE gzip": POST + b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
    "TE xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "TE identity": POST + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "TE chunked, chunked": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "TE chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "TE ,chunked": POST + b"Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n",
    "TE twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TE twice, gzip first": POST + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TE with a parameter": POST + b"Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n",
    "TE vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "TE empty": POST + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
    "TE quoted": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "TE of HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TE of HTTP/1.0, kept": b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk: no number": CHUNKED + b"xyz\r\nab\r\n0\r\n\r\n",
    "chunk: 0x": CHUNKED + b"0x2\r\nab\r\n0\r\n\r\n",
    "chunk: minus": CHUNKED + b"-2\r\nab\r\n0\r\n\r\n",
    "chunk: plus": CHUNKED + b"+2\r\nab\r\n0\r\n\r\n",
    "chunk: underscore": CHUNKED + b"0_2\r\nab\r\n0\r\n\r\n",
    "chunk: leading space": CHUNKED + b" 2\r\nab\r\n0\r\n\r\n",
    "chunk: trailing space": CHUNKED + b"2 \r\nab\r\n0\r\n\r\n",
    "chunk: too large": CHUNKED + b"fffffffffffffffff\r\nab\r\n0\r\n\r\n",
    "chunk: bare LF": CHUNKED + b"2\nab\r\n0\r\n\r\n",
    "chunk: bare CR": CHUNKED + b"2\rab\r\n0\r\n\r\n",
    "chunk: none": CHUNKED + b"\r\nab\r\n0\r\n\r\n",
    "chunk: data too long": CHUNKED + b"2\r\nabc\r\n0\r\n\r\n",
    "chunk: data ends in LF": CHUNKED + b"2\r\nab\n0\r\n\r\n",
    "chunk: data without end": CHUNKED + b"2\r\nab0\r\n\r\n",
    "chunk: LF in extension": CHUNKED + b"2;a\nb\r\nab\r\n0\r\n\r\n",
    "chunk: CR in extension": CHUNKED + b"2;a\rb\r\nab\r\n0\r\n\r\n",
    "chunk: NUL in extension": CHUNKED + b"2;a\0b\r\nab\r\n0\r\n\r\n",
    "trailer: no field": CHUNKED + b"2\r\nab\r\n0\r\nno field\r\n\r\n",
    "trailer: Content-Length": CHUNKED + b"2\r\nab\r\n0\r\nContent-Length: 5\r\n\r\n",
    "trailer: Transfer-Encoding": CHUNKED + b"2\r\nab\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n",
    "CL minus": POST + b"Content-Length: -2\r\n\r\nab",
    "CL plus": POST + b"Content-Length: +2\r\n\r\nab",
    "CL two words": POST + b"Content-Length: 2 2\r\n\r\nab",
    "CL hexadecimal": POST + b"Content-Length: 0x2\r\n\r\nab",
    "CL underscore": POST + b"Content-Length: 1_0\r\n\r\nab",
    "CL fraction": POST + b"Content-Length: 2.0\r\n\r\nab",
    "CL empty": POST + b"Content-Length:\r\n\r\nab",
    "CL list, equal": POST + b"Content-Length: 2, 2\r\n\r\nab",
    "CL twice, equal": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
    "CL twice, differing": POST + b"Content-Length: 2\r\ncontent-length: 0\r\n\r\nab",
    "CL superscript": POST + b"Content-Length: \xb2\r\n\r\nab",
    "CL vertical tab": POST + b"Content-Length: \x0b2\r\n\r\nab",
    "CL folded": POST + b"Content-Length:\r\n 2\r\n\r\nab",
    "CL 2^64 - 1": POST + b"Content-Length: 18446744073709551615\r\n\r\n",
    "CL 2^64": POST + b"Content-Length: 18446744073709551616\r\n\r\n",
    "CL 2^64 + 2": POST + b"Content-Length: 18446744073709551618\r\n\r\nab",
    "CL before a space and colon": POST + b"Content-Length : 2\r\n\r\nab",
    "CL before a tab and colon": POST + b"Content-Length\t: 2\r\n\r\nab",
    "TE before a space and colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "obs-fold": POST + b"X-A: a\r\n b\r\n\r\n",
    "obs-fold of the first line": b"GET / HTTP/1.1\r\n Host: gateway\r\n\r\n",
    "bare CR in a value": POST + b"X-A: a\rContent-Length: 2\r\n\r\nab",
    "bare CR before CR LF": POST + b"X-A: a\r\r\n\r\n",
    "bare LF in a value": POST + b"X-A: a\nX-B: b\r\n\r\n",
    "LF alone": b"GET / HTTP/1.1\nHost: gateway\n\n",
    "LF as the empty line": b"GET / HTTP/1.1\r\nHost: gateway\r\nX-A: b\n\n",
    "NUL in a value": POST + b"X-A: a\0b\r\n\r\n",
    "NUL in a name": POST + b"X\0A: a\r\n\r\n",
    "control in a value": POST + b"X-A: a\x01b\r\n\r\n",
    "DEL in a value": POST + b"X-A: a\x7fb\r\n\r\n",
    "name with a parenthesis": POST + b"X(: a\r\n\r\n",
    "name that is not ASCII": POST + b"X\xe9: a\r\n\r\n",
    "name that is empty": POST + b": a\r\n\r\n",
    "line without a colon": POST + b"X-A\r\n\r\n",
    "tabs in the request line": b"GET\t/\tHTTP/1.1\r\nHost: gateway\r\n\r\n",
    "space in the target": b"GET /a b HTTP/1.1\r\nHost: gateway\r\n\r\n",
    "space after the version": b"GET / HTTP/1.1 \r\nHost: gateway\r\n\r\n",
    "version 1.2": b"GET / HTTP/1.2\r\nHost: gateway\r\n\r\n",
    "version 2.0 with more": b"GET / HTTP/2.0\r\nHost: gateway\r\n\r\n",
    "version 1.10": b"GET / HTTP/1.10\r\nHost: gateway\r\n\r\n",
    "version in small letters": b"GET / http/1.1\r\nHost: gateway\r\n\r\n",
    "preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "method in small letters": b"get / HTTP/1.1\r\nHost: gateway\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "more after Connection: close": b"GET / HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n",
}


@for_each("message", REFUSED_REQUESTS.values(), ids=REFUSED_REQUESTS)
async def test_a_request_with_two_readings_is_refused(lab: Lab, message: bytes) -> None:
    """It is answered once and by us, the connection ends, and no upstream sees it or what follows it."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    answer = await wire.send(message + SMUGGLED).message()

    assert answer.status in {400, 501}
    assert (answer.get(b"Connection"), await wire.gone(), origin.seen) == (b"close", b"", [])


@for_each("message", REFUSED_REQUESTS.values(), ids=REFUSED_REQUESTS)
async def test_it_is_refused_in_pieces_too(lab: Lab, monkeypatch: pytest.MonkeyPatch, message: bytes) -> None:
    """One byte a segment: what was forwarded before the fault showed is broken off, so that no upstream takes it for whole."""
    monkeypatch.setattr(inbound, "LINGER_SECONDS", 0.05)
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    for byte in message + SMUGGLED:
        if wire.heard:
            break
        wire.send(bytes([byte]))
        await settle()
    answer = await wire.message()

    assert answer.status in {400, 501, 505} or "Connection: close" in str(message)
    assert (answer.get(b"Connection"), await wire.gone()) == (b"close", b"")
    assert b"/smuggled" not in [seen.target for seen in origin.seen]
    if answer.status != 200:
        assert origin.seen == []


SAFE_REQUESTS = {
    "TE in capitals": (POST + b"Transfer-Encoding: CHUNKED\r\n\r\n2\r\nab\r\n0\r\n\r\n", b"ab"),
    "TE of GET": (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", b"ab"),
    "chunk extensions": (CHUNKED + b'1;a=b;c="d"\r\na\r\n1;e\r\nb\r\n0;x\r\n\r\n', b"ab"),
    "chunk with leading zeros": (CHUNKED + b"00000000000000000000002\r\nab\r\n0000\r\n\r\n", b"ab"),
    "trailers": (CHUNKED + b"2\r\nab\r\n0\r\nX-Trailer: c\r\nAuthorization: d\r\n\r\n", b"ab"),
    "CL with leading zeros": (POST + b"Content-Length: 002\r\n\r\nab", b"ab"),
    "CL with spaces around": (POST + b"Content-Length: \t 2 \t\r\n\r\nab", b"ab"),
    "empty lines before": (b"\r\n\r\n" + POST + b"Content-Length: 2\r\n\r\nab", b"ab"),
    "HTTP/1.0": (b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", b"ab"),
}


@for_each(("message", "body"), SAFE_REQUESTS.values(), ids=SAFE_REQUESTS)
async def test_an_odd_request_is_made_plain(lab: Lab, message: bytes, body: bytes) -> None:
    """Every message is written anew: one way to frame it, no extensions, no trailers."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(message)

    seen = origin.seen[0]
    assert (answer.status, seen.body, len(origin.seen)) == (200, body, 1)
    assert len(seen.all(b"Content-Length") + seen.all(b"Transfer-Encoding")) == 1
    assert b"c" not in seen.all(b"X-Trailer") + seen.all(b"Authorization")


async def test_trailers_do_not_become_the_next_requests_fields(lab: Lab) -> None:
    """aiohttp's parser would hand them on; the connection of a chunked request serves no other."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    wire.send(CHUNKED + b"2\r\nab\r\n0\r\nAuthorization: Bearer forged\r\n\r\n" + SMUGGLED)
    answer = await wire.message()

    assert (answer.get(b"Connection"), await wire.gone()) == (b"close", b"")
    assert [seen.target for seen in origin.seen] == [b"/"]


@for_each("protocol", [b"websocket", b"h2c", b"HTTP/2.0", b"TLS/1.0"])
@for_each(
    ("framing", "body"),
    [(b"", b""), (b"Content-Length: 2\r\n", b"ab"), (b"Transfer-Encoding: chunked\r\n", b"2\r\nab\r\n0\r\n\r\n")],
)
async def test_an_upgrade_is_not_read_as_two_requests(lab: Lab, protocol: bytes, framing: bytes, body: bytes) -> None:
    """Its body is its body; what follows it may be of the other protocol, so the connection ends (RFC 9110 section 7.8)."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()
    inner = b"POST /inner HTTP/1.1\r\nHost: gateway\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED)

    wire.send(POST + b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n" + framing + b"\r\n" + body + inner)
    await settle()
    wire.send(SMUGGLED)
    answer = await wire.message()

    assert (answer.status, answer.get(b"Connection"), await wire.gone()) == (200, b"close", b"")
    assert [(seen.target, seen.body) for seen in origin.seen] == [(b"/", b"ab" if body else b"")]
    assert not origin.seen[0].all(b"Upgrade") + origin.seen[0].all(b"Connection")


async def test_an_upload_that_turns_out_malformed_is_broken_off_at_once(lab: Lab) -> None:
    """The upstream sees no end of it, and nobody waits for one."""
    half = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        assert await wire.chunk() == b"ab"
        half.set()
        assert await wire.gone() == b""

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(CHUNKED + b"2\r\nab\r\n")
    await asyncio.wait_for(half.wait(), PATIENCE)

    answer = await wire.send(b"zz\r\n").message()

    assert (answer.status, answer.get(b"X-Gateway-Error")) == (400, b"request_truncated")
    await asyncio.wait_for(origin.closed.wait(), PATIENCE)
    assert not [w for w in gateway.witness.warnings if w["event"] == "defect"]


async def test_an_upload_that_stalls_is_broken_off(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk size that is a promise of 2^64 bytes, or a client that fell asleep, holds no upstream."""
    monkeypatch.setattr(inbound, "SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(inbound, "LINGER_SECONDS", 0.05)
    origin = await lab.origin()
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(CHUNKED + b"ffffffffffffffff\r\nab")

    assert (answer.status, answer.get(b"X-Gateway-Error")) == (400, b"request_truncated")
    await asyncio.wait_for(origin.closed.wait(), PATIENCE)
    assert origin.seen == []


STATUS = b"HTTP/1.1 200 OK\r\n"
REFUSED_ANSWERS = {
    "garbage": b"SSH-2.0-OpenSSH_9.2\r\n",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.2": b"HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "ICY": b"ICY 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok",
    "status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
    "bare CR in the reason": b"HTTP/1.1 200 a\rb\r\nContent-Length: 2\r\n\r\nok",
    "NUL in the reason": b"HTTP/1.1 200 a\0b\r\nContent-Length: 2\r\n\r\nok",
    "CL and TE": STATUS + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "TE and CL": STATUS + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "TE gzip, chunked": STATUS + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "TE gzip": STATUS + b"Transfer-Encoding: gzip\r\n\r\nok",
    "TE xchunked": STATUS + b"Transfer-Encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "TE identity": STATUS + b"Transfer-Encoding: identity\r\n\r\nok",
    "TE chunked, chunked": STATUS + b"Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "TE twice": STATUS + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "TE of HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "CL minus": STATUS + b"Content-Length: -2\r\n\r\nok",
    "CL plus": STATUS + b"Content-Length: +2\r\n\r\nok",
    "CL two words": STATUS + b"Content-Length: 2 2\r\n\r\nok",
    "CL hexadecimal": STATUS + b"Content-Length: 0x2\r\n\r\nok",
    "CL empty": STATUS + b"Content-Length:\r\n\r\nok",
    "CL list": STATUS + b"Content-Length: 2, 2\r\n\r\nok",
    "CL twice, equal": STATUS + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "CL twice, differing": STATUS + b"Content-Length: 2\r\nContent-Length: 1\r\n\r\nok",
    "CL 2^64 - 1": STATUS + b"Content-Length: 18446744073709551615\r\n\r\nok",
    "CL 2^64": STATUS + b"Content-Length: 18446744073709551616\r\n\r\nok",
    "CL before a space and colon": STATUS + b"Content-Length : 2\r\n\r\nok",
    "TE before a space and colon": STATUS + b"Transfer-Encoding : chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "space before the colon": STATUS + b"X-A : a\r\nContent-Length: 2\r\n\r\nok",
    "bare CR in a value": STATUS + b"X-A: a\rSet-Cookie: b\r\nContent-Length: 2\r\n\r\nok",
    "NUL in a value": STATUS + b"X-A: a\0b\r\nContent-Length: 2\r\n\r\nok",
    "line without a colon": STATUS + b"X-A\r\nContent-Length: 2\r\n\r\nok",
    "name with a space": STATUS + b"X A: a\r\nContent-Length: 2\r\n\r\nok",
    "name that is not ASCII": STATUS + b"X\xe9: a\r\nContent-Length: 2\r\n\r\nok",
    "name that is empty": STATUS + b": a\r\nContent-Length: 2\r\n\r\nok",
    "chunk: no number": STATUS + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nok\r\n0\r\n\r\n",
    "chunk: minus": STATUS + b"Transfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
    "chunk: too large": STATUS + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nok\r\n0\r\n\r\n",
    "more than the length": STATUS + b"Content-Length: 2\r\n\r\nokSURPLUS",
    "content of a 204": b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
}


@for_each("answer", REFUSED_ANSWERS.values(), ids=REFUSED_ANSWERS)
async def test_an_answer_with_two_readings_is_a_502(lab: Lab, answer: bytes) -> None:
    """The app gets an answer of ours, and the next request goes over another connection and gets its own answer."""

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        wire.send(answer if origin.connections == 1 else OK)
        if origin.connections > 1:
            await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    first = await wire.send(GET).message()
    second = await wire.send(GET).message()

    assert (first.status, first.get(b"X-Gateway-Error")) == (502, b"upstream_protocol")
    assert (second.status, second.body, origin.connections) == (200, b"ok", 2)


SAFE_ANSWERS = {
    "interim answers": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK,
        b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK,
    ),
    "an interim answer's length": (
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n" + OK,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK,
    ),
    "304 with a length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", None),
    "no reason": (b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", None),
    "a status nobody knows": (b"HTTP/1.1 799 What\r\nContent-Length: 2\r\n\r\nok", None),
    "a nominated length": (
        STATUS + b"Connection: Content-Length, Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok",
        OK,
    ),
    "chunk extensions and trailers": (
        STATUS + b"Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\nY: z\r\n\r\n",
        STATUS + b"Transfer-Encoding: chunked\r\nTrailer: x\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n",
    ),
    "trailers that nobody announced": (
        STATUS + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n",
        STATUS + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ),
}


@for_each(("answer", "reply"), SAFE_ANSWERS.values(), ids=SAFE_ANSWERS)
async def test_an_odd_answer_is_made_plain(lab: Lab, answer: bytes, reply: bytes | None) -> None:
    """What a reader could stumble over is rewritten; the connection goes on, and the next answer is the next one's."""
    origin = await lab.origin(answer, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext")
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    wire.send(GET)
    expected = reply or answer
    assert await wire.exactly(len(expected)) == expected
    assert ((await wire.send(GET).message()).body, origin.connections) == (b"next", 1)


LENIENT_ANSWERS = {
    "obs-fold": (STATUS + b"X-A: a\r\n b\r\nContent-Length: 2\r\n\r\nok", b"X-A: a b"),
    "obs-fold of the length": (STATUS + b"X-A: a\r\nContent-Length:\r\n 2\r\n\r\nok", b"X-A: a"),
    "bare LF": (b"HTTP/1.1 200 OK\nX-A: a\nContent-Length: 2\n\nok", b"X-A: a"),
    "content of a 304": (
        b"HTTP/1.1 304 Not Modified\r\nX-A: a\r\nContent-Length: 45\r\n\r\n"
        + STATUS
        + b"Content-Length: 4\r\n\r\nEVIL",
        b"X-A: a",
    ),
}


@pytest.mark.parametrize(("answer", "line"), LENIENT_ANSWERS.values(), ids=LENIENT_ANSWERS)
async def test_what_the_parser_forgives_has_one_reading(lab: Lab, answer: bytes, line: bytes) -> None:
    """aiohttp reads answers leniently, but in its development mode: rewritten, or refused."""
    origin = await lab.origin(answer, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext")
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    first = await wire.send(GET).message()
    second = await wire.send(GET).message()

    assert first.status == 502 or (line in first.lines and b"\n" not in first.head.replace(b"\r\n", b""))
    assert second.body == b"next"


async def test_a_head_answers_head_and_no_more(lab: Lab) -> None:
    """A body behind the head is surplus (RFC 9112 section 6.3), and nobody's answer."""
    evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"
    origin = await lab.origin(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(evil) + evil, OK)
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    head = await wire.send(b"HEAD / HTTP/1.1\r\nHost: gateway\r\n\r\n").message(head_only=True)
    answer = await wire.send(GET).message()

    assert (head.get(b"X-Gateway-Error"), answer.body, origin.connections) == (b"upstream_protocol", b"ok", 2)
