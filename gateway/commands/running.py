"""Commands that run the gateway: `run`, and the demonstration."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.shared import (
    FOUND,
    ConfigOption,
    FaultOption,
    ReRecordOption,
    fail,
    faults_in,
    finish,
    is_empty,
    load_config,
    recording_mode,
    standard_lines,
)
from gateway.system import garbage, signals
from gateway.system.binding import why_not

if TYPE_CHECKING:
    from gateway.cassettes.draft import Draft
    from gateway.config import Config
    from gateway.control.listener import ControlListener
    from gateway.control.model import SessionEnded
    from gateway.control.steering import DeviceNaming
    from gateway.system.lines import Lines
    from gateway.wiring.serving import Serving
    from gateway.wiring.watching import Watching


def run(
    config: ConfigOption = None,
    mode: Annotated[str | None, typer.Option(help="Mode: {modes}.")] = None,
    upstream: Annotated[str | None, typer.Option(help="Name of the upstream that gets the requests.")] = None,
    cassette: Annotated[str | None, typer.Option(help="Name or path of the cassette.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[str | None, typer.Option(metavar="INTEGER", help="Port to listen on; 0 picks a free one.")] = None,
    fault: FaultOption = None,
    workers: Annotated[
        str | None,
        typer.Option(metavar="N|auto", help="Number of processes that answer requests; auto: one for each processor."),
    ] = None,
    re_record: ReRecordOption = False,
) -> None:
    """Run the gateway."""
    garbage.pause()  # the search for garbage took a seventh of the start
    signals.prepare()
    overrides = {
        "mode": recording_mode(mode, re_record=re_record),
        "upstream": upstream,
        "cassettes.name": cassette,
        "listen.host": host,
        "listen.port": port,
        "faults": faults_in(fault),
        "workers": workers,
    }
    from gateway.system.descriptors import raise_soft_limit

    raise_soft_limit()
    finish(_run(lambda: load_config(config, overrides), config or Path("config.yaml"), re_record=re_record))


def demo() -> None:
    """Record the eight documented logouts from the emulator, replay them without it, and compare. Then do the same with a whole app, and with faults."""
    from gateway.commands.demo import demonstrate

    finish(demonstrate())


async def _run(read: Callable[[], Config], file: Path, *, re_record: bool) -> int:
    """Listen until a signal comes, and return the exit status. It is FOUND if recordings were lost.

    `read` reads the configuration, at the start and for each reload. `file` is its file.
    """
    import asyncio

    from gateway.cassettes.draft import Draft
    from gateway.commands.processes import reopen, serve, until
    from gateway.commands.starting import starting
    from gateway.system.unneeded import without

    with without("rich"):  # structlog imports it to show tracebacks, which our log never has
        from gateway.wiring import controlling, serving
        from gateway.wiring.lasting import Lasting
        from gateway.wiring.naming import Naming
        from gateway.wiring.reloading import Reloading
        from gateway.wiring.rereading import rereading
        from gateway.wiring.watching import Watching

    config, stop, hung_up = read(), asyncio.Event(), asyncio.Event()
    again = rereading(file, read)
    draft = Draft(config.cassette_path()) if re_record else None
    with standard_lines(config.log.file) as (out, log):
        with starting(config.cassette_path()) as step:
            ready = partial(signals.drain, stop.set, hung_up.set)
            running = await serve(config, log, ready, Lasting(step), draft)
        if config.log.file is not None:
            signals.reopen(lambda: reopen(log, running))
        watching = Watching(file, hung_up.set)
        heard = _hearing(log, watching)
        heard(running)
        if is_empty(file):
            running.logger.events.warning("empty file", file=str(file), hint="every key has its default")
        running.health.watch(lambda: f"log: {log.lost} lines lost" if log.lost else "")
        control = await _control(
            controlling,
            config,
            running,
            Naming(file, again, running.steered, expect=watching.expect, named=running.tell_named),
        )
        garbage.serve()
        out.write(f"{serving.first_line(config, running, draft.path if draft else None)}\n")
        if control is not None:
            _tell_of_control(running.logger.events.info, config, control)
        reloading = Reloading(running, again, os.environ, log, heard, garbage.renew, draft is not None, hung_up)
        reloads = asyncio.create_task(reloading.run())
        failed = await until(stop, running)
        reloads.cancel()
        await running.stop()
        if control is not None:
            await control.stop()
        _say_the_end(running, draft, log)
    if failed:
        fail(failed, FOUND)
    return FOUND if running.steered.counts.lost else 0


def _hearing(log: Lines, watching: Watching) -> Callable[[Serving], None]:
    """Return the function to call when a gateway runs, at the start and after a reload."""
    from gateway.exchanges.logger import log_libraries, tell_losses

    def heard(running: Serving) -> None:
        events = running.logger.events
        tell_losses(log, running.logger)
        log_libraries(running.logger)
        watching.switch(
            on=running.steered.config.reload == "watch",
            failed=lambda error: events.error(
                "configuration not watched", why=error.strerror, hint="send SIGHUP to read it again"
            ),
        )

    return heard


def _say_the_end(running: Serving, draft: Draft | None, log: Lines) -> None:
    """Log the result of the run."""
    from msgspec.structs import asdict

    from gateway.exchanges.logger import losses

    logger, counts = running.logger, running.steered.counts
    if draft is not None:
        logger.events.info("re-record", became=draft.finish(counts.recorded, sum(counts.lost.values())))
    if counts.lost:
        logger.events.error("recordings lost", why=counts.lost, hint="a replay will have no answer")
    unheard = running.steered.unheard
    logger.events.info("stopped", **asdict(counts), **asdict(unheard), **losses(log))


async def _control(
    controlling: ModuleType, config: Config, running: Serving, naming: DeviceNaming
) -> ControlListener | None:
    """Start the control listener if it is enabled. If that fails, the gateway does not start."""
    if not config.control.enabled:
        return None
    from gateway.core.mistake import Mistake
    from gateway.wiring.looking_back import endpoints_of

    try:
        listener: ControlListener = await controlling.control(
            config,
            running.steered,
            os.environ,
            health=running.health,
            lasting=running.lasting,
            observing=running.observes,
            warn=running.warn,
            ended=lambda ended: _tell_of_session(running.logger.events.info, ended),
            more=endpoints_of(
                running.measuring,
                lambda: running.steered.config,
                *([running.others.measure] if running.others is not None else []),
            ),
            refusing=running.refusing,
            naming=naming,
            **_in_fleet(running),
        )
    except Mistake as error:
        await running.stop()
        fail(str(error))
    except OSError as error:
        await running.stop()
        fail(f"control: cannot listen on {config.control.host}: {why_not(error, 'control.port')}", FOUND)
    return listener


def _in_fleet(running: Serving) -> dict[str, Any]:
    """Return what the control listener needs to show the fleet."""
    member = running.member
    return {} if member is None else {"gateway_name": member.place.gateway, "gateways": lambda: member.members}


def _tell_of_control(say: Callable[..., None], config: Config, control: ControlListener) -> None:
    """Log the address of the control listener, whether its port was in use, and how to log in. A person at a terminal gets a link.

    The link is a secret, so it is not in the log: others may read the log.
    """
    from threading import Thread

    wanted, file = config.control.port, config.control.token_file
    is_terminal = sys.stderr.isatty()
    hints = [
        *([f"port {wanted} is in use"] if wanted not in {0, control.port} else []),
        *([] if is_terminal else [f"the page asks for the token: cat {file}"]),
    ]
    say("control listening", url=control.url, token_file=str(file), **({"hint": "; ".join(hints)} if hints else {}))
    if is_terminal:
        link = f"to log in (once, within ten minutes): {control.link}"
        Thread(
            target=typer.echo, args=(link,), kwargs={"err": True}, daemon=True
        ).start()  # writing to a stopped terminal would never end


def _tell_of_session(say: Callable[..., None], ended: SessionEnded) -> None:
    """Log the result of a session."""
    report = ended.report
    counts = {"exchanges": report.exchanges, "recorded": report.recorded, "missed": report.missed}
    say("session ended", session=ended.id, why=ended.why, **counts, unplayed=len(report.unplayed), lost=report.lost)
