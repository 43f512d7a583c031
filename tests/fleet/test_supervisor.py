"""Who is started, told and waited for: small programs in the place of workers."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from gateway.fleet import supervisor as supervising
from gateway.fleet.numbers import Numbers, added
from gateway.fleet.orders import Begin, Rewind, WorkerSettings
from gateway.fleet.supervisor import Supervisor, WorkersError

WORKER = """
import asyncio, os, socket, sys
from pathlib import Path
from gateway.fleet.local_socket import answering
from gateway.fleet.numbers import Numbers
from gateway.fleet.orders import *

marker = Path(sys.argv[1])

async def do(order):
    if isinstance(order, Begin):
        if sys.argv[2] == "once" and marker.exists():
            os._exit(3)
        marker.touch()
        return WorkerBegun(os.getpid(), f"{order.number}" if sys.argv[2] == "keys" else "k")
    if isinstance(order, Become):
        if order.settings.config == b"wrong" and sys.argv[2] != "takes":
            return OrderRefused("wrong: expected something else")
        return OrderDone()
    if isinstance(order, Rewind):
        os._exit(7)
    if isinstance(order, Drain):
        return Fetched(Numbers(recorded=3), [], 0, 0, False)
    return Fetched(Numbers(), [], 0, 0, False)

async def main():
    await answering(*await asyncio.open_connection(sock=socket.socket(fileno=0)), do)

asyncio.run(main())
"""
SETTINGS = WorkerSettings(b"{}", None, b"")


def supervisor(folder: Path, how: str, number: int = 1, said: list[str] | None = None) -> Supervisor:
    def say(level: str, event: str, **about: object) -> None:
        assert level in {"info", "error"}
        if said is not None:
            said.append(f"{event} {about.get('how', '')}".strip())

    return Supervisor(
        number,
        command=[sys.executable, "-c", WORKER, str(folder / "marker"), how],
        begin=lambda place, settings: Begin(place, [], 0.0, settings, [], 0),
        inherited=list,
        say=say,
    )


async def test_a_worker_that_does_not_begin_is_told_at_the_start() -> None:
    made = Supervisor(
        2,
        command=[sys.executable, "-c", "raise SystemExit(3)"],
        begin=lambda place, settings: Begin(place, [], 0.0, settings, [], 0),
        inherited=list,
        say=lambda *_, **__: None,
    )
    with pytest.raises(WorkersError, match="worker 1 ended before it answered: status 3"):
        await made.start(SETTINGS)


@pytest.mark.long
async def test_all_take_new_settings_or_none(tmp_path: Path) -> None:
    made = supervisor(tmp_path, "plain", 2)
    await made.start(SETTINGS)
    with pytest.raises(WorkersError, match="wrong: expected something else"):
        await made.become(WorkerSettings(b"wrong", None, b""))
    assert [slot.settings for slot in made.slots] == [SETTINGS, SETTINGS]
    good = WorkerSettings(b"good", None, b"")
    await made.become(good)
    assert [slot.settings for slot in made.slots] == [good, good]
    await made.stop(5)
    assert [slot.numbers.recorded for slot in made.slots] == [3, 3]


@pytest.mark.long
async def test_another_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkersError, match="another redaction key"):
        await supervisor(tmp_path, "keys", 2).start(SETTINGS)


@pytest.mark.long
async def test_who_ends_is_started_again_and_who_ends_at_once_each_time_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "BACK_OFF", (0.0,))
    monkeypatch.setattr(supervising, "GIVE_UP_SECONDS", 0.0)
    said: list[str] = []
    made = supervisor(tmp_path, "once", said=said)
    await made.start(SETTINGS)
    assert made.complaints == []
    await made.ask(made.slots[0], Rewind(), 5)  # which ends it
    async with asyncio.timeout(20):
        why = await made.failed
    assert why == "worker 1 ended 5 times before it answered: status 3"
    assert said[:2] == ["worker ended status 7", "worker ended status 3"]
    assert made.complaints == ["worker 1 is not running"]
    await made.stop(0)


def test_numbers_of_workers_are_added_but_for_what_ends_with_them() -> None:
    one = Numbers(recorded=1, lost={"a": 1}, unheard={"x": 1}, connections=5, complaints=["no"], faults={"f": (1, 0)})
    other = Numbers(recorded=2, lost={"a": 1, "b": 2}, faults={"f": (2, 1), "g": (1, 1)}, in_flight=3)
    assert added(one, other) == Numbers(
        recorded=3, lost={"a": 2, "b": 2}, unheard={"x": 1}, faults={"f": (3, 1), "g": (1, 1)}
    )
