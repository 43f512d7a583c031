"""Outages of Redis, and the steps that were decided meanwhile: counted, logged, and shown."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Literal, TypeAlias

from gateway.core.errors import gateway_error
from gateway.core.model import Request, Response, Send
from gateway.core.wording import many
from gateway.transports.bodies import close

OnOutage: TypeAlias = Literal["local", "refuse"]

HINT = {
    "local": "each gateway goes on by itself: a device may get an answer of its sequence twice",
    "refuse": "calls are answered 503 (fleet.on_outage: refuse)",
}


class OutageError(Exception):
    """Redis has not answered in time, or refuses; its text says why and quotes no value."""


class Outage:
    """Whether Redis answers, and how many steps were decided without it."""

    def __init__(self, on_outage: OnOutage, warn: Callable[..., None]) -> None:
        self.on_outage = on_outage
        self._warn = warn
        self._since: float | None = None
        self.why = ""
        self.outages = 0
        """How often Redis began to be missed."""
        self.local = 0
        """Steps that were decided by the gateway's own copy."""
        self.late = 0
        """Those of them for which an exchange had waited long enough, though Redis was there."""
        self.refused = 0
        """Calls that were answered 503."""
        self.lost = 0
        """Exchanges that the fleet's page and history do not show."""
        self.unlike = ""
        """Why this gateway does not apply the fleet's setting; empty if it does."""
        self.foreign = 0
        """Values in Redis that were not sealed with the fleet's key, or are none of ours: they were passed over."""

    @property
    def is_on(self) -> bool:
        """Whether Redis does not answer now."""
        return self._since is not None

    def begin(self, why: str) -> None:
        """Note that Redis does not answer."""
        self.why = why
        if self._since is None:
            self._since = monotonic()
            self.outages += 1
            self._warn("fleet out of reach", why=why, hint=HINT[self.on_outage])

    def end(self) -> None:
        """Note that it answers again."""
        if self._since is not None:
            seconds = round(monotonic() - self._since, 1)
            self._since = None
            self._warn("fleet joined again", seconds=seconds, local=self.local, refused=self.refused)

    def decided_here(self, error: OutageError) -> None:
        """Count a step that the gateway's own copy decides. With `on_outage: refuse`, raise the error instead."""
        if self.on_outage == "refuse":
            raise error
        self.went_on()

    def went_on(self) -> None:
        """Count a step that the gateway's own copy decides."""
        self.local += 1
        self.late += self._since is None

    def complaint(self) -> str:
        """Say what is wrong now, for health and page."""
        if self._since is None:
            return ""
        done = f"{many(self.local, 'step')} decided alone" if self.on_outage == "local" else f"{self.refused} refused"
        return f"fleet: {self.why}; {done}"

    def lacks(self) -> str:
        """Note that the fleet's view lacks exchanges."""
        return f"fleet: {many(self.lost, 'exchange')} of this gateway not shared" if self.lost else ""

    def differs(self) -> str:
        """Note that this gateway's setting differs from the fleet's."""
        return f"fleet: its setting is not applied here: {self.unlike}" if self.unlike else ""

    def guard(self, send: Send) -> Send:
        """Return a `send` that answers 503 while Redis does not answer, with `on_outage: refuse`."""
        if self.on_outage == "local":
            return send

        async def guarded(request: Request) -> Response:
            if not self.is_on:
                try:
                    return await send(request)
                except OutageError:
                    pass
            await close(request.body)
            self.refused += 1
            message = "The gateways' common state does not answer, and fleet.on_outage is refuse."
            return gateway_error(503, "fleet_unavailable", message)

        return guarded
