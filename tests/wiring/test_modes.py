"""What a mode comes to, driven by a request and a peer: no socket, and in a replay no event loop either."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gateway.config import load
from gateway.core.model import Peer
from gateway.exchanges.journal import Journal
from gateway.exchanges.observers import Observers
from gateway.wiring.assembly import Gateway, assemble
from gateway.wiring.decks import MODES
from tests.harness.lab import Witness
from tests.legs import logout
from tests.offline_suite import CABLEVISION, DISH, write_cassette

T = TypeVar("T")
TELEVISION = Peer("192.168.0.7")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def gateway_in(mode: str, *observers: Journal | Witness, **settings: object) -> Gateway:
    config = load(None, {}, {"mode": mode, "cassettes.name": "c.yaml", **settings})
    return assemble(config, {}, lambda *_: Observers(observers))


async def statuses(gateway: Gateway, *targets: str) -> list[tuple[int, str]]:
    """Ask, and return the status and who answered."""
    told: list[tuple[int, str]] = []
    for target in targets:
        reply = await gateway.exchanges.answer(logout(target=target), TELEVISION)
        told.append((reply.response.status, reply.response.source))
        await reply.ended()
    return told


def at_once(work: Coroutine[Any, Any, T]) -> T:
    with pytest.raises(StopIteration) as end:
        work.send(None)
    return end.value.value  # type: ignore[no-any-return]


def test_a_replay_is_one_synchronous_step() -> None:
    """From the request to the observers: no task, no timer, no loop. So whoever has the bytes may answer at once."""
    write_cassette(Path("c.yaml"), DISH, CABLEVISION)
    journal, witness = Journal(), Witness()
    gateway = gateway_in("replay", journal, witness)
    assert at_once(statuses(gateway, DISH, CABLEVISION, DISH)) == [(200, "cassette")] * 3
    assert [kept.reply.status for kept in journal.kept] == [200] * 3
    assert [told.received.client for told in witness.exchanges] == [TELEVISION.address] * 3
    assert gateway.upstream_connections == 0
    assert gateway.holds_nothing


async def test_each_mode_answers_from_where_it_says() -> None:
    """The built-in emulator is the upstream, so that nothing listens anywhere; it asks for a token."""
    expected = {
        "passthrough": [(401, "emulator"), (401, "emulator")],
        "record": [(401, "emulator"), (401, "emulator")],
        "replay": [(200, "cassette"), (502, "gateway")],
        "auto": [(200, "cassette"), (401, "emulator")],
    }
    assert set(expected) == set(MODES)
    for mode, told in expected.items():
        write_cassette(Path(f"{mode}.yaml"), DISH)
        gateway = gateway_in(mode, **{"cassettes.name": f"{mode}.yaml"})
        try:
            assert await statuses(gateway, DISH, CABLEVISION) == told, mode
        finally:
            await gateway.close(1.0)
        assert gateway.counts.recorded == {"record": 2, "auto": 1}.get(mode, 0), mode
