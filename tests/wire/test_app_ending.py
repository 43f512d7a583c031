"""Clients that are silent, endless, malformed or do not read: each is answered or closed within bounds, and others go on meanwhile."""

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
from gateway.wire import connections
from gateway.wire.connections import Limits
from gateway.wire.server import Server
from tests.harness.certificate import PEM
from tests.harness.lab import Lab, Witness
from tests.harness.sockets import GET, PATIENCE, Wire
from tests.wire.test_protocol import CHUNKED, connections_of

# --- heads and framing without end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("begin", [b"GET / HTTP/1.1\r\n", b"GET /caf\xc3\xa9"], ids=["a line", "half a line in UTF-8"])
@pytest.mark.parametrize("trickle", [False, True])
@pytest.mark.parametrize("first", [b"", GET], ids=["the first", "a later one"])
async def test_a_head_has_its_time(lab: Lab, *, begin: bytes, trickle: bool, first: bytes) -> None:
    """From accepting, or a later head's first byte; each further byte changes nothing. The answer is 408."""
    gateway = await lab.gateway(await lab.origin(), limits=Limits(head_seconds=0.2))
    wire = await gateway.connect()
    if first:
        await wire.send(first).message()
    wire.send(begin)
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


# --- clients that do not read, or that are refused -------------------------------------------------------------------


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
