"""Runs the raw-socket conformance cases that lie beside the project against a gateway: in passthrough and in record, on both ways of scheduling.

`python -m tests.conformance [FOLDER]`; without the folder there is nothing to run, which is said and is no failure.
"""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from tests.harness.ports import free_port

ROOT = Path(__file__).parent.parent
FOLDERS = ("conformance", "../shared/conformance")
"""Where the cases may lie, as seen from the project."""
MODES = ("passthrough", "record")
ROUTES = [
    f"{method} /t/{'/'.join(['{any}'] * depth)}"
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
    for depth in (1, 2, 3)
]
"""What is recorded: the paths of the cases."""
SCHEDULINGS = ("at once", "tasks")


def main() -> int:
    """Return 0 when no case failed, in any combination."""
    wanted = sys.argv[1:] or [str(ROOT / folder) for folder in FOLDERS]
    cases = next((path for folder in wanted if (path := Path(folder) / "conformance.py").exists()), None)
    if cases is None:
        sys.stdout.write("conformance: skipped, its cases are not here\n")
        return 0
    failed = False
    for mode, scheduling in product(MODES, SCHEDULINGS):
        upstream = free_port()
        with _gateway(mode, scheduling, upstream) as port:
            command = [sys.executable, str(cases), "--gateway-port", str(port), "--upstream-port", str(upstream)]
            run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)  # noqa: S603  # the cases
        lines = [line for line in run.stdout.splitlines() if re.search(r"\bFAIL\b", line)]
        total = (run.stdout.strip().splitlines() or [run.stderr.strip()])[-1]
        sys.stdout.write(f"conformance, {mode}, {scheduling}: {total}\n" + "".join(f"  {line}\n" for line in lines))
        sys.stdout.flush()
        failed = failed or run.returncode != 0 or bool(lines)
    return 1 if failed else 0


@contextmanager
def _gateway(mode: str, scheduling: str, upstream: int) -> Iterator[int]:
    """Run a gateway as a user does, before an upstream that the cases play."""
    with tempfile.TemporaryDirectory(prefix="pass-gateway-conformance-") as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(
            f"upstream: lab\nupstreams:\n  lab:\n    origin: http://127.0.0.1:{upstream}\n"
            "    timeout: {connect: 2, read: 3}\n"
            f"cassettes: {{record: {json.dumps(ROUTES)}}}\n"
        )
        environ = {**os.environ, "GATEWAY_REDACTION_KEY": "5f" * 32}
        if scheduling == "tasks":
            environ["PASS_GATEWAY_SCHEDULING"] = "tasks"
        start = "from gateway.cli import main; main()"
        command = [sys.executable, "-c", start, "run", "--config", str(config), "--mode", mode, "--port", "0"]
        with subprocess.Popen(  # noqa: S603  # our own interpreter
            [*command, "--cassette", str(Path(folder) / "recorded.yaml")],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
            env=environ,
        ) as process:
            try:
                assert process.stdout is not None
                said = process.stdout.readline() if select.select([process.stdout], [], [], 30.0)[0] else ""
                found = re.search(r"http://127\.0\.0\.1:([0-9]+)", said)
                if found is None:
                    message = f"the gateway does not start: {said}"
                    raise SystemExit(message)
                yield int(found[1])
            finally:
                process.terminate()
                process.wait(30)


if __name__ == "__main__":
    raise SystemExit(main())
