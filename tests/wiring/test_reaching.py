"""Whether the gateway reaches the upstream: a connection on which nothing is sent, once in a while."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.config import Config, load
from gateway.lab.self_check import Reach
from gateway.wiring.reaching import KEPT_SECONDS, Reaching
from tests.harness.lab import Lab
from tests.harness.ports import free_port
from tests.harness.sockets import PATIENCE


def config(origin: str, mode: str = "passthrough", **upstream: object) -> Config:
    return load(None, {}, {"mode": mode, "upstream": "lab", "upstreams.lab": {"origin": origin, **upstream}})


async def test_nobody_is_asked_in_a_replay_or_for_the_emulator() -> None:
    async def never(*_: object) -> str:
        raise AssertionError

    replay, emulated = config("https://api.example", "replay"), config("emulator:")
    assert await Reaching(lambda: replay, lambda *_: False, ask=never)("lab") == Reach(
        "open", "mode replay needs no upstream"
    )
    said = "upstream lab is the built-in emulator: it needs no connection"
    assert await Reaching(lambda: emulated, lambda *_: False, ask=never)("lab") == Reach("open", said)


async def test_a_connection_is_made_and_nothing_is_sent(lab: Lab) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def script(wire: Any) -> None:
        heard.set_result(await wire.gone())

    origin = await lab.origin(script=script)
    reached = await Reaching(lambda: config(f"http://127.0.0.1:{origin.port}"), lambda *_: False)("lab")
    assert reached == Reach("yes", f"upstream lab, http://127.0.0.1:{origin.port}: connected")
    assert await asyncio.wait_for(heard, PATIENCE) == b""


async def test_why_there_is_no_connection_is_said(lab: Lab) -> None:
    port = free_port()
    refused = await Reaching(lambda: config(f"http://127.0.0.1:{port}"), lambda *_: False)("lab")
    assert refused == Reach("no", "The gateway cannot connect to upstream lab: Connection refused.")
    here = await Reaching(lambda: config(f"http://127.0.0.1:{port}"), lambda *_: True)("lab")
    assert "leads to this gateway itself" in here.said

    async def speaks_first(wire: Any) -> None:
        wire.send(b"this is no TLS, and never was")
        await wire.gone()

    plain = await lab.origin(script=speaks_first)
    secured = await Reaching(lambda: config(f"https://127.0.0.1:{plain.port}"), lambda *_: False)("lab")
    assert (secured.verdict, "TLS" in secured.said) == ("no", True)


async def test_an_answer_holds_for_a_while_and_not_for_another_configuration() -> None:
    asked, now = [], [0.0]
    current = [config("https://one.example")]

    async def ask(_: Config, name: str, __: object) -> str:
        asked.append(name)
        return ""

    reaching = Reaching(lambda: current[0], lambda *_: False, clock=lambda: now[0], ask=ask)
    for at, count in ((0.0, 1), (KEPT_SECONDS, 1), (KEPT_SECONDS + 1, 2)):
        now[0] = at
        assert (await reaching("lab")).said == "upstream lab, https://one.example: connected with TLS"
        assert len(asked) == count
    current[0] = config("https://two.example")
    assert "two.example" in (await reaching("lab")).said
    assert len(asked) == 3
