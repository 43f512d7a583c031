"""The commands as a person types them: real processes, their first line, their log, their exit status."""

# ruff: noqa: S603  # a test may look into a folder of its own; the processes are ours
from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict
from typer.testing import CliRunner

import gateway
from gateway.cassettes.format import dump
from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.cli import app
from gateway.config.json_schema import schema
from gateway.core.redaction import Redaction
from gateway.exchanges.observers import Unheard
from gateway.samples import samples
from tests.harness.for_each import for_each
from tests.harness.processes import GATEWAY, SOON, environment, port_in
from tests.harness.sockets import PATIENCE, Message, Origin, Wire
from tests.legs import DISH, answer, device_header, logout, recorded

CASSETTE = Path("cassettes/logout.yaml")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("GATEWAY_")]:
        monkeypatch.delenv(name)


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*GATEWAY, *arguments],
        env=environment(**environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SOON,
        check=False,
    )


def told(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in this process, where that it is one of its own adds nothing."""
    done = CliRunner().invoke(app, arguments, env=environ)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


class Running:
    """A command that serves."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.first_line = ""
        self.wires: list[Wire] = []

    @property
    def port(self) -> int:
        return port_in(self.first_line)

    async def started(self) -> None:
        assert self.process.stdout is not None
        self.first_line = (await asyncio.wait_for(self.process.stdout.readline(), SOON)).decode().rstrip("\n")
        if not self.first_line:
            pytest.fail(str((await self.process.communicate())[1], "utf-8"))

    async def connect(self) -> Wire:
        self.wires.append(Wire(*await asyncio.open_connection("127.0.0.1", self.port)))
        return self.wires[-1]

    async def ask(self, request: bytes) -> Message:
        """Ask on a connection that stays open."""
        return await (await self.connect()).send(request).message()

    async def stop(self, number: signal.Signals = signal.SIGTERM, *, status: int = 0) -> list[dict[str, Any]]:
        """Stop the process, which exits so and says nothing more on stdout; return what it logged."""
        self.process.send_signal(number)
        out, err = await asyncio.wait_for(self.process.communicate(), SOON)
        assert (self.process.returncode, out) == (status, b""), err
        return [json.loads(line) for line in err.decode().splitlines()]

    async def end(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.communicate()
        for wire in self.wires:
            wire.close()


class House:
    """Starts processes and origins, and ends them."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def start(self, *arguments: str, code: str = "", **environ: str) -> Running:
        """Start a command that serves, and wait until it says so; `code` runs before it, in its process."""
        process = await asyncio.create_subprocess_exec(
            *GATEWAY[:2], code + GATEWAY[2], *arguments, env=environment(**environ),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        running = Running(process)
        self._stack.push_async_callback(running.end)
        await running.started()
        return running

    async def run(self, mode: str, origin: Origin, *arguments: str, **about: str) -> Running:
        about["GATEWAY_UPSTREAMS__LAB__ORIGIN"] = f"http://127.0.0.1:{origin.port}"
        return await self.start("run", "--port", "0", "--mode", mode, "--upstream", "lab", *arguments, **about)

    async def origin(self, *answers: bytes, **about: Any) -> Origin:
        return await self._stack.enter_async_context(Origin(*answers, **about))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        yield House(stack)


def get(target: str = DISH, device: str = "roku") -> bytes:
    lines = [f"GET {target} HTTP/1.1", "Host: gateway", f"AP-Device-Identifier: {device_header(device)}"]
    return "\r\n".join([*lines, "Authorization: Bearer t", "X-Device-Info: e30=", "", ""]).encode()


def ok(text: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()


def named(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"] == name]


# --- gateway run -----------------------------------------------------------------------------------------------------


async def test_run_says_where_it_listens_and_logs_one_line_an_exchange(house: House) -> None:
    """Without any file: mode auto, the emulator, nothing that reaches a network."""
    running = await house.start("run", "--port", "0")
    assert re.fullmatch(
        r"gateway listening on http://127\.0\.0\.1:[1-9][0-9]* · mode auto · upstream emulator · cassette cassettes/logout\.yaml",
        running.first_line,
    )
    assert json.loads((await running.ask(get())).body)["logouts"]
    assert (await running.ask(get("/nothing/here?deviceId=a-secret-device"))).status == 501
    events = await running.stop()
    first, second = named(events, "exchange")
    assert set(first) == {
        *(
            "event",
            "level",
            "timestamp",
            "id",
            "device",
            "address",
            "method",
            "path",
            "status",
            "source",
            "upstream",
            "ms",
        ),
        "findings",
    }
    assert (first["method"], first["path"], first["status"], first["source"]) == (
        *("GET", "/api/v2/REF30/logout/Dish", 200, "emulator"),
    )
    assert (second["path"], second["status"]) == ("/nothing/here", 501)
    assert first["id"] != second["id"]
    assert first["device"] == second["device"] or len(second["device"]) == 12
    (stopped,) = named(events, "stopped")
    assert stopped["recorded"] == 1
    assert asdict(Unheard()).items() <= stopped.items()
    assert "secret" not in str(events)
    assert len(load(CASSETTE).interactions) == 1


@pytest.mark.long
async def test_a_cassette_is_recorded_anew_and_takes_its_place_when_the_run_ends(house: House) -> None:
    with Writer(CASSETTE) as writer:
        writer.append([dump(recorded(Redaction(b"k" * 32), logout(), answer()))] * 3)
    old = CASSETTE.read_bytes()
    running = await house.start("run", "--port", "0", "--re-record")
    assert running.first_line.endswith(
        " · mode record · upstream emulator · cassette cassettes/logout.yaml, recorded again"
    )
    await running.ask(get())
    assert CASSETTE.read_bytes() == old
    (said,) = named(await running.stop(), "re-record")
    assert said["became"].endswith("cassettes/logout.yaml: recorded again, 1 interaction")
    assert len(load(CASSETTE).interactions) == 1
    idle = await house.start("run", "--port", "0", "--re-record")
    (said,) = named(await idle.stop(), "re-record")
    assert said["became"].endswith("cassettes/logout.yaml was not replaced: nothing was recorded")
    assert sorted(file.name for file in CASSETTE.parent.iterdir()) == ["logout.yaml", "logout.yaml.lock"]


async def test_a_signal_finishes_and_records_what_is_in_flight(house: House) -> None:
    """Every signal has its line in test_signals.py."""

    asked, go = asyncio.Event(), asyncio.Event()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        asked.set()
        await go.wait()
        wire.send(ok("late"))
        await wire.gone()

    origin = await house.origin(script=script)
    running = await house.run("record", origin)
    wire = (await running.connect()).send(get())
    await asyncio.wait_for(asked.wait(), PATIENCE)
    stopping = asyncio.create_task(running.stop(signal.SIGINT))
    async with asyncio.timeout(PATIENCE):  # it has heard the signal when it accepts nothing more
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", running.port)
            except ConnectionError:
                break
            writer.close()
            await writer.wait_closed()
    go.set()
    assert (await wire.message()).body == b"late"
    assert [event["status"] for event in named(await stopping, "exchange")] == [200]
    assert [one.response.body for one in load(CASSETTE).interactions] == [b"late"]


async def test_a_run_has_a_control_listener_which_says_that_it_is_about_to_end(house: House) -> None:
    """Its token stands in a file of its owner's. Neither it nor a link stands in the log, which says how to log in."""
    asked, go = asyncio.Event(), asyncio.Event()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        asked.set()
        await go.wait()
        wire.send(ok("late"))
        await wire.gone()

    origin = await house.origin(script=script)
    running = await house.run("record", origin, GATEWAY_CONTROL__PORT="0")
    assert running.process.stderr is not None
    line = json.loads(await asyncio.wait_for(running.process.stderr.readline(), SOON))
    port = port_in(line["url"])
    token = Path(".gateway-control-token")
    assert (line["event"], line["token_file"], token.stat().st_mode & 0o777) == ("control listening", str(token), 0o600)
    assert line["hint"] == f"the page asks for the token: cat {token}", "no terminal gets a link"

    async def control(path: str, *fields: str) -> Message:
        wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
        running.wires.append(wire)
        return await wire.send(
            "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *fields, "", ""]).encode()
        ).message()

    bearer = f"Authorization: Bearer {token.read_text().strip()}"
    assert [(await control(path)).status for path in ("/healthz", "/readyz", "/api/setting")] == [200, 200, 401]
    assert json.loads((await control("/api/setting", bearer)).body)["mode"] == "record"
    wire = (await running.connect()).send(get())
    await asyncio.wait_for(asked.wait(), PATIENCE)
    running.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE):
        while (ready := await control("/readyz")).status == 200:  # noqa: ASYNC110  # another process has no event for us
            await asyncio.sleep(0)
    assert (ready.status, ready.body) == (503, b"draining\n")
    go.set()
    assert (await wire.message()).body == b"late"
    out, err = await asyncio.wait_for(running.process.communicate(), SOON)
    assert (running.process.returncode, out) == (0, b"")
    assert token.read_text().strip() not in err.decode() + json.dumps(line)
    assert "code=" not in err.decode() + json.dumps(line)


@pytest.mark.long
@for_each(
    ("content", "mode", "said"),
    [
        ("short", 0o600, "expected 32 or more letters, digits, - and _, found something else"),
        ("x" * 40, 0o644, "expected a file that only its owner may read (chmod 600)"),
    ],
)
def test_a_token_that_cannot_be_used_is_said(content: str, mode: int, said: str) -> None:
    Path(".gateway-control-token").write_text(content)
    Path(".gateway-control-token").chmod(mode)
    done = run("run", "--port", "0", GATEWAY_CONTROL__PORT="0")
    assert (done.returncode, done.stdout) == (2, "")
    assert f".gateway-control-token: {said}" in done.stderr
    assert "Traceback" not in done.stderr
    assert content not in done.stderr


@pytest.mark.long
async def test_command_line_beats_environment_beats_file_and_production_is_announced(house: House) -> None:
    Path("config.yaml").write_text(
        "mode: record\nupstream: production\nlisten: {host: '::1', port: 1}\n", encoding="utf-8"
    )
    running = await house.start("run", "--mode", "passthrough", "--host", "127.0.0.1", GATEWAY_LISTEN__PORT="0")
    assert re.fullmatch(
        r"gateway listening on http://127\.0\.0\.1:[0-9]+ · mode passthrough · upstream production · PRODUCTION: .*",
        running.first_line,
    )
    assert named(await running.stop(), "exchange") == []


def test_the_version_is_told() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"pass-gateway {gateway.__version__}\n")


@pytest.mark.long
def test_a_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command, setting in (
            (["run", "--mode", "passthrough"], "listen.port, or --port"),
            (["emulator"], "--port"),
        ):
            done = run(*command, "--port", port)
            assert (done.returncode, done.stdout) == (1, "")
            hint = f"choose another port ({setting}), or 0 for a free one"
            assert done.stderr == f"cannot listen on 127.0.0.1:{port}: Address already in use; {hint}\n"


@pytest.mark.long
def test_a_missing_c_parser_is_one_line() -> None:
    done = run("run", "--port", "0", AIOHTTP_NO_EXTENSIONS="1")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"aiohttp's C parser is missing .*\n", done.stderr)


def test_a_missing_cassette_is_told_with_those_that_are_there() -> None:
    Path("cassettes").mkdir()
    for name in ("other", "third"):
        Path(f"cassettes/{name}.yaml").touch()
    done = told("run", "--mode", "replay", "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "cassettes/logout.yaml: expected a cassette, found no such file; cassettes in cassettes: other, third\n"
    )


@pytest.mark.long
async def test_a_damaged_tail_names_the_repair_and_that_repairs_it(house: House) -> None:
    leg = logout(), answer("one")
    with Writer(CASSETTE) as writer:
        writer.append([dump(recorded(Redaction(b"k" * 32), *leg))] * 2)
    CASSETTE.write_bytes(CASSETTE.read_bytes()[:-20])
    done = run("run", "--mode", "replay", "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "gateway cassette repair cassettes/logout.yaml" in done.stderr
    assert done.stderr.startswith("cassettes/logout.yaml")
    assert done.stderr.count("\n") == 1
    done = run("cassette", "repair", str(CASSETTE))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("cassettes/logout.yaml: kept 1 interaction, cut ")
    replaying = await house.start("run", "--mode", "replay", "--port", "0")
    assert (await replaying.ask(get())).body == b"one"
    await replaying.stop()


def test_a_cassette_that_cannot_be_read_is_told_with_its_line() -> None:
    CASSETTE.parent.mkdir()
    CASSETTE.write_text("version: 1\ninteractions:\n- request: nothing\n  response: {}\n", encoding="utf-8")
    done = told("run", "--mode", "replay", "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"cassettes/logout\.yaml:3: request: expected a map, found .*\n", done.stderr)


def test_a_lock_that_cannot_be_had_is_no_question_of_the_port() -> None:
    CASSETTE.parent.mkdir()
    CASSETTE.touch()
    CASSETTE.with_name("logout.yaml.lock").mkdir()
    done = told("run", "--mode", "record", "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cassettes/logout.yaml" in done.stderr
    assert "listen" not in done.stderr


def test_a_log_that_cannot_be_opened_is_told_before_listening() -> None:
    Path("folder").mkdir()
    os.mkfifo("pipe")
    table = [
        ("folder", 'expected a file, found a folder at "folder"'),
        ("none/gateway.log", 'expected a file in a folder that exists, found no folder at "none"'),
        ("pipe", "log.file: expected a file that can be appended to, found pipe: No such device or address"),
    ]
    for file, message in table:
        for command in (["run", "--port", "0"], ["exec", "--", "true"]):
            done = told(*command, GATEWAY_LOG__FILE=file)
            assert (done.returncode, done.stdout) == (2, ""), done.stderr
            assert done.stderr.rstrip("\n").endswith(message)
            assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("mode: auto\nlisten: [\n", ["config.yaml:3: not YAML: did not find expected node content, while parsing a flow node"]),
        (
            "mode: off\nlisten: {prot: 1}\nupstreams:\n  staging: {origin: api.auth-staging.adobe.com}\n",
            [
                'config.yaml mode: expected passthrough, record, replay or auto, found "off"',
                "config.yaml listen.prot: unknown key; did you mean port?",
                'config.yaml upstreams.staging.origin: expected an http(s) origin, found "api.auth-staging.adobe.com"',
            ],
        ),
    ],
)  # fmt: skip
def test_everything_wrong_with_the_configuration_is_told_before_listening(text: str, lines: list[str]) -> None:
    Path("config.yaml").write_text(text, encoding="utf-8")
    for command in (["run", "--port", "0"], ["config", "check", "config.yaml"]):
        done = told(*command)
        assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", lines)


def test_what_is_wrong_with_environment_and_options_is_told_by_their_names() -> None:
    done = told(
        "run", "--mode", "rply", "--config", "none.yaml", GATEWAY_LISTEN__PROT="1", GATEWAY_LIMITS__MAX_BODY="x"
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        *("none.yaml", "GATEWAY_LISTEN__PROT", "GATEWAY_LIMITS__MAX_BODY", "--mode"),
    ]


def test_a_key_that_is_none_is_told_without_it() -> None:
    done = told("run", "--port", "0", GATEWAY_REDACTION_KEY="hunter2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "GATEWAY_REDACTION_KEY: expected 64 hexadecimal digits, found something else\n"


@pytest.mark.long
async def test_a_disk_that_is_full_costs_the_recordings_alone(house: House) -> None:
    """The exchange goes through; the failure is logged and counted, the file holds whole interactions, and the run fails."""
    full = "import sys, resource; sys.dont_write_bytecode = True; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
    running = await house.run("record", await house.origin(ok("x" * 300)), code=full)
    for _ in range(4):
        assert (await running.ask(get())).body == b"x" * 300
    events = await running.stop(status=1)
    (stopped,) = named(events, "stopped")
    (lost,) = named(events, "recordings lost")
    kept = len(load(CASSETTE).interactions)
    assert 0 < kept < 4
    assert (stopped["recorded"], sum(stopped["lost"].values())) == (kept, 4 - kept)
    assert lost["why"] == stopped["lost"]
    assert all(why.startswith("not recorded: the disk took ") for why in lost["why"])
    assert [event["lost"] for event in named(events, "recording failed")] == list(range(1, 5 - kept))


LOSSES = [
    pytest.param("record", "", {}, b"x" * 300_000, "its body exceeds limits.max_body", id="too large"),
    pytest.param("auto", "", {}, b"\x1f\x8b\x08 what is in it?", "a secret was left in it (redaction.on_leak)", id="a refused leak"),
    pytest.param(
        "record", "import gateway.redacting.process as p; p.PATIENCE = 0.01; ", {"GATEWAY_LIMITS__MAX_BODY": "20000"}, b"x" * 9000,
        "it was not redacted within 10 s", id="too much work",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "code", "about", "body", "why"), LOSSES)
@pytest.mark.long
async def test_a_run_that_lost_a_recording_fails_and_says_why(  # one case
    house: House, mode: str, code: str, about: dict[str, str], body: bytes, why: str
) -> None:
    origin = await house.origin(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    environ = {"GATEWAY_LIMITS__MAX_BODY": "100", "GATEWAY_UPSTREAMS__LAB__ORIGIN": f"http://127.0.0.1:{origin.port}"}
    running = await house.start(
        "run", "--port", "0", "--mode", mode, "--upstream", "lab", code=code, **{**environ, **about}
    )
    assert (await running.ask(get())).body == body
    events = await running.stop(status=1)
    assert [event["why"] for event in named(events, "recordings lost")] == [{why: 1}]
    assert not CASSETTE.exists()


@pytest.mark.parametrize("mode", ["record", "auto"])
@pytest.mark.long
async def test_a_run_with_nothing_to_record_does_not(house: House, mode: str) -> None:
    running = await house.run(mode, await house.origin(ok("pong")))
    assert (await running.ask(get("/ping"))).body == b"pong"
    assert named(await running.stop(), "recordings lost") == []


@pytest.mark.long
async def test_two_gateways_append_to_one_file(house: House) -> None:
    origin = await house.origin(ok("{}"))
    pair = [await house.run("record", origin) for _ in range(2)]
    await asyncio.gather(*(pair[n % 2].ask(get(f"/api/v2/REF30/logout/M{n}")) for n in range(40)))
    for running in pair:
        (stopped,) = named(await running.stop(), "stopped")
        assert (stopped["recorded"], stopped["lost"]) == (20, {})
    interactions = load(CASSETTE).interactions
    assert sorted(one.request.target for one in interactions) == sorted(f"/api/v2/REF30/logout/M{n}" for n in range(40))
    assert len({str(one.about["redaction"]) for one in interactions}) == 1  # one key, whoever made it


# --- the other commands ----------------------------------------------------------------------------------------------


@pytest.mark.long
async def test_the_emulator_serves_until_it_is_told_to_stop(house: House) -> None:
    running = await house.start("emulator", "--port", "0")
    assert re.fullmatch(r"emulator listening on http://127\.0\.0\.1:[1-9][0-9]*", running.first_line)
    request = next(samples()).request
    fields = [f"{name}: {value}" for name, value in request.headers.items()]
    head = "\r\n".join([f"GET {request.target} HTTP/1.1", "Host: x", *fields, "", ""])
    assert json.loads((await running.ask(head.encode())).body)["logouts"]["Cablevision"]["actionName"] == "logout"
    gateway_before_it = await house.start(
        "run", "--port", "0", "--mode", "record", GATEWAY_UPSTREAMS__EMULATOR__ORIGIN=f"emulator://127.0.0.1:{running.port}"
    )  # fmt: skip
    assert (await gateway_before_it.ask(get())).status == 200
    await gateway_before_it.stop()
    assert [one.about["source"] for one in load(CASSETTE).interactions] == ["emulator"]
    first, second = await running.stop(signal.SIGINT)
    assert (first["path"], first["status"], first["source"]) == (next(samples()).request.path, 200, "emulator")
    assert second["device"] != first["device"]


@for_each(
    ("arguments", "message"),
    [
        (("--logged-in", "some"), "--logged-in: expected a single all or none, or DEVICE=MVPD,MVPD, found 'some'"),
        (
            ("--logged-in", "tv-1=Dsih"),
            "emulator.logged_in.tv-1: expected MVPDs of the catalogue, found 'Dsih'; did you mean Dish?",
        ),
        (
            ("--logged-in", "all", "--logged-in", "none"),
            "--logged-in: expected a single all or none, or DEVICE=MVPD,MVPD, found 'all'",
        ),
        (("--catalogue", "none.yaml"), "emulator.catalogue: none.yaml: cannot be read: No such file or directory"),
        (
            ("--catalogue", "bad.yaml"),
            "emulator.catalogue: bad.yaml mvpds.Cox: unknown key 'eror'; did you mean error?",
        ),
        (("--config", "none.yaml"), "none.yaml: expected a file, found none"),
    ],
)
def test_the_emulator_s_options_are_judged_before_it_listens(arguments: tuple[str, ...], message: str) -> None:
    Path("bad.yaml").write_text("mvpds: {Cox: {eror: x}}\n", encoding="utf-8")
    outcome = CliRunner().invoke(app, ["emulator", "--port", "0", *arguments])
    assert (outcome.exit_code, outcome.stderr) == (2, f"{message}\n")


@pytest.mark.long
async def test_the_emulator_is_told_whose_logins_exist(house: House) -> None:
    Path("config.yaml").write_text("emulator: {logged_in: none, mvpds: [Verizon], strict: true}\n", encoding="utf-8")
    running = await house.start(
        "emulator", "--port", "0", "--no-strict", "--logged-in", "tv-1=Verizon,Dish", "--mvpd", "Cox"
    )
    fields = [f"AP-Device-Identifier: fingerprint {base64.b64encode(b'tv-1').decode()}", "Authorization: Bearer t"]
    head = "\r\n".join(["GET /api/v2/REF30/profiles HTTP/1.1", "Host: x", *fields, "", ""])
    answer = await running.ask(head.encode())
    assert list(json.loads(answer.body)["profiles"]) == ["Dish", "Verizon"]
    await running.stop()


def test_a_configuration_check_says_whose_logins_v2_can_see_and_what_is_deprecated() -> None:
    rules = "- remove_header: {name: X}\n- v1_logout: {redirect_url: 'x://y', authorization: pass, no_profile: v1}\n"
    Path("mine.yaml").write_text(f"rules:\n{rules}", encoding="utf-8")
    done = told("config", "check", "mine.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    fine, deprecated, logins = done.stdout.splitlines()
    assert fine == "mine.yaml: valid"
    assert deprecated == (
        "mine.yaml rules[1].v1_logout.no_profile: deprecated; write v1: when_no_profile instead of no_profile: v1"
    )
    assert logins.startswith(
        "mine.yaml rules[1].v1_logout: v2 sees the logins that were made through v2, on the same device, by "
    )


def test_files_are_checked_and_repaired_where_they_are() -> None:
    Path("mine.yaml").write_text("mode: replay\n", encoding="utf-8")
    done = told("config", "check", "mine.yaml", GATEWAY_LOG__LEVEL="error")
    assert (done.returncode, done.stdout, done.stderr) == (0, "mine.yaml: valid\n", "")
    done = told("config", "check", "mine.yaml", GATEWAY_MODE="nonsense")
    expected = "expected passthrough, record, replay or auto"
    assert (done.returncode, done.stderr) == (2, f'GATEWAY_MODE: {expected}, found "nonsense"\n')
    done = told("cassette", "repair", "none.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected a cassette, found no such file" in done.stderr
    done = told("config", "check")
    assert (done.returncode, done.stderr) == (2, "config.yaml: expected a file, found none\n")


def test_config_schema_is_the_schema() -> None:
    done = told("config", "schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == json.loads(json.dumps(schema()))


@pytest.mark.long
def test_the_demonstration_leaves_nothing_behind(tmp_path: Path) -> None:
    temporary = tmp_path.with_name(f"{tmp_path.name}-tmp")
    temporary.mkdir()
    done = run("demo", TMPDIR=str(temporary))
    assert (done.returncode, done.stderr) == (0, "")
    assert "redacted" in done.stdout
    assert "gateway run --mode replay --cassette" in done.stdout
    assert list(Path().iterdir()) == []


def test_help_imports_nothing_heavy() -> None:
    """`gateway --help` is what a person waits for; what a command needs is imported when it runs."""
    code = """
import sys
from gateway.cli import main
try:
    main()
finally:
    heavy = {"aiohttp", "asyncio", "msgspec", "yaml", "structlog", "multidict", "uvloop", "brotli", "jsonpath"}
    print("heavy:", sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SOON,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.endswith("heavy: []\n")
    for command in ("run", "demo", "emulator", "config", "cassette"):
        assert command in done.stdout


@pytest.mark.parametrize("arguments", [["run", "--prot", "1"], ["cassette", "repair"]])
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    done = told(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage" in done.stderr


def test_interactions_are_taken_out_of_cassettes() -> None:
    with Writer(CASSETTE) as writer:
        under = Redaction(b"k" * 32)
        writer.append(
            [
                dump(recorded(under, logout(target=DISH.replace("Dish", name)), answer()))
                for name in ("A", "B", "C", "D")
            ]
        )
    before = CASSETTE.read_bytes()
    seen = told("cassette", "rm", "logout", "--number", "2,4", "--dry-run")
    assert (seen.returncode, seen.stdout.splitlines()[0]) == (
        0,
        "cassettes/logout.yaml: 2 of 4 interactions would be removed",
    )
    assert told("cassette", "rm", "logout", "-n", "2", "--number", "4", "--dry-run").stdout == seen.stdout
    assert CASSETTE.read_bytes() == before
    done = told("cassette", "rm", "cassettes", "--path", "/api/v2/{sp}/logout/B", "--method", "get")
    assert [line.partition("?")[0] for line in done.stdout.splitlines()] == [
        "cassettes/logout.yaml: 1 of 4 interactions removed",
        "  #2 GET /api/v2/REF30/logout/B",
    ]
    assert len(load(CASSETTE).interactions) == 3
    Path("cassettes/other.yaml").write_bytes(CASSETTE.read_bytes())
    Path("cassettes/vcr.yaml").write_text("interactions: []\nversion: 1\n", "ascii")
    wrong = {
        (
            "logout",
        ): "expected --number, --method, --path, --device or --older-than, found no option: nothing is removed\n",
        ("logout", "--number", "4"): "expected numbers from 1 to 3, found 4\n",
        ("logout", "cassettes/other.yaml", "--number", "1"): "--number: expected a single cassette, found 2\n",
        (
            "logout",
            "--number",
            "x",
            "--older-than",
            "y",
        ): "--number: expected numbers from 1 on, such as 3 or 2-5,9, found 'x'\n--older-than: expected a duration in seconds, or with one of s, m, h, d, w such as 90d, found \"y\"\n",
        (
            "cassettes",
            "--method",
            "GET",
        ): "cassettes/vcr.yaml:1: expected a cassette that pass-gateway wrote, found another form; `gateway cassette import cassettes/vcr.yaml` makes one of our form\n",
    }
    for arguments, message in wrong.items():
        refused = told("cassette", "rm", *arguments)
        assert (refused.returncode, refused.stderr) == (2, message), arguments
    assert len(load(CASSETTE).interactions) == 3
