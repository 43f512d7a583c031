"""Shared by several commands: options, exit statuses, the configuration, and messages about mistakes."""

from __future__ import annotations

import os
import sys
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from gateway.config import Config
    from gateway.system.lines import Lines

FOUND = 1
"""Exit status: the command ran and found something (findings, a miss, a leak, a lost recording), or the port is taken."""
USAGE = 2
"""Exit status: a mistake in the command line, the configuration or a cassette."""
DEFECT = 70
"""Exit status: a defect of the gateway itself. The message names its place and quotes nothing that was read (sysexits.h: EX_SOFTWARE)."""

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
        help="Record the cassette again. When the run ends it replaces the older cassette, unless nothing was recorded.",
    ),
]


FaultOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="YAML",
        help="A fault, as an entry of `faults` in config.yaml: `reset`, or `delay: 2, when: {nth: 3}`. May be given several times. These faults replace the faults of the file.",
    ),
]


def faults_in(texts: list[str] | None) -> list[object] | None:
    """Return the options as entries of `faults`: YAML maps with or without their braces; None if there is no option."""
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
    """End with one clear message on stderr."""
    typer.echo(message, err=True)
    raise SystemExit(status)


def one_of(option: str, value: str, allowed: Mapping[str, object]) -> None:
    """End with the allowed values, if an option has another value."""
    if value not in allowed:
        fail(f"{option}: expected one of {', '.join(allowed)}, found {value!r}")


def load_config(
    path: Path | None, overrides: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """Read the configuration; a ConfigError lists every mistake."""
    from gateway.config import load

    return load(path, os.environ if environ is None else environ, overrides or {})


def is_empty(file: Path) -> bool:
    """Whether a configuration file exists and is empty, without even a comment."""
    return file.is_file() and not file.read_bytes().strip()


def cassette_path(name: str, config: Path | None) -> Path:
    """Return the path of a cassette that is named as on the command line of `run`."""
    path = Path(name)
    if path.suffix == ".yaml" or len(path.parts) > 1 or path.is_file():
        return path
    return load_config(config, {"cassettes.name": name}).cassette_path()


def cassette_paths(paths: list[Path], config: Path | None) -> list[Path]:
    """Return the files and folders. A path that does not exist may be the name of a cassette."""
    return [path if path.exists() else cassette_path(str(path), config) for path in paths]


def finish(work: Coroutine[object, object, int]) -> NoReturn:
    """Run a coroutine on the fastest loop there is, and exit with its status."""
    import asyncio

    from gateway.system.loops import new_loop

    with asyncio.Runner(loop_factory=new_loop) as runner:
        leave(runner.run(work))


def leave(status: int) -> NoReturn:
    """End the process now. What matters is written and closed.

    The interpreter's own end waits for every thread that looks up a name, or waits for a lock or a disk: for ever, perhaps.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # its reader is gone
            stream.flush()
    os._exit(status)


def log_file(path: Path) -> Lines:
    """Return the writer of the log's file; end with a message if the file cannot be opened."""
    from gateway.system.lines import Lines

    try:
        return Lines.to_file(path)
    except OSError as error:
        fail(f"log.file: expected a file that can be appended to, found {path}: {error.strerror or error}")


def print_bytes(data: bytes) -> None:
    """Write bytes to standard output: the locale's encoding plays no part."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def progress_bar() -> Progress:
    """Return a progress bar. It shows on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)
