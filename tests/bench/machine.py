"""The machine: what it is, which cores it gives us, and how much of them a process used."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cores:
    """Who runs where; None: wherever the system puts it."""

    tested: int | None = None
    """The system under test, alone."""
    load: int | None = None
    """The load generator and the upstream."""

    def __str__(self) -> str:
        if self.tested is None:
            return "nothing is pinned to a core here, so load and system under test share what there is"
        return f"system under test alone on core {self.tested}; wrk and the proxies' upstream on core {self.load}"


def cores() -> Cores:
    """Return two cores, where the platform can pin and there are two."""
    if sys.platform != "linux":
        return Cores()
    ours = sorted(os.sched_getaffinity(0))
    return Cores(ours[0], ours[-1]) if len(ours) > 1 else Cores()


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Let what is started meanwhile run on `core` alone: a child inherits where its parent may run."""
    if core is None or sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(process: int) -> float | None:
    """Return the processor time that a process and those it started have used, threads included; None where that is not told."""
    try:
        text = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
        started = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(child)) or 0.0 for child in started)


def facts() -> str:
    """Return what a reader has to know of the machine, as Markdown."""
    packages = ", ".join(f"{name} {_version(name)}" for name in ("aiohttp", "uvloop", "PyYAML", "pytest-benchmark"))
    load = " ".join(f"{number:.1f}" for number in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return "\n".join(
        [
            f"* {platform.python_implementation()} {platform.python_version()}, {packages}",
            f"* {platform.system()} {platform.release()}, {os.cpu_count()} cores: {_processor()}",
            f"* load when it began (1, 5, 15 minutes): {load}",
        ]
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
