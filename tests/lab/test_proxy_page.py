"""The commands of docs/how-to/lab-proxy.md, as they stand there: from nothing to a recorded logout by the proxy."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.ports import free_port

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "lab-proxy.md"


@pytest.mark.long
def test_the_commands_of_the_page_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    port = free_port()
    config, commands, calls, listed = (
        block.replace("listen: 192.168.0.2", f'listen: "127.0.0.1:{port}"').replace(
            "192.168.0.2:3128", f"127.0.0.1:{port}"
        )
        for block in re.findall(r"```\w+\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    )
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for text in (listed, config):  # both are fine; the first one is what the commands are for
        Path("config.yaml").write_text(f"listen: {{ port: 0 }}\ncontrol: {{ enabled: false }}\n{text}")
        subprocess.run(["gateway", "config", "check"], check=True, env=environ, capture_output=True)
    *before, run = [line.partition("#")[0].strip() for line in commands.splitlines()]
    for command in before:
        subprocess.run(["sh", "-c", command], check=True, env=environ, capture_output=True)
    with subprocess.Popen(
        run.split(), stdout=subprocess.PIPE, text=True, env=environ, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert f"proxy 127.0.0.1:{port}" in process.stdout.readline()
        shown = calls.replace("curl ", "curl -sS -w '%{http_code}\\n' ")
        done = subprocess.run(["sh", "-ec", shown], check=True, env=environ, capture_output=True, text=True)
        process.send_signal(signal.SIGTERM)
    first, second, *file, last = done.stdout.splitlines()
    assert (first, second, last) == ("204", "204", "200")
    assert f'return "PROXY 127.0.0.1:{port}";' in "\n".join(file)
    assert Path("cassettes/logout.yaml").read_text().count("a-phone-in-the-lab") == 0
    assert Path("cassettes/logout.yaml").read_text().count("DELETE") == 2
