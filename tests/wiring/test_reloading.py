"""A reload applies a configuration whole or not at all, and what is known of devices goes on where it means the same."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Config, load
from gateway.system.lines import Lines
from gateway.wiring.lasting import Lasting
from gateway.wiring.reloading import APPLIED, REFUSED, Reloading, differing, kept
from tests.harness.for_each import for_each
from tests.harness.lab import Lab, Running
from tests.harness.sockets import OK, PATIENCE, Wire, settle
from tests.legs import DISH, device_header
from tests.offline_suite import CABLEVISION, write_cassette

DEVICE = f"AP-Device-Identifier: {device_header('roku')}\r\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def asked(target: str = DISH, more: str = DEVICE) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: gateway\r\n{more}\r\n".encode()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.001)


class Reloaded:
    """A gateway, and the settings that its next reload finds."""

    def __init__(self, running: Running, settings: dict[str, object]) -> None:
        self.running = running
        self.settings = settings
        self.reloading = Reloading(running.serving, self.read, {}, running.out)

    def read(self) -> Config:
        return load(None, {}, self.settings)

    async def reload(self, **settings: object) -> dict[str, Any]:
        """Reload with other settings; return what is said of it."""
        self.settings |= {name.replace("__", "."): value for name, value in settings.items()}
        await self.reloading.reload()
        await settle()
        (*_, event) = [
            event
            for event in map(json.loads, self.running.out.getvalue().splitlines())
            if event["event"] in {APPLIED, REFUSED}
        ]
        return {**event}


async def started(lab: Lab, mode: str, origin: Any = None, **settings: object) -> Reloaded:
    lab.lasting = Lasting()
    running = await lab.run(mode, origin, None, **settings)
    given: dict[str, object] = {"mode": mode, "listen.port": 0}
    if origin is not None:
        given |= {"upstreams.lab.origin": f"http://127.0.0.1:{origin.port}", "upstream": "lab"}
    given |= {name.replace("__", "."): value for name, value in settings.items()}
    return Reloaded(running, given)


async def test_a_connection_that_is_open_asks_the_new_configuration(lab: Lab) -> None:
    one = await started(lab, "passthrough", await lab.origin(OK))
    wire = await one.running.connect()
    assert (await wire.send(asked()).message()).status == 200
    write_cassette(Path("cassettes/other.yaml"), DISH)
    said = await one.reload(mode="replay", cassettes__name="other", cassettes__device="ignore")
    assert said["changed"] == ["mode", "cassettes.name", "cassettes.device"]
    assert (await wire.send(asked()).message()).body == b'{"number": 1}'


async def test_what_is_in_flight_finishes_under_the_configuration_that_it_began_under(lab: Lab) -> None:
    go = asyncio.Event()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        await go.wait()
        wire.send(OK)

    origin = await lab.origin(script=script)
    one = await started(lab, "record", origin)
    wire = (await one.running.connect()).send(asked())
    await until(lambda: bool(origin.seen))
    old = one.running.serving.gateway
    await one.reload(mode="passthrough")
    assert one.running.serving.steered.leaving == [old]
    go.set()
    assert (await wire.message()).body == b"ok"
    await until(lambda: not one.running.serving.steered.leaving)
    assert one.running.serving.gateway.counts.recorded == 1
    await one.reload(mode="replay")
    assert (await wire.send(asked()).message()).body == b"ok"


@for_each(
    ("settings", "problem"),
    [
        ({"mode": "nonsense"}, "--mode: expected passthrough, record, replay or auto"),
        ({"mode": "replay", "cassettes.name": "none"}, "none.yaml: expected a cassette, found no such file"),
        ({"upstream": "nowhere"}, "expected the name of an upstream"),
        ({"redaction.key_file": "broken", "mode": "record"}, "expected 64 hexadecimal digits"),
        ({"log.file": "no/such/folder/log"}, "expected a file in a folder that exists"),
        ({"clients.default.client_id_file": "none"}, "expected a file, found none"),
    ],
)
async def test_a_wrong_one_leaves_the_old_in_force(
    lab: Lab, tmp_path: Path, settings: dict[str, object], problem: str
) -> None:
    (tmp_path / "broken").write_text("no key")
    settings = {name: str(tmp_path / "broken") if value == "broken" else value for name, value in settings.items()}
    one = await started(lab, "passthrough", await lab.origin(OK))
    gateway = one.running.serving.gateway
    said = await one.reload(**{name.replace(".", "__"): value for name, value in settings.items()})
    assert (said["event"], said["level"]) == (REFUSED, "error")
    assert problem in said["problems"][0]
    assert one.running.serving.gateway is gateway
    assert (await one.running.ask(asked())).status == 200


async def test_health_says_that_a_configuration_was_refused_until_one_is_applied(lab: Lab) -> None:
    """It does not quote the problems, since everybody on this machine may read it."""
    one = await started(lab, "passthrough", await lab.origin(OK))
    health = one.running.serving.health
    assert health.complaints == []
    await one.reload(mode="nonsense")
    assert health.complaints == [
        "configuration: the new one was refused for 1 problem (see the log), the old one is in force"
    ]
    await one.reload(mode="passthrough")
    assert health.complaints == []


async def test_a_place_in_a_sequence_and_the_emulators_logouts_go_on_with_the_same_cassette(lab: Lab) -> None:
    path = write_cassette(Path("cassettes/logout.yaml"), DISH, DISH, CABLEVISION)
    one = await started(lab, "replay", cassettes__device="ignore", cassettes__on_exhausted="error")
    assert (await one.running.ask(asked())).body == b'{"number": 1}'
    await one.reload(log__repeat="always")
    assert (await one.running.ask(asked())).body == b'{"number": 2}'
    write_cassette(path, CABLEVISION)  # it has grown: the places before stay
    await one.reload()
    assert (await one.running.ask(asked())).status == 502
    write_cassette(Path("cassettes/another.yaml"), CABLEVISION, DISH, DISH)
    await one.reload(cassettes__name="another")
    assert (await one.running.ask(asked())).body == b'{"number": 2}'


async def test_the_built_in_emulator_remembers_and_so_do_the_checks_over_time(lab: Lab) -> None:
    one = await started(lab, "passthrough")
    before = one.running.serving.gateway
    assert (await one.running.ask(asked())).status == 401
    await one.reload(audit__response_header=True)
    now = one.running.serving.gateway
    assert now.emulators is before.emulators
    assert now.state is before.state
    assert len(now.state.slices)
    assert one.running.events("exchange")[0]["findings"][0]["times"] == 1
    await one.running.ask(asked())
    assert one.running.events("exchange")[-1]["findings"][0]["times"] == 2
    await one.reload(upstreams__staging__origin="https://api.example.com", upstream="staging")
    assert not len(now.state.slices)


async def test_under_another_key_every_device_is_another(lab: Lab, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("a" * 64)
    one = await started(lab, "passthrough", redaction__key_file=str(key))
    await one.running.ask(asked())
    key.write_text("b" * 64)
    before = one.running.serving.gateway
    await one.reload()
    await one.running.ask(asked())
    first, second = one.running.events("exchange")
    assert first["device"] != second["device"]
    assert one.running.serving.gateway.state is not before.state


async def test_a_secret_that_was_met_is_removed_after_a_reload_too(lab: Lab) -> None:
    secret = "q8Zt4LmW7xKc2VbN9pRs3YdF6hJ1aG5u"
    one = await started(lab, "record", await lab.origin(OK))
    await one.running.ask(asked(more=f"{DEVICE}Authorization: Bearer {secret}\r\n"))
    await one.reload(audit__mode="off")
    await one.running.ask(asked(f"{DISH}&note={secret}"))
    assert one.running.serving.gateway.counts.recorded == 2
    assert secret not in Path("cassettes/logout.yaml").read_text("utf-8")  # a test may block


async def test_a_level_of_the_log_holds_at_once_and_a_file_gets_another_name(lab: Lab, tmp_path: Path) -> None:
    lines = Lines.to_file(tmp_path / "one.log")
    one = await started(lab, "passthrough", log__file=str(tmp_path / "one.log"))
    one.reloading.out = lines
    one.settings |= {"log.file": str(tmp_path / "two.log"), "log.level": "error"}
    await one.reloading.reload()
    await one.running.ask(asked())
    lines.stop()
    assert not (tmp_path / "one.log").read_text()
    assert '"level":"error","event":"exchange"' in (tmp_path / "two.log").read_text()
    assert "configuration applied" not in (tmp_path / "two.log").read_text()  # an info


@for_each(
    ("settings", "restart"),
    [
        ({"listen.port": 8099}, ["listen.port"]),
        ({"listen.host": "0.0.0.0", "mode": "replay"}, ["listen.host"]),
        ({"log.file": "a.log"}, ["log.file"]),
        ({"mode": "replay"}, []),
        ({"listen.port": 8099, "listen.host": "::1", "log.file": "a.log"}, ["listen.host", "listen.port", "log.file"]),
        ({"cassettes.name": "other"}, []),
    ],
)
def test_what_needs_a_restart_is_named_and_the_rest_applied(settings: dict[str, object], restart: list[str]) -> None:
    old = load(None, {}, {})
    wanted = load(None, {}, settings)
    config, named = kept(old, wanted)
    assert named == restart
    assert differing(old, config) == [key for key in differing(old, wanted) if key not in restart]


def test_the_cassette_of_a_run_that_records_anew_stays() -> None:
    old = load(None, {}, {"mode": "record"})
    config, named = kept(old, load(None, {}, {"mode": "record", "cassettes.name": "other"}), recorded_anew=True)
    assert (config.cassettes.name, named) == ("logout", ["cassettes.name"])


async def test_what_is_asked_for_during_a_reload_is_done_after_it(lab: Lab) -> None:
    one = await started(lab, "passthrough")
    reads = []

    def read() -> Config:
        reads.append(one.settings["mode"])
        if len(reads) == 1:
            one.settings["mode"] = "auto"
            loop.call_soon_threadsafe(one.reloading.asked.set)
        return load(None, {}, one.settings)

    loop = asyncio.get_running_loop()
    one.reloading.read = read
    task = asyncio.create_task(one.reloading.run())
    one.reloading.asked.set()
    serving = one.running.serving
    await until(lambda: len(reads) > 1 and serving.gateway.config.mode == "auto" and not serving.steered.leaving)
    task.cancel()
    assert reads == ["passthrough", "auto"]


async def test_fifty_reloads_leave_one_gateway(lab: Lab) -> None:
    one = await started(lab, "auto", await lab.origin(OK))
    wire = await one.running.connect()
    for number in range(50):
        assert (await wire.send(asked(f"{DISH}&n={number}")).message()).status == 200
        await one.reload(audit__mode=("off", "observe")[number % 2])
    await until(lambda: not one.running.serving.steered.leaving)
    assert one.running.serving.gateway.counts.recorded == 50


async def test_a_renewed_certificate_holds_for_the_next_connection_and_limits_for_all(lab: Lab, tmp_path: Path) -> None:
    first, second = made_certificates(tmp_path)
    listen = {"cert_file": str(first), "key_file": str(first)}
    one = await started(lab, "passthrough", await lab.origin(OK), listen__tls=listen)
    assert await certificate_at(one.running.port) == certificate_in(first)
    first.write_bytes(second.read_bytes())
    said = await one.reload(limits__head_timeout=3)
    assert said["changed"] == ["limits.head_timeout"]
    assert await certificate_at(one.running.port) == certificate_in(second)
    connections = one.running.serving.server._connections
    assert connections is not None
    assert connections.limits.head_seconds == 3
    first.write_text("no certificate")
    said = await one.reload(audit__mode="off")
    assert said["event"] == REFUSED
    assert await certificate_at(one.running.port) == certificate_in(second)


def made_certificates(folder: Path) -> tuple[Path, Path]:
    made = []
    for name in ("first", "second"):
        file = folder / f"{name}.pem"
        made.append(file)
        command = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={name} -keyout {file}.key -out {file}"
        subprocess.run(command.split(), check=True, capture_output=True)  # noqa: S603
        file.write_bytes(file.read_bytes() + Path(f"{file}.key").read_bytes())
    return made[0], made[1]


def certificate_in(file: Path) -> bytes:
    text = file.read_text()
    end = "-----END CERTIFICATE-----\n"
    return ssl.PEM_cert_to_DER_cert(text[: text.index(end) + len(end)])


async def certificate_at(port: int) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return bytes(shown)
