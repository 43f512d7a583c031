"""Reads the configuration again for a reload, and refuses a missing or empty file.

An editor may write a file in two steps: between them it is empty, or not there. Each key would then have its default, and the gateway
would use another upstream.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gateway.config import Config
from gateway.core.mistake import Mistake


class ConfigGoneError(Mistake):
    """The file of the configuration is missing or empty, and was not at the start."""


def rereading(file: Path, read: Callable[[], Config]) -> Callable[[], Config]:
    """Return `read` for reloads; it raises ConfigGoneError where `file` is gone, or has nothing in it any more."""
    if _lacks(file):
        return read

    def again() -> Config:
        if found := _lacks(file):
            message = (
                f"{file}: expected the configuration, found {found}. To take the defaults, start the gateway anew."
            )
            raise ConfigGoneError(message)
        return read()

    return again


def _lacks(file: Path) -> str:
    """Say what is wrong with a file that has nothing in it, not even a comment; empty where there is something."""
    if not file.is_file():
        return "no such file"
    return "" if file.read_bytes().strip() else "an empty file"
