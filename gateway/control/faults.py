"""The API's faults: added by a request, and done to calls until somebody ends them."""

from __future__ import annotations

from asyncio import to_thread

from gateway.control.errors import ControlError
from gateway.control.exchanges import endpoint
from gateway.control.fault_model import MOST_FAULTS, FaultShown, FaultWanted
from gateway.control.plain import without_secrets
from gateway.control.routes import ApiCall, Endpoint


async def list_(asked: ApiCall) -> list[FaultShown]:
    """List the faults, in the order in which they are applied."""
    faults = asked.gateway.faults
    given, configured = tuple(faults.given), (*faults.configured, *faults.of_devices)
    said = await to_thread(without_secrets, [one.said for one in (*given, *configured)], asked.gateway.redaction)
    return [
        FaultShown(
            one.planned.key.replace(" ", "-"),
            one.planned.name,
            words,
            "api" if at < len(given) else "configuration",
            one.met,
            one.happened,
            one.device,
        )
        for at, (one, words) in enumerate(zip((*given, *configured), said, strict=True))
    ]


async def give(asked: ApiCall) -> list[FaultShown]:
    """Add a fault, which holds from now on: the body is an entry of `faults`, as config.yaml writes it."""
    if len(asked.gateway.faults.given) >= MOST_FAULTS:
        raise ControlError(429, "too_many_faults", f"There are {MOST_FAULTS} faults already: end some.")
    try:
        await asked.gateway.give_fault(asked.body)
    except ValueError as error:
        raise ControlError(400, "invalid_fault", str(error)) from None
    return await list_(asked)


async def end(asked: ApiCall) -> None:
    """End a fault that the API has added; faults of the configuration stay."""
    if not await asked.gateway.end_faults(asked.path["fault"]):
        raise ControlError(404, "fault_unknown", "No fault of this id was asked for here: GET /api/faults lists them.")


async def end_all(asked: ApiCall) -> None:
    """End all faults that the API has added; faults of the configuration stay."""
    await asked.gateway.end_faults()


ENDPOINTS = (
    endpoint("/api/faults", list_, list[FaultShown]),
    Endpoint("POST", "/api/faults", give, gives=list[FaultShown], takes=FaultWanted, status=201, of_gateway=True),
    Endpoint("DELETE", "/api/faults", end_all, of_gateway=True),
    Endpoint("DELETE", "/api/faults/{fault}", end, of_gateway=True),
)
