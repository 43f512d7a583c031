"""The gateway of a supervisor. It gets no calls. Each of its changes is passed on to the workers."""

from __future__ import annotations

import asyncio
from asyncio import to_thread
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path

import msgspec
from msgspec.structs import replace

from gateway.config import Config, Origin
from gateway.config.of_devices import asked
from gateway.config.plain_values import plain
from gateway.config.workers import counts_calls, number_of_workers, state_is_apart
from gateway.control.steering import NotPossibleError
from gateway.core.mistake import Mistake
from gateway.core.model import Exchange
from gateway.exchanges.observers import Unheard
from gateway.fleet.expectations import SupervisedExpectations
from gateway.fleet.met_together import MetTogether
from gateway.fleet.mirror import PATIENCE, UNWATCHED, Mirror
from gateway.fleet.numbers import Numbers, added
from gateway.fleet.orders import PlayedTold, Rewind, TellPlayed, WorkerSettings
from gateway.fleet.supervisor import Supervisor
from gateway.transports.faults import Faults
from gateway.transports.overrides import Override
from gateway.transports.recorder import Counts
from gateway.wiring.emulator_server import EmulatorServer
from gateway.wiring.given_fault import given_fault
from gateway.wiring.steered import Observing, SteeredGateway


class SteeredFleet(SteeredGateway):
    """The gateway of the supervisor. It gets no calls. Each of its changes is passed on to the workers."""

    supervisor: Supervisor
    mirror: Mirror
    _emulated: EmulatorServer
    _steering: asyncio.Lock
    _expectations: SupervisedExpectations

    def attach(
        self,
        supervisor: Supervisor,
        emulated: EmulatorServer,
        met: MetTogether,
        handed: Sequence[Callable[[Exchange], None]],
    ) -> None:
        """`handed`: functions that are called with each exchange that a worker hands over."""
        self.supervisor = supervisor
        self._emulated = emulated
        self._steering = asyncio.Lock()
        self._expectations = SupervisedExpectations(self.overrides)
        self.mirror = Mirror(
            supervisor,
            self.journal,
            named=self._named,
            seen=met.hear,
            handed=handed,
            unwatched=UNWATCHED if self.state.alone or not self.config.control.enabled else None,
        )

    def _named(self, exchange: Exchange) -> Exchange:
        """Return an exchange with the first name of its device. Each worker names the devices that it meets, so names may differ."""
        device = exchange.device
        name = self.state.name(device.key, [device.name])
        if name == device.name:
            return exchange
        return replace(exchange, received=replace(exchange.received, device=replace(device, name=name)))

    async def settings(self) -> WorkerSettings:
        """Return the settings for the workers."""
        config, redaction = self.config, self.redaction
        if any(config.upstreams[name].origin.is_built_in for _, names in asked(config) for name in names):
            config = _with_emulator_at(config, await self._emulated.port())
        most = config.limits.max_connections
        if most != "auto":
            share = -(-most // number_of_workers(config))
            config = replace(config, limits=replace(config.limits, max_connections=share))
        return WorkerSettings(
            msgspec.json.encode(plain(config)),
            redaction.key if redaction.lasting else None,
            self._lasting.stand_in,
            [(one.planned.key, one.said, one.planned.begun) for one in self._faults],
            self._expectations.carried,
        )

    # --- changes in all workers ------------------------------------------------------------------------------------------

    async def become(self, config: Config, observing: Observing | None = None) -> None:
        """Change to another configuration, and let the workers do so, one after the other. If a worker refuses, all stay as they are."""
        async with self._steering:
            before, heard = self.config, self._observing
            await super().become(config, observing)
            try:
                await self.supervisor.become(await self.settings())
            except Mistake:
                await super().become(before, heard)
                raise

    async def give_fault(self, said: object) -> None:
        """Add a fault in all workers. A fault that counts a device's calls needs a state that the workers share."""
        if state_is_apart(self.config):
            given = await to_thread(given_fault, said, self.config, "")
            if why := counts_calls(given.planned):
                message = f"expected a fault that counts no calls, since each of {len(self.supervisor.slots)} workers sees only some of the calls, found {why}; use a session, which is one process"
                raise ValueError(message)
        await super().give_fault(said)

    async def _told(self) -> None:
        """Pass faults and expectations on to all workers."""
        async with self._steering:
            await self.supervisor.become(await self.settings())

    async def expect(self, override: Override) -> None:
        """Let one worker of a fleet give this answer. Without a fleet it is refused, since the next request may come to any worker."""
        if not self.state.alone:
            self._expectations.add(override)
            await self._told()
            return
        message = "With several workers, the next request may come to any worker. Open a session (POST /api/sessions), which is one process, or set workers: 1, or add a section fleet."
        raise NotPossibleError(message)

    async def forget_expectations(self) -> None:
        """Drop all expectations, in all workers."""
        await super().forget_expectations()
        await self._told()

    async def rewind(self) -> None:
        """Let every sequence play from its start, in all workers. Workers in a fleet share one state, so they need no order."""
        await super().rewind()
        if self.state.alone:
            await self.supervisor.ask_all(Rewind())

    # --- the state of all workers ------------------------------------------------------------------------------------------

    async def caught_up(self) -> None:
        """Fetch from the workers everything that will be shown."""
        await self.mirror.caught_up()
        self._expectations.count(self.numbers)

    async def played(self, cassette: Path) -> Sequence[bool]:
        """Return for each interaction of a cassette whether a worker has played it."""
        answers = await self.supervisor.ask_all(TellPlayed(str(cassette)), PATIENCE)
        told = [answer.played for answer in answers.values() if isinstance(answer, PlayedTold)]
        return [any(each) for each in zip_longest(*told, fillvalue=False)]

    @property
    def numbers(self) -> Numbers:
        """The counts of all workers, also of ended workers, as of the last look."""
        whole = Numbers()
        for slot in self.supervisor.slots:
            whole = added(whole, added(slot.before, slot.numbers))
        return whole

    @property
    def counts(self) -> Counts:
        """The counts of recordings, in all workers."""
        numbers = self.numbers
        return Counts(
            numbers.recorded,
            numbers.leaks,
            numbers.cut_off,
            dict(numbers.lost),
            numbers.findings_lost,
            numbers.history_lost,
        )

    @property
    def unheard(self) -> Unheard:
        """The failures of observers, in all workers."""
        return Unheard(**self.numbers.unheard)

    @property
    def faults(self) -> Faults:
        """The faults, with their counts of all workers."""
        faults = super().faults
        met = self.numbers.faults
        for one in faults.all:
            one.met, one.happened = met.get(one.planned.key, (0, 0))
        return faults


def _with_emulator_at(config: Config, port: int) -> Config:
    """Return the configuration of a worker, whose built-in emulator is the supervisor's."""
    there = Origin.parse(f"emulator://127.0.0.1:{port}")
    upstreams = {
        name: replace(upstream, origin=there) if upstream.origin.is_built_in else upstream
        for name, upstream in config.upstreams.items()
    }
    return replace(config, upstreams=upstreams)
