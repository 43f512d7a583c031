"""How many connections there may be, what each one waits for, and what is said of it: with a clock that the test turns."""

from __future__ import annotations

import asyncio

import pytest

from gateway.wire.connections import (
    ANSWER_SECONDS,
    CLOSE_SECONDS,
    HURRY,
    IDLE_SECONDS,
    QUIET_SECONDS,
    STALLED_SECONDS,
    STEP,
    Connections,
    Limits,
    Wait,
)


class Line:
    """A connection that writes down what happens to it."""

    def __init__(self, told: list[tuple[str, str]], name: str, connections: Connections) -> None:
        self.waits_for: Wait | None = None
        self.handshake: asyncio.Task[None] | None = None
        self.told, self.name, self.connections = told, name, connections

    def overdue(self, wait: Wait) -> None:
        self.told.append((self.name, wait.name))
        self.connections.closed(self)

    def give_way(self) -> None:
        self.told.append((self.name, "gave way"))
        self.connections.closed(self)


class World:
    """Connections, their clock, and what was said and done."""

    def __init__(self, most: int = 1000, head_seconds: float = 10.0) -> None:
        self.now = 0.0
        self.said: list[dict[str, object]] = []
        self.told: list[tuple[str, str]] = []
        self.connections = Connections(Limits(most, head_seconds), self.warn, lambda: self.now)

    def warn(self, event: str, **about: object) -> None:
        self.said.append({"event": event, **about})

    def line(self, name: str = "a", wait: Wait | None = Wait.HEAD) -> Line:
        line = Line(self.told, name, self.connections)
        self.connections.opened(line)
        self.connections.waits(line, wait)
        return line

    def at(self, now: float) -> list[tuple[str, str]]:
        """Turn the clock, sweep, and return what happened."""
        self.now = now
        self.told.clear()
        self.connections.sweep()
        return list(self.told)


@pytest.fixture
async def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        (Wait.HEAD, 10.0),
        (Wait.REQUEST, IDLE_SECONDS),
        (Wait.ANSWER, ANSWER_SECONDS),
        (Wait.READER, STALLED_SECONDS),
        (Wait.CLOSE, CLOSE_SECONDS),
    ],
)
async def test_what_is_waited_for_has_its_time(world: World, wait: Wait, seconds: float) -> None:
    world.line("first", wait)
    world.now = 1.0
    world.line("second", wait)

    assert world.at(seconds - 0.01) == []
    assert world.at(seconds) == [("first", wait.name)]
    assert world.at(seconds + 1) == [("second", wait.name)]
    assert len(world.connections) == 0


async def test_the_clock_runs_on_for_what_is_waited_for_already(world: World) -> None:
    """A head that comes byte by byte is one head."""
    line = world.line()
    for second in range(1, 10):
        world.now = float(second)
        world.connections.waits(line, Wait.HEAD)

    assert world.at(10.0) == [("a", "HEAD")]


async def test_the_clock_begins_anew_for_who_was_served_meanwhile(world: World) -> None:
    """A request that is answered at once leaves no wait behind, and is no silence either; who is idle for longest is another one."""
    served, idle = world.line("served", Wait.REQUEST), world.line("idle", Wait.REQUEST)
    world.now = 60.0
    world.connections.goes_on(served, Wait.REQUEST)
    assert world.at(IDLE_SECONDS) == [("idle", "REQUEST")]
    assert world.at(60.0 + IDLE_SECONDS) == [("served", "REQUEST")]
    world.connections.goes_on(idle, Wait.REQUEST)  # which is closed
    assert (len(world.connections), world.at(1e6)) == (0, [])


async def test_nothing_is_overdue_while_an_exchange_goes_on(world: World) -> None:
    line = world.line()
    world.connections.waits(line, None)
    assert world.at(1e6) == []
    world.connections.waits(line, Wait.REQUEST)
    assert world.at(1e6 + IDLE_SECONDS) == [("a", "REQUEST")]


async def test_who_is_gone_waits_for_nothing(world: World) -> None:
    """Whatever a connection says after its end, it is neither counted nor called."""
    line = world.line()
    world.connections.closed(line)
    world.connections.waits(line, Wait.REQUEST)
    world.connections.closed(line)
    assert (len(world.connections), world.at(1e6)) == (0, [])


async def test_many_are_closed_in_steps(world: World) -> None:
    """A thousand heads that end together hold nobody up."""
    for number in range(3 * STEP + 1):
        world.line(str(number))
    assert [len(world.at(20.0)) for _ in range(5)] == [STEP, STEP, STEP, 1, 0]


async def test_the_longest_idle_gives_way_to_a_newcomer() -> None:
    world = World(most=3)
    idle = [world.line(name, Wait.REQUEST) for name in ("old", "young")]
    world.line("busy", None)
    world.connections.waits(idle[0], None)
    world.connections.waits(idle[0], Wait.REQUEST)  # it was used, so the other one is idle for longer

    await world.connections.room()

    assert (world.told, len(world.connections), world.said) == ([("young", "gave way")], 2, [])


@pytest.mark.parametrize("how", ["closes", "becomes idle"])
async def test_a_newcomer_waits_where_nobody_is_idle(how: str) -> None:
    """Meanwhile connections are told to end with their reply, and it is said once."""
    world = World(most=2)
    lines = [world.line(name, None) for name in "ab"]
    newcomers = [asyncio.create_task(world.connections.room()) for _ in range(2)]
    await asyncio.sleep(0)
    assert (world.connections.crowded, [task.done() for task in newcomers]) == (True, [False, False])

    for line in lines:
        if how == "closes":
            world.connections.closed(line)
        else:
            world.connections.waits(line, Wait.REQUEST)
    await asyncio.gather(*newcomers)

    assert not world.connections.crowded
    assert [(said["event"], said["limit"]) for said in world.said] == [("connections full", 2)]


async def test_heads_are_hurried_while_somebody_waits() -> None:
    """Half-open heads that fill every place, and the kernel's queue too, are gone in a fraction of their time."""
    world = World(most=1)
    world.line()
    newcomer = asyncio.create_task(world.connections.room())
    await asyncio.sleep(0)

    assert world.at(10.0 / HURRY) == [("a", "HEAD")]
    await newcomer


async def test_that_there_is_room_again_is_said_when_it_stays_so() -> None:
    """Who comes and goes at the limit writes no line each time."""
    world = World(most=1)
    for second in range(5):
        world.now = float(second)
        line = world.line(wait=None)
        newcomer = asyncio.create_task(world.connections.room())
        await asyncio.sleep(0)
        world.connections.closed(line)
        await newcomer
        world.connections.sweep()
    assert [said["event"] for said in world.said] == ["connections full"]

    world.at(4.0 + QUIET_SECONDS)

    assert world.said[1:] == [{"event": "connections no longer full", "paused": 5, "idle_closed": 0}]


async def test_what_happens_often_is_said_at_once_and_then_counted(world: World) -> None:
    for second in (0.0, 1.0, 2.0):
        world.now = second
        world.connections.count("head timed out", seconds=10)
    assert [said["count"] for said in world.said] == [1]

    world.at(QUIET_SECONDS - 0.01)
    assert len(world.said) == 1
    world.at(QUIET_SECONDS)
    world.at(3 * QUIET_SECONDS)
    assert world.said[1:] == [{"event": "head timed out", "count": 2, "seconds": 10}]
