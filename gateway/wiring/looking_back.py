"""The control listener's endpoints for the past: numbers for Prometheus, and the history."""

from __future__ import annotations

import time
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from gateway.config import Config
from gateway.config.moment import moment
from gateway.control.errors import ControlError
from gateway.control.routes import ApiCall, Endpoint
from gateway.core.model import Headers, Response
from gateway.history.database import EmptyHistoryError
from gateway.history.reading import History, HistoryPage, HistoryQuery
from gateway.wiring.measuring import Measuring

MOST = 1000
"""How many exchanges one page may have."""


async def _nobody_else() -> None:
    """Do nothing: this process has all the numbers."""


def endpoints_of(
    measuring: Measuring, config: Callable[[], Config], gather: Callable[[], Awaitable[None]] = _nobody_else
) -> Sequence[Endpoint]:
    """Return the endpoints. `config` returns the present configuration. `gather` fetches the numbers of other processes."""

    async def metrics(asked: ApiCall) -> Response:
        """Return numbers for Prometheus."""
        counted = measuring.metrics
        if counted is None:
            raise ControlError(404, "metrics_off", "Metrics are off. Set metrics: true in the configuration.")
        await gather()
        text, kind = await to_thread(counted.render, asked.request.headers.get("Accept"))
        fields = [("Content-Type", kind), ("Content-Length", str(len(text))), ("Cache-Control", "no-store")]
        return Response(200, "OK", Headers.of(fields), text)

    async def history(asked: ApiCall) -> HistoryPage:
        """List the exchanges in the history, newest first."""
        settings = config().history
        if settings is None:
            raise ControlError(404, "history_off", "There is no history. Add a section history to the configuration.")
        query = _with_moment(asked.query)
        if not 1 <= query.limit <= MOST:
            raise ControlError(400, "invalid_parameter", f"limit: expected a number from 1 to {MOST}.")

        def read() -> HistoryPage:
            if not settings.file.is_file():  # nothing was written yet
                return HistoryPage((), None)
            with suppress(EmptyHistoryError), History(settings.file) as kept:
                return kept.page(query)
            return HistoryPage((), None)

        return await to_thread(read)

    return (
        Endpoint("GET", "/metrics", metrics, media="text/plain", public=True),
        Endpoint("GET", "/api/history", history, gives=HistoryPage, query=HistoryQuery),
    )


def _with_moment(query: HistoryQuery) -> HistoryQuery:
    """Return the query with `since` in seconds since the epoch. Raises ControlError for a wrong text."""
    since = query.since or None  # an empty field sets no condition
    if not isinstance(since, str):
        return replace(query, since=since)
    try:
        return replace(query, since=float(since))
    except ValueError:
        pass
    try:
        return replace(query, since=moment(since, time.time()))
    except ValueError as error:
        raise ControlError(400, "invalid_parameter", f"since: {error}.") from None
