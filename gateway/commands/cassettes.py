"""Commands about cassettes: listed, shown, compared, repaired, and brought in from other tools or sent out to them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.shared import (
    FOUND,
    USAGE,
    CassetteName,
    ConfigOption,
    cassette_path,
    fail,
    load_config,
    one_of,
    print_bytes,
    progress_bar,
)
from gateway.core.wording import many

if TYPE_CHECKING:
    from gateway.core.model import Interaction


def ls(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A folder. [default: cassettes.dir]")] = None,
    config: ConfigOption = None,
) -> None:
    """List cassettes: interactions, age, size, and where the answers came from."""
    import time

    from rich.console import Console

    from gateway.cassettes.showing import listing, listing_table

    place = folder or load_config(config, {"cassettes.name": "any"}).cassette_path().parent
    if not place.is_dir():
        fail(f"{place}: expected a folder, found {'a file' if place.exists() else 'none'}")
    failed: list[str] = []
    listed = list(listing(place, failed))
    if listed:
        Console(width=max(Console().width, 100)).print(listing_table(listed, time.time()))
    else:
        typer.echo(f"{place}: no cassettes")
    for sentence in failed:
        typer.echo(sentence, err=True)
    raise SystemExit(USAGE if failed else 0)


def show(
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


def diff(left: CassetteName, right: CassetteName, config: ConfigOption = None) -> None:
    """Compare two cassettes by interaction, JSON by its paths; exit status 1 where they differ."""
    from gateway.cassettes.comparing import compare

    compared = compare(_interactions(left, config), _interactions(right, config))
    for line in compared.lines():
        typer.echo(line)
    raise SystemExit(FOUND if compared.differ else 0)


def bring_in(
    file: Annotated[Path, typer.Argument(help="A recording of another tool.", dir_okay=False)],
    form: Annotated[
        str | None,
        typer.Option(
            "--format", help="vcr, har, wiremock, mitmproxy, cassetter, go-vcr or ruby-vcr. [default: by its content]"
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The cassette to make. [default: FILE with .yaml]", dir_okay=False)
    ] = None,
    origin: Annotated[
        str,
        typer.Option(
            help="The upstream that was asked, where a recording names none: WireMock's mappings, placeholders of Ruby's VCR and go-vcr."
        ),
    ] = "https://api.auth.adobe.com",
    keep_secrets: Annotated[
        bool, typer.Option("--keep-secrets", help="Do not redact. Never commit the result.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Make a cassette of another tool's recording: put right, redacted, and such that can be appended to."""
    from gateway.cassettes.converters import CONVERTERS
    from gateway.scrubbing import importing
    from gateway.wiring.keys import redaction

    if form is not None:
        one_of("--format", form, CONVERTERS)
    settings = load_config(config).redaction
    redactor = None
    if not keep_secrets:
        under = redaction(settings, os.environ, make=True)
        redactor = importing.ImportRedactor(under, settings.on_leak == "refuse")
    with progress_bar() as progress:
        done = importing.bring_in(file, form, output, redactor, origin, progress)
    typer.echo(importing.summary(done))
    for line in done.lost:
        typer.echo(f"  {line}")
    if done.backup is not None:
        typer.echo(f"  the file as it was is {done.backup}")
        typer.echo("  whatever secrets that one had are still in it")
    for line in done.refused:
        typer.echo(line, err=True)
    if keep_secrets:
        typer.echo(
            f"WARNING: {done.cassette} is NOT redacted: tokens and people's data are in it as they were", err=True
        )
    raise SystemExit(FOUND if done.refused else 0)


def send_out(
    cassette: CassetteName,
    form: Annotated[str, typer.Option("--format", help="vcr, har, wiremock or mitmproxy.")],
    output: Annotated[Path, typer.Option(help="File to write; - is standard output.", dir_okay=False)] = Path("-"),
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is there, but never the cassette.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Write a cassette in the form of another tool, and say what is lost on the way."""
    from gateway.cassettes.converters import WRITERS
    from gateway.scrubbing import importing
    from gateway.system.files import replace_file

    one_of("--format", form, WRITERS)
    source = cassette_path(cassette, config)
    if str(output) != "-" and output.exists() and (not force or (source.exists() and output.samefile(source))):
        fail(f"--output: expected a name that is free{'' if force else ' (or --force)'}, found the file {output}")
    try:
        data, lost = importing.send_out(source, form)
        if str(output) == "-":
            print_bytes(data)
        else:
            replace_file(output, data)
    except OSError as error:
        fail(f"{output}: {error.strerror}")
    for line in lost:
        typer.echo(line, err=True)


def repair(cassette: CassetteName, config: ConfigOption = None) -> None:
    """Cut a damaged tail off a cassette, keeping a copy of it."""
    from gateway.cassettes import repair as repairing

    file = cassette_path(cassette, config)
    try:
        repaired = repairing.repair(file)
    except OSError as error:
        fail(str(error))
    if repaired.backup is None:
        typer.echo(f"{file}: intact, {many(repaired.kept, 'interaction')}")
    else:
        typer.echo(
            f"{file}: kept {many(repaired.kept, 'interaction')}, cut {many(repaired.cut_bytes, 'byte')} from line {repaired.cut_from_line} on; "
            f"the file as it was is {repaired.backup}"
        )


def _interactions(name: str, config: Path | None) -> Sequence[Interaction]:
    from gateway.cassettes.reader import load

    return load(cassette_path(name, config)).interactions
