"""The commands. Each imports what it needs when it runs, so that `gateway --help` need not wait for the rest."""

from __future__ import annotations

import contextlib
import gc
import os
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from rich.progress import Progress

    from gateway.config import Config
    from gateway.core.model import Severity
    from gateway.reports.model import Result, Sheet

FOUND = 1
"""Exit status: it ran and found something, or the port is taken."""
USAGE = 2
"""Exit status: usage, configuration, cassette."""

app = typer.Typer(
    help="A gateway between an app and Adobe Pass Authentication: forwards, records, replays.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
config_app = typer.Typer(help="The configuration.", no_args_is_help=True)
cassette_app = typer.Typer(help="Cassettes on disk.", no_args_is_help=True)
app.add_typer(config_app, name="config")
app.add_typer(cassette_app, name="cassette")
redaction_app = typer.Typer(help="What is removed from everything that is kept or shown.", no_args_is_help=True)
app.add_typer(redaction_app, name="redaction")
list_app = typer.Typer(help="What there is.", no_args_is_help=True)
app.add_typer(list_app, name="list")

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration file. [default: ./config.yaml when it is there]")
]
CassettePaths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Cassettes, and folders of them.")]


@app.command()
def run(
    config: ConfigOption = None,
    mode: Annotated[str | None, typer.Option(help="passthrough, record, replay or auto.")] = None,
    upstream: Annotated[str | None, typer.Option(help="Name of the upstream that requests go to.")] = None,
    cassette: Annotated[str | None, typer.Option(help="Name or path of the cassette.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 picks a free one.")] = None,
) -> None:
    """Run the gateway."""
    overrides = {
        "mode": mode,
        "upstream": upstream,
        "cassettes.name": cassette,
        "listen.host": host,
        "listen.port": port,
    }
    _main(_run(_load(config, overrides)))


@app.command()
def demo() -> None:
    """Record the eight documented logouts from the emulator, stop it, replay them, and compare."""
    from gateway.demo import demonstrate

    _main(demonstrate())


@app.command()
def emulator(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8081,
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
            _fail(f"cannot listen on {host}:{port}: {error.strerror or error}", FOUND)
        return 0

    _main(serving())


@app.command()
def audit(
    paths: CassettePaths,
    form: Annotated[str, typer.Option("--format", help="table, json, junit, sarif, markdown or html.")] = "table",
    output: Annotated[Path | None, typer.Option(help="File to write the report to.", dir_okay=False)] = None,
    fail_on: Annotated[str, typer.Option(help="Exit status 1 from here on: error, warning or never.")] = "error",
    baseline: Annotated[
        Path | None, typer.Option(help="File that lists known findings; only others are new.", dir_okay=False)
    ] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Write the findings to the baseline.")
    ] = False,
    now: Annotated[
        str | None, typer.Option(help="Time at which tokens are judged. [default: when each call was recorded]")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Say what is wrong with the calls in cassettes; exit status 1 where something new is bad enough."""
    from gateway import auditing
    from gateway.reports import REPORTS, SEVERITY_OF
    from gateway.reports.baseline import BaselineError

    _one_of("--format", form, REPORTS)
    _one_of("--fail-on", fail_on, SEVERITY_OF)
    at = auditing.moment(now) if now is not None else None
    if now is not None and at is None:
        _fail(f"--now: expected a time such as 2026-11-21T22:17:05Z, found {now!r}", USAGE)
    if update_baseline and baseline is None:
        _fail("--update-baseline: expected --baseline FILE with it, found none", USAGE)
    result = _audited(paths, _load(config, {}), SEVERITY_OF[fail_on], at)
    try:
        if baseline is not None:
            result = auditing.compared(result, baseline, update=update_baseline)
        _write(REPORTS[form](result, _sheet(output)), output)
    except BaselineError as error:
        _fail(str(error), USAGE)
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}", USAGE)
    if output is not None:
        typer.echo(f"{output}: {result.summary()}")
    for defect in result.defects():
        typer.echo(f"a defect of the gateway's own: {defect.id} raised {defect.error}", err=True)
    raise SystemExit(FOUND if result.failed else 0)


@app.command()
def explain(check: Annotated[str, typer.Argument(metavar="CHECK", help="The id of a check, such as AUTH003.")]) -> None:
    """Say more about a check."""
    from gateway.auditing import UnknownCheckError, explained

    try:
        typer.echo(explained(check))
    except UnknownCheckError as error:
        _fail(str(error), USAGE)


@list_app.command("checks")
def list_checks() -> None:
    """Print the header checks: id, severity, title, and the page that each comes from."""
    from gateway.core.checks import CHECKS

    widest = max(len(check.info.title) for check in CHECKS)
    for check in CHECKS:
        info = check.info
        typer.echo(f"{info.id:<8} {info.severity:<8} {info.title:<{widest}} {info.page}")


@app.command("explain-rewrite")
def explain_rewrite(
    request: Annotated[str, typer.Argument(help="Method and target, such as 'DELETE /api/v1/logout?requestor=…'.")],
    header: Annotated[
        list[str] | None, typer.Option("-H", "--header", help="A header field, as 'Name: value'.")
    ] = None,
    data: Annotated[str, typer.Option("-d", "--data", help="A form, as it would be the body.")] = "",
    profile: Annotated[
        list[str] | None,
        typer.Option(help="An MVPD in which the device is assumed to be logged in. [default: Cablevision]"),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Print the conversation that the rules would have about a request. Nothing is sent."""
    from gateway.assembly import rules_of
    from gateway.core.rules.v1_logout import V1Logout
    from gateway.explain import NotARequestError, told, typed_request

    rules = rules_of(_load(config, {}))
    if not any(isinstance(rule, V1Logout) for rule in rules):
        redirect_url = "https://example.com/signed-out"
        typer.echo(f"rules: no v1_logout is configured; this is one with redirect_url {redirect_url}\n")
        rules = (V1Logout(redirect_url), *rules)
    try:
        asked = typed_request(request, header or (), data)
    except NotARequestError as error:
        _fail(str(error), USAGE)
    conversation = list(told(rules, asked, profile or ["Cablevision"]))
    without = list(told(rules, asked, ())) if profile is None else conversation
    typer.echo("\n".join(conversation))
    if without != conversation:
        typer.echo("\n".join(["", "and where v2 knows no profile:", "", *without]))


@config_app.command("check")
def config_check(file: Annotated[Path, typer.Argument(help="The file to check.")] = Path("config.yaml")) -> None:
    """Say everything that is wrong with a configuration file."""
    _load(file, {}, environ={})
    typer.echo(f"{file}: fine")


@config_app.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of the configuration file."""
    import json

    from gateway.config import schema

    typer.echo(json.dumps(schema(), indent=2))


@cassette_app.command("repair")
def cassette_repair(file: Annotated[Path, typer.Argument(help="The cassette.")]) -> None:
    """Cut a damaged tail off a cassette, keeping a copy of it."""
    from gateway.cassettes.errors import CassetteError
    from gateway.cassettes.repair import repair

    try:
        repaired = repair(file)
    except (CassetteError, OSError) as error:
        _fail(str(error), USAGE)
    if repaired.backup is None:
        typer.echo(f"{file}: intact, {repaired.kept} interactions")
    else:
        typer.echo(
            f"{file}: kept {repaired.kept} interactions, cut {repaired.cut_bytes} bytes from line {repaired.cut_from_line} on; "
            f"the file as it was is {repaired.backup}"
        )


@cassette_app.command("lint")
def cassette_lint(paths: CassettePaths, config: ConfigOption = None) -> None:
    """Say where secrets stand in cassettes, vcrpy's and our own; exit status 1 where there are any."""
    from gateway.assembly import policy_of
    from gateway.scrubbing.lint import cassettes, lint

    seen = lint(cassettes(paths), policy_of(_load(config, {}).redaction))
    for finding in seen.findings:
        typer.echo(finding)
    for sentence in seen.unreadable:
        typer.echo(sentence, err=True)
    if seen.findings:
        files = len({finding.path for finding in seen.findings})
        leaks = f"{len(seen.findings)} leaks in {files} of {seen.files} files"
        typer.echo(f"{leaks}; `gateway cassette scrub` removes them", err=True)
    else:
        typer.echo(f"no leaks in {seen.files} files, {seen.interactions} interactions")
    raise SystemExit(USAGE if seen.unreadable else FOUND if seen.findings else 0)


@cassette_app.command("scrub")
def cassette_scrub(
    paths: CassettePaths,
    in_place: Annotated[bool, typer.Option("--in-place", help="Replace the files.")] = False,
    output: Annotated[Path | None, typer.Option(help="Folder to write to.", file_okay=False)] = None,
    config: ConfigOption = None,
) -> None:
    """Rewrite cassettes, vcrpy's and our own, without their secrets; a file that has none keeps its bytes."""
    from gateway.assembly import policy_of
    from gateway.keys import RedactionKeyError, find_or_make
    from gateway.scrubbing.rewrite import Scrubber, targets, write_all

    if in_place == (output is not None):
        _fail("expected one of --in-place and --output DIR, found " + ("both" if in_place else "neither"), USAGE)
    settings = _load(config, {}).redaction
    try:
        jobs = targets(paths, output)
        scrubber = Scrubber(find_or_make(settings.key_file, os.environ), policy_of(settings))
    except (ValueError, RedactionKeyError) as error:
        _fail(str(error), USAGE)
    with _progress() as progress:
        done = write_all(jobs, scrubber, progress)
    for sentence in done.failed:
        typer.echo(sentence, err=True)
    _say_removed(done.removed, f"{done.changed} of {len(jobs)} files rewritten, {done.interactions} interactions")
    for finding in done.left:
        typer.echo(f"still there: {finding}", err=True)
    raise SystemExit(USAGE if done.failed else FOUND if done.left else 0)


@app.command()
def redact(
    file: Annotated[Path | None, typer.Argument(help="The file. [default: standard input]")] = None,
    config: ConfigOption = None,
) -> None:
    """Print a pasted dump, HAR or log without its secrets, and otherwise as it was."""
    from secrets import token_bytes

    from gateway.assembly import policy_of
    from gateway.core.secrets.pseudonyms import Pseudonyms
    from gateway.keys import RedactionKeyError, find
    from gateway.scrubbing import pasted

    settings = _load(config, {}).redaction
    try:
        key = find(settings.key_file, os.environ)
        with contextlib.nullcontext(sys.stdin.buffer) if file is None else file.open("rb") as stream:
            data = stream.read(pasted.LIMIT + 1)
    except RedactionKeyError as error:
        _fail(str(error), USAGE)
    except OSError as error:
        _fail(f"{file or 'standard input'}: {error.strerror}", USAGE)
    if len(data) > pasted.LIMIT:
        _fail(f"{file or 'standard input'}: expected at most 64 MiB, found more; redact it in parts", USAGE)
    redacted = pasted.redact(data, Pseudonyms(key or token_bytes(32)), policy_of(settings))
    sys.stdout.buffer.write(redacted.data)
    sys.stdout.buffer.flush()
    removed = ", ".join(f"{count} {kind}" for kind, count in redacted.removed.most_common())
    typer.echo(f"removed: {removed or 'nothing'}", err=True)


@redaction_app.command("key")
def redaction_key(
    config: ConfigOption = None,
    show: Annotated[bool, typer.Option("--show", help="Print the key itself, too.")] = False,
) -> None:
    """Say which key the pseudonyms are made with, and how to share it."""
    from gateway.core.secrets.pseudonyms import Pseudonyms
    from gateway.keys import VARIABLE, RedactionKeyError, find

    file = _load(config, {}).redaction.key_file
    try:
        key = find(file, os.environ)
    except RedactionKeyError as error:
        _fail(str(error), USAGE)
    if key is None:
        typer.echo(f"key: none yet; the first recording, or `gateway cassette scrub`, makes one in {file}")
        raise SystemExit(FOUND if show else 0)
    from_variable = bool(os.environ.get(VARIABLE))
    typer.echo(f"key: {f'the environment variable {VARIABLE}' if from_variable else f'the file {file}'}")
    typer.echo(f"id: {Pseudonyms(key).key_id}, as the cassettes recorded under it say")
    if show:
        typer.echo(f"{VARIABLE}={key.hex()}")
    source = f'"${VARIABLE}"' if from_variable else f'"$(cat {shlex.quote(str(file))})"'
    typer.echo(
        "\nWho has it gets the same pseudonyms; nobody needs it to replay. It belongs in a vault, never in the repository.\n"
        f"  a team:  export {VARIABLE}={source}\n"
        f"  GitHub:  printf %s {source} | gh secret set {VARIABLE}\n"
        f"           env: {{ {VARIABLE}: '${{{{ secrets.{VARIABLE} }}}}' }}\n"
        f"  GitLab:  a masked CI/CD variable {VARIABLE}"
    )


def _audited(paths: list[Path], config: Config, fail_on: Severity | None, now: float | None) -> Result:
    """Audit cassettes under a configuration, with a progress bar on a terminal."""
    from secrets import token_bytes

    from gateway import auditing
    from gateway.assembly import policy_of
    from gateway.cassettes.errors import CassetteError
    from gateway.core.redaction import Redaction
    from gateway.keys import RedactionKeyError, find

    settings = getattr(getattr(config, "audit", None), "checks", None)
    try:
        key = find(config.redaction.key_file, os.environ)
        redaction = Redaction(key or token_bytes(32), policy_of(config.redaction), lasting=key is not None)
        with _progress() as progress:
            task = progress.add_task("")

            def told(cassette: str, done: int, total: int) -> None:
                progress.update(task, description=cassette, completed=done, total=total)

            shows = None if progress.disable else told
            return auditing.audit(
                paths, redaction=redaction, settings=settings, fail_on=fail_on, now=now, progress=shows
            )
    except (CassetteError, RedactionKeyError, auditing.UnknownCheckError) as error:
        _fail(str(error), USAGE)


def _sheet(output: Path | None) -> Sheet:
    """Return what a report is written on: the terminal, where there is one."""
    from rich.console import Console

    from gateway.reports.model import Sheet

    console = Console()
    if output is not None or not console.is_terminal:
        return Sheet()
    return Sheet(console.width, not console.no_color)


def _one_of(option: str, value: str, allowed: Mapping[str, object]) -> None:
    """End with what an option takes, where it is given something else."""
    if value not in allowed:
        _fail(f"{option}: expected one of {', '.join(allowed)}, found {value!r}", USAGE)


def _write(text: str, output: Path | None) -> None:
    """Write a report, in UTF-8, to a file or to standard output."""
    if output is not None:
        output.write_text(text, encoding="utf-8")
        return
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def _progress() -> Progress:
    """Return a progress bar, which shows on a terminal alone."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _say_removed(removed: Mapping[str, int], title: str) -> None:
    """Print how many secrets of which kind were removed."""
    if removed:
        from rich.console import Console
        from rich.table import Table

        table = Table("removed", "times")
        table.columns[1].justify = "right"
        for kind, count in sorted(removed.items(), key=lambda entry: (-entry[1], entry[0])):
            table.add_row(kind, str(count))
        Console().print(table)
    typer.echo(title)


def _load(path: Path | None, overrides: Mapping[str, object], environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration, or end with everything that is wrong with it."""
    from gateway.config import ConfigError, load

    try:
        return load(path, os.environ if environ is None else environ, overrides)
    except ConfigError as error:
        _fail(str(error), USAGE)


async def _run(config: Config) -> int:
    """Listen until a signal comes; return the exit status."""
    import asyncio
    import logging
    import signal

    from gateway import assembly
    from gateway.cassettes.errors import CassetteError, CassetteWriteError
    from gateway.clients import ClientError
    from gateway.keys import RedactionKeyError
    from gateway.logs import LibraryLog

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):  # before anybody can know that there is something to stop
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        gateway = await assembly.start(config, os.environ)
    except (CassetteError, CassetteWriteError, ClientError, RedactionKeyError) as error:
        _fail(str(error), USAGE)
    except OSError as error:
        _fail(f"cannot listen on {config.listen.host}:{config.listen.port}: {error.strerror or error}", FOUND)
    logging.getLogger().addHandler(LibraryLog(gateway.log.logger))
    gc.collect()
    gc.freeze()  # what lives as long as the run is not looked through again: it cost each hundredth exchange 30 ms
    typer.echo(assembly.first_line(config, gateway))
    await stop.wait()
    await gateway.stop()
    gateway.log.logger.info("stopped", **asdict(gateway.counts))
    return 0


def _main(serving: Coroutine[object, object, int]) -> NoReturn:
    """Run a coroutine on the fastest loop there is, and exit with its status."""
    import asyncio

    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    with contextlib.suppress(ImportError):  # there is none for this platform
        import uvloop

        new_loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=new_loop) as runner:
        status = runner.run(serving)
    sys.exit(status)


def _fail(message: str, status: int) -> NoReturn:
    """End with one clear message on stderr."""
    typer.echo(message, err=True)
    raise SystemExit(status)


def main() -> None:
    """Run the command that the command line names."""
    app()
