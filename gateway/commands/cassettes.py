"""Commands about cassettes: list, show, compare, repair, import and export."""

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
    CassettePaths,
    ConfigOption,
    cassette_path,
    cassette_paths,
    console_for,
    fail,
    load_config,
    one_of,
    print_bytes,
    progress_bar,
)
from gateway.core.wording import many

if TYPE_CHECKING:
    from gateway.cassettes.picking import Picked
    from gateway.core.model import Interaction
    from gateway.core.redaction import Redaction


def ls(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The folder. Default: cassettes.dir.")] = None,
    config: ConfigOption = None,
) -> None:
    """List cassettes: interactions, age, size, and where the answers came from."""
    import time

    from gateway.cassettes.showing import listing, listing_table

    place = folder or load_config(config, {"cassettes.name": "any"}).cassette_path().parent
    if not place.is_dir():
        fail(f"{place}: expected a folder, found {'a file' if place.exists() else 'none'}")
    failed: list[str] = []
    listed = list(listing(place, failed))
    if listed:
        console_for(100).print(listing_table(listed, time.time()))
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
    """Print the interactions of a cassette, as a table or as HTTP."""
    from gateway.cassettes import showing

    interactions = _interactions(cassette, config)
    if not raw:
        console = console_for(showing.WIDE)
        console.print(showing.shown(interactions, console.width))
        return
    for piece in showing.raw(interactions, terminal=sys.stdout.isatty()):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def diff(left: CassetteName, right: CassetteName, config: ConfigOption = None) -> None:
    """Compare two cassettes, interaction by interaction, and JSON bodies path by path. The exit status is 1 if they differ."""
    from gateway.cassettes.comparing import compare

    compared = compare(_interactions(left, config), _interactions(right, config))
    for line in compared.lines():
        typer.echo(line)
    raise SystemExit(FOUND if compared.differ else 0)


def bring_in(
    file: Annotated[Path, typer.Argument(help="A recording of another tool.", dir_okay=False)],
    form: Annotated[
        str | None,
        typer.Option("--format", help="Format of the recording: {converters}. Default: by its content."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The cassette to write. Default: FILE with the ending .yaml.", dir_okay=False)
    ] = None,
    origin: Annotated[
        str,
        typer.Option(
            help="The upstream for recordings without an origin, such as WireMock's, and for placeholders of Ruby's VCR and go-vcr."
        ),
    ] = "https://api.auth.adobe.com",
    keep_secrets: Annotated[
        bool, typer.Option("--keep-secrets", help="Do not redact. Never commit the result.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Convert another tool's recording into a cassette. It is repaired and redacted, and the gateway can append to it."""
    from gateway.cassettes.converters import CONVERTERS
    from gateway.scrubbing import importing
    from gateway.wiring.keys import redaction

    if form is not None:
        one_of("--format", form, CONVERTERS)
    if output is not None and output.suffix.lower() not in {".yaml", ".yml"}:
        example = output.with_suffix(".yaml") if output.name else "recording.yaml"
        fail(f"--output: expected a name that ends in .yaml, such as {example}, found {output}")
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
        typer.echo(f"  a copy of the old file: {done.backup}")
        typer.echo("  this copy still has its secrets")
    for line in done.refused:
        typer.echo(line, err=True)
    if keep_secrets:
        typer.echo(f"WARNING: {done.cassette} is NOT redacted: it contains tokens and personal data", err=True)
    raise SystemExit(FOUND if done.refused else 0)


def send_out(
    cassette: CassetteName,
    form: Annotated[str, typer.Option("--format", help="Format to write: {writers}.")],
    output: Annotated[Path, typer.Option(help="File to write; - is standard output.", dir_okay=False)] = Path("-"),
    force: Annotated[
        bool, typer.Option("--force", help="Replace an existing file. The cassette itself is never replaced.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Convert a cassette into the format of another tool, and report what is lost."""
    from gateway.cassettes.converters import WRITERS
    from gateway.scrubbing import importing
    from gateway.system.files import replace_file

    one_of("--format", form, WRITERS)
    source = cassette_path(cassette, config)
    if str(output) != "-" and output.exists() and (not force or (source.exists() and output.samefile(source))):
        fail(f"--output: expected a new name{'' if force else ' (or --force)'}, found the existing file {output}")
    try:
        data, lost = importing.send_out(source, form)
        if str(output) == "-":
            print_bytes(data)
        else:
            replace_file(output, data)
    except OSError as error:
        if str(output) == "-":
            raise
        fail(f"{output}: {error.strerror}")
    for line in lost:
        typer.echo(line, err=True)


def remove(
    paths: CassettePaths,
    number: Annotated[
        list[str] | None,
        typer.Option(
            "--number",
            "-n",
            help="Numbers of interactions, as `cassette show` counts: 3, or 2-5,9. Only with a single cassette. May be given several times.",
        ),
    ] = None,
    method: Annotated[str, typer.Option(help="Method, such as DELETE.")] = "",
    path: Annotated[
        str | None, typer.Option(help="Path, as in cassettes.record: /api/v2/{sp}/logout/{mvpd}, /api/v1/{rest...}.")
    ] = None,
    device: Annotated[str, typer.Option(help="Name of a device, as `cassette show` prints it.")] = "",
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", "--age", help="Remove interactions older than this, such as 90d or 12h."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the interactions that would be removed. Change nothing.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Remove the interactions that match all options. The other interactions keep their bytes."""
    import time

    from gateway.cassettes.editing import Changes, edit, expect_own
    from gateway.cassettes.errors import CassetteError
    from gateway.cassettes.files import cassettes
    from gateway.core.saying import Saying
    from gateway.core.text import printable

    wanted = _picked(number, method, path, device, older_than)
    files = cassettes(cassette_paths(paths, config))
    if wanted.numbers is not None and len(files) != 1:
        fail(f"--number: expected a single cassette, found {len(files)}")
    under = _redaction_for_showing(config)
    wrong: list[str] = []
    for file in files:
        try:
            expect_own(file)
        except CassetteError as error:
            wrong.append(str(error))
    if wrong:
        fail("\n".join(wrong))
    for file in files:
        gone: list[str] = []

        def change(held: Sequence[Interaction], gone: list[str] = gone) -> Changes:
            positions = wanted.of(held, time.time())
            for position in positions:
                request = held[position].request
                gone.append(printable(f"  #{position + 1} {request.method} {Saying(under, request).target}"))
            return {} if dry_run else dict.fromkeys(positions)

        held, _ = edit(file, change)
        verb = "would be removed" if dry_run else "removed"
        typer.echo(f"{file}: {len(gone)} of {many(len(held), 'interaction')} {verb}")
        for line in gone:
            typer.echo(line)


def _picked(number: Sequence[str] | None, method: str, path: str | None, device: str, older_than: str | None) -> Picked:
    """Read the options. All mistakes are reported together."""
    from gateway.cassettes.picking import Picked, numbers_of
    from gateway.config.values import duration
    from gateway.core.adobe.routes import RoutePattern
    from gateway.core.mistake import Mistake

    wrong: list[str] = []
    pattern = age = None
    numbers: frozenset[int] = frozenset()
    for text in number or ():
        try:
            numbers |= numbers_of(text)
        except Mistake as mistake:
            wrong.append(f"--number: {mistake}")
    try:
        pattern = RoutePattern.parse(f"* {path}") if path is not None else None
    except ValueError as error:
        wrong.append(f"--path: {error}")
    try:
        age = float(duration(older_than)) if older_than is not None else None
    except ValueError as error:
        wrong.append(f"--older-than: {error}")
    picked = Picked(numbers if number else None, method.upper(), pattern, device, age)
    if not wrong and picked.is_everything:
        wrong.append(
            "expected --number, --method, --path, --device or --older-than, found no option: nothing is removed"
        )
    if wrong:
        fail("\n".join(wrong))
    return picked


def _redaction_for_showing(config: Path | None) -> Redaction:
    from gateway.wiring.keys import redaction

    return redaction(load_config(config).redaction, os.environ)


def repair(cassette: CassetteName, config: ConfigOption = None) -> None:
    """Remove the damaged end of a cassette. A copy of the file is kept."""
    from gateway.cassettes import repair as repairing

    file = cassette_path(cassette, config)
    repaired = repairing.repair(file)
    if repaired.backup is None:
        typer.echo(f"{file}: intact, {many(repaired.kept, 'interaction')}")
    else:
        typer.echo(
            f"{file}: kept {many(repaired.kept, 'interaction')}, cut {many(repaired.cut_bytes, 'byte')} from line {repaired.cut_from_line} on; "
            f"a copy of the old file: {repaired.backup}"
        )


def _interactions(name: str, config: Path | None) -> Sequence[Interaction]:
    from gateway.cassettes.reader import load

    return load(cassette_path(name, config)).interactions
