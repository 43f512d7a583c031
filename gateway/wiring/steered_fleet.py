"""The gateway of a supervisor: it gets no calls, and each change of it is made in its workers, too."""

from __future__ import annotations

import asyncio
from asyncio import to_thread
from collections.abc import Callable

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
from gateway.fleet.mirror import UNWATCHED, Mirror
from gateway.fleet.numbers import Numbers, added
from gateway.fleet.orders import Rewind, WorkerSettings
from gateway.fleet.supervisor import Supervisor
from gateway.transports.faults import Faults
from gateway.transports.overrides import Override
from gateway.transports.recorder import Counts
from gateway.wiring.emulator_server import EmulatorServer
from gateway.wiring.given_fault import given_fault
from gateway.wiring.steered import Observing, SteeredGateway


class SteeredFleet(SteeredGateway):
    """The gateway of the supervisor: it gets no calls, and each change of it is made in its workers, too."""

    supervisor: Supervisor
    mirror: Mirror
    _emulated: EmulatorServer
    _steering: asyncio.Lock
    _expectations: SupervisedExpectations

    def attach(
        self, supervisor: Supervisor, emulated: EmulatorServer, met: MetTogether, handed: Callable[[str], None]
    ) -> None:
        """Have workers, and what serves them the built-in emulator; `handed` hears the id of each exchange that they hand over."""
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
        """Return an exchange with the name that its device got first: each worker names those that it meets."""
        device = exchange.device
        name = self.state.name(device.key, [device.name])
        if name == device.name:
            return exchange
        return replace(exchange, received=replace(exchange.received, device=replace(device, name=name)))

    async def settings(self) -> WorkerSettings:
        """Return what workers are told."""
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

    # --- what is changed of all ------------------------------------------------------------------------------------------

    async def become(self, config: Config, observing: Observing | None = None) -> None:
        """Change to another gateway, and have each worker do the same, one after the other. If one refuses, all stay as they are."""
        async with self._steering:
            before, heard = self.config, self._observing
            await super().become(config, observing)
            try:
                await self.supervisor.become(await self.settings())
            except Mistake:
                await super().become(before, heard)
                raise

    async def give_fault(self, said: object) -> None:
        """Do to calls of all workers what a fault says; one that counts a device's calls needs one state."""
        if state_is_apart(self.config):
            given = await to_thread(given_fault, said, self.config, "")
            if why := counts_calls(given.planned):
                message = f"expected a fault that counts no calls, since each of {len(self.supervisor.slots)} workers sees some of them, found {why}; a session has one process"
                raise ValueError(message)
        await super().give_fault(said)

    async def _told(self) -> None:
        """Have all workers have the same faults and expectations."""
        async with self._steering:
            await self.supervisor.become(await self.settings())

    async def expect(self, override: Override) -> None:
        """Have one worker of a fleet give this answer; without one it is refused, since the next request may come to any worker."""
        if not self.state.alone:
            self._expectations.add(override)
            await self._told()
            return
        message = "With several workers the next request may come to any of them. Open a session (POST /api/sessions), which is one process, start with workers: 1, or with a section fleet."
        raise NotPossibleError(message)

    async def forget_expectations(self) -> None:
        """Have no worker give any of the answers that wait."""
        await super().forget_expectations()
        await self._told()

    async def rewind(self) -> None:
        """Let every sequence begin anew, in all workers; those of a fleet have one state."""
        await super().rewind()
        if self.state.alone:
            await self.supervisor.ask_all(Rewind())

    # --- how all stand -----------------------------------------------------------------------------------------------------

    async def caught_up(self) -> None:
        """Fetch what workers have to show."""
        await self.mirror.caught_up()
        self._expectations.count(self.numbers)

    @property
    def numbers(self) -> Numbers:
        """The counts of all workers, ended ones included, as of the last look."""
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
        """What observers missed, in all workers."""
        return Unheard(**self.numbers.unheard)

    @property
    def faults(self) -> Faults:
        """The faults, with what became of them in all workers."""
        faults = super().faults
        met = self.numbers.faults
        for one in (*faults.given, *faults.configured):
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
