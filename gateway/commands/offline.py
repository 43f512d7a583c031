"""Commands for offline tests: run a command with a gateway, and compare recordings with a live API."""

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
    CassettePaths,
    ConfigOption,
    FaultOption,
    ReRecordOption,
    cassette_paths,
    fail,
    faults_in,
    finish,
    leave,
    load_config,
    log_file,
    one_of,
    recording_mode,
)
from gateway.system.binding import why_not

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.config import Config
    from gateway.offline.outcome import Ran
    from gateway.verifying.verifier import Verification


def execute(
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="The command and its arguments.")],
    cassette: Annotated[str | None, typer.Option(help="Name or path of the cassette.")] = None,
    mode: Annotated[str | None, typer.Option(help="Mode: {offline}. Default: replay.")] = None,
    upstream: Annotated[str | None, typer.Option(help="Name of the upstream to record.")] = None,
    time: Annotated[
        str | None,
        typer.Option("--time", help="Documented times in replayed answers: {times}. shift moves them to now."),
    ] = None,
    fault: FaultOption = None,
    env: Annotated[str, typer.Option(help="Environment variable for the gateway's address.")] = "ADOBE_PASS_URL",
    re_record: ReRecordOption = False,
    config: ConfigOption = None,
    junit: Annotated[
        Path | None, typer.Option(help="File to write the result to, as JUnit XML.", dir_okay=False)
    ] = None,
) -> None:
    """Run a command with a gateway beside it. The exit status is 1 if a request got no answer, or a recording was lost. Otherwise it is the command's own."""
    from gateway.offline.settings import MODES

    mode = recording_mode(mode, re_record=re_record) or "replay"
    one_of("--mode", mode, MODES)
    if not env.isidentifier() or not env.isascii():
        fail(f"--env: expected the name of an environment variable, found {env!r}")
    if junit is not None and not junit.parent.is_dir():
        fail(f"--junit: expected a file in a folder that exists, found {str(junit)!r}")
    overrides = {
        "mode": mode,
        "upstream": upstream,
        "cassettes.name": cassette,
        "cassettes.time": time,
        "faults": faults_in(fault),
        "listen.host": "127.0.0.1",
        "listen.port": 0,
        "workers": 1,  # the file's number is for `gateway run`
    }
    _execute(load_config(config, overrides), command, env, junit, named=cassette is not None, re_record=re_record)


def verify(
    paths: CassettePaths,
    upstream: Annotated[str, typer.Option(help="Name of the upstream to ask.")],
    authorization: Annotated[
        Path, typer.Option(help="File with the bearer token to send. A cassette holds no token.", dir_okay=False)
    ],
    allow_destructive: Annotated[
        bool,
        typer.Option(
            "--allow-destructive",
            help="Also send logouts and other requests that change something, and also send to production.",
        ),
    ] = False,
    re_record: Annotated[
        bool,
        typer.Option(
            "--re-record",
            help="Replace the recorded answers with the live ones. Answers of requests that were not sent stay.",
        ),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Send the recorded requests to a live upstream, and report changed answers. The exit status is 1 if an answer has changed."""
    settings = load_config(config)
    one_of("--upstream", upstream, settings.upstreams)
    finish(
        _verify(
            cassette_paths(paths, config),
            upstream,
            authorization,
            settings,
            allow_destructive=allow_destructive,
            re_record=re_record,
        )
    )


def _execute(
    config: Config, command: list[str], variable: str, junit: Path | None, *, named: bool, re_record: bool
) -> NoReturn:
    """Run a command beside a gateway, report on its requests, and exit. `named`: the command line names the cassette, so it must exist."""
    import time

    from gateway.cassettes.draft import Draft
    from gateway.commands.starting import starting
    from gateway.core.mistake import Mistake
    from gateway.exchanges.logger import configure, log_libraries, tell_losses
    from gateway.offline import execute as running
    from gateway.offline.outcome import Outcome, Ran
    from gateway.system.lines import Lines
    from gateway.wiring.parts import log_settings

    now = time.time()
    draft = Draft(config.cassette_path()) if re_record else None
    file = config.log.file
    lines = Lines(sys.stderr.fileno()) if file is None else log_file(file)
    logger = configure(lines, log_settings(config), os.environ)
    tell_losses(lines, logger)
    log_libraries(logger)
    try:
        sink = logger if file is not None else None
        for_sessions = not named and running.is_for_sessions(config)
        if for_sessions:
            typer.echo(f"gateway exec: {running.said_for_sessions(config)}", err=True)
        ran = running.execute(config, command, variable, os.environ, starting, draft, sink, for_sessions=for_sessions)
    except Mistake as mistake:
        ran = Ran(USAGE, str(mistake), 0.0, Outcome(str(config.cassette_path())))
    except OSError as error:
        problem = f"cannot listen on {config.listen.host}: {why_not(error, 'listen.port')}"
        if error.filename:
            problem = f"{error.filename}: {error.strerror}"
        ran = Ran(USAGE if error.filename else FOUND, problem, 0.0, Outcome(str(config.cassette_path())))
    lines.stop()
    running.report(ran, lambda text: typer.echo(text, err=True))
    if junit is not None:
        _write_junit(junit, config, ran, command, now)
    leave(ran.exit_status)


def _write_junit(file: Path, config: Config, ran: Ran, command: list[str], at: float) -> None:
    """Write the result. If this fails, the run keeps its own status. Build servers publish the file, so it has no secret."""
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
    paths: list[Path], upstream: str, authorization: Path, config: Config, *, allow_destructive: bool, re_record: bool
) -> int:
    """Verify cassettes, and return the exit status."""
    import time

    from gateway.auditing.recorded import shown
    from gateway.cassettes.files import cassettes
    from gateway.cassettes.reader import load
    from gateway.config.to_core import redaction_of
    from gateway.core.age import token_warnings_of, warnings_of
    from gateway.verifying.authorization import is_production, read_token
    from gateway.verifying.pace import SECONDS_APART, Pace
    from gateway.verifying.verifier import Verification, Verifier
    from gateway.wiring.upstreams import transport_to

    origin = config.upstreams[upstream].origin
    production = is_production(upstream, str(origin))
    if production and not allow_destructive:
        fail(f"--upstream {upstream}: expected also --allow-destructive, since this upstream is PRODUCTION")
    token = read_token(authorization)
    # unreadable cassettes are reported before anything is sent
    held = {path: load(path).interactions for path in cassettes(paths)}
    everything = [interaction for interactions in held.values() for interaction in interactions]
    aged = warnings_of(everything, now=time.time(), max_age=config.cassettes.max_age)
    for event, about in [*aged, *token_warnings_of(token, now=time.time())]:
        typer.echo(f"warning: {event}: {', '.join(f'{name} {value}' for name, value in about.items())}", err=True)
    recorder = _recorder(config, upstream, held) if re_record else None
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
        typer.echo(f"PRODUCTION: {verifier.announcement(everything)} to {origin}", err=True)
    done = Verification(())
    try:
        for path, interactions in held.items():
            one = await verifier.verify(
                interactions,
                lambda outcome, path=path: typer.echo(  # type: ignore[misc]
                    f"{shown(path)}:{outcome.interaction.line}: {outcome.shown}: {outcome.said}"
                ),
                gone=done.gone,
            )
            done = done.and_(one)
            if recorder is not None:
                typer.echo(recorder(path, one))
            if len(held) > 1:
                typer.echo(f"{shown(path)}: {one.summary}")
    finally:
        await transport.aclose()
    typer.echo(done.summary if len(held) == 1 else f"{len(held)} cassettes: {done.summary}")
    return USAGE if not done.verified else FOUND if done.drifted or done.unanswered else 0


def _recorder(config: Config, upstream: str, paths: Iterable[Path]) -> Callable[[Path, Verification], str]:
    """Return the function that writes live answers into a cassette. A cassette that cannot be changed is reported now."""
    from gateway.cassettes.editing import expect_own
    from gateway.verifying.re_recording import re_recorded
    from gateway.wiring.keys import redaction
    from gateway.wiring.upstreams import origin_of

    for path in paths:
        expect_own(path)
    under = redaction(config.redaction, os.environ, make=True)
    origin, refuse = origin_of(config, upstream), config.redaction.on_leak == "refuse"
    return lambda path, done: re_recorded(path, done, under, origin=origin, refuse=refuse)
