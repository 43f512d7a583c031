"""Commands that find secrets, remove them, and show the key of the pseudonyms."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.shared import (
    FOUND,
    USAGE,
    CassettePaths,
    ConfigOption,
    cassette_paths,
    fail,
    load_config,
    print_bytes,
    progress_bar,
)
from gateway.core.wording import many


def lint(paths: CassettePaths, config: ConfigOption = None) -> None:
    """Report secrets in cassettes, our own and vcrpy's. The exit status is 1 if there is a secret."""
    from gateway.cassettes.files import recordings
    from gateway.config.to_core import policy_of
    from gateway.scrubbing import lint as linting

    missing: list[str] = []
    files = recordings(cassette_paths(paths, config, missing))
    seen = linting.lint(files, policy_of(load_config(config).redaction))
    unreadable = [*seen.unreadable, *missing]
    for finding in seen.findings:
        typer.echo(finding)
    for sentence in unreadable:
        typer.echo(sentence, err=True)
    if seen.findings:
        with_leaks = len({finding.path for finding in seen.findings})
        leaks = f"{many(len(seen.findings), 'leak')} in {with_leaks} of {many(seen.files, 'file')}"
        typer.echo(f"{leaks}; `gateway cassette scrub` removes them", err=True)
    elif seen.files or not unreadable:
        typer.echo(f"no leaks in {many(seen.files, 'file')}, {many(seen.interactions, 'interaction')}")
    raise SystemExit(USAGE if unreadable else FOUND if seen.findings else 0)


def scrub(
    paths: CassettePaths,
    in_place: Annotated[bool, typer.Option("--in-place", help="Replace the files.")] = False,
    output: Annotated[Path | None, typer.Option(help="Folder to write to.", file_okay=False)] = None,
    config: ConfigOption = None,
) -> None:
    """Remove the secrets from cassettes, our own and vcrpy's. A file without a secret keeps its bytes."""
    from gateway.scrubbing.rewrite import Scrubber, targets, write_all
    from gateway.wiring.keys import redaction

    if in_place == (output is not None):
        fail("expected either --in-place or --output DIR, found " + ("both" if in_place else "neither"))
    settings = load_config(config).redaction
    jobs = targets(cassette_paths(paths, config), output)
    scrubber = Scrubber(redaction(settings, os.environ, make=True))
    with progress_bar() as progress:
        done = write_all(jobs, scrubber, progress)
    for sentence in done.failed:
        typer.echo(sentence, err=True)
    _say_removed(
        done.removed, f"{done.changed} of {many(len(jobs), 'file')} rewritten, {many(done.interactions, 'interaction')}"
    )
    for sentence in done.lost:
        typer.echo(sentence)
    for finding in done.left:
        typer.echo(f"secret still there: {finding}", err=True)
    raise SystemExit(USAGE if done.failed else FOUND if done.left else 0)


def redact(
    file: Annotated[Path | None, typer.Argument(help="The file. Default: standard input.")] = None,
    config: ConfigOption = None,
) -> None:
    """Print a dump, HAR or log without its secrets. The rest of the text stays as it is."""
    from gateway.scrubbing import pasted
    from gateway.wiring.keys import redaction

    under = redaction(load_config(config).redaction, os.environ)
    try:
        with nullcontext(sys.stdin.buffer) if file is None else file.open("rb") as stream:
            data = stream.read(pasted.LIMIT + 1)
    except OSError as error:
        fail(f"{file or 'standard input'}: {error.strerror}")
    if len(data) > pasted.LIMIT:
        fail(f"{file or 'standard input'}: expected at most 64 MiB, found more; redact the file in parts")
    redacted = pasted.redact(data, under.pseudonyms, under.policy)
    print_bytes(redacted.data)
    removed = ", ".join(f"{kind} ×{count}" for kind, count in redacted.removed.most_common())
    typer.echo(f"removed: {removed or 'nothing'}", err=True)


def print_key(
    config: ConfigOption = None,
    show: Annotated[bool, typer.Option("--show", help="Print the key itself, too.")] = False,
) -> None:
    """Show where the key of the pseudonyms is, and how to share it."""
    from gateway.core.secrets.pseudonyms import Pseudonyms
    from gateway.wiring.keys import VARIABLE, find

    file = load_config(config).redaction.key_file
    key = find(file, os.environ)
    if key is None:
        typer.echo(f"key: none yet; the first recording, or `gateway cassette scrub`, makes the key in {file}")
        raise SystemExit(FOUND if show else 0)
    from_variable = bool(os.environ.get(VARIABLE))
    typer.echo(f"key: {f'the environment variable {VARIABLE}' if from_variable else f'the file {file}'}")
    typer.echo(f"id: {Pseudonyms(key).key_id}, which cassettes recorded under this key contain")
    if show:
        typer.echo(f"{VARIABLE}={key.hex()}")
    source = f'"${VARIABLE}"' if from_variable else f'"$(cat {shlex.quote(str(file))})"'
    typer.echo(
        "\nEverybody with this key gets the same pseudonyms. A replay does not need it. Keep it in a vault, never in the repository.\n"
        f"  a team:  export {VARIABLE}={source}\n"
        f"  GitHub:  printf %s {source} | gh secret set {VARIABLE}\n"
        f"           env: {{ {VARIABLE}: '${{{{ secrets.{VARIABLE} }}}}' }}\n"
        f"  GitLab:  a masked CI/CD variable {VARIABLE}"
    )


def _say_removed(removed: Mapping[str, int], title: str) -> None:
    """Print the number of removed secrets by kind."""
    if removed:
        from rich.console import Console
        from rich.table import Table

        table = Table("removed", "times")
        table.columns[1].justify = "right"
        for kind, count in sorted(removed.items(), key=lambda entry: (-entry[1], entry[0])):
            table.add_row(kind, str(count))
        Console().print(table)
    typer.echo(title)
