"""Damaged replies as a raw socket sees them: half a head, real resets, slow and cut off bodies, no answer at all."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.damage import Break, Damage
from gateway.core.model import Headers, Request, Response
from gateway.wire import stepping
from gateway.wire.breaking import write_damaged
from gateway.wire.reading import Head
from gateway.wire.writing import render, write_stream
from tests.harness.certificate import PEM
from tests.harness.for_each import for_each
from tests.harness.lab import Gateway, Lab
from tests.harness.sockets import GET, PATIENCE, settle

BODY = b"0123456789" * 10
LENGTH = {"Content-Type": "text/plain", "Content-Length": "100"}
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = GET.replace(b"GET", b"HEAD")
OLD = b"GET / HTTP/1.0\r\n\r\n"

RESET_FIRST = Damage(("reset",), broken=Break("start", "reset"))
RESET_IN_HEAD = Damage(("reset",), broken=Break("head", "reset"))
RESET_IN_BODY = Damage(("reset",), broken=Break("body", "reset"))
CUT = Damage(("truncated_body",), broken=Break("body", "close"))
EMPTY = Damage(("empty_response",), broken=Break("start", "close"))
GARBAGE = Damage(("malformed_chunk",), broken=Break("body", "close", garbage=True))


class Pieces:
    """A body that comes in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece

    async def aclose(self) -> None:
        pass


@pytest.fixture(params=[False, True], ids=["at once", "tasks"])
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", request.param)


async def damaged(
    lab: Lab,
    damage: Damage,
    body: bytes | Pieces = BODY,
    fields: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Gateway:
    """Start a gateway whose answers are damaged."""
    response = Response(200, "OK", Headers.of(LENGTH if fields is None else fields), body, "upstream", damage=damage)

    async def send(_: Request) -> Response:
        return response

    return await lab.gateway(send, tls=tls)


async def seen(gateway: Gateway, message: bytes = GET) -> tuple[bytes, str]:
    """Send a message on a raw socket; return every byte that comes, and how the connection ends: by FIN or by RST."""
    loop, data = asyncio.get_running_loop(), b""
    with socket.socket() as raw:
        raw.setblocking(False)
        async with asyncio.timeout(PATIENCE):
            await loop.sock_connect(raw, ("127.0.0.1", gateway.port))
            await loop.sock_sendall(raw, message)
            while True:
                try:
                    piece = await loop.sock_recv(raw, 65536)
                except ConnectionResetError:
                    return data, "RST"
                if not piece:
                    return data, "FIN"
                data += piece


@for_each(
    ("damage", "message", "arrives", "end"),
    [
        (RESET_FIRST, GET, b"", "RST"),
        (RESET_IN_HEAD, GET, WHOLE[: len(WHOLE) // 2], "RST"),
        (RESET_IN_BODY, GET, WHOLE + BODY[:50], "RST"),
        (CUT, GET, WHOLE + BODY[:50], "FIN"),
        (EMPTY, GET, b"", "FIN"),
        (GARBAGE, GET, CHUNKED + b"32\r\n" + BODY[:50] + b"\r\nnot-a-chunk-size\r\nnot a chunk\r\n", "FIN"),
        # how much of the body still comes
        (Damage(("t",), broken=Break("body", "close", 7)), GET, WHOLE + BODY[:7], "FIN"),
        (Damage(("t",), broken=Break("body", "close", 0)), GET, WHOLE, "FIN"),
        (Damage(("t",), broken=Break("body", "close", 5000)), GET, WHOLE + BODY[:99], "FIN"),
        # an answer without a body breaks off in its head
        (CUT, HEAD, WHOLE[: len(WHOLE) // 2], "FIN"),
        (GARBAGE, HEAD, WHOLE[: len(WHOLE) // 2], "FIN"),
    ],
)  # fmt: skip
async def test_where_the_bytes_of_a_reply_stop(
    lab: Lab, damage: Damage, message: bytes, arrives: bytes, end: str
) -> None:
    assert await seen(await damaged(lab, damage), message) == (arrives, end)


@pytest.mark.usefixtures("ways")
async def test_it_is_the_same_however_the_exchange_is_scheduled(lab: Lab) -> None:
    for damage, end in ((RESET_FIRST, "RST"), (RESET_IN_HEAD, "RST"), (CUT, "FIN"), (EMPTY, "FIN")):
        gateway = await damaged(lab, damage)
        assert (await seen(gateway))[1] == end
        assert [exchange.reply.source for exchange in gateway.witness.exchanges] == ["fault"]


async def test_a_body_that_streams_breaks_off_in_its_declared_middle_or_in_its_first_piece(lab: Lab) -> None:
    known = await damaged(lab, CUT, Pieces(BODY[:30], BODY[30:]))
    assert await seen(known) == (WHOLE + BODY[:50], "FIN")
    unknown = await damaged(lab, CUT, Pieces(BODY[:10], BODY[10:]), {"Content-Type": "text/plain"})
    assert await seen(unknown) == (CHUNKED + b"a\r\n0123", "FIN")
    garbled = await damaged(lab, GARBAGE, Pieces(BODY[:10], BODY[10:]))
    assert (await seen(garbled))[0].startswith(CHUNKED + b"5\r\n01234\r\nnot-a-chunk")


async def test_a_chunked_body_that_is_shorter_than_its_limit_lacks_its_end(lab: Lab) -> None:
    gateway = await damaged(lab, Damage(("t",), broken=Break("body", "close", 5000)), Pieces(b"ok"), {})
    assert (await seen(gateway))[0].endswith(b"2\r\nok\r\n")


async def test_where_the_connections_end_would_be_the_bodys_a_cut_is_a_reset(lab: Lab) -> None:
    gateway = await damaged(lab, CUT, Pieces(BODY), {})
    assert await seen(gateway, OLD) == (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BODY[:50], "RST")


async def test_to_a_client_that_knows_no_chunks_a_malformed_one_is_a_cut(lab: Lab) -> None:
    data, end = await seen(await damaged(lab, GARBAGE), OLD)
    assert (data[-50:], b"chunked" in data, end) == (BODY[:50], False, "FIN")


async def test_a_slow_body_comes_whole_at_its_pace_and_the_connection_serves_again(lab: Lab) -> None:
    for body in (BODY, Pieces(BODY[:30], BODY[30:])):
        gateway = await damaged(lab, Damage(("slow_body",), pace=1000.0), body)
        wire = await gateway.connect()
        began = perf_counter()
        message = await wire.send(GET).message()
        assert message.body == BODY
        assert perf_counter() - began >= 0.09  # 100 bytes of 1,000 a second
        if body is BODY:
            assert (await wire.send(GET).message()).body == BODY


async def test_the_head_of_a_slow_answer_comes_at_once(lab: Lab) -> None:
    gateway = await damaged(lab, Damage(("slow_body",), pace=1.0))
    wire = (await gateway.connect()).send(GET)
    assert (await wire.head()).startswith(b"HTTP/1.1 200 OK")
    assert not wire.heard
    wire.reset()
    await gateway.witness.until(lambda: bool(gateway.witness.exchanges))


async def test_a_slow_body_may_break_off_as_well(lab: Lab) -> None:
    gateway = await damaged(lab, Damage(("slow_body", "reset"), pace=2000.0, broken=Break("body", "reset")))
    assert await seen(gateway) == (WHOLE + BODY[:50], "RST")


async def test_a_large_body_goes_out_up_to_its_break(lab: Lab) -> None:
    """More than sockets hold: what was written before the reset has left."""
    size = 4 << 20
    gateway = await damaged(lab, CUT, b"x" * size, {"Content-Length": str(size)})
    data, end = await seen(gateway)
    assert (len(data.partition(b"\r\n\r\n")[2]), end) == (size // 2, "FIN")


@pytest.mark.usefixtures("ways")
async def test_no_answer_ends_at_its_bound(lab: Lab) -> None:
    gateway = await damaged(lab, Damage(("no_response",), silence=0.02))
    assert await seen(gateway) == (b"", "FIN")


@pytest.mark.usefixtures("ways")
async def test_no_answer_ends_when_the_client_leaves(lab: Lab) -> None:
    gateway = await damaged(lab, Damage(("no_response",), silence=300.0))
    for leave in ("close", "reset"):
        wire = (await gateway.connect()).send(GET)
        await settle()
        getattr(wire, leave)()
    await gateway.witness.until(lambda: len(gateway.witness.exchanges) == 2)


@pytest.mark.usefixtures("ways")
async def test_no_answer_does_not_keep_a_server_that_stops(lab: Lab) -> None:
    gateway = await damaged(lab, Damage(("no_response",), silence=300.0))
    wire = (await gateway.connect()).send(GET)
    await settle()
    began = perf_counter()
    await gateway.server.stop(grace=5)
    assert perf_counter() - began < 2
    assert await wire.gone() == b""


async def test_a_message_that_waits_behind_a_broken_reply_is_not_answered(lab: Lab) -> None:
    gateway = await damaged(lab, CUT)
    assert await seen(gateway, GET + GET) == (WHOLE + BODY[:50], "FIN")
    assert len(gateway.witness.exchanges) == 1


async def test_a_reset_under_tls_is_a_reset(lab: Lab, tmp_path: Path) -> None:
    pem = tmp_path / "cert.pem"
    pem.write_text(PEM)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    gateway = await damaged(lab, RESET_FIRST, tls=context)
    trusting = ssl.create_default_context(cafile=str(pem))
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port, ssl=trusting, server_hostname="localhost")
    writer.write(GET)
    with pytest.raises(ConnectionResetError):
        async with asyncio.timeout(PATIENCE):
            await reader.read()
    writer.close()


class Sink:
    """A connection that takes everything, and says how it ended."""

    def __init__(self) -> None:
        self.data = b""
        self.was_reset = False

    def write(self, data: bytes) -> None:
        self.data += data

    async def drained(self) -> None:
        pass

    def reset(self) -> None:
        self.was_reset = True

    async def silent(self, seconds: float) -> None:
        pass


async def written(head: Head, response: Response, damage: Damage | None) -> Sink:
    sink = Sink()
    rendered = render(head, response, last=False)
    if damage is not None:
        assert not await write_damaged(sink, head, response, rendered, damage)
    elif rendered.stream is None:
        sink.write(rendered.start)
    else:
        await write_stream(sink, rendered.start, rendered.stream, chunked=rendered.chunked)
    return sink


@given(
    pieces=st.lists(st.binary(min_size=1, max_size=30), max_size=4),
    streams=st.booleans(),
    says_length=st.booleans(),
    method=st.sampled_from(["GET", "HEAD"]),
    status=st.sampled_from([200, 204, 304, 500]),
    http10=st.booleans(),
    broken=st.builds(
        Break,
        at=st.sampled_from(["start", "head", "body"]),
        end=st.sampled_from(["reset", "close"]),
        size=st.none() | st.integers(0, 100),
    ),
)
async def test_a_broken_reply_is_the_beginning_of_the_whole_one_and_its_client_can_tell(
    pieces: list[bytes], streams: bool, says_length: bool, method: str, status: int, http10: bool, broken: Break
) -> None:
    """Some of it is missing. Where that alone would not show, the connection is reset."""
    body = b"".join(pieces)
    fields = {"Content-Length": str(len(body))} if says_length or not streams else {}

    def response() -> Response:
        return Response(status, "", Headers.of(fields), Pieces(*pieces) if streams else body)

    head = Head(Request(method, "/"), None, http10=http10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.wire.breaking.MOMENT", 0)
        whole = await written(head, response(), None)
        part = await written(head, response(), Damage(("it",), broken=broken))
    assert whole.data.startswith(part.data)
    assert part.was_reset or len(part.data) < len(whole.data)
    if broken.end == "reset":
        assert part.was_reset
