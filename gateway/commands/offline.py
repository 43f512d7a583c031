"""Commands for offline tests: a gateway beside a command, and the question whether an API still answers as recorded."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from gateway.commands.shared import (
    FOUND,
    USAGE,
    CassetteName,
    ConfigOption,
    cassette_path,
    fail,
    finish,
    leave,
    load_config,
    log_file,
    one_of,
)

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.offline.outcome import Ran


def execute(
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="The command, and what it takes.")],
    cassette: Annotated[str | None, typer.Option(help="Name or path of the cassette.")] = None,
    mode: Annotated[str, typer.Option(help="replay, record or auto.")] = "replay",
    upstream: Annotated[str | None, typer.Option(help="Name of the upstream that recordings are made from.")] = None,
    env: Annotated[str, typer.Option(help="Environment variable that gets the address.")] = "ADOBE_PASS_URL",
    config: ConfigOption = None,
    junit: Annotated[
        Path | None, typer.Option(help="File to write the result to, as JUnit XML.", dir_okay=False)
    ] = None,
) -> None:
    """Run a command with a gateway beside it; exit status 1 for a request that had no answer, or a recording that was lost, or else the command's own."""
    one_of("--mode", mode, dict.fromkeys(("replay", "record", "auto")))
    if not env.isidentifier() or not env.isascii():
        fail(f"--env: expected the name of an environment variable, found {env!r}")
    if junit is not None and not junit.parent.is_dir():
        fail(f"--junit: expected a file in a folder that is there, found {str(junit)!r}")
    overrides = {
        "mode": mode,
        "upstream": upstream,
        "cassettes.name": cassette,
        "listen.host": "127.0.0.1",
        "listen.port": 0,
    }
    _execute(load_config(config, overrides), command, env, junit)


def verify(
    cassette: CassetteName,
    upstream: Annotated[str, typer.Option(help="Name of the upstream to ask.")],
    authorization: Annotated[
        Path, typer.Option(help="File with the bearer token to send; a cassette holds none.", dir_okay=False)
    ],
    allow_destructive: Annotated[
        bool,
        typer.Option(
            "--allow-destructive", help="Send logouts and whatever else changes something; and to production."
        ),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Send what a cassette holds to a live upstream, and say where its answers have changed; exit status 1 where they have."""
    settings = load_config(config)
    one_of("--upstream", upstream, settings.upstreams)
    finish(
        _verify(cassette_path(cassette, config), upstream, authorization, settings, allow_destructive=allow_destructive)
    )


def _execute(config: Config, command: list[str], variable: str, junit: Path | None) -> NoReturn:
    """Run a command beside a gateway, say what became of its requests, and exit."""
    import time

    from gateway.commands.starting import starting
    from gateway.core.mistake import Mistake
    from gateway.exchanges.logger import configure, log_libraries, tell_losses
    from gateway.offline import execute as running
    from gateway.offline.outcome import Outcome, Ran
    from gateway.system.lines import Lines
    from gateway.wiring.parts import log_settings

    now = time.time()
    file = config.log.file
    lines = Lines(sys.stderr.fileno()) if file is None else log_file(file)
    logger = configure(lines, log_settings(config), os.environ)
    tell_losses(lines, logger)
    log_libraries(logger)
    try:
        ran = running.execute(config, command, variable, os.environ, starting, logger if file is not None else None)
    except Mistake as mistake:
        ran = Ran(USAGE, str(mistake), 0.0, Outcome(str(config.cassette_path())))
    except OSError as error:
        problem = f"cannot listen on {config.listen.host}: {error.strerror or error}"
        if error.filename:
            problem = f"{error.filename}: {error.strerror}"
        ran = Ran(USAGE if error.filename else FOUND, problem, 0.0, Outcome(str(config.cassette_path())))
    lines.stop()
    running.report(ran, lambda text: typer.echo(text, err=True))
    if junit is not None:
        _write_junit(junit, config, ran, command, now)
    leave(ran.exit_status)


def _write_junit(file: Path, config: Config, ran: Ran, command: list[str], at: float) -> None:
    """Write the result; where that fails, the run's own status stays what it is. Build servers publish it, so that it holds no secret."""
    from gateway.config.to_core import redaction_of
    from gateway.core.times import stamp
    from gateway.offline.junit import render
    from gateway.scrubbing import pasted
    from gateway.system.files import replace_file

    line = shlex.join(command).encode("utf-8", "surrogateescape")
    redaction = redaction_of(config.redaction, None)
    shown = pasted.redact(line, redaction.pseudonyms, redaction.policy).data
    try:
        replace_file(
            file, render(ran, shown.decode("utf-8", "replace"), stamp(at)[:19]).encode("utf-8", "backslashreplace")
        )
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)


async def _verify(
    cassette: Path, upstream: str, authorization: Path, config: Config, *, allow_destructive: bool
) -> int:
    """Verify a cassette; return the exit status."""
    import time

    from gateway.auditing.recorded import shown
    from gateway.cassettes.reader import load
    from gateway.config.to_core import redaction_of
    from gateway.core.age import token_warnings_of, warnings_of
    from gateway.verifying.authorization import is_production, read_token
    from gateway.verifying.pace import SECONDS_APART, Pace
    from gateway.verifying.verifier import Verifier
    from gateway.wiring.upstreams import transport_to

    origin = config.upstreams[upstream].origin
    production = is_production(upstream, str(origin))
    if production and not allow_destructive:
        fail(f"--upstream {upstream}: expected --allow-destructive with it, found none; this is PRODUCTION")
    token = read_token(authorization)
    interactions = load(cassette).interactions
    aged = warnings_of(interactions, now=time.time(), max_age=config.cassettes.max_age)
    for event, about in [*aged, *token_warnings_of(token, now=time.time())]:
        typer.echo(f"warning: {event}: {', '.join(f'{name} {value}' for name, value in about.items())}", err=True)
    transport = transport_to(config, upstream)
    verifier = Verifier(
        send=transport.send,
        upstream=upstream,
        token=token,
        redaction=redaction_of(config.redaction, None),
        pace=Pace(0 if origin.is_built_in else SECONDS_APART),
        max_body=config.limits.max_body,
        allow_destructive=allow_destructive,
    )
    if production:
        typer.echo(f"PRODUCTION: {verifier.announcement(interactions)} to {origin}", err=True)
    try:
        done = await verifier.verify(
            interactions,
            lambda outcome: typer.echo(
                f"{shown(cassette)}:{outcome.interaction.line}: {outcome.shown}: {outcome.said}"
            ),
        )
    finally:
        await transport.aclose()
    typer.echo(done.summary)
    return USAGE if not done.verified else FOUND if done.drifted or done.unanswered else 0
