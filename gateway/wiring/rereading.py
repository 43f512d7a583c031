"""Reads the configuration again for a reload, and refuses a missing or empty file.

An editor may write a file in two steps, and between them the file is empty or missing. Without this check, every key would then have its
default, and the gateway would use another upstream.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gateway.config import Config
from gateway.core.mistake import Mistake


class ConfigGoneError(Mistake):
    """The configuration file is missing or empty, but was not at the start."""


def rereading(file: Path, read: Callable[[], Config]) -> Callable[[], Config]:
    """Return `read` for reloads. It raises ConfigGoneError if `file` is now missing or empty."""
    if _lacks(file):
        return read

    def again() -> Config:
        if found := _lacks(file):
            message = f"{file}: expected the configuration, found {found}. To use the defaults, restart the gateway."
            raise ConfigGoneError(message)
        return read()

    return again


def _lacks(file: Path) -> str:
    """Return why a file has no content, not even a comment; empty if it has content."""
    if not file.is_file():
        return "no such file"
    return "" if file.read_bytes().strip() else "an empty file"
