"""The API's settings: the present setting of a gateway, and the changes that are possible while it runs."""

from __future__ import annotations

from asyncio import to_thread
from typing import Any

from gateway.control.errors import ControlError
from gateway.control.exchanges import endpoint
from gateway.control.model import (
    CassetteWanted,
    Expectation,
    ExpectationShown,
    ModeWanted,
    SettingShown,
    UpstreamWanted,
)
from gateway.control.naming import cassette_named
from gateway.control.routes import ApiCall, Endpoint
from gateway.control.steering import Choice
from gateway.transports.overrides import Expected

MOST_EXPECTATIONS = 1000
"""How many expectations may wait at once."""


async def show(asked: ApiCall) -> SettingShown:
    """Show the present setting: address, mode, upstream, cassette, and what is wrong."""
    setting, controlled = asked.gateway.setting, asked.controlled
    return SettingShown(
        asked.gateway.url,
        setting.mode,
        setting.upstream,
        setting.cassette,
        dict(controlled.upstreams),
        controlled.version,
        controlled.health.complaints,
        [*controlled.gateways()],
    )


async def config(asked: ApiCall) -> dict[str, object]:
    """Show the effective configuration, without secrets."""
    return dict(await to_thread(asked.controlled.config))


async def mode(asked: ApiCall) -> SettingShown:
    """Change the mode. A change from replay to another mode needs `control.allow: [network]`."""
    wanted: ModeWanted = asked.body
    with asked.recordings.alone(wanted.mode, asked.gateway.configured_cassette, asked.gateway):
        await asked.gateway.choose(Choice(mode=wanted.mode))
    return await show(asked)


async def cassette(asked: ApiCall) -> SettingShown:
    """Change to another existing cassette, by its name. It plays from its start."""
    wanted: CassetteWanted = asked.body
    path = await to_thread(cassette_named, asked.controlled.folder, wanted.cassette)
    with asked.recordings.alone(asked.gateway.setting.mode, path, asked.gateway):
        await asked.gateway.choose(Choice(cassette=path))
    return await show(asked)


async def upstream(asked: ApiCall) -> SettingShown:
    """Change to another upstream of the configuration, by its name. An upstream on a network needs `control.allow: [network]`."""
    wanted: UpstreamWanted = asked.body
    if wanted.upstream not in asked.controlled.upstreams:
        known = ", ".join(asked.controlled.upstreams)
        raise ControlError(404, "upstream_unknown", f"Expected the name of an upstream: {known}.")
    await asked.gateway.choose(Choice(upstream=wanted.upstream))
    return await show(asked)


async def rewind(asked: ApiCall) -> None:
    """Let every sequence play from its start. In mode auto, interactions that were recorded in this run play, too."""
    await asked.gateway.rewind()


async def expectations(asked: ApiCall) -> list[ExpectationShown]:
    """List the expectations that still wait for requests."""
    return [
        ExpectationShown(entry.method, entry.path, entry.answer.status, entry.times, entry.delay)
        for entry in asked.gateway.overrides.waiting
    ]


async def expect(asked: ApiCall) -> list[ExpectationShown]:
    """Answer the next request, or the next request with this method and path, in place of upstream and cassette."""
    wanted: Expectation = asked.body
    overrides = asked.gateway.overrides
    if len(overrides.waiting) >= MOST_EXPECTATIONS:
        raise ControlError(429, "too_many_expectations", f"There are {MOST_EXPECTATIONS} expectations already.")
    try:
        override = Expected(
            status=wanted.status,
            headers=wanted.headers,
            body=wanted.body,
            json=wanted.json,
            method=wanted.method,
            path=wanted.path,
            times=wanted.times,
            delay=wanted.delay,
        ).override()
    except ValueError as error:
        raise ControlError(400, "invalid_expectation", str(error)) from None
    await asked.gateway.expect(override)
    return await expectations(asked)


async def forget(asked: ApiCall) -> None:
    """Forget every expectation."""
    await asked.gateway.forget_expectations()


def _put(path: str, do: object, takes: object, gives: object = SettingShown) -> Endpoint:
    return Endpoint("PUT", path, do, gives=gives, takes=takes, of_gateway=True)  # type: ignore[arg-type]  # an endpoint's function


ENDPOINTS = (
    endpoint("/api/setting", show, SettingShown),
    Endpoint("GET", "/api/config", config, gives=dict[str, Any]),
    _put("/api/mode", mode, ModeWanted),
    _put("/api/cassette", cassette, CassetteWanted),
    _put("/api/upstream", upstream, UpstreamWanted),
    Endpoint("POST", "/api/rewind", rewind, of_gateway=True),
    endpoint("/api/expectations", expectations, list[ExpectationShown]),
    Endpoint(
        "POST",
        "/api/expectations",
        expect,
        gives=list[ExpectationShown],
        takes=Expectation,
        status=201,
        of_gateway=True,
    ),
    Endpoint("DELETE", "/api/expectations", forget, of_gateway=True),
)
