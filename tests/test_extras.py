"""The base install does everything that needs no extra: no module of it imports a package that only an extra brings."""

from __future__ import annotations

import subprocess
import sys

EXTRAS = (
    "cryptography", "dns", "hiredis", "mitmproxy", "opentelemetry", "prometheus_client", "pytest", "redis", "segno", "watchfiles",
)  # fmt: skip
BASE = (
    "gateway.cli",
    "gateway.commands.audit",
    "gateway.commands.cassettes",
    "gateway.commands.config",
    "gateway.commands.demo",
    "gateway.commands.emulator",
    "gateway.commands.lab",
    "gateway.commands.offline",
    "gateway.commands.running",
    "gateway.offline.running",
    "gateway.offline.steered",
    "gateway.wiring.controlling",
    "gateway.wiring.reloading",
    "gateway.wiring.serving",
    "gateway.wiring.supervising",  # several workers need no Redis
    "gateway.wiring.working",
    "gateway.wiring.looking_back",
)

IMPORT = f"""
import importlib, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        print(f"{{name}} imports {{error.name}}")
"""


def test_without_extras_everything_else_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT, *BASE], capture_output=True, text=True, check=True)  # noqa: S603  # our own interpreter
    assert done.stdout == ""
