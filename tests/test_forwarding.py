"""Messages pass through in both directions: as they come, to their end or visibly not, over connections that are used again."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.flow import chain
from gateway.core.model import Flow, Headers, Request, Response
from gateway.core.routing import Routing
from gateway.wire import upstream_connection as upstream_module
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, PATIENCE, Origin, Script, Wire, settle

POST = b"POST / HTTP/1.1\r\nHost: gateway\r\n"
MEGABYTE = b"x" * (1 << 20)


async def event(happens: asyncio.Event) -> None:
    await asyncio.wait_for(happens.wait(), PATIENCE)


# --- streams ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Content-Length: 8\r\n", b"%b"),
        (b"Transfer-Encoding: chunked\r\n", b"4\r\n%b\r\n"),
        (b"Connection: close\r\n", b"%b"),
    ],
    ids=["length", "chunked", "until close"],
)
async def test_an_answer_streams(lab: Lab, head: bytes, piece: bytes) -> None:
    """The first byte reaches the client before the upstream has finished."""
    first_arrived = asyncio.Event()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        wire.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + piece % b"half")
        await event(first_arrived)
        wire.send(piece % b"rest" + (b"0\r\n\r\n" if b"chunked" in head else b""))

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(GET)

    chunked = b"chunked" in (await wire.head())
    read: Callable[[], Any] = wire.chunk if chunked else lambda: wire.exactly(4)
    assert await read() == b"half"
    first_arrived.set()
    assert await read() == b"rest"
    if chunked:
        assert await wire.chunk() == b""


async def test_events_arrive_one_by_one(lab: Lab) -> None:
    """A chunk is not held back until there are more."""
    turns: asyncio.Queue[bytes] = asyncio.Queue()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while data := await turns.get():
            wire.send(b"%x\r\n%b\r\n" % (len(data), data))

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(GET)
    turns.put_nowait(b"event 0")
    await wire.head()
    assert await wire.chunk() == b"event 0"
    for number in range(1, 20):
        turns.put_nowait(b"event %d" % number)
        assert await wire.chunk() == b"event %d" % number
    turns.put_nowait(b"")  # or stopping waits for the end of the answer


@pytest.mark.parametrize("chunked", [True, False])
async def test_an_upload_streams(lab: Lab, chunked: bool) -> None:
    """The upstream reads the first byte before the client has sent the last, and the length stays what it was."""
    half = asyncio.Event()

    async def script(wire: Wire) -> None:
        head = await wire.head()
        assert (b"Transfer-Encoding: chunked" in head) is chunked
        assert (b"Content-Length: 8" in head) is not chunked
        assert await (wire.chunk() if chunked else wire.exactly(4)) == b"half"
        half.set()
        assert await (wire.chunks() if chunked else wire.exactly(4)) == b"rest"
        wire.send(OK)
        await wire.gone()

    gateway = await lab.gateway(await lab.origin(script=script))
    wire = await gateway.connect()
    framing, piece = (b"Transfer-Encoding: chunked", b"4\r\n%b\r\n") if chunked else (b"Content-Length: 8", b"%b")

    wire.send(POST + framing + b"\r\n\r\n" + piece % b"half")
    await event(half)
    answer = await wire.send(piece % b"rest" + (b"0\r\n\r\n" if chunked else b"")).message()

    assert answer.body == b"ok"


async def test_large_bodies_arrive_whole(lab: Lab) -> None:
    """Megabytes each way, in pieces of whatever size."""
    answer_head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (4 * len(MEGABYTE))
    origin = await lab.origin(answer_head + 4 * MEGABYTE)
    gateway = await lab.gateway(origin)

    answer = await gateway.ask(POST + b"Content-Length: %d\r\n\r\n" % (3 * len(MEGABYTE)), 3 * MEGABYTE)

    assert (len(answer.body), origin.seen[0].body) == (4 * len(MEGABYTE), 3 * MEGABYTE)


async def test_a_slow_reader_holds_the_upstream_back(lab: Lab) -> None:
    """The gateway's memory is not where an answer waits."""
    stuck = asyncio.Event()
    sent = 0

    async def script(wire: Wire) -> None:
        nonlocal sent
        await origin.read(wire)
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * len(MEGABYTE)))
        for _ in range(64):
            wire.send(MEGABYTE)
            try:
                await asyncio.wait_for(wire.writer.drain(), 0.2)
            except TimeoutError:
                stuck.set()
                await wire.writer.drain()
            sent += 1

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect(limit=1 << 16)).send(GET)

    await event(stuck)
    assert sent < 40  # what the kernel's four buffers and ours hold
    await wire.head()
    assert len(await wire.exactly(64 << 20)) == 64 << 20


async def test_a_slow_upstream_holds_the_upload_back(lab: Lab) -> None:
    """Nor is it where an upload waits."""
    go_on = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        await event(go_on)
        await wire.exactly(64 << 20)
        wire.send(OK)
        await wire.gone()

    gateway = await lab.gateway(await lab.origin(script=script))
    wire = (await gateway.connect()).send(POST + b"Content-Length: %d\r\n\r\n" % (64 << 20))
    sent = 0

    async def fill() -> None:
        nonlocal sent
        while True:
            wire.send(MEGABYTE)
            await asyncio.wait_for(wire.writer.drain(), 0.2)
            sent += 1

    with pytest.raises(TimeoutError):
        await fill()
    assert sent < 40
    go_on.set()
    for _ in range(63 - sent):
        wire.send(MEGABYTE)
        await wire.flush()

    assert (await wire.message()).body == b"ok"


# --- early answers, broken-off messages ------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2, 0])
async def test_an_early_answer_to_an_upload_is_passed_on(lab: Lab, length: int) -> None:
    """The app need not have finished; both connections end, since half a request is on them."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: %d\r\n\r\n" % length + b"no"[:length])
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(POST + b"Content-Length: 1000\r\n\r\nfirst")

    answer = await wire.message()

    assert (answer.status, answer.body, answer.get(b"Connection")) == (413, b"no"[:length], b"close")
    await event(origin.closed)


async def test_an_answer_while_the_upload_goes_on(lab: Lab) -> None:
    """Both directions flow at the same time."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while piece := await wire.chunk():
            wire.send(b"%x\r\n%b\r\n" % (len(piece), piece.upper()))
        wire.send(b"0\r\n\r\n")
        await wire.gone()

    gateway = await lab.gateway(await lab.origin(script=script))
    wire = (await gateway.connect()).send(POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
    await wire.head()
    assert await wire.chunk() == b"A"
    wire.send(b"1\r\nb\r\n")
    assert await wire.chunk() == b"B"
    wire.send(b"0\r\n\r\n")
    assert await wire.chunk() == b""


@for_each(
    "cut",
    [
        b"Content-Length: 9\r\n\r\nhalf",
        b"Content-Length: 9\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
    ],
)
@for_each("reset", [True, False])
@for_each("version", [b"1.1", b"1.0"])
async def test_a_broken_answer_looks_broken(lab: Lab, cut: bytes, reset: bool, version: bytes) -> None:
    """The client sees the truncation: its connection ends before the body does, by a reset."""

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        head, end, rest = (b"HTTP/1.1 200 OK\r\n" + cut).partition(b"\r\n\r\n")
        wire.send(head + end + rest[:3])
        await settle()
        wire.send(rest[3:])
        await settle()
        if reset:
            wire.abort()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(b"GET / HTTP/" + version + b"\r\nHost: gateway\r\n\r\n")

    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await wire.message()


async def test_an_answer_that_falls_silent_is_broken_off(lab: Lab) -> None:
    """The longest silence between two pieces is the upstream's read timeout."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin, read_seconds=0.05)
    wire = (await gateway.connect()).send(GET)

    await wire.head()
    assert await wire.gone() == b"half"
    await event(origin.closed)


async def test_a_reset_is_no_end_of_an_answer_without_length(lab: Lab) -> None:
    """An answer that ends with its connection ends with a close; a reset cut it off (RFC 9112 section 8)."""

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        wire.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await settle()
        wire.reset()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(GET)

    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await wire.message()


async def test_a_client_that_breaks_its_upload_off_breaks_ours_off(lab: Lab) -> None:
    """Half a request does not look whole to the upstream."""
    half = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        await wire.exactly(4)
        half.set()
        assert await wire.gone() == b""

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(POST + b"Content-Length: 9\r\n\r\nhalf")
    await event(half)

    wire.abort()

    await event(origin.closed)


# --- kinds of client, kinds of answer --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_expect_continue(lab: Lab, version: bytes) -> None:
    """100 Continue is for HTTP/1.1 alone (RFC 9110 section 10.1.1), and is not waited for by one who sends at once."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    head = b"POST / HTTP/%b\r\nHost: a\r\nExpect: 100-CONTINUE\r\nContent-Length: 2\r\n\r\n" % version
    wire = (await gateway.connect()).send(head)
    await settle()

    answer = await wire.send(b"hi").message()
    if version == b"1.1":
        assert answer.status == 100
        answer = await wire.message()

    assert (answer.status, origin.seen[0].body) == (200, b"hi")


async def test_a_refused_expectation_sends_no_100(lab: Lab) -> None:
    """An early answer comes instead of 100 Continue."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await wire.gone()

    gateway = await lab.gateway(await lab.origin(script=script))
    answers = [await gateway.ask(POST + b"Expect: 200-ok\r\nContent-Length: 2\r\n\r\n")]

    assert [(answer.status, answer.get(b"X-Gateway-Error")) for answer in answers] == [(417, b"expectation_failed")]


@pytest.mark.parametrize(
    ("head", "answer", "expected"),
    [
        (b"", b"Content-Length: 2\r\n\r\nok", b"Content-Length: 2\r\nConnection: close\r\n\r\nok"),
        (b"", b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", b"Connection: close\r\n\r\nok"),
        (
            b"Connection: keep-alive\r\n",
            b"Content-Length: 2\r\n\r\nok",
            b"Content-Length: 2\r\nConnection: keep-alive\r\n\r\nok",
        ),
        (
            b"Connection: keep-alive\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            b"Connection: close\r\n\r\nok",
        ),
    ],
)
async def test_http_1_0_clients(lab: Lab, head: bytes, answer: bytes, expected: bytes) -> None:
    """They get no chunks; a body without a length ends with the connection."""
    origin = await lab.origin(b"HTTP/1.1 200 OK\r\n" + answer)
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(b"GET / HTTP/1.0\r\n" + head + b"\r\n")
    expected = b"HTTP/1.1 200 OK\r\n" + expected

    if b"keep-alive" in expected:
        assert await wire.exactly(len(expected)) == expected
    else:
        assert await wire.rest() == expected
    assert origin.seen[0].start == b"GET / HTTP/1.1"


@for_each(
    ("method", "answer", "head_", "connections"),
    [
        (b"HEAD", b"200 OK\r\nContent-Length: 1234\r\n\r\n", b"200 OK\r\nContent-Length: 1234\r\n\r\n", 1),
        (b"HEAD", b"200 OK\r\n\r\n", b"200 OK\r\n\r\n", 2),
        (b"HEAD", b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"200 OK\r\n\r\n", 1),
        (b"GET", b"204 No Content\r\n\r\n", b"204 No Content\r\n\r\n", 1),
        (b"DELETE", b"204 No Content\r\nContent-Length: 0\r\n\r\n", b"204 No Content\r\n\r\n", 1),
        (
            b"GET",
            b"304 Not Modified\r\nETag: a\r\nContent-Length: 9\r\n\r\n",
            b"304 Not Modified\r\nETag: a\r\nContent-Length: 9\r\n\r\n",
            1,
        ),
        (b"GET", b"200 OK\r\nContent-Length: 0\r\n\r\n", b"200 OK\r\nContent-Length: 0\r\n\r\n", 1),
        (b"GET", b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"200 OK\r\nContent-Length: 0\r\n\r\n", 1),
    ],
)
async def test_answers_without_a_body(lab: Lab, method: bytes, answer: bytes, head_: bytes, connections: int) -> None:
    """They end with their head (RFC 9112 section 6.3), and both connections go on where the upstream's is known to."""
    origin = await lab.origin(b"HTTP/1.1 " + answer, OK)
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    assert await wire.send(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n").exactly(len(head_) + 9) == b"HTTP/1.1 " + head_
    assert await wire.send(GET).exactly(len(OK)) == OK
    assert origin.connections == connections


async def test_connections_are_used_again(lab: Lab) -> None:
    """One after the other, requests of one client or of several share a connection to the upstream."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    for _ in range(5):
        assert (await wire.send(GET).message()).body == b"ok"
        assert (await gateway.ask(GET)).body == b"ok"

    assert (origin.connections, len(origin.seen)) == (1, 10)


@pytest.mark.parametrize(
    "close",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_a_connection_that_was_called_off_is_not(lab: Lab, close: bytes) -> None:
    """An upstream that says close is taken at its word, and the client's connection is another matter."""
    origin = await lab.origin(close)
    gateway = await lab.gateway(origin)
    wire = await gateway.connect()

    for _ in range(3):
        answer = await wire.send(GET).message()
        assert (answer.body, answer.all(b"Connection")) == (b"ok", [])

    assert origin.connections == 3


async def test_a_connection_lives_sixty_seconds(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adobe moves its data centres by DNS; a connection that is older serves nobody."""
    assert upstream_module.LIFE_SECONDS <= 60
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    await gateway.ask(GET)
    await gateway.ask(GET)
    assert origin.connections == 1

    monkeypatch.setattr(upstream_module, "LIFE_SECONDS", 0)
    await gateway.ask(GET)

    assert origin.connections == 2
    await event(origin.closed)


async def test_pipelined_requests_are_answered_in_order(lab: Lab) -> None:
    """Each in its turn, though the first takes longer."""

    async def script(wire: Wire) -> None:
        while message := await origin.read(wire):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(message.target) + message.target)

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    targets = [b"/%d" % number for number in range(100)]
    wire = (await gateway.connect()).send(b"".join(GET.replace(b"/ ", target + b" ") for target in targets))

    assert [(await wire.message()).body for _ in targets] == targets


async def test_hundreds_at_once_get_each_their_own(lab: Lab) -> None:
    """Nobody reads another's answer, whoever is first, whoever leaves."""

    async def script(wire: Wire) -> None:
        while message := await origin.read(wire):
            number = int(message.target[1:])
            for _ in range(number % 7):
                await asyncio.sleep(0)
            body = message.target * (1 + number % 50)
            if number % 2:
                wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            else:
                wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body))
                await asyncio.sleep(0)
                wire.send(body + b"\r\n0\r\n\r\n")

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)

    async def client(first: int) -> None:
        wire = await gateway.connect()
        for number in range(first, first + 3):
            if number % 11 == 0:
                (await gateway.connect()).send(GET.replace(b"/ ", b"/%d " % number)).close()
            answer = await wire.send(GET.replace(b"/ ", b"/%d " % number)).message()
            assert answer.body == b"/%d" % number * (1 + number % 50)

    await asyncio.gather(*[client(10 * number) for number in range(200)])


# --- targets and upstreams -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        (b"http://api.example/a%2Fb?c", b"/a%2Fb?c"),
        (b"HTTP://API.example:80//x", b"//x"),
        (b"https://api.example", b"/"),
        (b"http://api.example?a=b", b"/?a=b"),
    ],
)
async def test_absolute_form_of_our_own(lab: Lab, target: bytes, sent: bytes) -> None:
    """A target that names an upstream's host is that upstream's; the origin gets the origin-form."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin, routing=Routing("lab", own_hosts=frozenset({"api.example"})))

    await gateway.ask(b"GET " + target + b" HTTP/1.1\r\nHost: whatever\r\n\r\n")

    assert (origin.seen[0].target, origin.seen[0].all(b"Host")) == (sent, [b"127.0.0.1:%d" % origin.port])


@for_each(
    "target",
    [
        b"http://evil.example/",
        b"http://api.example@evil.example/",
        b"http://api.example:80@evil.example/",
        b"http://evil.example:80/?@api.example",
        b"http://api.example.evil.example/",
        b"ftp://api.example/",
        b"http://api.example:80:80/",
        b"http://[::1]/",
    ],
)
async def test_a_foreign_target_is_refused(lab: Lab, target: bytes) -> None:
    """No client chooses a host: this is no open proxy."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin, routing=Routing("lab", own_hosts=frozenset({"api.example"})))

    answer = await gateway.ask(b"GET " + target + b" HTTP/1.1\r\nHost: api.example\r\n\r\n")

    assert (answer.status in {400, 421}, answer.get(b"Connection"), origin.seen) == (True, b"close", [])


async def test_connect_is_refused(lab: Lab) -> None:
    """No tunnels; what would go through one is not read."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n" + GET)

    answer = await wire.message()

    assert (answer.status, answer.get(b"X-Gateway-Error")) == (405, b"connect_refused")
    assert (await wire.gone(), origin.seen) == (b"", [])


@for_each(
    ("host", "name"),
    [
        (b"api.example", b"two"),
        (b"API.Example:8080", b"two"),
        (b"other.example", b"one"),
        (b"api.example.evil", b"one"),
        (b"", b"one"),
        (b"[::1]:80", b"one"),
    ],
)
@for_each("by_host", [True, False])
async def test_a_host_selects_an_upstream_where_that_is_on(lab: Lab, host: bytes, name: bytes, by_host: bool) -> None:
    """`route_by_host`: port and case aside, a Host that is an upstream's selects it; any other goes to the default."""
    origins = {
        key: await lab.origin(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + key.encode()) for key in ("one", "two")
    }
    upstreams = {key: await lab.upstream(origin, name=key) for key, origin in origins.items()}

    async def send(request: Request) -> Response:
        return await upstreams[request.upstream].send(request)

    routing = Routing("one", by_host={"api.example": "two"} if by_host else {})
    gateway = await lab.gateway(send, routing=routing)

    answer = await gateway.ask(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")

    assert answer.body == (name if by_host else b"one")
    assert origins[answer.body.decode()].seen[0].all(b"Host") == [b"127.0.0.1:%d" % origins[answer.body.decode()].port]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for api.example, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subject = ["-subj", "/CN=api.example", "-addext", "subjectAltName=DNS:api.example"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run(  # noqa: S603  # found above
        [openssl, "req", "-x509", *curve, *subject, "-keyout", key, "-out", cert, "-days", "2"],
        check=True,
        capture_output=True,
    )
    (folder / "both.pem").write_bytes(key.read_bytes() + cert.read_bytes())
    return folder / "both.pem"


async def test_connect_to_changes_the_address_alone(lab: Lab, certificate: Path) -> None:
    """Host and SNI stay the origin's, whose certificate is verified, and connections are used again."""
    names: list[str | None] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names.append(name)
    origin = await lab.origin(tls=context)
    gateway = await lab.gateway(
        (
            await lab.upstream(
                origin="https://api.example", connect_to=f"127.0.0.1:{origin.port}", ca_file=str(certificate)
            )
        ).send
    )

    answers = [await gateway.ask(GET) for _ in range(2)]

    assert ([answer.body for answer in answers], names, origin.connections) == ([b"ok", b"ok"], ["api.example"], 1)
    assert origin.seen[0].all(b"Host") == [b"api.example"]


@pytest.mark.parametrize(
    ("origin_", "host"),
    [
        ("http://api.example", b"api.example"),
        ("http://api.example:80", b"api.example"),
        ("http://api.example:8080", b"api.example:8080"),
        ("http://bücher.example", b"xn--bcher-kva.example"),
        ("http://[::1]:8080", b"[::1]:8080"),
    ],
)
async def test_host_is_the_origins(lab: Lab, origin_: str, host: bytes) -> None:
    """As a browser would write it."""
    origin = await lab.origin()
    gateway = await lab.gateway((await lab.upstream(origin=origin_, connect_to=f"127.0.0.1:{origin.port}")).send)

    await gateway.ask(GET)

    assert origin.seen[0].all(b"Host") == [host]


# --- what goes wrong -------------------------------------------------------------------------------------------------


def says(*data: bytes) -> Script:
    """Answer with these bytes and close."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"".join(data))

    return script


async def speaks_plainly(wire: Wire) -> None:
    await wire.exactly(1)
    wire.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def reads_nothing(_: Wire) -> None:
    await asyncio.Event().wait()


async def speaks_first(wire: Wire) -> None:
    wire.send(b"220 mail.example ESMTP\r\n")
    await wire.gone()


async def hangs_up(wire: Wire) -> None:
    wire.close()


async def is_silent(wire: Wire) -> None:
    await wire.gone()


async def only_continues(wire: Wire) -> None:
    await wire.head()
    wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    await wire.gone()


FAILURES: dict[str, tuple[Script | None, dict[str, Any], int, str]] = {
    "refused": (None, {"origin": "http://127.0.0.1:1"}, 502, "upstream_unreachable"),
    "no such name": (None, {"origin": "http://nobody.invalid"}, 502, "upstream_unreachable"),
    "garbage": (says(b"hello\r\n\r\n"), {}, 502, "upstream_protocol"),
    "no answer": (says(b""), {}, 502, "upstream_protocol"),
    "half a head": (says(b"HTTP/1.1 200 OK\r\nContent-"), {}, 502, "upstream_protocol"),
    "hangs up": (hangs_up, {}, 502, "upstream_protocol"),
    "speaks first": (speaks_first, {}, 502, "upstream_protocol"),
    "101": (says(b"HTTP/1.1 101 Switching\r\n\r\n"), {}, 502, "upstream_protocol"),
    "000": (says(b"HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n"), {}, 502, "upstream_protocol"),
    "silent": (is_silent, {"read_seconds": 0.05}, 504, "upstream_timeout"),
    "100 and then silent": (only_continues, {"read_seconds": 0.05}, 504, "upstream_timeout"),
    "plain where TLS is expected": (speaks_plainly, {"scheme": "https"}, 502, "upstream_tls"),
    "no TLS handshake": (is_silent, {"scheme": "https", "connect_seconds": 0.05}, 504, "upstream_timeout"),
}


@pytest.mark.parametrize(("script", "about", "status", "code"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("upload", [False, True])
async def test_what_an_upstream_does_wrong(
    *,
    lab: Lab,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    script: Script | None,
    about: dict[str, Any],
    status: int,
    code: str,
    upload: bool,
) -> None:
    """It is answered with a status and a code, and quotes nothing of the request, be it in a log or in the body."""
    origin = await lab.origin(script=script)
    about = {"origin": f"{about.get('scheme', 'http')}://127.0.0.1:{origin.port}"} | about
    about.pop("scheme", None)
    if "TLS" in code or about["origin"].startswith("https"):
        about["connect_to"] = f"127.0.0.1:{origin.port}"
    gateway = await lab.gateway((await lab.upstream(**about)).send)
    secret = b"GET /SECRET?deviceId=SECRET HTTP/1.1\r\nHost: gateway\r\nAuthorization: SECRET\r\n"
    wire = await gateway.connect()
    wire.send(secret + (b"Content-Length: 9\r\n\r\n" if upload else b"\r\n"))
    if upload:
        await settle()
        wire.send(b"SECRET...")

    with caplog.at_level(0):
        answer = await wire.message()

    assert (answer.status, answer.get(b"X-Gateway-Error").decode()) == (status, code)
    assert answer.get(b"Content-Type") == b"application/json"
    await gateway.witness.until(lambda: bool(gateway.witness.exchanges))
    assert gateway.witness.exchanges[0].reply.source == "gateway"
    assert gateway.witness.exchanges[0].legs[0].response.source == "gateway"
    told = caplog.text + "".join(capfd.readouterr()) + repr(gateway.witness.warnings) + str(answer)
    assert ("SECRET" in told, gateway.witness.warnings) == (False, [])


async def test_a_certificate_of_another_is_a_tls_error(lab: Lab, certificate: Path) -> None:
    """TLS is verified: who it is, and who says so."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    origin = await lab.origin(tls=context)
    where = f"127.0.0.1:{origin.port}"
    cases = (
        ({"origin": "https://api.example", "connect_to": where}, b"self-signed certificate"),
        ({"origin": "https://other.example", "connect_to": where, "ca_file": str(certificate)}, b"Hostname mismatch"),
    )
    for about, why in cases:
        gateway = await lab.gateway((await lab.upstream(**about)).send)
        answer = await gateway.ask(GET)
        assert (answer.status, answer.get(b"X-Gateway-Error")) == (502, b"upstream_tls")
        assert why in answer.body
    assert origin.seen == []


@pytest.mark.parametrize(
    ("origin", "why"),
    [("http://127.0.0.1:1", b"Connection refused"), ("http://nobody.invalid", b"DNS has no address")],
)
async def test_why_an_upstream_is_unreachable_is_said(lab: Lab, origin: str, why: bytes) -> None:
    gateway = await lab.gateway((await lab.upstream(origin=origin)).send)
    assert why in (await gateway.ask(GET)).body


async def test_an_upstream_that_takes_no_upload_is_a_timeout(lab: Lab) -> None:
    """It reads nothing and says nothing: 504, and not forever."""
    gateway = await lab.gateway(await lab.origin(script=reads_nothing), read_seconds=0.2)
    wire = (await gateway.connect()).send(POST + b"Content-Length: %d\r\n\r\n" % (64 << 20))

    async def upload() -> None:
        for _ in range(64):
            wire.send(MEGABYTE)
            await wire.writer.drain()

    task = asyncio.create_task(upload())
    answer = await wire.message()
    task.cancel()

    assert (answer.status, answer.get(b"X-Gateway-Error")) == (504, b"upstream_timeout")


async def test_a_slow_upload_is_no_silence_of_the_upstream(lab: Lab) -> None:
    """The time for an answer begins when the request is whole; an interim answer changes nothing."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await wire.exactly(8)
        wire.send(OK)
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin, read_seconds=0.25)
    wire = (await gateway.connect()).send(POST + b"Content-Length: 8\r\n\r\n")
    for _ in range(8):
        await asyncio.sleep(0.04)  # what is tested is that time passes
        wire.send(b"x")

    assert [(await wire.message()).status for _ in range(2)] == [103, 200]


async def test_a_rule_that_fails_is_a_500_without_its_words(lab: Lab) -> None:
    """Whatever is raised behind the seam, the app gets an answer, and the log a place."""

    async def send(_: Request) -> Response:
        message = "SECRET"
        raise LookupError(message)

    gateway = await lab.gateway(send)
    answer = await gateway.ask(GET)

    assert (answer.status, answer.get(b"X-Gateway-Error")) == (500, b"gateway_defect")
    assert [(w["event"], w["error"]) for w in gateway.witness.warnings] == [("defect", "LookupError")]
    assert str(gateway.witness.warnings[0]["where"]).startswith("test_forwarding.py:")
    assert "SECRET" not in repr(gateway.witness.warnings) + str(answer)


class Pieces:
    """A stream of pieces, of which the last may be an error."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def aclose(self) -> None:
        """Nothing to give up."""


ANSWERS: dict[str, tuple[Response, bytes]] = {
    "a wrong length": (Response(200, "OK", Headers.of({"Content-Length": "99"}), b"ok"), OK),
    "an empty piece": (
        Response(200, "OK", body=Pieces(b"a", b"", b"b")),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
    ),
    "no body at all": (Response(200, "OK"), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize(("answer", "written"), ANSWERS.values(), ids=ANSWERS)
async def test_what_a_rule_or_a_cassette_answers_is_framed(lab: Lab, answer: Response, written: bytes) -> None:
    """An answer that did not come from a wire is framed like one that did."""

    async def send(_: Request) -> Response:
        return answer

    gateway = await lab.gateway(send)
    wire = (await gateway.connect()).send(GET)

    assert await wire.exactly(len(written)) == written
    assert (await wire.send(GET).exactly(len(written))) == written


@for_each(
    "field", [("X-A", "a\r\nSet-Cookie: b"), ("X-A\r\nB", "a"), ("X-A", "a\0"), ("X A", "a"), ("", "a"), ("X-A:", "a")]
)
async def test_a_field_that_would_end_its_line_is_not_sent(lab: Lab, field: tuple[str, str]) -> None:
    """Not to an app, and not to an upstream: whatever a rule or a cassette holds."""

    async def send(_: Request) -> Response:
        return Response(200, "OK", Headers.of([field]), b"")

    class Inject:
        needs_request_body = False
        needs_answer_body = False
        needs_credentials = False

        def concerns(self, _: Request) -> bool:
            return True

        def __call__(self, request: Request) -> Flow:
            return chain((), replace(request, headers=Headers.of([*request.headers.items(), field])))

    origin = await lab.origin()
    to_app = await (await lab.gateway(send)).ask(GET)
    to_upstream = await (await lab.gateway(origin, rules=[Inject()])).ask(GET)

    assert (to_app.status, to_app.get(b"X-Gateway-Error")) == (502, b"unsendable_answer")
    assert (to_upstream.status, to_upstream.get(b"X-Gateway-Error")) == (502, b"unsendable_request")
    assert origin.seen == []


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_a_stream_that_raises_breaks_off_like_any_other(lab: Lab, version: bytes) -> None:
    """A defect in a stream is no clean end either, and the log says where it is."""

    async def send(_: Request) -> Response:
        return Response(200, "OK", body=Pieces(b"a", LookupError("SECRET")))

    gateway = await lab.gateway(send)
    wire = (await gateway.connect()).send(b"GET / HTTP/" + version + b"\r\nHost: a\r\n\r\n")

    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await wire.message()
    await gateway.witness.until(lambda: bool(gateway.witness.warnings))
    assert [(w["event"], w["error"]) for w in gateway.witness.warnings] == [("defect", "LookupError")]


# --- the end ---------------------------------------------------------------------------------------------------------


async def in_flight(lab: Lab, script: Script, request: bytes) -> tuple[Any, Wire, Origin]:
    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    return gateway, (await gateway.connect()).send(request), origin


async def test_stopping_finishes_answers_in_flight(lab: Lab) -> None:
    """What was asked before the end is answered whole; nothing new is accepted."""
    asked, finish = asyncio.Event(), asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
        asked.set()
        await event(finish)
        wire.send(b"rest")
        await wire.gone()

    gateway, wire, _ = await in_flight(lab, script, GET)
    idle = await gateway.connect()
    await event(asked)
    stopping = asyncio.create_task(gateway.server.stop(grace=PATIENCE))
    await settle()
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await gateway.connect()
    assert not stopping.done()
    finish.set()

    assert (await wire.message()).body == b"halfrest"
    await asyncio.wait_for(stopping, PATIENCE)
    assert (await wire.gone(), await idle.gone()) == (b"", b"")


async def test_stopping_finishes_uploads_in_flight(lab: Lab) -> None:
    """The rest of an upload is still read, and its reply says that the connection ends."""
    half = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        await wire.exactly(4)
        half.set()
        assert await wire.exactly(4) == b"rest"
        wire.send(OK)
        await wire.gone()

    gateway, wire, _ = await in_flight(lab, script, POST + b"Content-Length: 8\r\n\r\nhalf")
    await event(half)
    stopping = asyncio.create_task(gateway.server.stop(grace=PATIENCE))
    await settle()
    answer = await wire.send(b"rest").message()

    assert (answer.body, answer.get(b"Connection")) == (b"ok", b"close")
    await asyncio.wait_for(stopping, PATIENCE)


async def test_stopping_is_bounded(lab: Lab) -> None:
    """What does not finish within the grace is broken off, at both ends."""
    asked = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        asked.set()
        await wire.gone()

    gateway, wire, origin = await in_flight(lab, script, GET)
    await event(asked)

    await asyncio.wait_for(gateway.server.stop(grace=0.05), PATIENCE)

    assert await wire.gone() == b""
    await event(origin.closed)
