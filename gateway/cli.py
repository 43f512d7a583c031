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
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from rich.progress import Progress

    from gateway.config import Config
    from gateway.core.model import Interaction, Severity
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
CassetteName = Annotated[str, typer.Argument(metavar="CASSETTE", help="Name or path of a cassette.")]
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


@app.command("exec", context_settings={"allow_interspersed_args": False})
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
    """Run a command with a gateway beside it; exit status 1 for a request that had no answer, or else the command's own."""
    _one_of("--mode", mode, dict.fromkeys(("replay", "record", "auto")))
    overrides = {
        "mode": mode,
        "upstream": upstream,
        "cassettes.name": cassette,
        "listen.host": "127.0.0.1",
        "listen.port": 0,
    }
    _execute(_load(config, overrides), command, env, junit)


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
def verify(
    cassette: Annotated[Path, typer.Argument(help="The cassette.")],
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
    settings = _load(config, {})
    _one_of("--upstream", upstream, settings.upstreams)
    _main(_verify(cassette, upstream, authorization, settings, allow_destructive=allow_destructive))


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
    from gateway.configured import rules_of
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

    from gateway.config.json_schema import schema

    typer.echo(json.dumps(schema(), indent=2))


@cassette_app.command("ls")
def cassette_ls(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A folder. [default: cassettes.dir]")] = None,
    config: ConfigOption = None,
) -> None:
    """List cassettes: interactions, age, size, and where the answers came from."""
    import time

    from rich.console import Console

    from gateway.cassettes.showing import listing, listing_table

    place = folder or _load(config, {"cassettes.name": "any"}).cassette_path().parent
    if not place.is_dir():
        _fail(f"{place}: expected a folder, found {'a file' if place.exists() else 'none'}", USAGE)
    failed: list[str] = []
    listed = list(listing(place, failed))
    if listed:
        Console(width=max(Console().width, 100)).print(listing_table(listed, time.time()))
    else:
        typer.echo(f"{place}: no cassettes")
    for sentence in failed:
        typer.echo(sentence, err=True)
    raise SystemExit(USAGE if failed else 0)


@cassette_app.command("show")
def cassette_show(
    cassette: CassetteName,
    raw: Annotated[bool, typer.Option("--raw", help="Print the exchanges as HTTP.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print what a cassette holds, as a table or as HTTP."""
    from rich.console import Console

    from gateway.cassettes import showing

    interactions = _interactions(cassette, config)
    if not raw:
        # a narrow or absent terminal would fold each target to a column of letters
        Console(width=max(Console().width, 140)).print(showing.shown(interactions))
        return
    for piece in showing.raw(interactions, terminal=sys.stdout.isatty()):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


@cassette_app.command("diff")
def cassette_diff(left: CassetteName, right: CassetteName, config: ConfigOption = None) -> None:
    """Compare two cassettes by interaction, JSON by its paths; exit status 1 where they differ."""
    from gateway.cassettes.comparing import compare

    compared = compare(_interactions(left, config), _interactions(right, config))
    for line in compared.lines():
        typer.echo(line)
    raise SystemExit(FOUND if compared.differ else 0)


@cassette_app.command("import")
def cassette_import(
    file: Annotated[Path, typer.Argument(help="A recording of another tool.", dir_okay=False)],
    form: Annotated[
        str | None,
        typer.Option(
            "--format", help="vcr, har, wiremock, mitmproxy, cassetter or ruby-vcr. [default: by its content]"
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The cassette to make. [default: FILE with .yaml]", dir_okay=False)
    ] = None,
    origin: Annotated[
        str, typer.Option(help="The upstream that was asked, for WireMock's mappings, which name none.")
    ] = "https://api.auth.adobe.com",
    keep_secrets: Annotated[
        bool, typer.Option("--keep-secrets", help="Do not redact. Never commit the result.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Make a cassette of another tool's recording: put right, redacted, and such that can be appended to."""
    from gateway.cassettes.converters import CONVERTERS
    from gateway.cassettes.converters.model import ConversionError
    from gateway.cassettes.errors import CassetteError
    from gateway.configured import policy_of
    from gateway.core.redaction import Redaction
    from gateway.importing import Redactor, bring_in, summary
    from gateway.keys import RedactionKeyError, find_or_make
    from gateway.scrubbing.inspector import Inspector

    if form is not None:
        _one_of("--format", form, CONVERTERS)
    settings = _load(config, {}).redaction
    try:
        redactor = None
        if not keep_secrets:
            key, policy = find_or_make(settings.key_file, os.environ), policy_of(settings)
            redactor = Redactor(Redaction(key, policy), Inspector(policy, key), settings.on_leak == "refuse")
        done = bring_in(file, form, output, redactor, origin)
    except (CassetteError, ConversionError, RedactionKeyError) as error:
        _fail(str(error), USAGE)
    typer.echo(summary(done))
    for line in done.lost:
        typer.echo(f"  {line}")
    if done.backup is not None:
        typer.echo(f"  the file as it was is {done.backup}")
    for line in done.refused:
        typer.echo(line, err=True)
    if keep_secrets:
        typer.echo(
            f"WARNING: {done.cassette} is NOT redacted: tokens and people's data are in it as they were", err=True
        )
    raise SystemExit(FOUND if done.refused else 0)


@cassette_app.command("export")
def cassette_export(
    cassette: CassetteName,
    form: Annotated[str, typer.Option("--format", help="vcr, har, wiremock or mitmproxy.")],
    output: Annotated[Path, typer.Option(help="File to write; - is standard output.", dir_okay=False)] = Path("-"),
    config: ConfigOption = None,
) -> None:
    """Write a cassette in the form of another tool, and say what is lost on the way."""
    from gateway.cassettes.converters import WRITERS
    from gateway.cassettes.converters.model import ConversionError
    from gateway.cassettes.errors import CassetteError
    from gateway.importing import send_out, write_whole

    _one_of("--format", form, WRITERS)
    try:
        data, lost = send_out(_cassette_path(cassette, config), form)
        if str(output) == "-":
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            write_whole(output, data)
    except (CassetteError, ConversionError) as error:
        _fail(str(error), USAGE)
    except OSError as error:
        _fail(f"{output}: {error.strerror}", USAGE)
    for line in lost:
        typer.echo(line, err=True)


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
    from gateway.configured import policy_of
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
    from gateway.configured import policy_of
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

    from gateway.configured import policy_of
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
    from gateway.cassettes.errors import CassetteError
    from gateway.configured import policy_of
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


def _cassette_path(name: str, config: Path | None) -> Path:
    """Return where a cassette lies that is named as on the command line of `run`."""
    path = Path(name)
    if path.suffix == ".yaml" or len(path.parts) > 1 or path.is_file():
        return path
    return _load(config, {"cassettes.name": name}).cassette_path()


def _interactions(name: str, config: Path | None) -> Sequence[Interaction]:
    """Read a cassette, or end with what is wrong with it."""
    from gateway.cassettes.errors import CassetteError
    from gateway.cassettes.reader import load

    try:
        return load(_cassette_path(name, config)).interactions
    except CassetteError as error:
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


async def _verify(
    cassette: Path, upstream: str, authorization: Path, config: Config, *, allow_destructive: bool
) -> int:
    """Verify a cassette; return the exit status."""
    import time
    from secrets import token_bytes

    from gateway import assembly, configured, verifying
    from gateway.auditing import shown
    from gateway.cassettes.errors import CassetteError
    from gateway.cassettes.reader import load
    from gateway.core.age import token_warnings_of, warnings_of
    from gateway.core.redaction import Redaction
    from gateway.transports.upstream import Upstream

    origin = config.upstreams[upstream].origin
    production = verifying.is_production(upstream, str(origin))
    if production and not allow_destructive:
        _fail(f"--upstream {upstream}: expected --allow-destructive with it, found none; this is PRODUCTION", USAGE)
    try:
        token = verifying.read_token(authorization)
        interactions = load(cassette).interactions
    except (CassetteError, verifying.AuthorizationError) as error:
        _fail(str(error), USAGE)
    aged = warnings_of(interactions, now=time.time(), max_age=config.cassettes.max_age)
    for event, about in [*aged, *token_warnings_of(token, now=time.time())]:
        typer.echo(f"warning: {event}: {', '.join(f'{name} {value}' for name, value in about.items())}", err=True)
    transport = assembly.transport_to(config, upstream)
    verifier = verifying.Verifier(
        send=transport.send,
        upstream=upstream,
        token=token,
        redaction=Redaction(token_bytes(32), configured.policy_of(config.redaction), lasting=False),
        pace=verifying.Pace(0 if origin.is_built_in else verifying.SECONDS_APART),
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
        if isinstance(transport, Upstream):
            await transport.aclose()
    typer.echo(done.summary)
    return USAGE if not done.verified else FOUND if done.drifted or done.unanswered else 0


async def _run(config: Config) -> int:
    """Listen until a signal comes; return the exit status."""
    import asyncio
    import logging
    import signal

    from gateway import serving
    from gateway.cassettes.errors import CassetteError, CassetteWriteError
    from gateway.clients import ClientError
    from gateway.inbound import ParserMissingError
    from gateway.keys import RedactionKeyError
    from gateway.logs import LibraryLog

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):  # before anybody can know that there is something to stop
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        running = await serving.start(config, os.environ)
    except (CassetteError, CassetteWriteError, ClientError, ParserMissingError, RedactionKeyError) as error:
        _fail(str(error), USAGE)
    except OSError as error:
        _fail(f"cannot listen on {config.listen.host}:{config.listen.port}: {error.strerror or error}", FOUND)
    logging.getLogger().addHandler(LibraryLog(running.log.logger))
    gc.collect()
    gc.freeze()  # what lives as long as the run is not looked through again: it cost each hundredth exchange 30 ms
    typer.echo(serving.first_line(config, running))
    await stop.wait()
    await running.stop()
    running.log.logger.info("stopped", **asdict(running.gateway.counts))
    return 0


def _execute(config: Config, command: list[str], variable: str, junit: Path | None) -> NoReturn:
    """Run a command beside a gateway, say what became of its requests, and exit."""
    from datetime import UTC, datetime

    from gateway.cassettes.errors import CassetteError, CassetteWriteError
    from gateway.clients import ClientError
    from gateway.keys import RedactionKeyError
    from gateway.offline import execute as running
    from gateway.offline.junit import render

    now = datetime.now(UTC)
    try:
        ran = running.execute(config, command, variable, os.environ)
    except (CassetteError, CassetteWriteError, ClientError, RedactionKeyError) as error:
        _fail(str(error), USAGE)
    except OSError as error:
        _fail(f"cannot listen on {config.listen.host}: {error.strerror or error}", FOUND)
    running.report(ran, lambda text: typer.echo(text, err=True))
    if junit is not None:
        try:
            junit.write_text(render(ran, shlex.join(command), now), encoding="utf-8")
        except OSError as error:
            _fail(f"{junit}: {error.strerror}", USAGE)
    raise SystemExit(ran.exit_status)


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
