"""Two real gateways that start with one empty state file register once: whoever is second finds the first one's credentials."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import gateway
from tests.harness.sockets import Origin, Wire

ROOT = Path(gateway.__file__).parent.parent
LOGOUT = b"DELETE /api/v1/logout?requestor=REF30&deviceId=tv-of-the-lab-%d HTTP/1.1\r\nHost: gateway\r\n\r\n"
GIVEN = {
    "/o/client/register": {"client_id": "id-1", "client_secret": "secret-1"},
    "/o/client/token": {"access_token": "token-1", "expires_in": 21600},
}


def answer(document: object) -> bytes:
    body = json.dumps(document).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@pytest.mark.long
async def test_two_processes_register_once(tmp_path: Path) -> None:
    async def script(wire: Wire) -> None:
        while True:
            target = (await origin.read(wire)).target.decode()
            if target == "/o/client/register":
                await asyncio.sleep(0.5)  # long enough for the other to ask as well
            wire.send(answer(GIVEN.get(target, {"profiles": {}})))

    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(Origin(script=script))
        (tmp_path / "config.yaml").write_text(
            f"mode: passthrough\nlisten: {{port: 0}}\nupstream: lab\nupstreams: {{lab: {{origin: 'http://127.0.0.1:{origin.port}'}}}}\n"
            "rules: [{v1_logout: {redirect_url: 'https://example.com'}}]\nclients: {default: {}}\n"
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "GATEWAY_SOFTWARE_STATEMENT": "a.statement.x"}
        ports = []
        for _ in range(2):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "from gateway.cli import main; main()", "run",
                cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            stack.push_async_callback(process.wait)
            stack.callback(process.kill)
            assert process.stdout is not None
            line = (await process.stdout.readline()).decode()
            ports.append(int(line.partition("http://127.0.0.1:")[2].split()[0]))
        wires = [Wire(*await asyncio.open_connection("127.0.0.1", port)) for port in ports]
        for wire in wires:
            stack.callback(wire.abort)
        answers = await asyncio.gather(*(wire.send(LOGOUT % number).message() for number, wire in enumerate(wires)))
        asked = [message.target for message in origin.seen]
        assert asked.count(b"/o/client/register") == 1, asked
        assert {reply.status for reply in answers} == {200}
        kept = json.loads((tmp_path / ".gateway-state.json").read_text())
        assert [entry["client_id"] for entry in kept.values()] == ["id-1"]
