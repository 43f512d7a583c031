"""What `gateway run` starts: one process that answers requests itself, or a supervisor with workers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.commands.shared import FOUND, fail

if TYPE_CHECKING:
    from gateway.cassettes.draft import Draft
    from gateway.config import Config
    from gateway.system.lines import Lines
    from gateway.wiring.lasting import Lasting
    from gateway.wiring.serving import Serving


async def serve(
    config: Config, log: Lines, ready: Callable[[], None], lasting: Lasting, draft: Draft | None
) -> Serving:
    """Start to answer, in this process or in workers. End the command with a message if this is not possible."""
    from gateway.cassettes.errors import CassetteWriteError
    from gateway.config.workers import number_of_workers
    from gateway.wiring import serving
    from gateway.wiring.listening import CannotListenError

    several = number_of_workers(config) > 1
    if several and draft is not None:
        fail("--re-record: expected workers: 1, found more: only a single process knows when everything is recorded")
    try:
        if several:
            from gateway.wiring import supervising

            return await supervising.start(config, os.environ, log, ready, lasting)
        return await serving.start(
            config, os.environ, log, ready, lasting, cassette=draft.file if draft is not None else None
        )
    except CassetteWriteError as error:
        fail(str(error))
    except CannotListenError as error:
        fail(str(error), FOUND)


async def until(stop: asyncio.Event, running: Serving) -> str:
    """Wait for a signal, and return "". If no worker can be started any more, return why."""
    stopped = asyncio.ensure_future(stop.wait())
    failed = asyncio.ensure_future(running.others.failed()) if running.others is not None else None
    await asyncio.wait(filter(None, (stopped, failed)), return_when=asyncio.FIRST_COMPLETED)
    return failed.result() if failed is not None and failed.done() else ""


def reopen(log: Lines, running: Serving) -> None:
    """Open the log file again, in each process."""
    log.reopen()
    if running.others is not None:
        running.others.reopen_logs()
