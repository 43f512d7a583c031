"""A loop finds descriptors 0 to 2 open: uvloop aborts where one is its own."""

# ruff: noqa: S603  # the processes are ours
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gateway

ROOT = Path(gateway.__file__).parent.parent
GATEWAY = "from gateway.cli import main; main()"
CODE = """
import os, sys
from pathlib import Path
from gateway.system.loops import new_loop
loop = new_loop()
Path("seen").write_text("\\n".join(os.readlink(f"/proc/self/fd/{n}") for n in range(3)) + f"\\n{os.get_inheritable(1)}")
print("nobody reads this")
print("nor this", file=sys.stderr)
loop.close()
"""


def closed(redirections: str, *command: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirections}', "sh", sys.executable, "-c", *command],
        env={**environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc")
def test_what_is_closed_is_opened_on_dev_null_for_us_and_for_what_we_start() -> None:
    ended = closed("<&- >&- 2>&-", CODE)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert Path("seen").read_text("ascii").split() == [os.devnull] * 3 + ["True"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc")
def test_what_is_open_stays_what_it_is() -> None:
    assert closed("2>&-", CODE).stdout == "nobody reads this\n"
    seen = Path("seen").read_text("ascii").split()
    assert (seen[1].startswith("pipe:"), seen[2]) == (True, os.devnull)


@pytest.mark.long
@pytest.mark.parametrize("redirections", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    "command", ["demo", "exec --mode auto --cassette c -- true", "run --port 0", "emulator --port 0"]
)
def test_no_command_minds(command: str, redirections: str) -> None:
    """Those that serve end by a signal, which they are sent when they listen."""
    soon = "import os, signal, gateway.system.signals as s; drain = s.drain\n"
    soon += "s.drain = lambda *hear: (drain(*hear), os.kill(os.getpid(), signal.SIGTERM))\n"
    ended = closed(redirections, soon + GATEWAY, *command.split())
    assert ended.returncode == 0, ended.stderr
