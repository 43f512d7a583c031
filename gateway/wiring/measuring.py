"""Metrics and traces, where the configuration asks for them: they go on from one configuration to the next."""

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
"""Seconds that the gateway waits at its end until spans are sent."""


class Measuring:
    """The observers for metrics and traces, for all gateways of a run."""

    def __init__(
        self,
        running: Callable[[], Serving | None],
        environ: Mapping[str, str],
        out: Out,
        more: Sequence[Observer] = (),
    ) -> None:
        """Take what returns what runs at the moment (None before anything does), where the log goes, and who else hears of exchanges."""
        self._more = more
        self._running = running
        self._environ = environ
        self._out = out
        self.metrics: Metrics | None = None
        """Renders the numbers; None where nothing is counted."""
        self._tracing: Tracing | None = None

    def observers(self, config: Config, redaction: Redaction) -> list[Observer]:
        """Return what hears of the exchanges of a gateway of this configuration."""
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
        """Send the spans that wait, for two seconds at most."""
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
                "leaks", "Recordings in which a secret was left: refused, or warned of.", lambda: {(): counts.leaks}
            ),
            Measured("recordings_cut_off", "Bodies that did not come to their end.", lambda: {(): counts.cut_off}),
            Measured("recordings_lost", "Recordings that were lost.", lambda: {(): sum(counts.lost.values())}),
            Measured(
                "findings_lost", "Calls whose findings were not written down.", lambda: {(): counts.findings_lost}
            ),
            Measured("history_lost", "Exchanges that the history does not hold.", lambda: {(): counts.history_lost}),
            Measured(
                "observers_missed",
                "What observers did not do as they should.",
                lambda: {
                    ("failed",): unheard.observers_failed,
                    ("full",): unheard.observers_full,
                    ("slow",): unheard.observers_slow,
                    ("audit failed",): unheard.audits_failed,
                },
                labels=("why",),
            ),
            *_of_fleet(now.member),
            Measured("log_lines_lost", "Lines that the log has lost.", lambda: _log_lines(self._out), labels=("why",)),
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
        Measured("fleet_outages", "Times at which Redis did not answer.", lambda: {(): outage.outages}),
        Measured("fleet_local", "Steps that the gateway's own copy decided.", lambda: {(): outage.local}),
        Measured("fleet_refused", "Calls that were answered 503 without Redis.", lambda: {(): outage.refused}),
        Measured("fleet_not_shared", "Exchanges that the other gateways do not see.", lambda: {(): outage.lost}),
        Measured("fleet_foreign", "Values in Redis that are none of the fleet's.", lambda: {(): outage.foreign}),
        Measured("fleet_steps", "Commands that Redis has done.", lambda: {(): link.steps}),
        Measured("fleet_pipelines", "Round trips in which it did.", lambda: {(): link.pipelines}),
        Measured("fleet_gateways", "Gateways that live.", lambda: {(): len(member.members)}, grows=False),
    ]


def _of_proxy(proxying: Proxying | None) -> list[Measured]:
    """Return the numbers of the lab's proxy, where there is one."""
    if proxying is None:
        return []
    from gateway.metrics.prometheus import Measured

    proxy = proxying.proxy
    return [
        Measured("tunnels", "Tunnels of the lab's proxy that are open.", lambda: {(): len(proxy.tunnels)}, grows=False),
        Measured(
            "proxy_requests",
            "What became of what the lab's proxy was asked for; opened is what the gateway answers itself.",
            lambda: {(name,): count for name, count in asdict(proxy.counts).items()},
            labels=("became",),
        ),
    ]


def _log_lines(out: Out) -> dict[tuple[str, ...], float]:
    lines = out if isinstance(out, Lines) else None
    return {("dropped",): lines.dropped if lines else 0, ("unwritten",): lines.unwritten if lines else 0}
