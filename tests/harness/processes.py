"""What a test needs to start the gateway as a process of its own."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import gateway

ROOT = Path(gateway.__file__).parent.parent
MAIN = "from gateway.cli import main; main()"
GATEWAY = [sys.executable, "-c", MAIN]
"""The command, of this environment and of this source."""
SOON = 30.0
"""Seconds after which a process that should start or end has failed; a busy machine is slow."""


def environment(**more: str) -> dict[str, str]:
    """Return the environment without what is ours in it, and with the package where the tests have it."""
    plain = {name: value for name, value in os.environ.items() if not name.upper().startswith("GATEWAY_")}
    return {**plain, "PYTHONPATH": str(ROOT), **more}


def port_in(line: str) -> int:
    """Return the port of what a gateway or an emulator says first."""
    found = re.search(r"http://127\.0\.0\.1:([0-9]+)", line)
    assert found is not None, line
    return int(found[1])
