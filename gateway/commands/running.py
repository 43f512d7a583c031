"""Commands that serve: the gateway, the emulator, and the demonstration."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    log_file,
    recording_mode,
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

STDOUT, STDERR = 1, 2


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


def emulator(
    config: ConfigOption = None,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.", min=0, max=65535)] = 8081,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    logged_in: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHO",
            help="Logins at the start: all, none, or DEVICE=MVPD,MVPD for one device. Default: all.",
        ),
    ] = None,
    mvpd: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="One more MVPD. May be given several times.")
    ] = None,
    catalogue: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with changes to the built-in catalogue.")
    ] = None,
    auto_login: Annotated[
        bool | None, typer.Option("--auto-login/--no-auto-login", help="The login page logs in when it is opened.")
    ] = None,
    strict: Annotated[
        bool | None,
        typer.Option(
            "--strict/--no-strict",
            help="Also refuse invalid tokens, credentials and statements, repeated parameters, and a missing or invalid X-Device-Info.",
        ),
    ] = None,
    throttle: Annotated[
        bool | None,
        typer.Option(
            "--throttle/--no-throttle", help="Answer 429 as Adobe does, above one request a second with a burst of ten."
        ),
    ] = None,
    control_port: Annotated[
        int | None,
        typer.Option(
            help="Port of the API that reads, resets and sets the state; 0 picks a free one. Only this machine can reach it. The variable GATEWAY_EMULATOR_CONTROL_TOKEN has its token; without the variable, the emulator makes a token and prints it.",
            min=0,
            max=65535,
        ),
    ] = None,
    cors: Annotated[
        bool | None, typer.Option("--cors/--no-cors", help="Let web pages of another origin read the answers.")
    ] = None,
) -> None:
    """Run the emulator of the Adobe Pass API."""
    signals.prepare()

    import asyncio

    from msgspec.structs import replace

    from gateway.emulator.app import Control, Options
    from gateway.emulator.app import run as serve
    from gateway.exchanges.logger import configure, log_libraries
    from gateway.system.descriptors import raise_soft_limit
    from gateway.wiring.emulated import log_of_emulator
    from gateway.wiring.emulator import emulator_of

    overrides = {
        "cors": None if cors is None else "on" if cors else "off",
        "emulator.strict": strict,
        "emulator.throttle": throttle,
        "emulator.auto_login": auto_login,
        "emulator.catalogue": None if catalogue is None else str(Path.cwd() / catalogue),
    }
    whole = load_config(config, overrides)
    section = whole.emulator
    said = {"logged_in": _logged_in(logged_in)} if logged_in else {}
    section = replace(section, mvpds=(*section.mvpds, *(mvpd or ())), **said)
    made = emulator_of(section, Options(cors=whole.cors == "on"))
    raise_soft_limit()
    token = os.environ.get("GATEWAY_EMULATOR_CONTROL_TOKEN", "")
    controlled = None
    if control_port is not None:
        controlled = Control(control_port, token, is_new=False) if token else Control(control_port)

    async def serving() -> int:
        stop = asyncio.Event()
        signals.drain(stop.set)
        with _standard_lines() as (out, errors):
            logger = configure(errors, environ=os.environ)
            log_libraries(logger)
            ended = log_of_emulator(logger, os.environ)
            try:
                await serve(made, host, port, stop, out.write, ended=ended, controlled=controlled)
            except OSError as error:
                where = f"{host}:{port}" + (f", or on 127.0.0.1:{control_port}" if control_port is not None else "")
                fail(
                    f"cannot listen on {where}: {why_not(error, '--port' if control_port is None else '--port, --control-port')}",
                    FOUND,
                )
        return 0

    finish(serving())


def _logged_in(given: list[str]) -> str | dict[str, tuple[str, ...]]:
    """Read `all`, `none`, or one or more `DEVICE=MVPD,MVPD`. End the command with a message for anything else."""
    if len(given) == 1 and given[0] in {"all", "none"}:
        return given[0]
    read: dict[str, tuple[str, ...]] = {}
    for text in given:
        device, equals, names = text.rpartition("=")
        if not equals or not device:
            fail(f"--logged-in: expected a single all or none, or DEVICE=MVPD,MVPD, found {text!r}")
        read[device] = (*read.get(device, ()), *(name for name in names.split(",") if name))
    return read


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
    with _standard_lines(config.log.file) as (out, log):
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


@contextmanager
def _standard_lines(file: Path | None = None) -> Iterator[tuple[Lines, Lines]]:
    """Yield the writers for stdout, and for stderr or the log file. At the end they have `PATIENCE` together for their last lines."""
    from time import monotonic

    from gateway.system.lines import PATIENCE, Lines

    out, errors = Lines(STDOUT), Lines(STDERR) if file is None else log_file(file)
    try:
        yield out, errors
    finally:
        end = monotonic() + PATIENCE
        for lines in (errors, out):
            lines.stop(max(0.0, end - monotonic()))
