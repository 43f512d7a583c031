"""Clients that are slow, half-closed, endless or gone: each is answered or closed within bounds, and others go on meanwhile."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from pathlib import Path

import pytest

from gateway.core.headers import ForwardedFor
from gateway.core.model import Request, Response
from gateway.core.routing import Routing
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.observers import Observers
from gateway.wire import connections, protocol, reading
from gateway.wire.connections import Limits
from gateway.wire.server import Server
from tests.harness.certificate import PEM
from tests.harness.for_each import for_each
from tests.harness.lab import Lab, Witness
from tests.harness.sockets import GET, OK, PATIENCE, Wire

POST = b"POST / HTTP/1.1\r\nHost: gateway\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
CLOSED_OK = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


async def half_closed(wire: Wire, request: bytes) -> bytes:
    """Send, close the sending side, and return all that comes."""
    wire.send(request)
    await wire.flush()
    wire.writer.write_eof()
    return await wire.rest()


# --- half-closed clients ---------------------------------------------------------------------------------------------

HALF_CLOSED = {
    "GET": (GET, CLOSED_OK),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", CLOSED_OK),
    "HTTP/1.0 that would go on": (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", CLOSED_OK),
    "upload": (POST + b"Content-Length: 2\r\n\r\nhi", CLOSED_OK),
    "chunked upload": (CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", CLOSED_OK),
    "pipelined": (GET * 40, OK * 39 + CLOSED_OK),
    "empty lines after it": (GET + b"\r\n\r\n", CLOSED_OK),
}


@for_each(("request_", "answer"), HALF_CLOSED.values(), ids=HALF_CLOSED)
@for_each("seconds", [0, 0.03], ids=["at once", "later"])
async def test_a_half_closed_client_gets_its_answer(lab: Lab, request_: bytes, answer: bytes, seconds: float) -> None:
    """Who is done with sending may go on reading (RFC 9112 section 9.6), however long the upstream takes; then the connection ends."""

    async def script(wire: Wire) -> None:
        while True:
            await origin.read(wire)
            if len(origin.seen) == 1:
                await asyncio.sleep(seconds)  # what is tested is that time passes
            wire.send(OK)

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)

    assert await half_closed(await gateway.connect(), request_) == answer
    await gateway.witness.until(lambda: len(gateway.witness.exchanges) == answer.count(b"200 OK"))
    assert {exchange.reply.status for exchange in gateway.witness.exchanges} == {200}


async def test_a_half_closed_client_gets_a_long_answer_whole(lab: Lab) -> None:
    """No clock runs once the answer has begun."""
    body = b"x" * (8 << 20)
    gateway = await lab.gateway(await lab.origin(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body))
    assert (await half_closed(await gateway.connect(), GET)).endswith(body)


@pytest.mark.parametrize(
    "cut", [POST + b"Content-Length: 9\r\n\r\nhalf", CHUNKED + b"4\r\nhalf\r\n", POST + b"Content-Length: 9\r\n\r\n"]
)
async def test_half_an_upload_is_told_so(lab: Lab, cut: bytes) -> None:
    """It does not look whole to the upstream, and the client reads why (RFC 9112 section 8)."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    answer = await half_closed(await gateway.connect(), cut)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"request_truncated" in answer
    assert origin.seen == []


@pytest.mark.parametrize("nothing", [b"", b"GET / HTTP/1.1\r\nHost: ga", b"\r\n"])
async def test_who_asked_nothing_is_closed(lab: Lab, nothing: bytes) -> None:
    gateway = await lab.gateway(await lab.origin())
    assert await half_closed(await gateway.connect(), nothing) == b""


async def test_a_client_that_may_have_left_is_waited_for_a_while(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A close looks like half a close; the upstream is not held until its own time-out."""
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.05)

    async def script(wire: Wire) -> None:
        await wire.head()
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    assert await half_closed(await gateway.connect(), GET) == b""
    await asyncio.wait_for(origin.closed.wait(), PATIENCE)
    await gateway.witness.until(lambda: bool(gateway.witness.exchanges))
    assert gateway.witness.exchanges[0].reply.status == 499


async def test_a_reset_is_noticed_at_once(lab: Lab) -> None:
    """Nothing is ambiguous about it."""
    asked = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        asked.set()
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(GET)
    await asyncio.wait_for(asked.wait(), PATIENCE)
    wire.reset()
    await asyncio.wait_for(origin.closed.wait(), connections.ANSWER_SECONDS / 2)


# --- heads and framing without end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("trickle", [False, True])
@pytest.mark.parametrize("first", [b"", GET], ids=["the first", "a later one"])
async def test_a_head_has_its_time(lab: Lab, *, trickle: bool, first: bytes) -> None:
    """From accepting, or a later head's first byte; each further byte changes nothing. The answer is 408."""
    gateway = await lab.gateway(await lab.origin(), limits=Limits(head_seconds=0.2))
    wire = await gateway.connect()
    if first:
        await wire.send(first).message()
    wire.send(b"GET / HTTP/1.1\r\n")
    for _ in range(200 if trickle else 0):
        if wire.heard:
            break
        wire.send(b"X")
        await asyncio.sleep(0.01)  # what is tested is that time passes
    answer = await wire.message()
    assert (answer.status, answer.get(b"X-Gateway-Error"), answer.get(b"Connection")) == (
        408,
        b"head_timeout",
        b"close",
    )
    assert await wire.gone() == b""
    assert [said["event"] for said in gateway.witness.warnings] == ["head timed out"]


async def test_who_says_nothing_is_closed_without_a_word(lab: Lab) -> None:
    """There is no request to answer."""
    gateway = await lab.gateway(await lab.origin(), limits=Limits(head_seconds=0.05))
    assert await (await gateway.connect()).gone() == b""
    assert gateway.witness.warnings == []


async def test_an_idle_connection_is_not_hurried_like_a_head(lab: Lab) -> None:
    gateway = await lab.gateway(await lab.origin(), limits=Limits(head_seconds=0.05))
    wire = await gateway.connect()
    await wire.send(GET).message()
    await asyncio.sleep(0.2)  # what is tested is that time passes
    assert (await wire.send(GET).message()).status == 200


@pytest.mark.parametrize(
    ("begin", "flood", "status"),
    [
        (b"", b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: " + b"a" * 3000 + b"\r\n", 431),
        (CHUNKED + b"1;", b"a" * 4096, 400),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"X: " + b"a" * 3000 + b"\r\n", 400),
    ],
    ids=["empty lines", "fields", "a chunk's extension", "trailers"],
)
async def test_framing_without_end_ends(lab: Lab, begin: bytes, flood: bytes, status: int) -> None:
    """What is neither a head's end nor a byte of a body may not be more than a head: memory is bounded in bytes."""
    gateway = await lab.gateway(await lab.origin(), max_head=4096)
    wire = (await gateway.connect()).send(begin)
    for _ in range(64):
        if wire.heard:
            break
        wire.send(flood * (8192 // len(flood) + 1))
        await asyncio.sleep(0)
    assert (await wire.message()).status == status


# --- slow uploads, slow readers, many requests at once ---------------------------------------------------------------


async def test_an_upload_that_trickles_uses_up_its_patience(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte before each silence ends would hold a connection for ever."""
    monkeypatch.setattr(reading, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(reading, "LINGER_SECONDS", 0.05)
    gateway = await lab.gateway(await lab.origin())
    wire = (await gateway.connect()).send(POST + b"Content-Length: 1000\r\n\r\n")
    for _ in range(100):
        if wire.heard:
            break
        wire.send(b"x")
        await asyncio.sleep(0.02)  # what is tested is that time passes
    answer = await wire.message()
    assert (answer.status, answer.get(b"X-Gateway-Error")) == (400, b"request_truncated")


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(64 << 20, id="in the middle"),
        pytest.param(1 << 20, marks=pytest.mark.long, id="when all is written"),  # five seconds
    ],
)
async def test_a_client_that_does_not_read_is_closed(lab: Lab, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Neither the exchange nor what is left to be written stays for ever."""
    monkeypatch.setattr(connections, "STALLED_SECONDS", 0.1)
    body = b"x" * size

    async def send(_: Request) -> Response:
        return Response(200, "OK", body=body)

    gateway = await lab.gateway(send)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, ("127.0.0.1", gateway.port))
        await loop.sock_sendall(client, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        if size > 32 << 20:
            await gateway.witness.until(lambda: bool(gateway.witness.exchanges))
            assert [said["event"] for said in gateway.witness.warnings] == ["client reads nothing"]
        async with asyncio.timeout(PATIENCE):
            while len(connections_of(gateway.server)):
                await connections_of(gateway.server).change()


def connections_of(server: object) -> connections.Connections:
    return server._connections  # type: ignore[attr-defined,no-any-return]  # nothing public tells how many there are


async def test_so_many_requests_wait_behind_one_and_no_more_is_read_until_it_is_answered(lab: Lab) -> None:
    """Whoever sends a thousand at once fills the kernel's buffers and not our memory; in the end all are answered."""
    began, go = asyncio.Event(), asyncio.Event()
    sent: list[Request] = []

    async def send(request: Request) -> Response:
        sent.append(request)
        began.set()
        await go.wait()
        return Response(200, "OK", body=b"ok")

    gateway = await lab.gateway(send)
    wire = await gateway.connect()
    wire.send(GET * 1000)
    await began.wait()
    await asyncio.sleep(0.05)
    (handler,) = connections_of(gateway.server)._open
    assert isinstance(handler, protocol.AppConnection)
    assert len(sent) == 1
    assert len(handler._messages) < 100  # what came with one piece, and no further piece is read
    go.set()
    assert {(await wire.message()).status for _ in range(1000)} == {200}


async def test_a_handshake_that_does_not_end_is_closed_in_a_heads_time_and_others_are_served(
    certificate: ssl.SSLContext,
) -> None:
    server = Server(
        Exchanges(_fine, routing=Routing("lab"), forwarded=ForwardedFor(), observers=Observers([Witness()])),
        Limits(head_seconds=0.5),
    )
    port = await server.start("127.0.0.1", 0, certificate)
    try:
        mute = Wire(*await asyncio.open_connection("127.0.0.1", port))
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        other = Wire(*await asyncio.open_connection("127.0.0.1", port, ssl=trust))
        assert (await other.send(GET).message()).status == 200
        async with asyncio.timeout(PATIENCE):
            assert await mute.gone() == b""
        mute.close()
        assert (await other.send(GET).message()).status == 200
        other.close()
    finally:
        await server.stop()


async def _fine(request: Request) -> Response:  # noqa: ARG001  # a `send`
    return Response(200, "OK", body=b"ok")


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """The certificate that the tests of the configuration have."""
    (tmp_path / "both.pem").write_text(PEM)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "both.pem")
    return context


REFUSED: list[tuple[bytes, str, int, str]] = [
    (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", "GET", 400, "malformed_request"),
    (b"DELETE / HTTP/1.1\r\nHost: x\r\na b: c\r\n\r\n", "DELETE", 400, "malformed_request"),
    (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70_000, "GET", 431, "head_too_large"),
    (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", "GET", 431, "too_many_fields"),
    (b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "PUT", 400, ""),
    (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "GET", 400, "invalid_host"),
    (b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "CONNECT", 405, "connect_refused"),
    (b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: x\r\n\r\n", "GET", 421, "foreign_target"),
    (b"\x1b[31m / HTTP/1.1\r\nHost: x\r\n\r\n", "", 501, "unknown_method"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "", 400, "tls_on_http"),
]


async def test_a_message_that_is_refused_is_said_with_its_peer_and_its_method(lab: Lab) -> None:
    """And with the reason that its sender is told."""
    gateway = await lab.gateway(await lab.origin())
    for message, method, status, code in REFUSED:
        answer = await gateway.ask(message)
        said = gateway.witness.warnings.pop()
        assert answer.status == status, message[:60]
        assert (said["event"], said["peer"], said["method"], said["status"]) == ("refused", "127.0.0.1", method, status)
        assert said["code"] == answer.get(b"X-Gateway-Error").decode() == code or not code
        assert said["reason"] == json.loads(answer.body)["message"]
        assert gateway.witness.warnings == []
