"""Commands of the header audit: judge calls, list checks, and explain them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.shared import (
    FOUND,
    ConfigOption,
    cassette_paths,
    fail,
    load_config,
    one_of,
    print_bytes,
    progress_bar,
)

CassettePathsOrNone = Annotated[
    list[Path] | None, typer.Argument(metavar="PATH...", help="Cassettes, by name or path, or folders of cassettes.")
]

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.core.model import Severity
    from gateway.reports.model import Result, Sheet


def audit(
    paths: CassettePathsOrNone = None,
    form: Annotated[str, typer.Option("--format", help="Format of the report: {reports}.")] = "table",
    output: Annotated[Path | None, typer.Option(help="File to write the report to.", dir_okay=False)] = None,
    fail_on: Annotated[
        str, typer.Option(help="The exit status is 1 for a new finding of this severity or worse: {failing}.")
    ] = "error",
    baseline: Annotated[
        Path | None, typer.Option(help="File that lists known findings. Other findings are new.", dir_okay=False)
    ] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Write the findings to the baseline.")
    ] = False,
    now: Annotated[
        str | None,
        typer.Option(help="Judge tokens as of this time. Default: the time at which each call was recorded."),
    ] = None,
    history: Annotated[
        Path | None, typer.Option(help="Audit the calls in a history instead of cassettes.", dir_okay=False)
    ] = None,
    fleet: Annotated[
        bool, typer.Option("--fleet", help="Audit the last calls of all gateways of the fleet instead of cassettes.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(help="With --history or --fleet: only calls since then, such as 2d, 12h or 2026-11-21T22:17:05Z."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="With --history or --fleet: only this device's calls.")] = None,
    config: ConfigOption = None,
) -> None:
    """Report mistakes in the calls of cassettes, of a history or of a fleet. The exit status is 1 if a new finding is as bad as --fail-on, or worse."""
    from gateway.auditing.known import compared
    from gateway.core.times import seconds_of
    from gateway.reports import REPORTS, SEVERITY_OF

    one_of("--format", form, REPORTS)
    one_of("--fail-on", fail_on, SEVERITY_OF)
    at = seconds_of(now) if now is not None else None
    if now is not None and at is None:
        fail(f"--now: expected a time such as 2026-11-21T22:17:05Z, found {now!r}")
    if update_baseline and baseline is None:
        fail("--update-baseline: expected also --baseline FILE, found none")
    _together(history, paths, since, device, now, fleet=fleet)
    settings = load_config(config) if history is not None or fleet else None
    if settings is None:
        result = _audited(cassette_paths(paths or [], config), load_config(config), SEVERITY_OF[fail_on], at)
    else:
        result = _of_calls(history, settings, SEVERITY_OF[fail_on], since, device)
    if baseline is not None:
        result = compared(result, baseline, update=update_baseline)
    _write(REPORTS[form](result, _sheet(output)), output)
    if output is not None:
        typer.echo(f"{output}: {result.summary()}")
    for defect in result.defects():
        typer.echo(f"a defect in the gateway: {defect.id} raised {defect.error}", err=True)
    for file in result.files:
        if file.is_full:
            typer.echo(f"{file.path}: the file is full, so the findings of later calls are missing", err=True)
    raise SystemExit(FOUND if result.failed else 0)


def explain(check: Annotated[str, typer.Argument(metavar="CHECK", help="The id of a check, such as AUTH003.")]) -> None:
    """Explain a check: what it looks at, why, and how to fix the call."""
    from gateway.auditing.explaining import explained

    typer.echo(explained(check))


def list_checks() -> None:
    """Print the header checks: id, severity, title, and page of Adobe's documentation."""
    from gateway.core.checks import CHECKS

    widest = max(len(check.info.title) for check in CHECKS)
    for check in CHECKS:
        info = check.info
        typer.echo(f"{info.id:<8} {info.severity:<8} {info.title:<{widest}} {info.page}")


def _audited(paths: list[Path], config: Config, fail_on: Severity | None, now: float | None) -> Result:
    """Audit cassettes under a configuration, with a progress bar on a terminal."""
    from gateway.auditing import recorded
    from gateway.wiring.keys import redaction

    with progress_bar() as progress:
        task = progress.add_task("")

        def told(cassette: str, done: int, total: int) -> None:
            progress.update(task, description=cassette, completed=done, total=total)

        return recorded.audit(
            paths,
            redaction=redaction(config.redaction, os.environ),
            settings=config.audit.checks,
            fail_on=fail_on,
            now=now,
            progress=None if progress.disable else told,
        )


def _together(
    history: Path | None,
    paths: list[Path] | None,
    since: str | None,
    device: str | None,
    now: str | None,
    *,
    fleet: bool,
) -> None:
    """End the command with a message if options contradict each other."""
    live = "--history" if history is not None else "--fleet" if fleet else ""
    if history is not None and fleet:
        fail("--history: expected no --fleet beside it, found both")
    if live and (paths or now is not None):
        fail(f"{live}: expected no {'cassettes' if paths else '--now'} beside it, found {'some' if paths else now}")
    if not live and (since is not None or device is not None):
        option = "--since" if since is not None else "--device"
        fail(f"{option}: expected also --history FILE or --fleet, found neither")
    if not live and not paths:
        fail("PATH: expected cassettes, --history FILE or --fleet, found nothing")


def _of_calls(
    history: Path | None, config: Config, fail_on: Severity | None, since: str | None, device: str | None
) -> Result:
    """Return the live findings of the calls in a history; without a history, in the fleet."""
    return (
        _of_fleet(config, fail_on, since, device)
        if history is None
        else _of_history(history, config, fail_on, since, device)
    )


def _of_history(file: Path, config: Config, fail_on: Severity | None, since: str | None, device: str | None) -> Result:
    """Return the findings of a history. Its calls are not judged again, since a history does not have all parts of a call."""
    from gateway.auditing import recorded
    from gateway.core.text import printable
    from gateway.history.reading import MOST_DEVICES, History, HistoryQuery
    from gateway.wiring.keys import redaction

    with History(file) as kept:
        if device is not None and device not in (known := kept.devices()):
            some = ", ".join(known[:MOST_DEVICES]) or "none"
            fail(f"--device: expected one of the history's devices ({printable(some)}), found {printable(device)!r}")
        asked = HistoryQuery(device=device or "", since=None if since is None else _moment(since))
        return recorded.audit_noted(
            {file: [*kept.interactions(asked)]},
            redaction=redaction(config.redaction, os.environ),
            settings=config.audit.checks,
            fail_on=fail_on,
        )


def _of_fleet(config: Config, fail_on: Severity | None, since: str | None, device: str | None) -> Result:
    """Return the findings of the calls in the fleet's stream, by the name of each call's gateway."""
    from gateway.auditing import recorded
    from gateway.core.text import printable
    from gateway.core.times import seconds_of
    from gateway.history.reading import MOST_DEVICES
    from gateway.wiring.fleet import calls_of_fleet
    from gateway.wiring.keys import redaction

    if config.fleet is None:
        fail("--fleet: expected a configuration with a section fleet, found none")
    calls = calls_of_fleet(config, os.environ)
    known = sorted({str(call.about.get("device", "")) for passed in calls.values() for call in passed})
    if device is not None and device not in known:
        some = ", ".join(known[:MOST_DEVICES]) or "none"
        fail(f"--device: expected one of the fleet's devices ({printable(some)}), found {printable(device)!r}")
    begin = None if since is None else _moment(since)
    chosen = {
        Path(gateway): [
            call
            for call in passed
            if device in {None, call.about.get("device")}
            if begin is None or (seconds_of(call.recorded_at) or 0.0) >= begin
        ]
        for gateway, passed in calls.items()
    }
    return recorded.audit_noted(
        chosen, redaction=redaction(config.redaction, os.environ), settings=config.audit.checks, fail_on=fail_on
    )


def _moment(since: str) -> float:
    """Return seconds since the epoch, for a time or an age. End the command with a message for other text."""
    import time

    from gateway.config.moment import moment

    try:
        return moment(since, time.time())
    except ValueError as error:
        fail(f"--since: {error}")


def _sheet(output: Path | None) -> Sheet:
    """Return the width and colours of the terminal, if the report goes to a terminal."""
    from rich.console import Console

    from gateway.reports.model import Sheet

    console = Console()
    if output is not None or not console.is_terminal:
        return Sheet()
    return Sheet(console.width, not console.no_color)


def _write(text: str, output: Path | None) -> None:
    """Write a report in UTF-8, to a file or to standard output."""
    if output is not None:
        from gateway.system.files import replace_file

        replace_file(output, text.encode("utf-8", "backslashreplace"))
    else:
        print_bytes(text.encode("utf-8", "backslashreplace"))
