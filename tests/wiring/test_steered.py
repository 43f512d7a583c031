"""A gateway that becomes another one while it runs."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.config import Listen, load
from gateway.control.steering import Choice, NotPossibleError
from gateway.transports.overrides import Expected
from gateway.wiring import serving
from tests.harness.lab import Lab
from tests.offline_suite import DISH, write_cassette
from tests.test_same_either_way import counting
from tests.wiring.test_assembly import get


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def test_an_upstream_that_is_this_gateway_cannot_be_chosen(lab: Lab) -> None:
    running = await lab.run("passthrough", control__allow="network", upstreams__here__origin="http://127.0.0.1:18099")
    steered = running.serving.steered
    steered.config = replace(steered.config, listen=Listen(port=18099))
    with pytest.raises(NotPossibleError):
        await steered.choose(Choice(upstream="here"))
    assert steered.setting.upstream == "emulator"


async def test_what_is_recorded_anew_keeps_its_cassette_until_it_is_done() -> None:
    config = load(None, {}, {"mode": "record", "listen.port": 0})
    running = await serving.start(config, {}, io.StringIO(), cassette=Path("draft.yaml"))
    with pytest.raises(NotPossibleError, match="--re-record"):
        await running.steered.choose(Choice(cassette=Path("other.yaml")))
    await running.steered.rewind()
    await running.stop()


async def test_counts_and_connections_go_on_over_a_change(lab: Lab) -> None:
    origin = await lab.origin()
    running = await lab.run("record", origin)
    await running.ask(get())
    await running.serving.steered.choose(Choice(cassette=Path("cassettes/other.yaml")))
    await running.ask(get())
    steered = running.serving.steered
    assert (steered.counts.recorded, steered.upstream_connections, steered.journal.count) == (2, 2, 2)
    assert Path("cassettes/other.yaml").exists()  # a folder of its own
    assert steered.setting.cassette == "other"


async def test_a_change_that_fails_changes_nothing(lab: Lab) -> None:
    running = await lab.run("auto")
    before = running.serving.gateway
    with pytest.raises(NotPossibleError, match="expected a cassette, found no such file"):
        await running.serving.steered.choose(Choice(mode="replay"))
    assert running.serving.gateway is before
    assert (await running.ask(get())).status == 200


async def test_a_replay_has_an_exchange_again_until_an_answer_or_a_fault_is_asked_for(lab: Lab) -> None:
    """What may be put in the way of calls costs nothing while nothing is: no call is worked out anew for it."""
    write_cassette(Path("cassettes/logout.yaml"), DISH)
    running = await lab.run("replay")
    steered = running.serving.steered
    again = counting(steered.gateway.exchanges)

    async def statuses(times: int) -> list[int]:
        again.clear()
        return [(await running.ask(get(DISH))).status for _ in range(times)]

    assert (await statuses(3), again[-1]) == ([200, 200, 200], True)
    expected = Expected(status=418, headers={}, body=None, json=None, method=None, path=None, times=1, delay=0)
    steered.overrides.waiting.append(expected.override())
    assert await statuses(2) == [418, 200]
    await steered.give_fault({"status": 503, "when": {"nth": 1}})
    assert await statuses(2) == [503, 200]
    steered.faults.given.clear()
    assert (await statuses(2), again[-1]) == ([200, 200], True)
