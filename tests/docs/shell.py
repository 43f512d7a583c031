"""A shell without a network, in which the commands of one page run one after another."""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Self

PATIENCE = 60.0
"""Seconds that a command may take."""
SETTLED = 0.3
"""Seconds without a line, after which a command in the background has said what it says at its start."""
END = "-- the command has ended with status "
BACKGROUND = re.compile(r"(?<!&)&\s*(?:#.*)?\Z")
"""The end of a command that stays in the background."""
ALONE = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
"""A network namespace has no network but its own loopback, so ports are free there. All processes in the PID namespace end with the shell."""


def command() -> list[str] | None:
    """Return what starts a shell in namespaces of its own; None where this machine does not allow that."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return None
    for options in ([], ["--user", "--map-root-user"]):
        tried = [ALONE[0], *options, *ALONE[1:], "ip", "link", "set", "lo", "up"]
        if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
            return [ALONE[0], *options, *ALONE[1:], "bash", "--noprofile", "--norc"]
    return None


class Shell:
    """A bash that is told commands, and reads their output line by line."""

    def __init__(self, start: list[str], folder: Path) -> None:
        environ = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("GATEWAY_", "PYTEST_", "ADOBE_"))
            },
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "COLUMNS": "110",
            "NO_COLOR": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # a reader's environment has few plugins, and starts faster
            "PYTEST_PLUGINS": "gateway.pytest_plugin",
            "GATEWAY_UPSTREAMS": '{staging: {origin: "emulator:"}, production: {origin: "emulator:"}}',
        }
        self._bash = subprocess.Popen(
            start,
            cwd=folder,
            env=environ,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.run("ip link set lo up; set -o pipefail; ulimit -c 0")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bash.kill()
        self._bash.wait()
        self._reader.join(5)
        for stream in (self._bash.stdin, self._bash.stdout):
            if stream:
                stream.close()

    def run(self, text: str) -> tuple[int, str]:
        """Run a command; return its status and its output. One that stays in the background has begun when it listens."""
        assert self._bash.stdin is not None
        waits = bool(BACKGROUND.search(text))
        if waits:  # its log would come between the lines of the next command
            text = BACKGROUND.sub("2>/dev/null &", text)
        self._bash.stdin.write(f"{{ {text.rstrip()}\n}} </dev/null; echo '{END}'$?\n")
        self._bash.stdin.flush()
        lines: list[str] = []
        status = -1
        until = monotonic() + PATIENCE
        while status < 0 or (waits and not any("listening on" in line for line in lines)):
            try:
                line = self._lines.get(timeout=max(0.0, until - monotonic()))
            except queue.Empty:
                msg = f"{text.strip()}\ntook longer than {PATIENCE:.0f} s, and printed:\n{''.join(lines)}"
                raise TimeoutError(msg) from None
            before, ended, after = line.partition(END)
            if ended:
                status = int(after)
            lines.append(before)
        if waits:  # what it says besides
            with suppress(queue.Empty):
                while True:
                    lines.append(self._lines.get(timeout=SETTLED))
        return status, "".join(lines)

    def _read(self) -> None:
        assert self._bash.stdout is not None
        for line in self._bash.stdout:
            self._lines.put(line)
