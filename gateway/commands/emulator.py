"""The command that runs the emulator of the Adobe Pass API."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.shared import FOUND, ConfigOption, fail, finish, load_config, standard_lines
from gateway.system import signals
from gateway.system.binding import why_not


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
        with standard_lines() as (out, errors):
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
