"""Old applications log out through REST API v2, over real sockets: recorded at Adobe's side of the rule, and replayed on both."""

# a test may look into a folder of its own
from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from gateway.cassettes.reader import load
from gateway.config import load as load_config
from gateway.config import to_core as configured
from gateway.core.model import Interaction
from gateway.emulator import Answer, Call, Emulator
from gateway.emulator.app import Serving
from gateway.transports.clients import ClientError, read_client
from tests.conversation import fingerprint
from tests.harness.lab import Lab, Running
from tests.harness.sockets import PATIENCE, Message

CASSETTE = Path("cassettes/logout.yaml")
STATEMENT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzdGF0ZW1lbnQifQ.c29mdHdhcmUtc3RhdGVtZW50"
DEVICE = "ba23d141-d715-561c-94f4-e9e4c966b1eb"
INFO = "eyJtb2RlbCI6IlRWIiwib3NOYW1lIjoidHZPUyJ9"
RULE: dict[str, object] = {"redirect_url": "https://example.com/bye"}
V2_ALONE = {**RULE, "v1": "never"}
BEFORE_ALSO = {**RULE, "no_profile": "v1"}
"""How the rule was written, and what it did, before the v1 logout was sent first."""
BYE = "redirectUrl=https%3A%2F%2Fexample.com%2Fbye"
PROFILES = "GET /api/v2/REF30/profiles"
CABLEVISION, DISH = (f"GET /api/v2/REF30/logout/{mvpd}?{BYE}" for mvpd in ("Cablevision", "Dish"))
TOKENS = ["POST /o/client/register", "POST /o/client/token"]


class Watched(Emulator):
    """An emulator that keeps what it is sent, and can be told to refuse tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.refused: set[str] = set()
        self.gone = False
        """Whether v1 is."""
        self.asked_for_profiles = asyncio.Event()

    @property
    def lines(self) -> list[str]:
        return [f"{call.method} {call.target}" for call in self.calls]

    def handle(self, call: Call) -> Answer:
        self.calls.append(call)
        if call.path.endswith("/profiles"):
            self.asked_for_profiles.set()
        if self.gone and call.path.startswith("/api/v1/"):
            return Answer(404, "Not Found", (("Content-Length", "0"),))
        if call.path.startswith("/api/v2/") and call.header("Authorization") in self.refused:
            body = (
                b'{"action":"application-registration","status":401,"code":"invalid_access_token_client_application"}'
            )
            return Answer(
                401, "Unauthorized", (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body
            )
        return super().handle(call)


def written(line: str, **fields: str) -> bytes:
    lines = [f"{line} HTTP/1.1", "Host: gateway.lab", *(f"{name.replace('_', '-')}: {fields[name]}" for name in fields)]
    return "\r\n".join([*lines, "", ""]).encode()


def v1(device: str = DEVICE, suffix: str = "") -> str:
    return f"DELETE /api/v1/logout{suffix}?requestor=REF30&deviceId={device}"


async def ask(running: Running, line: str, **fields: str) -> Message:
    return await running.ask(written(line, **fields))


class House:
    """Starts gateways whose rule is v1_logout, before one emulator."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.adobe = Watched()
        self.serving: Serving | None = None

    async def gateway(
        self,
        mode: str,
        rule: Mapping[str, object] | None = None,
        environ: Mapping[str, str] | None = None,
        **settings: object,
    ) -> Running:
        """Start a gateway; a setting's name has `__` for a dot."""
        if self.serving is None:
            self.serving = await self._lab.emulator(self.adobe)
        about = {
            "upstreams__emulator__origin": f"emulator://127.0.0.1:{self.serving.port}",
            "rules": [{"v1_logout": RULE if rule is None else rule}],
        }
        return await self._lab.run(mode, None, environ, **{**about, **settings})


@pytest.fixture
def house(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.chdir(tmp_path)
    return House(lab)


def recorded() -> list[Interaction]:
    return list(load(CASSETTE).interactions)


def lines(interactions: list[Interaction]) -> list[str]:
    return [f"{interaction.request.method} {interaction.request.target}" for interaction in interactions]


async def test_a_v1_app_logs_out_through_v2_and_again_and_is_replayed_with_nothing_upstream(house: House) -> None:
    """v1 in, v1 and then v2 at Adobe, 204 out; a second logout too, and a third that finds no profile."""
    recording = await house.gateway("record")
    live = [await ask(recording, v1(), X_Device_Info=INFO.replace("=", "%3D")) for _ in range(3)]
    await recording.stop()

    assert [answer.status for answer in live] == [204, 204, 204]
    url = b"https://sp.auth.adobe.com/adobe-services/logout?noflash=true&mso_id=Cablevision&requestor_id=REF30&redirect_url="
    assert [answer.all(b"X-Gateway-Logout-Url") for answer in live] == [
        [url + b"http%3A%2F%2Fexample.com%2Fbye"],
        [],
        [],
    ]
    seen = [v1(), PROFILES, CABLEVISION, DISH, v1(), PROFILES, CABLEVISION, v1(), PROFILES]
    assert house.adobe.lines == [seen[0], *TOKENS, *seen[1:]]
    first = house.adobe.calls[3]
    assert (first.header("AP-Device-Identifier"), first.header("X-Device-Info")) == (fingerprint(DEVICE), INFO)
    assert first.header("Authorization").startswith("Bearer eyJ")
    assert house.adobe.calls[0].header("Authorization") == ""

    interactions = recorded()
    device = interactions[0].request.query.partition("deviceId=")[2]
    assert lines(interactions) == [v1(device) if line == v1() else line for line in seen]
    assert device != DEVICE
    assert {str(i.about["rewritten_from"]) for i in interactions} == {
        f"DELETE /api/v1/logout?requestor=REF30&deviceId={device}"
    }
    assert {i.request.headers.get("AP-Device-Identifier") for i in interactions} == {fingerprint(device), ""}

    assert house.serving is not None
    await house.serving.close()
    replaying = await house.gateway("replay")
    again = [await ask(replaying, v1(), X_Device_Info=INFO) for _ in range(3)]
    assert [(answer.status, len(answer.all(b"X-Gateway-Logout-Url"))) for answer in again] == [
        (204, 1),
        (204, 0),
        (204, 0),
    ]
    assert replaying.events("no access token") == []


@pytest.mark.parametrize("on_exhausted", ["last", "error"])
async def test_a_cassette_of_before_holds_no_v1_logout_and_replays(house: House, on_exhausted: str) -> None:
    """What v2 answered is the app's answer then, and nothing is called an error. The deprecated spelling is said once."""
    recording = await house.gateway("record", BEFORE_ALSO)
    live = [await ask(recording, v1()) for _ in range(3)]
    await recording.stop()
    assert lines(recorded())[:-1] == [PROFILES, CABLEVISION, DISH, PROFILES, CABLEVISION, PROFILES]
    (told,) = recording.events("deprecated configuration")
    assert (told["where"], "v1: when_no_profile" in told["hint"]) == ("rules[0].v1_logout.no_profile", True)

    replaying = await house.gateway("replay", cassettes__on_exhausted=on_exhausted)
    again = [await ask(replaying, v1()) for _ in range(2)]
    assert [(answer.status, answer.all(b"X-Gateway-Logout-Url")) for answer in again] == [
        (answer.status, answer.all(b"X-Gateway-Logout-Url")) for answer in live[:2]
    ]
    assert [event.get("error") for event in replaying.events("exchange")] == [None, None]
    assert replaying.events("deprecated configuration") == []


async def test_where_v1_is_gone_v2_decides_over_real_sockets(house: House) -> None:
    running = await house.gateway("passthrough")
    house.adobe.gone = True
    answer = await ask(running, v1())
    assert (answer.status, len(answer.all(b"X-Gateway-Logout-Url"))) == (204, 1)
    assert "RW006" in {finding["id"] for finding in running.findings()}


async def test_a_host_that_nobody_knows_is_said_to_be_unknown(house: House) -> None:
    """Both APIs have the same upstream, so v2's error is the answer; it is v2's, which decided."""
    running = await house.gateway(
        "passthrough",
        V2_ALONE | {"v1": "also", "authorization": "pass"},
        upstreams__emulator__origin="http://nobody.invalid",
    )
    answer = await ask(running, v1())
    assert (answer.status, answer.get(b"X-Gateway-Error")) == (502, b"upstream_unreachable")
    assert {finding["id"] for finding in running.findings()} >= {"RW004", "RW006"}


async def test_nothing_secret_is_kept_or_said(house: House) -> None:
    Path("statement.jwt").write_text(STATEMENT + "\n", encoding="ascii")
    running = await house.gateway("record", clients__default__software_statement_file="statement.jwt")
    await ask(running, v1(), Authorization="Bearer the-token-of-the-app")
    await ask(running, v1(suffix=".xml").partition("&")[0])
    await running.stop()

    state = json.loads(Path(".gateway-state.json").read_text("utf-8"))
    assert stat.S_IMODE(Path(".gateway-state.json").stat().st_mode) == 0o600
    (entry,) = state.values()
    secrets = [
        STATEMENT,
        entry["client_id"],
        entry["client_secret"],
        entry["access_token"],
        "the-token-of-the-app",
        DEVICE,
    ]
    kept = {path: path.read_text("utf-8") for path in (CASSETTE,)} | {"log": running.out.getvalue()}
    assert [(where, secret) for where, text in kept.items() for secret in secrets if secret in text] == []
    assert "/o/client/" not in kept[CASSETTE]
    assert STATEMENT not in json.dumps(state)


async def test_credentials_and_token_survive_a_restart(house: House) -> None:
    environ = {"GATEWAY_SOFTWARE_STATEMENT": STATEMENT}
    for _ in range(2):
        running = await house.gateway("passthrough", environ=environ)
        assert (await ask(running, v1())).status == 204
        await running.stop()
    assert [line for line in house.adobe.lines if line in TOKENS] == TOKENS


async def test_token_requests_are_not_recorded_even_where_everything_is(house: House) -> None:
    running = await house.gateway("record", V2_ALONE, cassettes__record="all")
    await ask(running, v1())
    assert house.adobe.lines == [*TOKENS, PROFILES, CABLEVISION, DISH]
    assert lines(recorded()) == [PROFILES, CABLEVISION, DISH]


async def test_a_refused_token_is_renewed_the_logout_sent_once_more_and_both_are_replayed(house: House) -> None:
    Path(".gateway-state.json").write_text("{}", encoding="ascii")
    environ = {"GATEWAY_CLIENT_ID": "id", "GATEWAY_CLIENT_SECRET": "secret"}
    old = await house.gateway("passthrough", {**V2_ALONE, "mvpd": "Dish"}, environ)
    await ask(old, v1("someone-else-entirely"))
    await old.stop()
    state = json.loads(Path(".gateway-state.json").read_text("utf-8"))
    (entry,) = state.values()
    entry["obtained_at"] -= 3600
    Path(".gateway-state.json").write_text(json.dumps(state), encoding="ascii")
    house.adobe.refused = {f"Bearer {entry['access_token']}"}
    house.adobe.calls.clear()

    recording = await house.gateway("record", {**V2_ALONE, "mvpd": "Dish"}, environ)
    assert (await ask(recording, v1())).status == 204
    assert house.adobe.lines == [DISH, TOKENS[1], DISH]
    await recording.stop()
    assert [interaction.response.status for interaction in recorded()] == [401, 200]
    replaying = await house.gateway("replay", {**V2_ALONE, "mvpd": "Dish"})
    assert (await ask(replaying, v1())).status == 204
    v2_app = await house.gateway("replay", rules=[])
    fields = {"AP_Device_Identifier": fingerprint(DEVICE), "Authorization": "Bearer t"}
    # its own token, its own to renew
    assert [(await ask(v2_app, DISH, **fields)).status for _ in range(2)] == [401, 200]


@pytest.mark.parametrize("by_rule", [True, False])
async def test_a_cassette_of_v2_serves_v1_apps_with_the_rule_and_v2_apps_without(
    house: House, *, by_rule: bool
) -> None:
    """Whoever was recorded: a v1 app through the rule, or a v2 app."""
    fields = {"AP_Device_Identifier": fingerprint(DEVICE), "X_Device_Info": INFO, "Authorization": "Bearer t"}
    routes = ["GET /api/v2/{sp}/profiles", "GET /api/v2/{sp}/logout/{mvpd}"]
    recording = await house.gateway("record", cassettes__record=routes)
    if by_rule:
        await ask(recording, v1(), X_Device_Info=INFO)
    else:
        for line in (PROFILES, CABLEVISION, DISH):
            await ask(recording, line, **fields)
    await recording.stop()
    house.adobe.calls.clear()

    v1_app = await house.gateway("replay")
    answer = await ask(v1_app, v1(), X_Device_Info=INFO)
    assert (answer.status, len(answer.all(b"X-Gateway-Logout-Url"))) == (204, 1)
    v2_app = await house.gateway("replay", rules=[])
    answers = [await ask(v2_app, line, **fields) for line in (PROFILES, CABLEVISION, DISH)]
    assert [list(json.loads(answer.body)) for answer in answers] == [["profiles"], ["logouts"], ["logouts"]]
    assert house.adobe.calls == []


async def test_a_replay_needs_neither_secret_nor_token(house: House) -> None:
    recording = await house.gateway("record")
    await ask(recording, v1())
    await recording.stop()
    replaying = await house.gateway(
        "replay", environ={}, upstream="production", clients__default__software_statement_file="not-on-this-machine"
    )
    assert (await ask(replaying, v1())).status == 204
    assert not Path(".gateway-state.json").exists()


async def test_in_auto_only_what_goes_upstream_needs_a_token(house: House) -> None:
    recording = await house.gateway("record", V2_ALONE)
    await ask(recording, v1())
    await recording.stop()
    house.adobe.calls.clear()
    auto = await house.gateway("auto", V2_ALONE)
    assert (await ask(auto, v1())).status == 204
    assert house.adobe.lines == []
    assert (await ask(auto, v1())).status == 204
    assert house.adobe.lines == [*TOKENS, PROFILES, CABLEVISION]


async def test_a_miss_in_a_replay_says_what_is_nearest(house: House) -> None:
    recording = await house.gateway("record", V2_ALONE)
    await ask(recording, v1())
    await recording.stop()
    replaying = await house.gateway("replay", {**V2_ALONE, "redirect_url": "https://example.com/other", "mvpd": "Dish"})
    answer = await ask(replaying, v1())
    assert (answer.status, answer.get(b"X-Gateway-Error")) == (502, b"gateway_replay_miss")
    assert "redirectUrl" in json.dumps(json.loads(answer.body)["nearest"])


async def test_80_devices_at_once_cost_one_registration_and_one_token(house: House) -> None:
    running = await house.gateway("passthrough")
    answers = await asyncio.gather(*(ask(running, v1(f"device-number-{number}")) for number in range(80)))
    assert {answer.status for answer in answers} == {204}
    assert {len(answer.all(b"X-Gateway-Logout-Url")) for answer in answers} == {1}
    assert [line for line in house.adobe.lines if line in TOKENS] == TOKENS
    logged_out = [
        (call.header("AP-Device-Identifier"), call.target) for call in house.adobe.calls if "logout" in call.target
    ]
    assert len(logged_out) == len(set(logged_out)) == 240


async def test_a_device_that_leaves_is_logged_out_to_the_end(house: House) -> None:
    """v1's one request would have reached Adobe; so do the three of v2 that are added to it."""
    running = await house.gateway("record")
    wire = (await running.connect()).send(written(v1()))
    async with asyncio.timeout(PATIENCE):
        await house.adobe.asked_for_profiles.wait()
    wire.reset()
    await running.stop()
    assert lines(recorded())[1:] == [PROFILES, CABLEVISION, DISH]
    (event,) = running.events("exchange")
    assert event["status"] == 499


async def test_the_log_says_what_the_reply_cannot(house: House) -> None:
    running = await house.gateway("passthrough", audit__response_header=True)
    first = await ask(running, v1() + "&appId=x")
    await ask(running, v1())
    third = await ask(running, v1())
    assert first.get(b"X-Gateway-Rewrite") == third.get(b"X-Gateway-Rewrite") == b"v1_logout"
    found = [(finding["id"], finding["severity"]) for finding in running.findings() if finding["id"][:2] == "RW"]
    assert found == [("RW002", "info"), ("RW003", "info"), ("RW001", "warning")]
    assert all(finding["title"] for finding in running.findings())
    (urls,) = [event["logout_urls"] for event in running.events("exchange") if "logout_urls" in event]
    assert [urlsplit(url).path for url in urls] == ["/adobe-services/logout"]


async def test_dry_run_sends_v1_alone(house: House) -> None:
    running = await house.gateway("passthrough", {**RULE, "dry_run": True})
    assert (await ask(running, v1())).status == 204
    assert house.adobe.lines == [v1()]
    assert [finding["id"] for finding in running.findings() if finding["id"][:2] == "RW"] == ["RW005"]


@pytest.mark.parametrize(("suffix", "kind"), [(".json", b"application/json"), (".xml", b"application/xml")])
async def test_an_error_of_v2_is_v1s(house: House, suffix: str, kind: bytes) -> None:
    running = await house.gateway("passthrough", {**V2_ALONE, "mvpd": "Unheard_Of"})
    answer = await ask(running, v1(suffix=suffix))
    assert (answer.status, answer.get(b"Content-Type")) == (400, kind)
    assert b"Unheard_Of: invalid_parameter_mvpd" in answer.body


async def test_device_info_in_a_form_reaches_v2(house: House) -> None:
    running = await house.gateway("passthrough", V2_ALONE)
    body = f"device_info={INFO.replace('=', '%3D')}"
    head = written(v1(), Content_Type="application/x-www-form-urlencoded", Transfer_Encoding="chunked")
    wire = await running.connect()
    wire.send(head + f"{len(body):x}\r\n{body}\r\n0\r\n\r\n".encode())
    assert (await wire.message()).status == 204
    assert {call.header("X-Device-Info") for call in house.adobe.calls[2:]} == {INFO}
    assert {call.body for call in house.adobe.calls[2:]} == {b""}


async def test_rules_apply_in_the_order_of_the_configuration(house: House) -> None:
    """What a rule sends passes through the rules below it, and only there."""
    rules = [
        {"set_header": {"name": "X-Above", "value": "1"}},
        {"v1_logout": {**RULE, "mvpd": "Dish"}},
        {"set_header": {"name": "X-Below", "value": "1", "when": {"route": "GET /api/v2/{sp}/logout/{mvpd}"}}},
        {"set_header": {"name": "X-Answered", "value": "1", "scope": "response"}},
        {"remove_header": {"name": "User-Agent"}},
    ]
    running = await house.gateway("passthrough", rules=rules)
    await ask(running, v1(), User_Agent="Roku/9")
    call = house.adobe.calls[-1]
    assert f"{call.method} {call.target}" == DISH
    assert [call.has(name) for name in ("X-Above", "X-Below", "User-Agent")] == [False, True, False]
    answer = await ask(running, "GET /other")
    assert (answer.get(b"X-Answered"), house.adobe.calls[-1].has("X-Above"), house.adobe.calls[-1].has("X-Below")) == (
        b"1",
        True,
        False,
    )


# --- the client's secrets


async def test_without_a_client_only_the_emulator_takes_the_rule(house: House) -> None:
    """Said before anything listens."""
    with pytest.raises(
        ClientError, match=r"^clients\.default: expected software_statement_file, or client_id_file and"
    ):
        await house.gateway("passthrough", upstream="staging")
    for harmless in ({"authorization": "pass"}, {"dry_run": True}):
        await (await house.gateway("passthrough", {**RULE, **harmless}, upstream="staging")).stop()


async def test_a_state_that_is_none_is_said_before_anything_listens(house: House) -> None:
    Path(".gateway-state.json").write_text("{", encoding="ascii")
    with pytest.raises(ClientError, match=r"^clients\.state_file: expected the gateway's own JSON"):
        await house.gateway("passthrough", environ={"GATEWAY_SOFTWARE_STATEMENT": STATEMENT})


@pytest.mark.parametrize(
    ("files", "environ", "message"),
    [
        ({"client_id_file": "id"}, {}, "clients.default: expected also a client_secret beside the client_id, found none"),
        ({}, {"GATEWAY_CLIENT_SECRET": "x"}, "clients.default: expected also a client_id beside the client_secret, found none"),
        ({"software_statement_file": "empty"}, {}, "clients.default.software_statement_file: expected one line of text at empty, found none"),
        ({"software_statement_file": "lines"}, {}, "clients.default.software_statement_file: expected one line of text at lines, found something else"),
        ({"software_statement_file": "absent"}, {}, "clients.default.software_statement_file: expected a text at absent, found FileNotFoundError"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_secret_is_said_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], environ: dict[str, str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"id": "the-id", "empty": "\n", "lines": "a\nb"}.items():
        Path(name).write_text(text, encoding="ascii")
    with pytest.raises(ClientError) as error:
        read_client({name: Path(file) for name, file in files.items()}, environ)
    assert str(error.value) == message


def test_the_environment_goes_before_the_files(tmp_path: Path) -> None:
    file = tmp_path / "statement"
    file.write_text("of the file\n", encoding="ascii")
    for environ, expected in (
        ({}, "of the file"),
        ({"GATEWAY_SOFTWARE_STATEMENT": "of the environment"}, "of the environment"),
    ):
        client = read_client({"software_statement_file": file}, environ)
        assert client is not None
        assert client.software_statement == expected
    assert read_client({"software_statement_file": None}, {}) is None


def test_the_shipped_comments_are_a_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes the comment signs off changes nothing but `rules`."""
    monkeypatch.chdir(Path(__file__).parent.parent.parent)
    text = Path("config.yaml").read_text("utf-8")
    section = text[text.index("\nrules:") :].partition("\n\nclients:")[0]
    written_out = "\n".join(line.removeprefix("#") for line in section.splitlines()[2:])
    entries = yaml.safe_load(written_out)
    config = load_config(None, {}, {"rules": entries})
    assert [rule.named[0] for rule in config.rules] == [
        "v1_logout",
        "set_header",
        "remove_header",
        "absolute_logout_url",
    ]
    assert len(configured.rules_of(config)) == 4
