"""What comes before an answer and after its body: interim answers and trailers reach the client that can read them."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

from gateway.wire.protocol import AppConnection
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, PATIENCE, Wire, settle

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
TRAILING = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, Set-Cookie\r\n\r\n"


async def test_an_interim_answer_is_passed_on_while_the_final_one_is_awaited(lab: Lab) -> None:
    """It is what it is for (RFC 8297): the client hears of it before the answer is there."""
    go = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(HINTS)
        await go.wait()
        wire.send(HINTS + OK)
        await wire.gone()

    gateway = await lab.gateway(await lab.origin(script=script))
    wire = (await gateway.connect()).send(GET)
    assert await wire.exactly(len(HINTS)) == HINTS
    go.set()
    assert await wire.exactly(len(HINTS + OK)) == HINTS + OK
    assert gateway.witness.warnings == []


async def test_a_client_that_knows_no_interim_answers_gets_none(lab: Lab) -> None:
    """RFC 9110 section 15.2: not to HTTP/1.0; and 100, which the wire itself says to who waits for it, is not said twice."""
    gateway = await lab.gateway(await lab.origin(b"HTTP/1.1 100 Continue\r\n\r\n" + HINTS + OK))
    answer = await (await gateway.connect()).send(b"GET / HTTP/1.0\r\n\r\n").rest()
    assert answer == OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


async def test_an_interim_answer_of_many_readings_is_a_502(lab: Lab) -> None:
    gateway = await lab.gateway(await lab.origin(b"HTTP/1.1 103 Early\r\nX : a\r\n\r\n" + OK))
    assert (await gateway.ask(GET)).status == 502


async def test_an_exchange_that_is_kept_keeps_no_connection(lab: Lab) -> None:
    """A journal holds the requests as they were sent, each with what passes its interim answers on."""
    earlier = {id(one): one for one in gc.get_objects() if isinstance(one, AppConnection)}  # of other tests
    running = await lab.run("passthrough", await lab.origin(*[OK] * 10))
    for _ in range(10):
        wire = await running.connect()
        assert (await wire.send(GET).message()).status == 200
        wire.writer.close()
        await wire.writer.wait_closed()
    await settle()
    gc.collect()
    made = [one for one in gc.get_objects() if isinstance(one, AppConnection) and id(one) not in earlier]
    # the acceptor knows its last one until the next comes
    assert len([one for one in made if one.transport is None]) <= 1


async def test_trailers_reach_the_client_in_whatever_pieces_they_come(lab: Lab) -> None:
    """Those that are announced and may be trailers; the connection to the upstream goes on."""
    end = b"2\r\nok\r\n0\r\nX-Sum: 1f\r\nSet-Cookie: a=b\r\nX-Other: a\r\n\r\n"
    for cut in (0, 1, 8, 11, 20, len(end) - 1):

        async def script(wire: Wire, cut: int = cut) -> None:
            while True:
                await wire.head()
                wire.send(TRAILING + end[:cut])
                await settle()
                wire.send(end[cut:])

        origin = await lab.origin(script=script)
        gateway = await lab.gateway(origin)
        wire = await gateway.connect()
        for _ in range(2):
            head = await wire.send(GET).head()
            assert head.endswith(b"Transfer-Encoding: chunked\r\nTrailer: x-sum"), cut
            assert await wire.until(b"\r\n\r\n") == b"2\r\nok\r\n0\r\nX-Sum: 1f\r\n\r\n", cut
        assert origin.connections == 1


@for_each("mode", ["passthrough", "record"])
async def test_trailers_reach_the_client_in_every_mode(lab: Lab, tmp_path: Path, mode: str) -> None:
    """A recording has no place for trailers, but the app still gets them."""
    origin = await lab.origin(TRAILING + b"2\r\nok\r\n0\r\nX-Sum: 1f\r\n\r\n")
    running = await lab.run(mode, origin, cassettes__dir=str(tmp_path), cassettes__record="all")
    wire = (await running.connect()).send(GET)
    assert (await wire.head()).endswith(b"Transfer-Encoding: chunked\r\nTrailer: x-sum")
    assert await wire.until(b"\r\n\r\n") == b"2\r\nok\r\n0\r\nX-Sum: 1f\r\n\r\n"
    assert [path.suffix for path in tmp_path.glob("*.yaml")] == [".yaml"] * (mode == "record")


async def test_a_body_that_is_cut_off_has_no_trailers(lab: Lab) -> None:
    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(TRAILING + b"2\r\nok\r\n0\r\nX-Sum: 1f\r\n")

    gateway = await lab.gateway(await lab.origin(script=script))
    wire = (await gateway.connect()).send(GET)
    async with asyncio.timeout(PATIENCE):
        assert b"X-Sum: 1f" not in await wire.gone()


async def test_a_client_of_http_1_0_gets_the_body_alone(lab: Lab) -> None:
    gateway = await lab.gateway(await lab.origin(TRAILING + b"2\r\nok\r\n0\r\nX-Sum: 1f\r\n\r\n"))
    answer = await (await gateway.connect()).send(b"GET / HTTP/1.0\r\n\r\n").rest()
    assert answer == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"
