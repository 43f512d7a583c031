"""The API's faults. A fault that a request adds is in force until a request ends it."""

from __future__ import annotations

from asyncio import to_thread

from gateway.control.errors import ControlError
from gateway.control.exchanges import endpoint
from gateway.control.fault_model import MOST_FAULTS, FaultShown, FaultWanted
from gateway.control.plain import without_secrets
from gateway.control.routes import ApiCall, Endpoint


async def list_(asked: ApiCall) -> list[FaultShown]:
    """List the faults, in the order in which the gateway applies them."""
    faults = asked.gateway.faults
    every, given = faults.all, len(faults.given)
    said = await to_thread(without_secrets, [one.said for one in every], asked.gateway.redaction)
    return [
        FaultShown(
            one.planned.key.replace(" ", "-"),
            one.planned.name,
            words,
            "api" if at < given else "configuration",
            one.met,
            one.happened,
            one.device,
        )
        for at, (one, words) in enumerate(zip(every, said, strict=True))
    ]


async def give(asked: ApiCall) -> list[FaultShown]:
    """Add a fault, in force from now on. The body is an entry of `faults`, as in config.yaml."""
    if len(asked.gateway.faults.given) >= MOST_FAULTS:
        raise ControlError(429, "too_many_faults", f"There are {MOST_FAULTS} faults already. End some of them.")
    try:
        await asked.gateway.give_fault(asked.body)
    except ValueError as error:
        raise ControlError(400, "invalid_fault", str(error)) from None
    return await list_(asked)


async def end(asked: ApiCall) -> None:
    """End a fault that the API has added. Faults of the configuration stay."""
    if not await asked.gateway.end_faults(asked.path["fault"]):
        raise ControlError(
            404, "fault_unknown", "The API has added no fault with this id. GET /api/faults lists the faults."
        )


async def end_all(asked: ApiCall) -> None:
    """End all faults that the API has added. Faults of the configuration stay."""
    await asked.gateway.end_faults()


ENDPOINTS = (
    endpoint("/api/faults", list_, list[FaultShown]),
    Endpoint("POST", "/api/faults", give, gives=list[FaultShown], takes=FaultWanted, status=201, of_gateway=True),
    Endpoint("DELETE", "/api/faults", end_all, of_gateway=True),
    Endpoint("DELETE", "/api/faults/{fault}", end, of_gateway=True),
)
