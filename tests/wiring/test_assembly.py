"""Modes are promises: what each sends, records and answers, over real sockets, from a configuration."""

# ruff: noqa: ASYNC230  # a test may look into a folder of its own
from __future__ import annotations

import asyncio
import io
import json
import ssl
import stat
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

import gateway
from gateway.cassettes.errors import CassetteError, CassetteMissingError, CassetteReadOnlyError
from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.config import load as load_config
from gateway.core.model import Interaction
from gateway.core.redaction import Redaction
from gateway.core.secrets.leaks import Leak
from gateway.emulator import Emulator
from gateway.emulator.app import serve
from gateway.transports.recorder import Counts
from gateway.wiring import serving
from gateway.wiring.keys import RedactionKeyError
from gateway.wiring.upstreams import is_public
from tests.harness.certificate import PEM
from tests.harness.for_each import for_each
from tests.harness.lab import Lab, Running
from tests.harness.sockets import PATIENCE, Wire, settle
from tests.legs import DISH, JWT, device_header

CASSETTE = Path("cassettes/logout.yaml")
KEY_FILE = Path(".gateway-key")
SPECTRUM = "/api/v2/REF30/logout/Spectrum?redirectUrl=https%3A%2F%2Fadobe.com"


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def get(target: str = DISH, device: str = "roku", *fields: str, method: str = "GET", body: bytes = b"") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: gateway", f"AP-Device-Identifier: {device_header(device)}"]
    lines += ["Authorization: Bearer t", "X-Device-Info: e30=", *fields]
    lines += [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def ok(text: str, *fields: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Content-Length: {len(text)}", *fields, "", text]
    return "\r\n".join(lines).encode()


async def bodies_of(running: Running, *requests: bytes) -> list[str]:
    """Return the answers' bodies; of the gateway's own, the code."""
    answers = [await running.ask(request) for request in requests]
    return [(answer.get(b"X-Gateway-Error") or answer.body).decode() for answer in answers]


def held() -> Sequence[Interaction]:
    return load(CASSETTE).interactions


def bodies(interactions: Sequence[Interaction]) -> list[str]:
    return [str(one.response.body, "utf-8") for one in interactions if isinstance(one.response.body, bytes)]


# --- modes -----------------------------------------------------------------------------------------------------------


async def test_passthrough_records_nothing(lab: Lab, tmp_path: Path) -> None:
    running = await lab.run("passthrough", await lab.origin(ok("live")))
    assert await bodies_of(running, get(), get()) == ["live", "live"]
    await running.serving.stop()
    assert list(tmp_path.iterdir()) == []
    assert running.serving.gateway.cassette is None


async def test_record_forwards_and_records_the_recorded_routes_alone(lab: Lab) -> None:
    origin = await lab.origin(ok("one"), ok("token"), ok("two"))
    running = await lab.run("record", origin)
    token = get("/o/client/token", method="POST", body=b"client_secret=s3cret")
    assert await bodies_of(running, get(), token, get()) == ["one", "token", "two"]
    assert bodies(held()) == ["one", "two"]
    (one, _) = held()
    assert one.origin == f"http://127.0.0.1:{origin.port}"
    assert (one.about["source"], one.about["recorded_with"]) == ("upstream", gateway.__version__)
    assert one.about["id"] == running.events("exchange")[0]["id"]
    assert one.about["device"] == running.events("exchange")[0]["device"]
    assert running.serving.gateway.counts.recorded == 2
    assert "roku" not in CASSETTE.read_text("ascii")


async def test_replay_answers_without_any_upstream(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """No upstream, emulator, connector or resolver exists, so nothing can leak."""
    recording = await lab.run("record", await lab.origin(ok("one"), ok("two")))
    await bodies_of(recording, get(), get())
    await recording.serving.stop()

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    for name in ("upstreams.Upstream", "parts.Upstreams", "decks.Recorder", "decks.Writer"):
        monkeypatch.setattr(f"gateway.wiring.{name}", never)
    monkeypatch.setattr("gateway.transports.emulator.EmulatorBridge", never)
    monkeypatch.setattr("gateway.emulator.Emulator", never)
    for kind in (aiohttp.BaseConnector, aiohttp.ThreadedResolver, aiohttp.AsyncResolver):
        monkeypatch.setattr(kind, "__init__", never)
    replaying = await lab.run("replay", upstream="production")
    asked = [get(), get(), get(), get("/api/v2/REF30/profiles"), get("/o/client/token", method="POST", body=b"x")]
    *played, token = await bodies_of(replaying, *asked)
    assert played == ["one", "two", "two", "gateway_replay_miss"]
    assert json.loads(token) == {"error": "invalid_request"}
    assert [event["source"] for event in replaying.events("exchange")] == ["cassette"] * 3 + ["gateway"] * 2
    assert replaying.serving.gateway.player is not None
    assert bodies(held()) == ["one", "two"]


async def test_auto_replays_what_was_there_and_records_the_rest(lab: Lab) -> None:
    origin = await lab.origin(ok("one"), ok("two"), ok("three"), ok("four"))
    first = await lab.run("auto", origin)
    assert await bodies_of(first, get()) == ["one"]
    await first.serving.stop()

    second = await lab.run("auto", origin)
    assert await bodies_of(second, get(), get(), get(SPECTRUM), get(SPECTRUM)) == ["one", "two", "three", "four"]
    assert [event["source"] for event in second.events("exchange")] == ["cassette", "upstream", "upstream", "upstream"]
    await second.serving.stop()
    assert bodies(held()) == ["one", "two", "three", "four"]

    third = await lab.run("replay", origin)
    assert await bodies_of(third, get(), get(), get(SPECTRUM), get(SPECTRUM)) == ["one", "two", "three", "four"]
    assert len(origin.seen) == 4


async def test_what_the_emulator_said_never_stands_for_a_real_upstream_in_auto(lab: Lab) -> None:
    emulated = await lab.run("auto")
    answer = await emulated.ask(get())
    assert json.loads(answer.body)["logouts"]
    await emulated.serving.stop()
    assert (held()[0].origin, held()[0].about["source"]) == ("https://api.auth.adobe.com", "emulator")

    again = await lab.run("auto")
    assert (await again.ask(get())).body == answer.body
    assert again.events("exchange")[0]["source"] == "cassette"
    await again.serving.stop()
    replaying = await lab.run("replay", await lab.origin())
    assert (await replaying.ask(get())).body == answer.body
    await replaying.serving.stop()

    real = await lab.run("auto", await lab.origin(ok("real")))
    assert await bodies_of(real, get()) == ["real"]
    await real.serving.stop()
    assert [one.about["source"] for one in held()] == ["emulator", "upstream"]


async def test_an_emulator_of_another_process_stands_for_production_too(lab: Lab) -> None:
    emulator = await serve(Emulator())
    running = await lab.run("record", upstreams__emulator__origin=f"emulator://127.0.0.1:{emulator.port}")
    assert (await running.ask(get())).status == 200
    assert (held()[0].origin, held()[0].about["source"]) == ("https://api.auth.adobe.com", "emulator")
    assert running.events("exchange")[0]["source"] == "emulator"
    await running.serving.stop()
    await emulator.close()


async def test_a_device_lab_replays_one_sequence_at_once(lab: Lab) -> None:
    """Twenty devices at twenty paces, each with its own place in the sequence."""
    texts = [f"answer {number}" for number in range(4)]
    recording = await lab.run("record", await lab.origin(*map(ok, texts)))
    await bodies_of(recording, *[get()] * 4)
    await recording.serving.stop()
    replaying = await lab.run("replay")
    everybody = await asyncio.gather(*(bodies_of(replaying, *[get(device=f"device {n}")] * 4) for n in range(20)))
    assert everybody == [texts] * 20


@pytest.mark.parametrize("with_key", [True, False])
async def test_two_devices_stay_two(lab: Lab, *, with_key: bool) -> None:
    """With the key each plays its own part; in a build that has no key each is given one, and the log says so once."""
    recording = await lab.run("record", await lab.origin(ok("A one"), ok("B one"), ok("A two"), ok("B two")))
    await bodies_of(recording, get(device="A"), get(device="B"), get(device="A"), get(device="B"))
    await recording.serving.stop()
    if not with_key:
        KEY_FILE.unlink()
    replaying = await lab.run("replay")
    answers = await bodies_of(replaying, get(device="B"), get(device="A"), get(device="B"), get(device="A"))
    if with_key:
        assert answers == ["B one", "A one", "B two", "A two"]
        assert replaying.events("devices bound") == []
    else:
        assert answers == ["A one", "B one", "A two", "B two"]
        assert len(replaying.events("devices bound")) == 1
        assert not KEY_FILE.exists()


@pytest.mark.parametrize(
    ("on_exhausted", "third"), [("last", "two"), ("error", "gateway_replay_exhausted"), ("cycle", "one")]
)
async def test_what_an_exhausted_sequence_answers_is_configured(lab: Lab, on_exhausted: str, third: str) -> None:
    recording = await lab.run("record", await lab.origin(ok("one"), ok("two")))
    await bodies_of(recording, get(), get())
    await recording.serving.stop()
    replaying = await lab.run("replay", cassettes__on_exhausted=on_exhausted)
    assert await bodies_of(replaying, get(), get(), get()) == ["one", "two", third]


async def test_a_miss_says_what_is_nearest(lab: Lab) -> None:
    recording = await lab.run("record", await lab.origin(ok("one")))
    await bodies_of(recording, get())
    await recording.serving.stop()
    replaying = await lab.run("replay")
    answer = await replaying.ask(get(f"{DISH.replace('adobe', 'example')}&ast={JWT}"))
    assert (answer.status, answer.get(b"X-Gateway-Error")) == (502, b"gateway_replay_miss")
    assert answer.get(b"Content-Type") == b"application/json"
    document = json.loads(answer.body)
    assert document["code"] == "gateway_replay_miss"
    (near,) = document["nearest"]
    assert near["line"] == held()[0].line == 4
    assert near["request"] == f"GET {DISH}"
    assert near["differs"] == [
        "query redirectUrl: recorded https%3A%2F%2Fadobe.com, got https%3A%2F%2Fexample.com",
        "query ast: recorded nothing, got *",
    ]
    assert JWT.encode() not in answer.body


# --- recording -------------------------------------------------------------------------------------------------------


async def test_the_interaction_is_in_the_file_before_the_last_byte_goes_out(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = asyncio.Event(), threading.Event()
    loop, append = asyncio.get_running_loop(), Writer.append

    def slow(self: Writer, blocks: Sequence[bytes]) -> None:
        loop.call_soon_threadsafe(begun.set)
        assert go.wait(PATIENCE)
        append(self, blocks)

    monkeypatch.setattr(Writer, "append", slow)
    running = await lab.run("record", await lab.origin(ok("one")))
    wire = (await running.connect()).send(get())
    await asyncio.wait_for(begun.wait(), PATIENCE)
    await settle()
    assert not wire.heard
    assert not CASSETTE.exists()
    go.set()
    assert (await wire.message()).body == b"one"
    assert bodies(held()) == ["one"]


@pytest.mark.parametrize("stopped", [False, True], ids=["while it runs", "while it stops"])
async def test_a_logout_whose_app_has_left_is_recorded(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, *, stopped: bool
) -> None:
    """The session ended whether or not anybody waited, even when the gateway is told to stop meanwhile."""
    monkeypatch.setattr("gateway.wire.connections.ANSWER_SECONDS", 0.1)
    asked, go = asyncio.Event(), asyncio.Event()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        asked.set()
        await go.wait()
        wire.send(ok("done"))
        await wire.gone()

    origin = await lab.origin(script=script)
    running = await lab.run("record", origin)
    wire = (await running.connect()).send(get())
    await asyncio.wait_for(asked.wait(), PATIENCE)
    wire.abort()
    await running.serving.gateway.exchanges.finish(PATIENCE)
    if stopped:
        stopping = asyncio.create_task(running.serving.stop())
        await settle()
        go.set()
        await stopping
    else:
        go.set()
        await running.serving.stop()
    assert bodies(held()) == ["done"]


async def test_an_answer_beyond_the_limit_streams_unrecorded(lab: Lab) -> None:
    first_arrived = asyncio.Event()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + b"x" * 150)
        await first_arrived.wait()
        wire.send(b"x" * 50)

    origin = await lab.origin(script=script)
    running = await lab.run("record", origin, limits__max_body=100)
    wire = (await running.connect()).send(get())
    await wire.head()
    assert await wire.exactly(150) == b"x" * 150
    first_arrived.set()
    assert await wire.exactly(50) == b"x" * 50
    (event,) = running.events("not recorded")
    assert (event["level"], event["side"], running.serving.gateway.counts.lost) == (
        "warning",
        "response",
        {"its body exceeds limits.max_body": 1},
    )
    assert not CASSETTE.exists()


async def test_an_answer_that_breaks_off_is_not_recorded_and_the_app_sees_it(lab: Lab) -> None:
    async def script(wire: Wire) -> None:
        await origin.read(wire)
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nhalf")
        await wire.flush()

    origin = await lab.origin(script=script)
    running = await lab.run("record", origin)
    wire = (await running.connect()).send(get())
    assert (await wire.gone()).endswith(b"half")
    assert not CASSETTE.exists()
    assert len(running.events("not recorded")) == 1


async def test_the_gateways_own_errors_are_never_recorded(lab: Lab) -> None:
    async def script(wire: Wire) -> None:
        await origin.read(wire)
        wire.send(b"no HTTP at all\r\n\r\n")

    origin = await lab.origin(script=script)
    running = await lab.run("record", origin)
    assert await bodies_of(running, get()) == ["upstream_protocol"]
    await origin.__aexit__()
    assert await bodies_of(running, get()) == ["upstream_unreachable"]
    assert not CASSETTE.exists()
    assert running.serving.gateway.counts == Counts()


async def test_a_disk_that_fails_costs_the_recording_alone(lab: Lab) -> None:
    Path("elsewhere").mkdir()
    running = await lab.run("record", await lab.origin(ok("one"), ok("two")), cassettes__name="elsewhere/c.yaml")
    Path("elsewhere").rmdir()
    Path("elsewhere").write_text("no folder", encoding="ascii")
    assert await bodies_of(running, get(), get()) == ["one", "two"]
    assert [(event["why"], event["lost"]) for event in running.events("recording failed")] == [
        ("not recorded: Not a directory", 1),
        ("not recorded: Not a directory", 2),
    ]
    assert running.serving.gateway.counts.lost == {"not recorded: Not a directory": 2}


@pytest.mark.parametrize(("on_leak", "kept"), [("refuse", False), ("warn", True)])
async def test_a_leak_is_refused_or_warned_of(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, on_leak: str, *, kept: bool
) -> None:
    leg, leak = Redaction.leg, Leak("response.body", "a secret that was seen")
    monkeypatch.setattr(Redaction, "leg", lambda *of, **about: replace(leg(*of, **about), leaks=(leak,)))
    running = await lab.run("record", await lab.origin(ok("one")), redaction__on_leak=on_leak)
    assert await bodies_of(running, get()) == ["one"]
    (event,) = running.events("leak")
    assert (event["level"], event["places"]) == ("warning", ["response.body: a secret that was seen"])
    assert CASSETTE.exists() is kept
    assert running.serving.gateway.counts.leaks == 1


async def test_more_secrets_and_fewer_can_be_configured(lab: Lab) -> None:
    """What is kept although the lists name it is said in the log at start, with its reason."""
    rules = [{"header": "X-Partner", "as": "user"}, {"pattern": "acct-[0-9]+", "as": "user"}]
    rules += [{"json": "$..nick", "as": "user"}, {"query": "sid", "as": "token"}]
    keep = [{"header": "AP-Visitor-Identifier", "reason": "a test account's"}]
    running = await lab.run(
        "record",
        await lab.origin(ok('{"nick": "my-nick-name-is-long", "x": "acct-1234567890123"}')),
        redaction__rules=rules,
        redaction__keep=keep,
    )
    fields = ("X-Partner: a-partner-of-ours", "AP-Visitor-Identifier: visitor-number-123456")
    await running.ask(get(f"{DISH}&sid=a-session-identifier", "roku", *fields))
    assert running.events("not redacted") == [
        {
            **running.events("not redacted")[0],
            "level": "info",
            "header": "AP-Visitor-Identifier",
            "reason": "a test account's",
        }
    ]
    text = CASSETTE.read_text("ascii")
    assert "visitor-number-123456" in text
    for secret in ("a-partner-of-ours", "acct-1234567890123", "my-nick-name-is-long", "a-session-identifier"):
        assert secret not in text


async def test_the_key_is_made_by_the_first_recording_and_by_no_replay(lab: Lab) -> None:
    first = await lab.run("record", await lab.origin(ok("one"), ok("two")))
    assert stat.S_IMODE(KEY_FILE.stat().st_mode) == 0o600
    await bodies_of(first, get())
    key = KEY_FILE.read_text("ascii")
    second = await lab.run("record", await lab.origin(ok("two")))
    await bodies_of(second, get())
    assert KEY_FILE.read_text("ascii") == key
    one, two = held()
    assert one.about["redaction"] == two.about["redaction"]
    assert one.request.headers == two.request.headers
    KEY_FILE.unlink()
    await lab.run("replay")
    await lab.run("passthrough")
    assert not KEY_FILE.exists()


async def test_the_environments_key_beats_the_file(lab: Lab) -> None:
    for number, environ in enumerate(({}, {"GATEWAY_REDACTION_KEY": "0" * 64}, {"GATEWAY_REDACTION_KEY": "0" * 64})):
        if number == 2:
            KEY_FILE.unlink()
        running = await lab.run("record", await lab.origin(ok("one")), environ)
        await bodies_of(running, get())
    identifiers = [one.request.headers["AP-Device-Identifier"] for one in held()]
    assert identifiers[0] != identifiers[1] == identifiers[2]
    assert not KEY_FILE.exists()
    with pytest.raises(RedactionKeyError, match=r"^GATEWAY_REDACTION_KEY: expected 64 hexadecimal digits"):
        await lab.run("record", environ={"GATEWAY_REDACTION_KEY": "short"})


# --- start and stop --------------------------------------------------------------------------------------------------


async def test_a_missing_cassette_is_told_with_those_that_are_there(lab: Lab) -> None:
    Path("cassettes").mkdir()
    for name in ("other", "third"):
        Path(f"cassettes/{name}.yaml").touch()
    with pytest.raises(CassetteMissingError, match=r"cassettes in cassettes: other, third$"):
        await lab.run("replay")


@pytest.mark.parametrize("mode", ["record", "replay", "auto"])
async def test_a_damaged_tail_is_told_at_start(lab: Lab, mode: str) -> None:
    recording = await lab.run("record", await lab.origin(ok("one")))
    await bodies_of(recording, get())
    await recording.serving.stop()
    with CASSETTE.open("ab") as file:
        file.write(b"- request:\n    method: G")
    with pytest.raises(CassetteError, match=r"gateway cassette repair"):
        await lab.run(mode)


async def test_what_is_in_flight_finishes(lab: Lab) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def script(wire: Wire) -> None:
        await origin.read(wire)
        asked.set()
        await go.wait()
        wire.send(ok("late"))
        await wire.gone()

    origin = await lab.origin(script=script)
    running = await lab.run("record", origin)
    wire = (await running.connect()).send(get())
    await asyncio.wait_for(asked.wait(), PATIENCE)
    stopping = asyncio.create_task(running.serving.stop())
    await settle()
    with pytest.raises(ConnectionError):
        await running.connect()
    go.set()
    assert (await wire.message()).body == b"late"
    await stopping
    assert await wire.gone() == b""
    assert bodies(held()) == ["late"]
    await asyncio.wait_for(origin.closed.wait(), PATIENCE)


async def test_a_port_that_is_taken_is_an_oserror_and_leaves_nothing_open(lab: Lab) -> None:
    running = await lab.run("passthrough")
    with pytest.raises(OSError, match="in use"):
        await lab.run("record", listen__port=running.port)


async def test_tls(lab: Lab) -> None:
    Path("own.pem").write_text(PEM, encoding="ascii")
    tls = {"cert_file": "own.pem", "key_file": "own.pem"}
    running = await lab.run("passthrough", await lab.origin(ok("live")), listen__tls=tls)
    assert running.serving.url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cadata=PEM[PEM.index("-----BEGIN CERT") :])
    context.check_hostname = False
    wire = Wire(*await asyncio.open_connection("127.0.0.1", running.port, ssl=context))
    assert (await wire.send(get()).message()).body == b"live"
    wire.close()


@pytest.mark.parametrize("by_host", [False, True])
async def test_a_host_selects_an_upstream_only_where_that_is_on(lab: Lab, *, by_host: bool) -> None:
    one, other = await lab.origin(ok("default")), await lab.origin(ok("by host"))
    settings: dict[str, Any] = {
        "upstreams__other__origin": "http://api.lab.example",
        "upstreams__other__connect_to": f"127.0.0.1:{other.port}",
    }
    running = await lab.run("passthrough", one, route_by_host=by_host, **settings)
    asked = [
        get().replace(b"Host: gateway", b"Host: " + host) for host in (b"API.lab.example:9", b"api.lab.example.", b"x")
    ]
    answers = await bodies_of(running, *asked)
    assert answers[0] == ("by host" if by_host else "default")
    assert answers[2] == "default"
    assert [message.get(b"Host") for message in other.seen[:1]] == ([b"api.lab.example"] if by_host else [])


@pytest.mark.parametrize(
    ("mode", "settings", "rest"),
    [
        ("passthrough", {}, "mode passthrough · upstream emulator"),
        ("auto", {}, "mode auto · upstream emulator · cassette cassettes/logout.yaml"),
        ("record", {"cassettes__name": "/tmp/x.yaml"}, "mode record · upstream emulator · cassette /tmp/x.yaml"),  # noqa: S108  # nothing is written there
        (
            "record",
            {"upstream": "production"},
            "mode record · upstream production · cassette cassettes/logout.yaml · PRODUCTION: a logout ends somebody's session (upstream: production)",
        ),
        (
            "passthrough",
            {"route_by_host": True},
            "mode passthrough · upstream emulator · PRODUCTION: a logout ends somebody's session (route_by_host: a Host of api.auth.adobe.com selects upstream production)",
        ),
    ],
)  # fmt: skip
async def test_the_first_line(mode: str, settings: dict[str, object], rest: str) -> None:
    overrides = {"mode": mode, "listen.port": 0, **{name.replace("__", "."): value for name, value in settings.items()}}
    config = load_config(None, {}, overrides)
    started = await serving.start(config, {}, io.StringIO())
    await started.stop()
    assert serving.first_line(config, started) == f"gateway listening on {started.url} · {rest}"


async def test_the_first_line_says_whether_a_fleet_was_joined() -> None:
    Path("fleet-key").write_text("5a" * 32)
    Path("fleet-key").chmod(0o600)
    about = {"redis": "redis://127.0.0.1:1", "fleet": "lab", "gateway": "rack-7", "key_file": "fleet-key"}
    config = load_config(None, {}, {"mode": "passthrough", "listen.port": 0, "fleet": about})
    started = await serving.start(config, {"GATEWAY_REDACTION_KEY": "c3" * 32}, io.StringIO())
    try:
        assert started.member is not None
        out_of_reach = serving.first_line(config, started)
        started.member.outage.end()
        joined = serving.first_line(config, started)
    finally:
        await started.stop()
    assert out_of_reach.endswith(" · upstream emulator · fleet lab out of reach, rack-7 joins later")
    assert joined.endswith(" · upstream emulator · joined fleet lab as rack-7")


@pytest.mark.parametrize("mode", ["record", "auto", "replay"])
async def test_a_cassette_that_does_not_load_stops_every_mode_at_its_start(lab: Lab, mode: str) -> None:
    running = await lab.run("record", await lab.origin(ok("one"), ok("two")))
    await bodies_of(running, get(), get())
    await running.stop()
    data = bytearray(CASSETTE.read_bytes())
    data[len(data) // 2] = 0xFF
    CASSETTE.write_bytes(data)
    with pytest.raises(CassetteError, match="expected UTF-8, found the byte 0xff"):
        await lab.run(mode, await lab.origin())


async def test_what_cannot_be_recorded_stops_record_and_is_one_warning_in_auto(lab: Lab) -> None:
    origin = await lab.origin(ok("one"), ok("two"))
    running = await lab.run("record", origin)
    await bodies_of(running, get())
    await running.stop()
    lock = CASSETTE.with_name(f"{CASSETTE.name}.lock")
    lock.unlink()
    lock.mkdir()
    with pytest.raises(RedactionKeyError, match="expected to make a key there"):
        await lab.run("record", origin, redaction__key_file="none/key")
    with pytest.raises(CassetteReadOnlyError, match="the lock cannot be opened"):
        await lab.run("record", origin, {"GATEWAY_REDACTION_KEY": "6b" * 32})
    auto = await lab.run("auto", origin, redaction__key_file="none/key")
    assert await bodies_of(auto, get()) == ["one"]
    (warning,) = auto.events("nothing can be recorded")
    assert "the lock cannot be opened" in warning["why"]
    assert "expected to make a key there" in warning["why"]
    assert len(origin.seen) == 1
    assert await bodies_of(auto, get("/api/v2/REF30/logout/Dish")) == ["two"]
    assert sum(auto.serving.gateway.counts.lost.values()) == 1


@for_each(
    ("upstream", "public"),
    [
        ({"origin": "https://api.auth.adobe.com"}, True),
        ({"origin": "https://api.auth.adobe.com", "connect_to": "81.2.69.142"}, True),
        ({"origin": "https://api.auth.adobe.com", "connect_to": "127.0.0.1:8443"}, False),
        ({"origin": "http://localhost:8080"}, False),
        ({"origin": "http://192.168.0.9"}, False),
        ({"origin": "emulator:"}, False),
        ({"origin": "emulator://emulator.example.com:80"}, False),
    ],
)
def test_an_upstream_is_on_the_internet_unless_it_is_of_this_network(upstream: dict[str, str], public: bool) -> None:
    config = load_config(None, {}, {"upstreams": {"one": upstream}})
    assert is_public(config, "one") == public
