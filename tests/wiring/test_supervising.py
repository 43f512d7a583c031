"""Several workers as one: the real processes, their page, and what happens when they are killed, told to reload, or refused."""

# ruff: noqa: S311  # chance in a test is no secret
from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.cassettes.reader import load
from tests.harness import sockets
from tests.harness.fleet import Fleet, fleet, logout, origin
from tests.harness.processes import SOON

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("FLEET_SECONDS", "30"))
"""How long workers are killed."""
CLIENTS = 8
OTHER = b"GET /api/v2/REF30/configuration HTTP/1.1\r\nHost: gateway\r\n\r\n"


async def test_page_and_api_show_and_steer_all_workers(tmp_path: Path) -> None:
    """Exchanges, devices, findings, numbers, mode and faults are those of both workers; what needs one process is refused with the reason."""
    async with origin() as upstream, fleet(tmp_path, upstream, "--mode", "record", metrics=True) as running:
        one, other = await running.one_each()
        for number in range(3):
            for name, wire in (("left", one), ("right", other)):
                assert (await wire.send(logout(f"{name}-{number}")).message()).status == 200

        os.kill(running.process.pid, signal.SIGSTOP)  # a supervisor that hangs holds up nobody
        try:
            assert [(await wire.send(OTHER).message()).status for wire in (one, other)] == [200, 200]
        finally:
            os.kill(running.process.pid, signal.SIGCONT)

        _, page = await running.api("GET", "/api/exchanges?route=v2 logout".replace(" ", "%20"))
        assert len(page["exchanges"]) == 6 == page["newest"] - 2
        prefixes = {exchange["id"].partition("-")[0] for exchange in page["exchanges"]}
        assert len(prefixes) == 2, "each worker has had some"
        status, detail = await running.api("GET", f"/api/exchanges/{page['exchanges'][0]['id']}")
        assert (status, detail["exchange"]["device"]) == (200, page["exchanges"][0]["device"])
        assert len((await running.api("GET", "/api/devices"))[1]) == 7
        assert {row["finding"]["id"] for row in (await running.api("GET", "/api/findings"))[1]} >= {"INFO001"}
        _, numbers = await running.api("GET", "/metrics")
        assert re.findall(r'gateway_recordings_total\{worker="(\d)"\} 3\.0', numbers) == ["1", "2"]
        assert len(load(tmp_path / "cassettes/logout.yaml").interactions) == 6

        assert (await running.api("PUT", "/api/mode", {"mode": "passthrough"}))[1]["mode"] == "passthrough"
        status, fault = await running.api("POST", "/api/faults", {"status": 503})
        assert (status, fault[0]["met"]) == (201, 0)
        assert [(await wire.send(logout("x-1")).message()).status for wire in (one, other)] == [503, 503]
        assert (await running.api("GET", "/api/faults"))[1][0]["met"] == 2
        assert (await running.api("DELETE", "/api/faults"))[0] == 204
        assert [(await wire.send(logout("x-2")).message()).status for wire in (one, other)] == [200, 200]
        assert len(load(tmp_path / "cassettes/logout.yaml").interactions) == 6, "mode passthrough records nothing"

        refused = [
            await running.api("PUT", "/api/mode", {"mode": "replay"}),
            await running.api("POST", "/api/expectations", {"status": 418}),
            await running.api("POST", "/api/faults", {"status": 503, "when": {"nth": 2}}),
        ]
        assert [status for status, _ in refused] == [409, 409, 400]
        assert all("worker" in said["message"] for _, said in refused)
        status, session = await running.api("POST", "/api/sessions", {"mode": "replay", "cassette": "logout"})
        assert (status, session["mode"]) == (201, "replay")
        for pid in running.pids:  # a service manager ends all at once
            os.kill(pid, signal.SIGTERM)
        assert await running.stop() == 0
    assert running.events("stopped")[0]["recorded"] == 6
    assert running.events("worker ended") == []


async def test_the_emulator_is_one_for_all_workers(tmp_path: Path) -> None:
    """A client that registers through one worker is known through the other, and the API changes the emulator of both."""
    async with fleet(tmp_path, None, "--mode", "passthrough") as running:
        one, other = await running.one_each()
        body = b'{"software_statement": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9."}'
        head = b"POST /o/client/register HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        registered = await one.send(head % len(body) + body).message()
        assert registered.status in {200, 201}, registered
        said = json.loads(registered.body)
        form = f"client_id={said['client_id']}&client_secret={said['client_secret']}&grant_type=client_credentials"
        head = b"POST /o/client/token HTTP/1.1\r\nHost: g\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
        token = await other.send(head % len(form) + form.encode()).message()
        assert token.status in {200, 201}, token
        assert (await running.api("POST", "/api/emulator/reset"))[0] == 204
        assert await running.stop() == 0


async def test_killed_workers_cost_what_was_in_flight_in_them_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load, with a worker killed every second: no wrong answer, no refused connection, no doubled and no lost recording."""
    # on a busy machine a worker starts for ten seconds, and then the next is killed
    monkeypatch.setattr(sockets, "PATIENCE", 120.0)
    chance = random.Random(18)
    answered: list[str] = []
    broken = 0
    end = asyncio.get_running_loop().time() + SECONDS

    async def client(running: Fleet, number: int) -> None:
        nonlocal broken
        turn = 0
        while asyncio.get_running_loop().time() < end:
            wire = await running.client()
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while asyncio.get_running_loop().time() < end:
                    turn += 1
                    name = f"c{number}-{turn}"
                    wire.send(logout(name, f"X-Padding: {'x' * chance.choice([1, 1000, 20_000])}"))
                    message = await wire.message()
                    assert (message.status, message.body) == (200, upstream.body)
                    answered.append(name)
            broken += asyncio.get_running_loop().time() < end

    async def killer(running: Fleet) -> int:
        kills = 0
        while asyncio.get_running_loop().time() < end - 1:
            await asyncio.sleep(chance.uniform(0.2, 2.0))
            with suppress(ProcessLookupError, IndexError):
                os.kill(chance.choice(running.pids), signal.SIGKILL)
                kills += 1
            while (await running.api("GET", "/readyz"))[1].count("is not running") == 2:  # noqa: ASYNC110  # the supervisor is another process
                await asyncio.sleep(0.05)  # on a busy machine a start takes longer than from one kill to the next
        return kills

    async with origin() as upstream, fleet(tmp_path, upstream, "--mode", "record", history={}) as running:
        clients = [asyncio.create_task(client(running, number)) for number in range(CLIENTS)]
        kills = await killer(running)
        await asyncio.gather(*clients)
        await running.ready()
        _, page = await running.api("GET", "/api/exchanges?limit=1")
        assert page["exchanges"]
        assert await running.stop() == 0
    held = Counter(
        interaction.request.target.partition("n=")[2]
        for interaction in load(tmp_path / "cassettes/logout.yaml").interactions
    )
    assert kills >= SECONDS / 10
    assert set(answered) <= set(held), "an answer without its recording"
    assert max(held.values()) == 1, "a recording that is there twice"
    assert set(held) - set(answered) <= set(asked_of(upstream.asked))
    assert len(set(held) - set(answered)) <= broken, "recordings of more than was in flight"
    assert len(upstream.asked) == len(set(upstream.asked)), "nothing is sent twice"


def asked_of(targets: list[str]) -> list[str]:
    return [target.partition("n=")[2] for target in targets]


async def test_workers_reload_one_by_one_and_a_refused_reload_leaves_all_as_they_are(tmp_path: Path) -> None:
    """Under load no call fails; what is wrong is said in the log, and both workers answer as before."""
    statuses: Counter[int] = Counter()
    stop = asyncio.Event()

    async def client(running: Fleet) -> None:
        wire = await running.client()
        turn = 0
        while not stop.is_set():
            turn += 1
            statuses[(await wire.send(logout(f"r-{turn}")).message()).status] += 1

    async with origin() as upstream, fleet(tmp_path, upstream, "--mode", "passthrough") as running:
        load_ = [asyncio.create_task(client(running)) for _ in range(4)]
        config = json.loads((tmp_path / "config.yaml").read_text("utf-8"))
        for number in range(3):
            (tmp_path / "config.yaml").write_text(
                json.dumps({**config, "limits": {"max_body": 1000 + number}}), "utf-8"
            )
            running.signal(signal.SIGHUP)
            await running.until("configuration applied", number + 1)
        for wrong in ({"limits": {"max_body": 0}}, {"mode": "replay"}, {"redaction": {"key_file": "wrong-key"}}):
            (tmp_path / "wrong-key").write_text("no key", "utf-8")
            (tmp_path / "config.yaml").write_text(json.dumps({**config, **wrong}), "utf-8")
            before = len(running.events("configuration not applied"))
            if "mode" in wrong:  # the command line says passthrough
                continue
            running.signal(signal.SIGHUP)
            await running.until("configuration not applied", before + 1)
        (tmp_path / "config.yaml").write_text(json.dumps({**config, "workers": 3}), "utf-8")
        running.signal(signal.SIGHUP)
        await running.until("configuration applied", 4)
        assert running.events("configuration applied")[-1]["needs_restart"] == ["workers"]
        (tmp_path / "other-key").write_text("ab" * 32, "utf-8")
        (tmp_path / "config.yaml").write_text(json.dumps({**config, "redaction": {"key_file": "other-key"}}), "utf-8")
        running.signal(signal.SIGHUP)
        await running.until("configuration applied", 5)
        stop.set()
        await asyncio.gather(*load_)
        assert set(statuses) == {200}
        assert (await running.api("GET", "/api/config"))[1]["workers"] == 2
        assert running.events("worker ended") == []
        os.kill(running.pids[0], signal.SIGKILL)  # whoever comes in its place has the new key, as the other one has
        await running.until("worker answers")
        assert len(running.pids) == 2
        assert await running.stop() == 0


async def test_what_one_worker_has_met_is_removed_from_what_the_other_one_records(tmp_path: Path) -> None:
    """A token of an answer that comes back in a place of no meaning, through another worker, is in no file."""
    secret = "S3cr3t-" + "q7Zk" * 8
    async with origin() as upstream, fleet(tmp_path, upstream, "--mode", "record") as running:
        upstream.body = json.dumps({"access_token": secret}).encode()
        one, other = await running.one_each()
        assert secret.encode() in (await one.send(logout("first")).message()).body
        upstream.body = b"{}"
        assert (await other.send(logout("second", f"X-Note: it was {secret}")).message()).status == 200
        await running.api("GET", "/api/exchanges")
        assert await running.stop() == 0
    assert len(load(tmp_path / "cassettes/logout.yaml").interactions) == 2
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file


async def test_the_log_is_opened_anew_in_all_and_workers_end_with_their_supervisor(tmp_path: Path) -> None:
    """USR1 reaches every process; a supervisor that is killed leaves nobody on the port."""
    async with origin() as upstream, fleet(tmp_path, upstream, "--mode", "passthrough") as running:
        pids = running.pids
        os.kill(pids[0], signal.SIGTERM)  # somebody ends one worker alone
        await running.until("worker ended")
        await running.ready()
        assert (await (await running.client()).send(logout("x")).message()).status == 200
        pids = running.pids
        running.process.kill()
        await running.process.wait()
        async with asyncio.timeout(SOON):
            while any(Path(f"/proc/{pid}").exists() for pid in pids):  # noqa: ASYNC110  # other processes
                await asyncio.sleep(0.05)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", running.port)


async def test_a_log_that_was_moved_away_is_begun_anew_by_every_process(tmp_path: Path) -> None:
    """After USR1 nothing is written into the file that was moved away."""
    log = tmp_path / "gateway.log"
    async with (
        origin() as upstream,
        fleet(
            tmp_path, upstream, "--mode", "passthrough", log_at=log, log={"file": str(log), "format": "json"}
        ) as running,
    ):
        wires = await running.one_each()
        for wire in wires:
            await wire.send(logout("before")).message()
        await running.until("exchange", 2)
        log.rename(tmp_path / "old.log")
        running.signal(signal.SIGUSR1)
        async with asyncio.timeout(SOON):
            while not log.exists():  # noqa: ASYNC110  # another process makes it
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)  # each worker is told
        for wire in wires:
            await wire.send(logout("after")).message()
        await running.until("exchange", 2)
        assert await running.stop() == 0


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["--workers", "2"], "expected 1 in mode auto"),
        (["--workers", "2", "--mode", "replay"], "expected 1 in mode replay"),
        (["--workers", "2", "--mode", "record", "--re-record"], "--re-record: expected workers: 1"),
        (["--workers", "0"], "expected auto, or a number from 1 to 64"),
        (["--workers", "2", "--mode", "passthrough", "--fault", "status: 503, when: {nth: 2}"], "counts no calls"),
    ],
)
async def test_what_workers_cannot_do_is_one_message(tmp_path: Path, said: list[str], message: str) -> None:
    """The command ends with status 2 before anything listens."""
    from tests.harness.processes import GATEWAY, environment  # noqa: PLC0415  # needed here alone

    process = await asyncio.create_subprocess_exec(
        *GATEWAY, "run", "--port", "0", *said, cwd=tmp_path, env=environment(), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await asyncio.wait_for(process.communicate(), SOON)
    assert (process.returncode, errors.decode().count("Traceback")) == (2, 0)
    assert message in errors.decode()
