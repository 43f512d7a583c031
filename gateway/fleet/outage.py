"""Outages of Redis, and the steps that were decided meanwhile: counted, logged, and shown.

Facts
-----
* The log has a line when the fleet is out of reach, and a line when it has joined again.
* On a busy machine Redis may be late again and again. So outages within `APART` seconds after the second line are only counted. After
  this time, one line says how many outages there were, or that the fleet is out of reach.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import inf
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


APART = 60.0
"""Length of the time after the line `fleet joined again` in which outages are only counted, in seconds."""


class OutageError(Exception):
    """Redis has not answered in time, or has refused a command. The text says why, and quotes no value."""


class Outage:
    """Whether Redis answers, and how many steps were decided without it."""

    def __init__(self, on_outage: OnOutage, warn: Callable[..., None], clock: Callable[[], float] = monotonic) -> None:
        """`clock` is monotonic, in seconds."""
        self.on_outage = on_outage
        self._warn = warn
        self._clock = clock
        self._since: float | None = None
        self._away = 0.0
        """Length of the outages that have ended and are not logged yet, in seconds."""
        self._is_logged = False
        """Whether the last line was `fleet out of reach`."""
        self._quiet_until = -inf
        self._logged = Counter[str]()
        """The counts at the last line `fleet joined again`."""
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
            self._since = self._clock()
            self.outages += 1
            self.look()

    def end(self) -> None:
        """Note that Redis answers again."""
        if self._since is not None:
            self._away += self._clock() - self._since
            self._since = None
            self.look()

    def look(self) -> None:
        """Log a change that is not logged yet. It is called at each change, and about once a second."""
        now = self._clock()
        counts = Counter(outages=self.outages, local=self.local, refused=self.refused)
        since = counts - self._logged
        if not since["outages"] or now < self._quiet_until:
            return
        several = {"outages": since["outages"]} if since["outages"] > 1 else {}
        if not self.is_on:
            done = {"local": since["local"], "refused": since["refused"]}
            self._warn("fleet joined again", seconds=round(self._away, 1), **several, **done)
            self._away, self._is_logged, self._logged, self._quiet_until = 0.0, False, counts, now + APART
        elif not self._is_logged:
            self._warn("fleet out of reach", why=self.why, **several, hint=HINT[self.on_outage])
            self._is_logged, self._quiet_until = True, -inf

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
