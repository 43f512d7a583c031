"""Shared by several commands: options, exit statuses, the configuration, and messages about mistakes."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from gateway.config import Config
    from gateway.system.lines import Lines

STDOUT, STDERR = 1, 2
FOUND = 1
"""Exit status: the command ran and found something (findings, a miss, a leak, a lost recording), or the port is in use."""
USAGE = 2
"""Exit status: a mistake in the command line, the configuration or a cassette."""
DEFECT = 70
"""Exit status: a defect of the gateway itself (sysexits.h: EX_SOFTWARE). The message names its place, and quotes no input."""

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration file. Default: ./config.yaml if it exists.")
]
CassetteName = Annotated[str, typer.Argument(metavar="CASSETTE", help="Name or path of a cassette.")]
CassettePaths = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Cassettes, by name or path, or folders of cassettes.")
]


ReRecordOption = Annotated[
    bool,
    typer.Option(
        "--re-record",
        help="Record the cassette again. At the end of the run the new cassette replaces the old one, unless nothing was recorded.",
    ),
]


FaultOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="YAML",
        help="A fault, written like an entry of `faults` in config.yaml: `reset`, or `delay: 2, when: {nth: 3}`. May be given several times. These faults replace the faults of the file.",
    ),
]


def faults_in(texts: list[str] | None) -> list[object] | None:
    """Return the options as entries of `faults`. They are YAML maps, with or without braces. None if there is no option."""
    if not texts:
        return None
    from gateway.config import yaml12

    entries: list[object] = []
    wrong: list[str] = []
    for text in texts:
        written = text.strip()
        document = yaml12.read(written if written.startswith("{") else f"{{{written}}}")
        if document.flaws:
            what = document.flaws[0].message
            expected = "expected YAML such as 'reset' or 'delay: 2, when: {nth: 3}'"
            wrong.append(f"--fault: {expected}, found {text!r}: {what}")
        entries.append(document.data)
    if wrong:
        fail("\n".join(wrong))
    return entries


def recording_mode(mode: str | None, *, re_record: bool) -> str | None:
    """Return the mode of the command line. --re-record allows only mode record."""
    if re_record and mode not in {None, "record"}:
        fail(f"--re-record: expected no other --mode than record with it, found {mode!r}")
    return "record" if re_record else mode


def fail(message: str, status: int = USAGE) -> NoReturn:
    """End the command with a message on stderr."""
    typer.echo(message, err=True)
    raise SystemExit(status)


def one_of(option: str, value: str, allowed: Collection[str]) -> None:
    """End the command with a list of the allowed values, if an option has another value."""
    if value not in allowed:
        fail(f"{option}: expected one of {', '.join(allowed)}, found {value!r}")


def load_config(
    path: Path | None, overrides: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """Read the configuration. A ConfigError lists all mistakes."""
    from gateway.config import load

    return load(path, os.environ if environ is None else environ, overrides or {})


def is_empty(file: Path) -> bool:
    """Whether a configuration file exists and is empty, without even a comment."""
    return file.is_file() and not file.read_bytes().strip()


def cassette_path(name: str, config: Path | None) -> Path:
    """Return the path of a cassette. `name` is written as in `gateway run --cassette`."""
    path = Path(name)
    if path.suffix == ".yaml" or len(path.parts) > 1 or path.is_file():
        return path
    return load_config(config, {"cassettes.name": name}).cassette_path()


def cassette_paths(paths: list[Path], config: Path | None, missing: list[str] | None = None) -> list[Path]:
    """Return files and folders. A path that does not exist may be the name of a cassette.

    If it is neither, this raises CassetteMissingError. If `missing` is given, this adds the error's text to `missing` instead, and leaves
    the path out.
    """
    from gateway.cassettes.errors import CassetteMissingError

    found = []
    for path in paths:
        try:
            found.append(path if path.exists() else _named(path, config))
        except CassetteMissingError as error:
            if missing is None:
                raise
            missing.append(str(error))
    return found


def _named(path: Path, config: Path | None) -> Path:
    """Return the path of the cassette of this name. If there is no cassette, its file of findings is enough."""
    from gateway.cassettes.errors import CassetteMissingError
    from gateway.cassettes.files import findings_path, there

    cassette = cassette_path(str(path), config)
    if cassette.exists() or findings_path(cassette).exists():
        return cassette
    neither = "no such file or folder" if cassette == path else f"no such file or folder, and no {cassette}"
    raise CassetteMissingError(
        path, expected="a cassette or a folder of cassettes", found=neither, advice=there(cassette.parent)
    )


def steps(entries: Sequence[tuple[str, str]]) -> str:
    """Return the next steps of a reader, a line for each: what to write, and why."""
    widest = max(len(what) for what, _ in entries)
    return "\n".join(["next:", *[f"  {what:<{widest}}  {why}" for what, why in entries]])


def finish(work: Coroutine[object, object, int]) -> NoReturn:
    """Run a coroutine on the fastest event loop that is installed, and exit with its status."""
    import asyncio

    from gateway.system.loops import new_loop

    with asyncio.Runner(loop_factory=new_loop) as runner:
        leave(runner.run(work))


def leave(status: int) -> NoReturn:
    """End the process now. All files must be written and closed before.

    The interpreter's own end would wait for each thread that looks up a name, or waits for a lock or a disk, perhaps for ever.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the reader has ended
            stream.flush()
    os._exit(status)


def log_file(path: Path) -> Lines:
    """Return the writer of the log file. End the command with a message if the file cannot be opened."""
    from gateway.system.lines import Lines

    try:
        return Lines.to_file(path)
    except OSError as error:
        fail(f"log.file: expected a file that can be appended to, found {path}: {error.strerror or error}")


def print_bytes(data: bytes) -> None:
    """Write bytes to standard output, whatever the locale's encoding is."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def console_for(least: int) -> Console:
    """Return the console of standard output. A terminal keeps its own width. Other output has at least `least` characters a line."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, least)
    return console


def progress_bar() -> Progress:
    """Return a progress bar. It is shown only on a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def standard_lines(file: Path | None = None) -> Iterator[tuple[Lines, Lines]]:
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
