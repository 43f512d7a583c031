"""The audit of live traffic, over real sockets: what it says, what it keeps, and what it answers in Adobe's place."""

# a test may look into a folder of its own
from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import force_setattr, replace

from gateway.auditing.auditor import Auditor
from gateway.auditing.live import OF_SERVERS, LiveAudit
from gateway.auditing.recorded import audit
from gateway.cassettes.findings import load_findings
from gateway.cassettes.reader import load
from gateway.core.adobe.call import Call
from gateway.core.audit import Audit
from gateway.core.checking import About, Said
from gateway.core.checks import CHECKS
from gateway.core.redaction import Redaction
from gateway.system.files import replace_file
from gateway.wiring import audit as wiring_audit
from tests.core.checks.calls import CHROME, DEVICE, LOGOUT, PROFILES, V1_LOGOUT, bearer, fingerprint, info
from tests.core.checks.calls import call as server_call
from tests.harness.for_each import for_each
from tests.harness.lab import Lab, Running
from tests.harness.sockets import Origin, Wire

CASSETTE = Path("cassettes/logout.yaml")
FINDINGS = Path("cassettes/logout.findings.jsonl")
GOOD = {
    "Authorization": bearer(),
    "AP-Device-Identifier": fingerprint(DEVICE),
    "X-Device-Info": info(),
    "Accept": "application/json",
}
INFO = info().replace("=", "%3D").replace("+", "%2B").replace("/", "%2F")
RULE = {"v1_logout": {"redirect_url": "https://example.com/bye", "authorization": "pass"}}
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SWAPPED = b'{"logouts": {"Dish": {"actionName": "complete", "actionType": "none", "mvpd": "Cablevision"}}}'


def asked(line: str = f"GET {LOGOUT}", body: bytes = b"", **headers: str | None) -> bytes:
    """Write a call that nothing is wrong with, but for what is said; None takes a header away."""
    names = {name.lower().replace("-", "_"): name for name in GOOD}
    fields: dict[str, str | None] = {} if line.startswith("DELETE /api/v1/") else dict(GOOD)
    for name, value in headers.items():
        fields[names.get(name.lower(), name.replace("_", "-"))] = value
    lines = [f"{line} HTTP/1.1", "Host: gateway.lab", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode() + body


class House:
    """Starts gateways with an audit."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    async def gateway(
        self,
        *answers: bytes,
        runs: str = "passthrough",
        origin: Origin | None = None,
        rules: Sequence[Mapping[str, object]] = (),
        **settings: object,
    ) -> Running:
        """Start one; `settings` are those of `audit`."""
        origin = origin or await self.lab.origin(*answers)
        return await self.lab.run(runs, origin, audit=settings, rules=list(rules))


async def found(running: Running, message: bytes) -> list[str]:
    """Ask, and return the ids of the findings that the log says of it."""
    before = len(running.findings())
    await running.ask(message)
    return [finding["id"] for finding in running.findings()[before:]]


@pytest.fixture
def house(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.chdir(tmp_path)
    return House(lab)


# --- observe


async def test_what_is_found_is_said_and_changes_nothing(house: House) -> None:
    """`observe` is the default: the log says place, found and expected; the call goes out, and its answer comes back, as ever."""
    running = await house.gateway()
    answer = await running.ask(asked(AP_Device_Identifier="roku-7"))
    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.all(b"X-Gateway-Audit") == []
    (sent,) = running.origin.seen
    assert sent.get(b"AP-Device-Identifier") == b"roku-7"
    (event,) = [finding for finding in running.findings() if finding["id"] == "DEV002"]
    assert (event["severity"], event["where"]) == ("error", "header AP-Device-Identifier")
    assert event["found"] == "6 characters of URL-safe Base64"
    assert event["expected"] == "fingerprint <Base64 of the device's identifier>"


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        (asked(), []),
        (asked(Authorization=None), ["AUTH001"]),
        (asked(Authorization=bearer(exp=1_724_109_468)), ["AUTH003"]),
        (asked(AP_Device_Identifier=None), ["DEV001"]),
        (asked(f"POST {LOGOUT}"), ["ROUTE001"]),
        (asked("GET /api/v2/logout/REF30/Dish?redirectUrl=https%3A%2F%2Fexample.com"), ["ROUTE002"]),
        (asked(f"GET {LOGOUT}".partition("?")[0]), ["URL001"]),
        (asked(X_Forwarded_For="10.0.0.1"), ["XFF002"]),
        (asked(Accept="*/*"), ["HDR004"]),
        (asked(f"DELETE {V1_LOGOUT}", X_Device_Info=INFO, Authorization=bearer()), ["V1010", "V1001"]),
        (asked("GET /"), []),
    ],
)
async def test_each_call_is_judged_as_it_came(house: House, message: bytes, ids: list[str]) -> None:
    running = await house.gateway(checks={"ROUTE007": "off", "ROUTE008": "off", "RESP006": "off"})
    assert await found(running, message) == ids


async def test_a_server_that_names_no_device_is_told(house: House) -> None:
    """The message as it came is judged, not what the gateway made of it: what goes out has an address."""
    running = await house.gateway()
    assert "XFF001" in await found(running, asked(User_Agent="python-requests/2.32"))
    assert running.origin.seen[0].get(b"X-Forwarded-For") == b"127.0.0.1"
    assert "XFF001" not in await found(running, asked(User_Agent=CHROME))


@pytest.mark.parametrize("pieces", [1, 2, 7])
async def test_an_answer_is_judged_whether_it_comes_at_once_or_in_pieces(house: House, pieces: int) -> None:
    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(JSON + b"Content-Length: %d\r\n\r\n" % len(SWAPPED))
        size = -(-len(SWAPPED) // pieces)
        for start in range(0, len(SWAPPED), size):
            await wire.flush()
            await asyncio.sleep(0.01 if pieces > 1 else 0)
            wire.send(SWAPPED[start : start + size])
        await wire.gone()

    running = await house.gateway(origin=await house.lab.origin(script=script), response_header=True)
    answer = await running.ask(asked())
    assert answer.body == SWAPPED
    assert b"RESP001" in answer.get(b"X-Gateway-Audit")


async def test_an_answer_that_breaks_off_breaks_off_for_the_client(house: House) -> None:
    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(JSON + b"Content-Length: 1000\r\n\r\n{")
        await wire.flush()

    running = await house.gateway(origin=await house.lab.origin(script=script))
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await running.ask(asked())


async def test_what_is_no_call_of_the_api_streams_through_unread(house: House) -> None:
    """A page that never ends is not waited for."""
    endless = JSON + b"Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"
    running = await house.gateway(endless)
    wire = await running.connect()
    wire.send(asked("GET /news"))
    assert (await wire.head()).startswith(b"HTTP/1.1 200")
    assert await wire.chunk() == b"first"
    wire.reset()


async def test_the_reply_names_what_was_found_for_test_code(house: House) -> None:
    running = await house.gateway(response_header=True, checks={"ROUTE007": "off", "ROUTE008": "off", "RESP006": "off"})
    answer = await running.ask(asked(Authorization=None, X_Forwarded_For="10.0.0.1"))
    assert answer.all(b"X-Gateway-Audit") == [b"AUTH001;XFF002"]
    assert (await running.ask(asked())).all(b"X-Gateway-Audit") == []


async def test_a_check_is_switched_off_or_of_another_severity(house: House) -> None:
    running = await house.gateway(checks={"AUTH001": "off", "DEV001": "info"})
    await running.ask(asked(Authorization=None, AP_Device_Identifier=None))
    said = {finding["id"]: finding["severity"] for finding in running.findings()}
    assert "AUTH001" not in said
    assert said["DEV001"] == "info"


async def test_off_costs_nothing(house: House) -> None:
    """There is nothing that could cost anything."""
    running = await house.gateway(mode="off", response_header=True)
    assert running.serving.gateway.exchanges._audit is None
    answer = await running.ask(asked(Authorization=None))
    assert answer.all(b"X-Gateway-Audit") == []
    assert running.findings() == []


# --- what a cassette keeps


async def test_what_only_the_message_as_it_came_shows_is_kept_and_reported_as_live(house: House) -> None:
    """The cassette holds the address that went out. The rest is judged afresh, and so is not kept."""
    running = await house.gateway(JSON + b"Content-Length: 2\r\n\r\n{}", runs="record")
    await running.ask(asked(AP_Device_Identifier=None, X_Forwarded_For="10.0.0.1"))
    await running.stop()
    (interaction,) = load(CASSETTE).interactions
    kept = interaction.about["findings"]
    assert isinstance(kept, list)
    assert [(finding["id"], finding["found"]) for finding in kept] == [("XFF002", "a private address")]
    reported = {r.finding.id: r.live for _, r in audit([CASSETTE]).findings}
    assert reported["XFF002"] is True
    assert reported["DEV001"] is False


async def noted(house: House, runs: str = "record", **settings: Any) -> Running:
    """Let a gateway hear of a logout with a damaged token and of one without its MVPD, and stop it."""
    running = await house.gateway(JSON + b"Content-Length: 2\r\n\r\n{}", runs=runs, **settings)
    await running.ask(asked(Adobe_Subject_Token="oops"))
    await running.ask(asked("GET /api/v2/REF30/logout?redirectUrl=https%3A%2F%2Fexample.com"))
    await running.stop()
    return running


async def test_what_is_written_down_can_be_chosen(house: House) -> None:
    wrong = []
    for settings, kept, lines in (
        ({}, ["SSO005"], 1),
        ({"record": "all"}, ["SSO005"], 1),
        ({"record": "recorded"}, ["SSO005"], 0),
        ({"record": "off"}, [], 0),
        ({"mode": "off"}, [], 0),
    ):
        CASSETTE.unlink(missing_ok=True)
        FINDINGS.unlink(missing_ok=True)
        await noted(house, **settings)
        (interaction,) = load(CASSETTE).interactions
        ids = [finding["id"] for finding in cast("list[dict[str, str]]", interaction.about["findings"])]
        calls = load_findings(FINDINGS).interactions if FINDINGS.exists() else ()
        if (ids, len(calls), "audited" in interaction.about) != (kept, lines, bool(kept)):
            wrong.append(f"{settings}: {ids}, {len(calls)}")
    assert wrong == []


async def test_what_a_rule_mended_on_the_way_is_found_in_the_recording(house: House) -> None:
    """In the words of the app's own message; what goes out as it came is judged afresh."""
    mends = [
        {"set_header": {"name": "Accept", "value": "application/json"}},
        {"set_header": {"name": "AP-Device-Identifier", "value": fingerprint(DEVICE)}},
    ]
    running = await house.gateway(JSON + b"Content-Length: 2\r\n\r\n{}", runs="record", rules=mends)
    await running.ask(asked(Accept="text/html", AP_Device_Identifier=None, X_Device_Info=None))
    await running.stop()
    then = {(finding["id"], finding["found"]) for finding in running.findings()}
    assert {("HDR004", "text/html"), ("DEV001", "no such header"), ("INFO001", "no such header")} <= then
    now = {(r.finding.id, r.finding.found): r.live for _, r in audit([CASSETTE]).findings}
    assert now.keys() == then
    assert [check for (check, _), live in now.items() if not live] == ["INFO001", "RESP008"]


async def test_a_run_that_records_begins_the_findings_anew(house: House) -> None:
    """Mode auto does so as soon as there is something to write: a replay takes nothing away."""
    wrong = []
    FINDINGS.parent.mkdir()
    for runs, asks, left in (
        ("record", False, 0),
        ("record", True, 1),
        ("auto", False, 9),
        ("auto", True, 1),
        ("replay", False, 9),
    ):
        replace_file(FINDINGS, b'{"left_out": "x"}\n' * 9)
        os.utime(FINDINGS, (0, 0))
        if asks:
            CASSETTE.unlink(missing_ok=True)
            await noted(house, runs)
        else:
            await (await house.gateway(JSON, runs=runs)).stop()
        if (found := FINDINGS.read_bytes().count(b"\n")) != left:
            wrong.append(f"{runs}, {asks}: {found}")
    assert wrong == []


async def test_where_findings_cannot_be_written_the_exchange_goes_on_and_it_is_counted(house: House) -> None:
    FINDINGS.mkdir(parents=True)
    running = await noted(house)
    assert [event["status"] for event in running.events("exchange")] == [200, 200]
    assert [event["why"] for event in running.events("findings not written")] == ["Is a directory"]
    assert running.serving.gateway.counts.findings_lost == 1
    assert running.serving.gateway.counts.recorded == 1


async def test_nothing_secret_of_a_call_is_in_its_findings(house: House) -> None:
    running = await house.gateway(JSON + b"Content-Length: 2\r\n\r\n{}", runs="record")
    secret = "b5ad1b4e9d8a4c1fa7e0"  # that is the point
    call = asked(
        f"DELETE {LOGOUT}&password={secret}&x={secret}",
        AP_Device_Identifier=secret,
        X_Session=secret,
        Cookie=f"a={secret}",
    )
    await running.ask(call.replace(b"\r\n\r\n", f"\r\nContent-Length: 20\r\n\r\n{secret}".encode()))
    await running.stop()
    (noted,) = load_findings(FINDINGS).interactions
    assert secret not in FINDINGS.read_text("utf-8")
    assert noted.request.headers["Content-Length"] == "20"
    assert noted.request.body == b""


async def test_the_dialect_of_an_app_is_kept_though_v2_went_out(house: House) -> None:
    """Four legs stand for one message, of which is told once."""
    profiles = b'{"profiles": {"Dish": {}, "Cablevision": {}}}'
    logout = b'{"logouts": {"%s": {"actionName": "complete", "actionType": "none", "mvpd": "%s"}}}'
    bodies = [profiles, logout % (b"Dish", b"Dish"), logout % (b"Cablevision", b"Cablevision")]
    answers = [JSON + b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies]
    answers.insert(0, b"HTTP/1.1 204 No Content\r\n\r\n")
    running = await house.gateway(*answers, runs="record", rules=[RULE], response_header=True)
    answer = await running.ask(asked(f"DELETE {V1_LOGOUT}&appId=x", X_Device_Info=INFO, Authorization=bearer()))
    assert answer.status == 204
    assert answer.get(b"X-Gateway-Audit").split(b";")[:3] == [b"V1007", b"V1010", b"V1001"]
    await running.stop()
    assert len(load(CASSETTE).interactions) == 4
    live = [r.finding.id for _, r in audit([CASSETTE]).findings if r.live]
    assert sorted(live) == ["V1001", "V1007", "V1010"]


# --- over time


async def test_the_throttle_s_429_is_foreseen(house: House) -> None:
    """Ten calls in a row are said to be too many before the eleventh is refused; and whoever does not wait is told."""
    many = JSON + b"Content-Length: 2\r\n\r\n{}"
    throttled = b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"
    running = await house.gateway(*[many] * 11, throttled)
    told = [await found(running, asked(f"GET {PROFILES}")) for _ in range(13)]
    first = {check: [check in ids for ids in told].index(True) for check in ("THR003", "THR001", "THR002")}
    assert first == {"THR003": 9, "THR001": 11, "THR002": 12}


async def test_devices_and_calls_are_told_apart_over_time(house: House) -> None:
    running = await house.gateway()
    assert "DEV006" not in await found(running, asked(X_Forwarded_For="93.184.216.34"))
    other = asked(AP_Device_Identifier=fingerprint("another one altogether"), X_Forwarded_For="93.184.216.34")
    assert "DEV006" in await found(running, other)
    assert "V1002" in await found(running, asked(f"DELETE {V1_LOGOUT}"))


# --- enforce


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        (asked(AP_Device_Identifier=None), 400, b"invalid_header_device_identifier"),
        (asked(AP_Device_Identifier="roku-7"), 400, b"invalid_header_device_identifier"),
        (asked(X_Device_Info="{}"), 400, b"invalid_header_device_info"),
        (asked(Authorization=None), 401, b"invalid_access_token_client_application"),
        (asked(Authorization="Basic YTpi"), 401, b"invalid_access_token_client_application"),
        (asked(Authorization=bearer(exp=1_724_109_468)), 401, b"invalid_access_token_client_application"),
        (asked(Authorization=None, AP_Device_Identifier=None), 401, b"invalid_access_token_client_application"),
        (asked(f"DELETE {LOGOUT}", Authorization=None), 405, b"method_not_allowed"),
        (asked(f"GET {LOGOUT}".partition("?")[0]), 400, b"invalid_parameter_redirect_url"),
        (asked("GET /api/v2/REF30/logout?redirectUrl=https%3A%2F%2Fa.b"), 400, b"invalid_parameter_mvpd"),
    ],
)
async def test_what_adobe_would_refuse_is_refused_without_it(
    house: House, message: bytes, status: int, code: bytes
) -> None:
    running = await house.gateway(runs="record", mode="enforce", response_header=True)
    answer = await running.ask(message)
    assert (answer.status, answer.get(b"X-Gateway-Error")) == (status, code)
    assert answer.start.split(b" ", 2)[2]
    assert answer.get(b"X-Gateway-Audit")
    error = json.loads(answer.body)
    assert (error["status"], error["code"]) == (status, code.decode())
    assert error["action"] == ("application-registration" if status == 401 else "none")
    assert error["message"].count(". ") >= 1
    assert error["helpUrl"].startswith("https://experienceleague.adobe.com/")
    assert answer.all(b"Allow") == ([b"GET"] if status == 405 else [])
    assert running.origin.connections == 0
    (event,) = running.events("exchange")
    assert (event["status"], event["source"]) == (status, "gateway")
    await running.stop()
    assert running.serving.gateway.counts.recorded == 0


@pytest.mark.parametrize(
    ("suffix", "kind", "start"), [("", b"application/json", b"{"), (".xml", b"application/xml", b"<?xml")]
)
@pytest.mark.parametrize("rules", [[], [RULE]])
async def test_a_v1_app_is_refused_in_its_dialect(
    house: House, suffix: str, kind: bytes, start: bytes, rules: list[Mapping[str, object]]
) -> None:
    running = await house.gateway(mode="enforce", rules=rules)
    answer = await running.ask(asked(f"DELETE /api/v1/logout{suffix}?requestor=REF30"))
    assert (answer.status, answer.get(b"Content-Type"), answer.get(b"X-Gateway-Error")) == (
        400,
        kind,
        b"invalid_device_id",
    )
    assert answer.body.startswith(start)
    assert b"A parameter of v1 is missing. Add it to the query" in answer.body
    assert running.origin.connections == 0


@pytest.mark.parametrize(
    ("message", "settings"),
    [
        (asked(), {}),
        (asked(Accept="*/*"), {}),  # a warning
        (asked(X_Forwarded_For="10.0.0.1"), {}),  # an error, but none that Adobe answers with one
        (asked(AP_Device_Identifier=None), {"checks": {"DEV001": "warning"}}),
        (asked(AP_Device_Identifier=None), {"checks": {"DEV001": "off"}}),
        (asked("GET /news", Authorization=None), {}),
    ],
)
async def test_what_adobe_would_take_is_sent(house: House, message: bytes, settings: dict[str, Any]) -> None:
    running = await house.gateway(mode="enforce", **settings)
    assert (await running.ask(message)).status == 200
    assert len(running.origin.seen) == 1


async def test_warnings_refuse_where_told_to(house: House) -> None:
    message = asked("GET /api/v2/REF30/logout/Dish?redirectUrl=%2Frelative")
    assert (await (await house.gateway(mode="enforce")).ask(message)).status == 200
    strict = await house.gateway(mode="enforce", enforce_at="warning")
    answer = await strict.ask(message)
    assert (answer.status, answer.get(b"X-Gateway-Error")) == (400, b"invalid_parameter_redirect_url")


async def test_what_was_not_sent_costs_no_throttle(house: House) -> None:
    running = await house.gateway(mode="enforce")
    for _ in range(15):
        await running.ask(asked(Authorization=None))
    assert "THR003" not in await found(running, asked())


# --- a check that raises


@About(id="TEST1", severity="error", title="A test's", page="", fix="", inbound=True).request
def failing(call: Call) -> Said:
    """Fail on every call but one."""
    if call.path != "/good":
        message = "a secret"
        raise ValueError(message)
    return ()


async def test_a_check_that_raises_is_counted_said_once_and_costs_no_exchange(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring_audit, "CHECKS", (failing, *CHECKS))
    running = await house.gateway(mode="enforce")
    assert [(await running.ask(asked())).status for _ in range(3)] == [200, 200, 200]
    assert "HDR004" in await found(running, asked(Accept="*/*"))
    (event,) = running.events("check failed")
    assert (event["check"], event["error"], event["level"]) == ("TEST1", "ValueError", "warning")
    assert "a secret" not in running.out.getvalue()
    live = running.serving.gateway.exchanges._audit
    assert live is not None
    assert set(live.auditor.defects.values()) == {8}  # before it was sent, and with its answer
    assert running.serving.gateway.exchanges.observers.unheard.audits_failed == 0


async def test_an_audit_that_fails_altogether_costs_no_exchange(house: House) -> None:
    running = await house.gateway(mode="enforce")

    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError(name)

    live = running.serving.gateway.exchanges._audit
    assert live is not None
    force_setattr(live, "auditor", Broken())
    assert (await running.ask(asked(Authorization=None))).status == 200
    assert running.serving.gateway.exchanges.observers.unheard.audits_failed == 2
    assert {event["error"] for event in running.events("watching failed")} == {"RuntimeError"}


# --- any bytes


@pytest.mark.parametrize(
    "name", ["Authorization", "AP-Device-Identifier", "X-Device-Info", "Accept", "AD-Service-Token"]
)
async def test_what_no_parser_expects_is_forwarded_as_it_came(house: House, name: str) -> None:
    running = await house.gateway()
    value = b'\xff\xfe%00${x} \x80=,;"\\'
    fields: dict[str, Any] = {name.replace("-", "_"): "HERE"}
    message = asked(**fields).replace(b"HERE", value)
    assert (await running.ask(message)).status == 200
    assert running.origin.seen[0].get(name.encode()) == value


# --- a suite of tests


@for_each(
    ("client", "checks", "ids", "told"),
    [
        ("127.0.0.1", {}, [], 1),
        ("127.0.0.1", {"XFF001": "error"}, ["XFF001"], 0),
        ("127.0.0.1", {"INFO014": "info"}, ["INFO014"], 1),
        ("::1", {}, [], 1),
        ("192.168.0.7", {}, ["INFO014", "XFF001"], 0),
        ("93.184.216.34", {}, ["INFO014", "XFF001"], 0),
    ],
)
async def test_calls_of_a_suite_are_told_once_what_a_server_must_say(
    client: str, checks: dict[str, str], ids: list[str], told: int
) -> None:
    """From this machine, unless the configuration names the check."""
    heard: list[str] = []
    live = LiveAudit(
        Auditor(Audit(CHECKS, checks)),  # type: ignore[arg-type]  # severities
        origins=lambda _: "https://api.auth.adobe.com",
        redaction=Redaction(b"a key that tests use, of 32 byte"),
        failed=lambda error: heard.append(repr(error)),
        unseen=frozenset(),
        unforwarded=lambda: heard.append("told"),
        quiet=OF_SERVERS - checks.keys(),
    )
    made = server_call(x_forwarded_for=None, user_agent="python-requests/2.32.3").request
    found = (await live.before(replace(made, client=client))).findings
    assert sorted(finding.id for finding in found) == ids
    assert heard == ["told"] * told
