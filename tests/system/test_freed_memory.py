"""Freed memory goes back to the system while the gateway runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

FREED = """
import asyncio, platform
from pathlib import Path
from gateway.system.freed_memory import give_back_regularly

def resident():
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))

async def main():
    bodies = [bytes(20_000) for _ in range(4_000)]
    full = resident()
    del bodies[::2], bodies[:-1]  # the last body stays behind the gaps
    give_back_regularly(0.05)
    for _ in range(100):
        await asyncio.sleep(0.05)
        if full - resident() > 60_000:
            return True
    return False

print(platform.libc_ver()[0], asyncio.run(main()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has malloc_trim")
def test_memory_of_forgotten_bodies_goes_back_to_the_system() -> None:
    told = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)  # noqa: S603  # ours
    libc, is_given_back = told.stdout.split()
    if libc != "glibc":
        pytest.skip("only glibc has malloc_trim")
    assert is_given_back == "True"
