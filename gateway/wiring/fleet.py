"""A gateway's part in a fleet: it joins, follows the fleet's setting, and shares exchanges with the other gateways."""

from __future__ import annotations

import asyncio
import socket
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from re import sub
from time import monotonic, time
from typing import TYPE_CHECKING

from msgspec import structs

from gateway.config import Config
from gateway.control.errors import ControlError
from gateway.control.naming import cassette_named
from gateway.control.steering import Choice, NotAllowedError, NotPossibleError
from gateway.core.mistake import Mistake
from gateway.wiring.given_fault import given_fault
from gateway.wiring.keys import find
from gateway.wiring.steered import SteeredGateway, chosen

if TYPE_CHECKING:
    from gateway.core.model import Exchange, Interaction
    from gateway.fleet.member import Member
    from gateway.fleet.stream import Passed
    from gateway.fleet.wanted import FleetSetting

PASSWORD = "GATEWAY_FLEET_PASSWORD"  # noqa: S105  # the name of the variable
NOT_STEERED = "setting of the fleet not applied"
FASTER = "Another gateway of the fleet was changed at the same moment. This gateway has followed that change. Look at it, and try again."


def member_of(config: Config, environ: Mapping[str, str], warn: Callable[..., None], run: str = "") -> Member | None:
    """Return this gateway's part in the configured fleet; None without a fleet. Raises Mistake, which says what is wrong with its files.

    `run` is the name that a supervisor gives to a worker.
    """
    settings = config.fleet
    if settings is None:
        return None
    from gateway.fleet.address import RedisAddress
    from gateway.fleet.member import FleetPlace, Member

    key = find(settings.key_file, {})
    if key is None:
        message = f"fleet.key_file: expected 64 hexadecimal digits at {settings.key_file}, found an empty file"
        raise Mistake(message)
    authorities = str(settings.ca_file) if settings.ca_file is not None else None
    where = RedisAddress(str(settings.redis), settings.user, _password(settings.password_file, environ), authorities)
    name = settings.gateway or sub(r"[^A-Za-z0-9]+", "-", socket.gethostname()).strip("-")[:63] or "gateway"
    return Member(FleetPlace(where, settings.fleet, name, settings.timeout, settings.on_outage), key, warn, run)


def _password(file: Path | None, environ: Mapping[str, str]) -> str | None:
    if given := environ.get(PASSWORD):
        return given
    if file is None:
        return None
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"fleet.password_file: expected a text at {file}, found {type(error).__name__}"
        raise Mistake(message) from None


async def join_as_worker(member: Member, steered: SteeredGateway) -> None:
    """Join the fleet as a worker: only share its state, since the supervisor does the rest. Raises Mistake if the fleet refuses it."""
    await _start(member, steered)


async def join(
    member: Member, steered: SteeredGateway, warn: Callable[..., None], show: Callable[[Exchange], None] | None
) -> None:
    """Join the fleet, follow its setting, and receive its exchanges, for `show` and the history. Raises Mistake if the fleet refuses it."""
    steering = FleetSteering(member, steered, warn)
    member.wanting.steers = steering.steer
    steered.commanded = steering.commanded
    if show is not None or steered.config.history is not None:
        since = await to_thread(_latest, steered.config)

        def hear(exchange: Exchange, passed: Passed) -> None:
            if show is not None:
                show(exchange)
            keeping = steered.gateway.parts.keeping
            if keeping is not None and exchange.at > since:
                from gateway.fleet.stream import row_of

                keeping.add(row_of(exchange, passed))

        member.hears = hear
    await _start(member, steered)


async def _start(member: Member, steered: SteeredGateway) -> None:
    from gateway.fleet.address import KeptOutError

    try:
        await member.start(steered.redaction.key)
    except KeptOutError as error:
        raise Mistake(str(error)) from error


def calls_of_fleet(config: Config, environ: Mapping[str, str]) -> Mapping[str, Sequence[Interaction]]:
    """Return the calls in the fleet's stream by gateway, oldest first. Raises Mistake if Redis does not answer."""
    from redis.exceptions import RedisError

    from gateway.cassettes.errors import CassetteError
    from gateway.cassettes.findings import parse_findings
    from gateway.fleet.address import said_of

    async def passed() -> list[Passed]:
        member = member_of(config, environ, lambda *_, **__: None)
        assert member is not None  # noqa: S101  # the section is there
        return await member.passed()

    calls: dict[str, list[Interaction]] = {}
    try:
        found = asyncio.run(passed())
    except (OSError, RedisError, TimeoutError) as error:
        assert config.fleet is not None  # noqa: S101  # as above
        message = f"fleet.redis: expected an answer at {config.fleet.redis}, found: {said_of(error)}"
        raise Mistake(message) from None
    for number, one in enumerate(found, start=1):
        try:
            (call,) = parse_findings(Path(f"{one.gateway} #{number}"), one.entry.rstrip(b"\n") + b"\n").interactions
        except (CassetteError, ValueError):
            continue  # another program has put it there
        calls.setdefault(one.gateway, []).append(structs.replace(call, line=number))
    return calls


def _latest(config: Config) -> float:
    """Return when the last exchange in the history began; without an exchange, the present time. Earlier exchanges are already in it."""
    from gateway.history.database import HistoryError
    from gateway.history.reading import History

    settings = config.history
    if settings is not None and settings.file.is_file() and settings.file.stat().st_size:
        try:
            with History(settings.file) as history:
                return history.latest() or time()
        except HistoryError:
            pass  # the first write reports it
    return time()


class FleetSteering:
    """Passes changes of this gateway to the fleet, and changes of the fleet to this gateway."""

    def __init__(self, member: Member, steered: SteeredGateway, warn: Callable[..., None]) -> None:
        self._member = member
        self._steered = steered
        self._warn = warn

    @asynccontextmanager
    async def commanded(self) -> AsyncIterator[None]:
        """Apply the fleet's setting before this gateway changes. After the change, give this gateway's setting to the fleet.

        Raises NotPossibleError if another gateway was faster.
        """
        from gateway.fleet.outage import OutageError
        from gateway.fleet.wanted import SharedFault

        member = self._member
        with suppress(OutageError):
            await member.look()
        yield
        setting, now = self._steered.setting, time() - monotonic()
        faults = tuple(
            SharedFault(one.planned.key, one.said, one.planned.begun + now) for one in self._steered.faults.given
        )
        if await member.wanting.want(setting.mode, setting.upstream, setting.cassette, faults):
            return
        if member.outage.is_on:
            self._warn("steered alone", hint="Redis does not answer, so the other gateways are not changed")
            return
        with suppress(OutageError):
            await member.look()
        raise NotPossibleError(FASTER)

    async def steer(self, wanted: FleetSetting) -> None:
        """Apply a change that was made at another gateway. A change that this gateway's configuration does not allow is only logged."""
        try:
            await self._set(wanted)
            await self._have_faults(wanted)
        except (NotAllowedError, NotPossibleError, ControlError, Mistake, ValueError) as error:
            self._member.outage.unlike = str(error)
            self._warn(NOT_STEERED, by=wanted.by, why=str(error))
        else:
            self._member.outage.unlike = ""

    async def _set(self, wanted: FleetSetting) -> None:
        steered, setting = self._steered, self._steered.setting
        if (wanted.mode, wanted.upstream, wanted.cassette) == (setting.mode, setting.upstream, setting.cassette):
            return
        cassette = None
        if wanted.cassette != setting.cassette:
            cassette = await to_thread(cassette_named, steered.config.cassettes.dir, wanted.cassette)
        mode = wanted.mode if wanted.mode != setting.mode else None
        upstream = wanted.upstream if wanted.upstream != setting.upstream else None
        config = await chosen(steered.config, Choice(mode, upstream, cassette))  # type: ignore[arg-type]  # it checks the mode
        await steered.become(config)

    async def _have_faults(self, wanted: FleetSetting) -> None:
        steered = self._steered
        known = {one.planned.key: one for one in steered.faults.given}
        had = []
        for fault in wanted.faults:
            one = known.get(fault.key)
            if one is None or one.said != fault.said:
                one = await to_thread(given_fault, fault.said, steered.config, fault.key)
                one.planned = structs.replace(one.planned, begun=monotonic() - (time() - fault.since))
            had.append(one)
        await steered.have_faults(had)
