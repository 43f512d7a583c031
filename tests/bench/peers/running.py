"""Systems as processes: started on their core, asked until they answer, accounted for with all their children, stopped."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request as Ask
from urllib.request import urlopen

from gateway.core.model import Request
from tests.bench.machine import pinned

START_SECONDS = 180.0
"""How long a system may take to answer: it may have 100,000 interactions to read."""
WRONG_SECONDS = 3.0
"""How long a system that answers otherwise than it should is waited for."""
TICKS = os.sysconf("SC_CLK_TCK")


class BrokenError(Exception):
    """A system does not start, or does not answer as it should: what happened, and what was seen of it."""

    def __init__(self, what: str, seen: object = "") -> None:
        """`seen` is shown as the end of its text, since programs say last why they ended."""
        super().__init__(": ".join(filter(None, (what, str(seen).strip()[-400:]))))


@dataclass(slots=True)
class Process:
    """A system that runs."""

    name: str
    pid: int
    port: int
    log: Path
    """What it says, standard output and standard error."""
    tls: bool = False

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """Return the processor seconds of the process and of all that it started, user's and kernel's."""
        return sum(map(processor_seconds, self.tree()))

    def memory(self, what: str = "VmRSS") -> int:
        """Return the resident bytes of the processes; `VmHWM`: the most that each ever had."""
        return sum(_memory(pid, what) for pid in self.tree())

    def last_words(self) -> str:
        """Return the end of what it has said."""
        return " · ".join(self.log.read_text("utf-8", "replace").strip().splitlines()[-3:])[-600:]

    def tree(self) -> list[int]:
        """Return the process and its descendants."""
        children: dict[int, list[int]] = {}
        for entry in os.listdir("/proc"):  # noqa: PTH208  # hundreds of names, as text
            if entry.isdigit():
                with suppress(IndexError, ValueError):
                    children.setdefault(int(stat(int(entry))[1]), []).append(int(entry))
        found = [self.pid]
        for pid in found:  # it grows while it is walked
            found += children.get(pid, [])
        return found


def stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on (proc(5): the third); zeroes for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return ["0"] * 50


def processor_seconds(pid: int) -> float:
    """Return the processor seconds of a process, and of the children that it has waited for; 0 for a process that has ended.

    /proc counts in hundredths of a second: a gateway is ready with 1,000 interactions in five of them. The process's own clock
    (clock_getcpuclockid(3)) counts in nanoseconds.
    """
    own, of_children = (sum(map(int, part)) / TICKS for part in (stat(pid)[11:13], stat(pid)[13:15]))
    with suppress(OSError):
        own = time.clock_gettime(~pid << 3 | 2)
    return own + of_children


def _memory(pid: int, what: str) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1]) * 1024
    return 0


@contextmanager
def running(
    name: str,
    command: list[str],
    *,
    port: int,
    core: int | None,
    folder: Path,
    environ: dict[str, str],
    tls: bool = False,
    ask: Request | None = None,
    expect: bytes = b"",
    seconds: float = START_SECONDS,
) -> Iterator[Process]:
    """Run a system until the block ends. It is there when it has answered `ask`, or, without one, when it accepts. Raises BrokenError."""
    log = folder / "said.log"
    with log.open("wb") as out, pinned(core):
        process = subprocess.Popen(  # the systems of this package
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder, env=environ, start_new_session=True
        )
    here = Process(name, process.pid, port, log, tls)
    try:
        _await(here, process, ask, expect, seconds)
        yield here
    finally:
        _stop(here, process)


def _await(here: Process, process: subprocess.Popen[bytes], ask: Request | None, expect: bytes, seconds: float) -> None:
    until, why = time.monotonic() + seconds, "it does not listen"
    while time.monotonic() < until:
        if process.poll() is not None:
            why = f"it ended with status {process.returncode}"
            break
        try:
            if ask is None:
                socket.create_connection(("127.0.0.1", here.port), 1).close()
                return
            if expect in answered(here.url, ask):
                return
            why, until = "it answers something else", min(until, time.monotonic() + WRONG_SECONDS)
        except HTTPError as error:
            why, until = str(error), min(until, time.monotonic() + WRONG_SECONDS)
        except OSError as error:
            why = str(error)
        time.sleep(0.02)
    raise BrokenError(why, here.last_words())


def answered(url: str, asked: Request) -> bytes:
    """Ask once, and return the body of a good answer. Raises OSError for another one."""
    sent = Ask(url + asked.target, headers=dict(asked.headers.items()), method=asked.method)  # noqa: S310  # loopback
    context = ssl._create_unverified_context() if url.startswith("https") else None  # noqa: S323  # its own certificate
    with urlopen(sent, timeout=20, context=context) as answer:  # noqa: S310  # loopback
        return bytes(answer.read())


def _stop(here: Process, process: subprocess.Popen[bytes]) -> None:
    """End it and what it started: all of it is in a session of its own."""
    children = here.tree()
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in children[1:]:
        with suppress(ProcessLookupError):
            if os.getsid(pid) == here.pid:
                os.kill(pid, signal.SIGKILL)
