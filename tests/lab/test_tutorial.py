"""The tutorial of docs/tutorials/lab.md, as it stands there: from nothing to a replayed logout over TLS, in less than a minute."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from tests.harness.ports import free_port

DOCS = Path(__file__).parent.parent.parent / "docs" / "tutorials" / "lab.md"
SECONDS = 60


def adapted(text: str, port: int, pages: int, dns: int) -> str:
    """Return a block for this machine: its address, and ports that need no root."""
    text = text.replace(":443:192.168.0.2", f":{port}:127.0.0.1").replace(
        "api.auth.adobe.com/", f"api.auth.adobe.com:{port}/"
    )
    text = text.replace("port: 443", f"port: {port}").replace("api.auth.adobe.com:443", f"api.auth.adobe.com:{port}")
    text = text.replace("dns: { listen: 192.168.0.2 }", f'dns: {{ listen: "127.0.0.1:{dns}", forward_to: 192.0.2.1 }}')
    text = text.replace("pages: { listen: 192.168.0.2 }", f'pages: {{ listen: "127.0.0.1:{pages}" }}')
    text = text.replace("http://192.168.0.2", f"http://127.0.0.1:{pages}")
    text = text.replace("--resolver 192.168.0.2", f"--resolver 127.0.0.1:{dns}")
    return text.replace("192.168.0.2", "127.0.0.1").replace("0.0.0.0", "127.0.0.1")


@contextmanager
def running(command: str, environ: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        command.split(), stdout=subprocess.PIPE, text=True, env=environ, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    with process.stdout:
        assert "listening on https://" in process.stdout.readline()
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


@pytest.mark.long
def test_the_tutorials_commands_work_and_take_less_than_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config, commands, asked = (
        adapted(block, *ports)
        for ports in [[free_port() for _ in range(3)]]
        for block in re.findall(r"```\w+\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[:3]
    )
    began = monotonic()
    Path("config.yaml").write_text(config.replace("lab:\n", "control: { enabled: false }\nlab:\n"))
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def shell(command: str) -> str:
        done = subprocess.run(["sh", "-ec", command], check=False, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    init, run = [line.partition("#")[0].strip() for line in commands.splitlines()]
    certificate, check, call = asked.split("\n", 2)
    call = call.replace("curl ", "curl -sS -o answer -w '%{http_code}' ")
    shell(init)
    with running(run, environ):
        shell(certificate)
        assert [line[:4] for line in shell(check).splitlines() if line[0] != " "] == [*6 * ["yes "], "?   "]
        answers = [(shell(call), Path("answer").read_bytes())]
    with running("gateway run --mode replay", environ):
        answers.append((shell(call), Path("answer").read_bytes()))
    assert monotonic() - began < SECONDS
    assert answers[0][0] == "204"
    assert answers[0] == answers[1]
