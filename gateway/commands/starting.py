"""Shows progress at the start, since a cassette of 100,000 interactions takes half a minute to read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import typer

FIRST = 2.0
"""Seconds before the first message. Most starts take less than one second."""
AGAIN = 5.0
"""Seconds between two lines, if stderr is not a terminal."""
OFTEN = 0.5


@contextmanager
def starting(cassette: Path, first: float = FIRST, again: float = AGAIN) -> Iterator[Callable[[], None]]:
    """Show the progress of reading a cassette while the block runs: one changing line on a terminal, else a line every few seconds.

    Yields the function to call for each interaction that was read.
    """
    read = 0
    done = Event()
    began = monotonic()

    def count() -> None:
        nonlocal read
        read += 1

    def text() -> str:
        return f"starting: {read:,} interactions of {cassette} read after {monotonic() - began:.0f} s"

    def show() -> None:
        if done.wait(first):
            return
        if not sys.stderr.isatty():
            typer.echo(text(), err=True)
            while not done.wait(again):
                typer.echo(text(), err=True)
            return
        from rich.console import Console

        with Console(stderr=True).status(text()) as status:
            while not done.wait(OFTEN):
                status.update(text())

    showing = Thread(target=show, name="starting", daemon=True)
    showing.start()
    try:
        yield count
    finally:
        done.set()
        showing.join(1.0)
