"""Metrics and traces, if the configuration has them. They go on after a reload."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import asdict

import gateway
from gateway.config import Config
from gateway.core.redaction import Redaction
from gateway.exchanges.observers import Observer, Unheard
from gateway.system.lines import Lines
from gateway.transports.recorder import Counts

if TYPE_CHECKING:
    from gateway.exchanges.logger import Out
    from gateway.fleet.member import Member
    from gateway.metrics.prometheus import Measured, Metrics
    from gateway.metrics.tracing import Tracing
    from gateway.wiring.proxying import Proxying
    from gateway.wiring.serving import Serving


PATIENCE = 2.0
"""How many seconds the gateway waits at its end until spans are sent."""


class Measuring:
    """The observers for metrics and traces, for all gateways of a run."""

    def __init__(
        self,
        running: Callable[[], Serving | None],
        environ: Mapping[str, str],
        out: Out,
        more: Sequence[Observer] = (),
    ) -> None:
        """Take its sources: `running` returns the running gateway, None before the start; `out` receives the log; `more` are observers."""
        self._more = more
        self._running = running
        self._environ = environ
        self._out = out
        self.metrics: Metrics | None = None
        """Renders the numbers; None if metrics are off."""
        self._tracing: Tracing | None = None

    def observers(self, config: Config, redaction: Redaction) -> list[Observer]:
        """Return the observers of exchanges under this configuration."""
        observers: list[Observer] = [*self._more]
        if config.metrics:
            self.metrics = self.metrics or self._metrics()
            observers.append(self.metrics)
        if config.traces:
            from gateway.metrics.tracing import Spans, Tracing

            self._tracing = self._tracing or Tracing(gateway.__version__, self._environ)
            observers.append(Spans(self._tracing, redaction))
        return observers

    async def aclose(self) -> None:
        """Send the spans that wait. This takes at most two seconds."""
        tracing, self._tracing = self._tracing, None
        if tracing is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await asyncio.to_thread(tracing.close)

    def _metrics(self) -> Metrics:
        from gateway.metrics.prometheus import Metrics

        return Metrics(gateway.__version__, self._tallies)

    def _tallies(self) -> list[Measured]:
        from gateway.metrics.prometheus import Measured

        now = self._running()
        if now is None:
            return []
        counts: Counts = now.gateway.counts
        unheard: Unheard = now.gateway.exchanges.observers.unheard
        return [
            Measured("recordings", "Recordings that were written.", lambda: {(): counts.recorded}),
            Measured(
                "leaks",
                "Recordings in which a secret was left. They were refused, or logged with a warning.",
                lambda: {(): counts.leaks},
            ),
            Measured(
                "recordings_cut_off", "Recorded bodies that broke off before their end.", lambda: {(): counts.cut_off}
            ),
            Measured("recordings_lost", "Recordings that were lost.", lambda: {(): sum(counts.lost.values())}),
            Measured(
                "findings_lost", "Calls whose findings were not written down.", lambda: {(): counts.findings_lost}
            ),
            Measured("history_lost", "Exchanges that are missing in the history.", lambda: {(): counts.history_lost}),
            Measured(
                "observers_missed",
                "Failures of observers, by reason.",
                lambda: {
                    ("failed",): unheard.observers_failed,
                    ("full",): unheard.observers_full,
                    ("slow",): unheard.observers_slow,
                    ("audit failed",): unheard.audits_failed,
                },
                labels=("why",),
            ),
            *_of_fleet(now.member),
            Measured(
                "log_lines_lost", "Lines that are missing in the log.", lambda: _log_lines(self._out), labels=("why",)
            ),
            Measured(
                "connections", "Connections of apps that are open.", lambda: {(): now.server.connections}, grows=False
            ),
            Measured(
                "upstream_connections",
                "Connections to upstreams that were opened.",
                lambda: {(): now.steered.upstream_connections},
            ),
            *_of_proxy(now.proxying),
        ]


def _of_fleet(member: Member | None) -> list[Measured]:
    if member is None:
        return []
    from gateway.metrics.prometheus import Measured

    outage, link = member.outage, member.link
    return [
        Measured("fleet_outages", "Times that Redis stopped answering.", lambda: {(): outage.outages}),
        Measured(
            "fleet_local", "Steps that the gateway decided by its own copy of the state.", lambda: {(): outage.local}
        ),
        Measured(
            "fleet_refused", "Calls that were answered 503 because Redis did not answer.", lambda: {(): outage.refused}
        ),
        Measured("fleet_not_shared", "Exchanges that the other gateways do not see.", lambda: {(): outage.lost}),
        Measured("fleet_foreign", "Values in Redis that do not come from the fleet.", lambda: {(): outage.foreign}),
        Measured("fleet_steps", "Commands that Redis has executed.", lambda: {(): link.steps}),
        Measured("fleet_pipelines", "Round trips to Redis.", lambda: {(): link.pipelines}),
        Measured("fleet_gateways", "Running gateways of the fleet.", lambda: {(): len(member.members)}, grows=False),
    ]


def _of_proxy(proxying: Proxying | None) -> list[Measured]:
    """Return the numbers of the lab's proxy; empty without a proxy."""
    if proxying is None:
        return []
    from gateway.metrics.prometheus import Measured

    proxy = proxying.proxy
    return [
        Measured("tunnels", "Tunnels of the lab's proxy that are open.", lambda: {(): len(proxy.tunnels)}, grows=False),
        Measured(
            "proxy_requests",
            "Requests to the lab's proxy, by outcome. opened: the gateway itself answers.",
            lambda: {(name,): count for name, count in asdict(proxy.counts).items()},
            labels=("became",),
        ),
    ]


def _log_lines(out: Out) -> dict[tuple[str, ...], float]:
    lines = out if isinstance(out, Lines) else None
    return {("dropped",): lines.dropped if lines else 0, ("unwritten",): lines.unwritten if lines else 0}
