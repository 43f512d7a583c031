"""Commands that serve: the gateway, the stand-in for the API, and the demonstration."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import asdict

from gateway.commands.shared import FOUND, ConfigOption, fail, finish, load_config

if TYPE_CHECKING:
    from gateway.config import Config


def run(
    config: ConfigOption = None,
    mode: Annotated[str | None, typer.Option(help="passthrough, record, replay or auto.")] = None,
    upstream: Annotated[str | None, typer.Option(help="Name of the upstream that requests go to.")] = None,
    cassette: Annotated[str | None, typer.Option(help="Name or path of the cassette.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[str | None, typer.Option(metavar="INTEGER", help="Port to listen on; 0 picks a free one.")] = None,
) -> None:
    """Run the gateway."""
    overrides = {
        "mode": mode,
        "upstream": upstream,
        "cassettes.name": cassette,
        "listen.host": host,
        "listen.port": port,
    }
    finish(_run(load_config(config, overrides)))


def emulator(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.", min=0, max=65535)] = 8081,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    strict: Annotated[
        bool, typer.Option(help="Also judge token expiry, and the JSON and absence of X-Device-Info.")
    ] = False,
    throttle: Annotated[
        bool, typer.Option(help="Answer 429 as Adobe does: one request a second, a burst of ten.")
    ] = False,
) -> None:
    """Run the stand-in for the Adobe Pass API."""
    from gateway.emulator.app import Options
    from gateway.emulator.app import run as serve

    async def serving() -> int:
        try:
            await serve(host, port, Options(strict=strict, throttle=throttle))
        except OSError as error:
            fail(f"cannot listen on {host}:{port}: {error.strerror or error}", FOUND)
        return 0

    finish(serving())


def demo() -> None:
    """Record the eight documented logouts from the emulator, stop it, replay them, and compare."""
    from gateway.demo import demonstrate

    finish(demonstrate())


async def _run(config: Config) -> int:
    """Listen until a signal comes; return the exit status: of a run that lost recordings, FOUND."""
    import asyncio
    import logging
    import signal

    from gateway import serving
    from gateway.cassettes.errors import CassetteWriteError
    from gateway.logs import LibraryLog

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):  # before anybody can know that there is something to stop
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        running = await serving.start(config, os.environ)
    except CassetteWriteError as error:
        fail(str(error))
    except OSError as error:
        fail(f"cannot listen on {config.listen.host}:{config.listen.port}: {error.strerror or error}", FOUND)
    logging.getLogger().addHandler(LibraryLog(running.log.logger))
    gc.collect()
    gc.freeze()  # what lives as long as the run is not looked through again: it cost each hundredth exchange 30 ms
    typer.echo(serving.first_line(config, running))
    await stop.wait()
    await running.stop()
    counts = running.gateway.counts
    if counts.lost:
        running.log.logger.error("recordings lost", why=counts.lost, hint="a replay will have no answer")
    running.log.logger.info("stopped", **asdict(counts))
    return FOUND if counts.lost else 0
