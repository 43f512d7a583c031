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
    "local": "each gateway goes on alone, so a device may get one answer of a sequence twice",
    "refuse": "calls are answered 503 (fleet.on_outage: refuse)",
}


class OutageError(Exception):
    """Redis has not answered in time, or has refused a command. The text says why, and quotes no value."""


class Outage:
    """Whether Redis answers, and how many steps were decided without it."""

    def __init__(self, on_outage: OnOutage, warn: Callable[..., None]) -> None:
        self.on_outage = on_outage
        self._warn = warn
        self._since: float | None = None
        self.why = ""
        self.outages = 0
        """Number of outages."""
        self.local = 0
        """Number of steps that the gateway's own copy decided."""
        self.late = 0
        """The part of `local` where Redis was reachable, and the exchange's time limit was over."""
        self.refused = 0
        """Number of calls that were answered 503."""
        self.lost = 0
        """Number of exchanges that are missing on the fleet's page and in its history."""
        self.unlike = ""
        """Why this gateway does not apply the fleet's setting. Empty if it applies it."""
        self.foreign = 0
        """Number of values in Redis that were ignored: they were not sealed with the fleet's key, or have another form than ours."""

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
        """Note that Redis answers again."""
        if self._since is not None:
            seconds = round(monotonic() - self._since, 1)
            self._since = None
            self._warn("fleet joined again", seconds=seconds, local=self.local, refused=self.refused)

    def decided_here(self, error: OutageError) -> None:
        """Count a step that the gateway's own copy decides. With `on_outage: refuse`, raise the error."""
        if self.on_outage == "refuse":
            raise error
        self.went_on()

    def went_on(self) -> None:
        """Count a step that the gateway's own copy decides."""
        self.local += 1
        self.late += self._since is None

    def complaint(self) -> str:
        """Complain about the present outage, on health and page; empty without an outage."""
        if self._since is None:
            return ""
        done = f"{many(self.local, 'step')} decided alone" if self.on_outage == "local" else f"{self.refused} refused"
        return f"fleet: {self.why}; {done}"

    def lacks(self) -> str:
        """Complain about exchanges that the other gateways did not get; empty if they got all."""
        return f"fleet: {many(self.lost, 'exchange')} of this gateway not shared" if self.lost else ""

    def differs(self) -> str:
        """Complain that this gateway does not apply the fleet's setting; empty if it applies it."""
        return f"fleet: its setting is not applied here: {self.unlike}" if self.unlike else ""

    def guard(self, send: Send) -> Send:
        """Return a `send` that answers 503 during an outage, if `on_outage` is `refuse`."""
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
            message = "The fleet's Redis does not answer, and fleet.on_outage is refuse."
            return gateway_error(503, "fleet_unavailable", message)

        return guarded
