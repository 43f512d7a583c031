"""`gateway verify`: what is sent of a cassette, what is not and why, and what a changed upstream looks like."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import pytest
from msgspec.structs import replace

import gateway
from gateway import config
from gateway.cassettes.format import HEAD, dump
from gateway.cassettes.reader import load
from gateway.core.model import Headers, Interaction, Request, Response, Send
from gateway.core.redaction import Redaction
from gateway.emulator import Emulator
from gateway.emulator.app import serve
from gateway.emulator.catalogue import Catalogue
from gateway.emulator.model import Options
from gateway.emulator.tokens import issue
from gateway.samples import samples
from gateway.verifying.authorization import AuthorizationError, is_production, read_token
from gateway.verifying.pace import Pace
from gateway.verifying.plan import pseudonymous
from gateway.verifying.verifier import Verification, Verified, Verifier
from gateway.wiring import serving
from tests.harness.lab import Lab
from tests.harness.sockets import Wire
from tests.legs import JWT, ORIGIN, device_header

TOKEN = "a-live-token-that-nobody-may-see"
RECORDING = Redaction(b"k" * 32)
INFO = "eyJtb2RlbCI6IlRWIiwiY29ubmVjdGlvbklwIjoiODEuMi42OS4xNDIifQ=="
PROFILES = "/api/v2/REF30/profiles"
DISH = "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fadobe.com%2F%3Fsession%3Da-secret-of-somebody"
OTHER = Catalogue.parse(
    {"mvpds": {"Dish": {"profiles": [{"type": "regular", "logout_url": "https://dish.example/logout"}]}}}
)
ROOT = Path(gateway.__file__).parent.parent


def call(target: str, method: str = "GET", body: bytes = b"", **more: str) -> Request:
    """Return what a television sends; `_` in the name of a field is a hyphen, an empty value takes one out."""
    fields = {
        "Authorization": f"Bearer {JWT}",
        "AP-Device-Identifier": device_header("living-room"),
        "X-Device-Info": INFO,
        "X-Forwarded-For": "81.2.69.142",
        "Cookie": "AWSALB=a-cookie-of-somebody",
        "Accept-Encoding": "gzip",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return Request(method, target, Headers.of({name: value for name, value in fields.items() if value}), body)


def recorded(request: Request, response: Response, redaction: Redaction = RECORDING) -> Interaction:
    about = {"source": "upstream"}
    return redaction.interaction(request, response, origin=ORIGIN, recorded_at="2026-11-21T22:17:05.120Z", about=about)


def answered(body: object, status: int = 200) -> Response:
    fields = {"Content-Type": "application/json"}
    return Response(status, "", Headers.of(fields), json.dumps(body).encode(), "upstream")


@dataclass
class Live:
    """What the tests have of a live upstream: how to send to it, and what is verified there."""

    send: Send
    allow_destructive: bool = False
    told: list[Verified] = field(default_factory=list)

    async def verify(self, interactions: Sequence[Interaction], token: str = TOKEN) -> Verification:
        verifier = Verifier(
            self.send, "lab", token, Redaction(b"run" * 11), Pace(0), 1 << 20, allow_destructive=self.allow_destructive
        )
        return await verifier.verify(interactions, self.told.append)


async def record(lab: Lab, *requests: Request) -> list[Interaction]:
    """Return what a cassette would hold of these, as an emulator of the default catalogue answers them."""
    upstream = await lab.upstream(await lab.emulator())
    held = []
    for request in requests:
        answer = await upstream.send(request)
        assert answer.source == "upstream"
        held.append(recorded(request, answer))
    return held


async def emulated(
    lab: Lab, options: Options | None = None, catalogue: Catalogue | None = None, *, allow_destructive: bool = False
) -> Live:
    upstream = await lab.upstream(await lab.emulator(Emulator(options, catalogue)))
    return Live(upstream.send, allow_destructive)


def lines(done: Verification) -> list[str]:
    return [str(drift) for outcome in done.outcomes for drift in outcome.drifts]


# --- what has changed ------------------------------------------------------------------------------------------------


async def test_an_upstream_that_has_not_changed_has_no_drift(lab: Lab) -> None:
    """Though userID, dates, tokens and traces are others, for the device is another one."""
    held = await record(lab, call(PROFILES), call(f"{PROFILES}/Cablevision"), call(f"{PROFILES}/nobody"), call(DISH))
    live = await emulated(lab, allow_destructive=True)
    done = await live.verify(held)
    assert done.summary == "4 of 4 verifiable; no drift"
    assert live.told == list(done.outcomes)
    assert [outcome.said for outcome in live.told] == ["no drift"] * 4


async def test_the_eight_documented_logouts(lab: Lab) -> None:
    held = await record(lab, *(sample.request for sample in samples()))
    refused = await (await emulated(lab)).verify(held)
    assert refused.summary == (
        "0 of 8 verifiable: 6 logouts (--allow-destructive), 1 with a pseudonym for AD-Service-Token, "
        "1 with a pseudonym for Adobe-Subject-Token"
    )
    done = await (await emulated(lab, allow_destructive=True)).verify(held)
    # the samples' device alone gets the documented url, and the second answer to one request; its pseudonym is another device
    assert done.summary == (
        "5 of 8 verifiable: 1 with a pseudonym for AD-Service-Token, 1 with a pseudonym for Adobe-Subject-Token, "
        "1 recorded while the device was logged in; drift in 1"
    )
    assert [line.partition(":")[0] for line in lines(done)] == ["$.logouts.Cablevision.url"]


async def test_another_catalogue_is_drift_by_its_paths(lab: Lab) -> None:
    held = await record(lab, call(PROFILES), call(DISH))
    done = await (await emulated(lab, catalogue=OTHER, allow_destructive=True)).verify(held)
    assert done.summary == "2 of 2 verifiable; drift in 2"
    said = lines(done)
    assert "$.profiles.Cablevision: recorded an object, live absent" in said
    assert '$.logouts.Dish.actionName: recorded "complete", live "logout"' in said
    assert '$.logouts.Dish.url: recorded absent, live "https://dish.example/logout"' in said


async def test_a_stricter_upstream_is_drift(lab: Lab) -> None:
    held = await record(lab, call(PROFILES, X_Device_Info=""))
    token = issue("an app", "api:client:v2", int(time.time()), b"seed")
    done = await (await emulated(lab, Options(strict=True))).verify(held, token)
    said = lines(done)
    assert said[0] == "status: recorded 200, live 400"
    assert '$.code: recorded absent, live "invalid_header_device_info"' in said


async def test_a_coded_answer_is_read(lab: Lab) -> None:
    body = gzip.compress(b'{"profiles": {"Dish": {}}}')
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: %s\r\nContent-Length: {len(body)}\r\n\r\n"
    origin = await lab.origin((head % "gzip").encode() + body, (head % "rot13").encode() + body)
    held = [recorded(call(PROFILES), answered({"profiles": {"Dish": {}}}))] * 2
    done = await Live((await lab.upstream(origin)).send).verify(held)
    assert [outcome.said for outcome in done.outcomes] == [
        "no drift",
        "drift\n  body: recorded a body that can be read, live a content coding that cannot be undone",
    ]


# --- what is sent ----------------------------------------------------------------------------------------------------


async def test_what_is_sent_is_the_recording_with_the_token_and_without_addresses(lab: Lab) -> None:
    origin = await lab.origin(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    request = call(PROFILES, AP_Visitor_Identifier="12345678901234567890", User_Agent="tv/1", Connection="x-a", X_A="b")
    held = recorded(request, Response(200))
    await Live((await lab.upstream(origin)).send).verify([held])
    (seen,) = origin.seen
    assert seen.start == f"GET {PROFILES} HTTP/1.1".encode()
    assert dict(seen.fields) == {
        b"Host": f"127.0.0.1:{origin.port}".encode(),
        b"Authorization": f"Bearer {TOKEN}".encode(),
        b"AP-Device-Identifier": held.request.headers["AP-Device-Identifier"].encode(),
        b"X-Device-Info": held.request.headers["X-Device-Info"].encode(),
        b"User-Agent": b"tv/1",
    }
    assert held.request.headers["AP-Device-Identifier"] != request.headers["AP-Device-Identifier"]


@pytest.mark.parametrize(
    ("request_", "about", "status", "expected"),
    [
        (call(PROFILES), {"redaction": {}}, 200, True),
        (call(PROFILES, Authorization=""), {"redaction": {}}, 200, False),
        (call(PROFILES, Authorization=""), {}, 200, True),
        (call(PROFILES, Authorization=""), {}, 401, False),
    ],
    ids=["as recorded", "none was sent", "vcrpy, which left it out", "vcrpy, of a call without"],
)
async def test_the_token_is_sent_where_there_was_one(
    lab: Lab, request_: Request, about: dict[str, object], status: int, *, expected: bool
) -> None:
    origin = await lab.origin()
    held = replace(recorded(request_, Response(status)), about=about)
    await Live((await lab.upstream(origin)).send).verify([held])
    assert bool(origin.seen[0].get(b"Authorization")) is expected


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (call("/api/v2/REF30/sessions/ABC1234"), "with a pseudonym for a registration code"),
        (call(PROFILES, AD_Service_Token=JWT), "with a pseudonym for AD-Service-Token"),
        (call(PROFILES, Adobe_Subject_Token="opaque but long enough"), "with a pseudonym for Adobe-Subject-Token"),
        (call(PROFILES, X_Roku_Reserved_Roku_Connect_Token=JWT), "with a pseudonym for X-Roku-Reserved-Roku-Connect-Token"),
        (call(PROFILES, X_Device_Info="no Base64 at all"), "with a pseudonym for X-Device-Info"),
        (call("/api/v1/checkauthn?requestor=REF30&deviceId=tv-1&ast=" + JWT), "with a pseudonym for ast"),
        (call("/api/v1/tokens/authn", "POST", b"SAMLResponse=PHNhbWw%2BPHNhbWw%2B"), "with a pseudonym for SAMLResponse"),
        (call("/o/client/register", "POST", b'{"software_statement": "%s"}' % JWT.encode()), "with a pseudonym for what its body holds"),
        (call(DISH), "logout (--allow-destructive)"),
        (call("/api/v2/logout/REF30/TempPass_5mins"), "logout (--allow-destructive)"),
        (call("/api/v2/REF30/logout"), "logout (--allow-destructive)"),
        (call(DISH, "POST"), "logout (--allow-destructive)"),
        (call("/api/v1/logout.json?deviceId=tv-1", "DELETE"), "logout (--allow-destructive)"),
        (call("/api/v2/REF30/sessions", "POST", b"mvpd=Dish", Content_Type=FORM), "request that may change something (--allow-destructive)"),
        (call("/adobe-services/logout"), "request that may change something (--allow-destructive)"),
        (call("/api/v2/REF30/LOGOUT/Dish"), "request that may change something (--allow-destructive)"),
        (call("/api/v2/REF30/profiles/..%2Flogout%2FDish"), "request that may change something (--allow-destructive)"),
        (call(PROFILES, X_HTTP_Method_Override="DELETE"), "request that may change something (--allow-destructive)"),
    ],
)  # fmt: skip
async def test_what_may_not_be_sent_is_not_sent(lab: Lab, request_: Request, reason: str) -> None:
    """Nor does anything connect."""
    origin = await lab.origin()
    done = await Live((await lab.upstream(origin)).send).verify([recorded(request_, Response(200))])
    assert [outcome.said for outcome in done.outcomes] == [f"not verifiable: {reason}"]
    assert done.summary == f"0 of 1 verifiable: 1 {reason}"
    assert origin.connections == 0


@pytest.mark.parametrize(
    "request_",
    [
        call(PROFILES),
        call("/api/v2/REF30/configuration", AP_Device_Identifier=""),
        call("/api/v1/checkauthn?requestor=REF30&deviceId=the-television-in-the-hall&ap_vi=12345678901234567890"),
        call(PROFILES, Referer="https://app.example/?session=a-secret-of-somebody"),
    ],
)
def test_harmless_pseudonyms_may_be_sent(request_: Request) -> None:
    assert list(pseudonymous(recorded(request_, Response(200)).request)) == []


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        (call(PROFILES), 401, "1 recorded 401 of another token"),
        (call(PROFILES), 429, "1 recorded 429"),
    ],
)
async def test_what_the_recording_alone_explains_is_not_verifiable(request_: Request, status: int, reason: str) -> None:
    async def send(_: Request) -> Response:
        raise AssertionError

    done = await Live(send).verify([recorded(request_, answered({}, status))])
    assert done.summary == f"0 of 1 verifiable: {reason}"


async def test_a_login_that_a_pseudonym_cannot_have_is_no_drift() -> None:
    """The live answer says that nobody is logged in; of another tool's cassette, which has the device itself, that is drift."""

    async def send(_: Request) -> Response:
        return answered({"profiles": {}})

    held = recorded(call(PROFILES), answered({"profiles": {"Dish": {}}}))
    done = await Live(send).verify([held, recorded(call(PROFILES), answered({"profiles": {}}))])
    assert done.summary == "1 of 2 verifiable: 1 recorded while the device was logged in; no drift"
    done = await Live(send).verify([replace(held, request=call(PROFILES))])
    assert lines(done) == ["$.profiles.Dish: recorded {}, live absent"]


@pytest.mark.parametrize("token", [TOKEN, JWT, "short"])
async def test_the_token_is_never_shown(token: str) -> None:
    """Not even where the answer repeats it."""

    async def send(request: Request) -> Response:
        assert request.headers["Authorization"] == f"Bearer {token}"
        return Response(
            200, "", Headers.of({"Location": f"/{token}"}), json.dumps({"debug": token, token: 1}).encode(), "upstream"
        )

    done = await Live(send).verify([recorded(call(PROFILES), answered({"debug": "", "profiles": 1}))], token)
    assert done.drifted == 1
    assert token not in str([outcome.said for outcome in done.outcomes])
    assert token not in done.summary


# --- upstreams that do not answer ------------------------------------------------------------------------------------


async def test_an_upstream_that_is_not_there_is_asked_once(lab: Lab) -> None:
    serving = await serve(Emulator())
    await serving.close()
    asked = []
    upstream = (await lab.upstream(serving)).send

    async def send(request: Request) -> Response:
        asked.append(request)
        return await upstream(request)

    done = await Live(send).verify([recorded(call(PROFILES), answered({}))] * 3)
    assert done.summary == "0 of 3 verifiable: 3 without an answer (upstream_unreachable)"
    assert (len(asked), done.unanswered) == (1, 3)


async def test_answers_that_break_off_are_counted(lab: Lab) -> None:
    async def script(wire: Wire) -> None:
        await origin.read(wire)
        if len(origin.seen) == 1:
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            await wire.flush()
        wire.close()

    origin = await lab.origin(script=script)
    done = await Live((await lab.upstream(origin)).send).verify([recorded(call(PROFILES), answered({}))] * 2)
    assert done.summary == (
        "0 of 2 verifiable: 1 whose answer is cut off, or larger than limits.max_body, "
        "1 without an answer (upstream_protocol)"
    )
    assert done.unanswered == 2


async def test_throttling_is_no_drift_and_ends_it(lab: Lab) -> None:
    held = await record(lab, *[call(PROFILES)] * 14)
    done = await (await emulated(lab, Options(throttle=True))).verify(held)
    said = [outcome.said for outcome in done.outcomes]
    first = said.index("not verifiable: throttled")
    assert set(said[:first]) == {"no drift"}
    assert set(said[first + 1 :]) <= {"not verifiable: not sent because the upstream throttles"}
    assert (done.drifted, done.unanswered) == (0, 14 - first)


REFUSES = Response(401, "", Headers.of({"WWW-Authenticate": "Bearer"}), b'{"code": "no"}', "upstream")
EMPTY = answered({})


@pytest.mark.parametrize(
    ("live", "sent", "summary"),
    [
        ([REFUSES], 1, "0 of 3 verifiable: 2 not sent because the token was refused, 1 because the token was refused"),
        ([EMPTY, REFUSES], 2, "1 of 3 verifiable: 1 because the token was refused, 1 not sent because the token was refused; no drift"),
        ([answered({}, 429)], 1, "0 of 3 verifiable: 2 not sent because the upstream throttles, 1 throttled"),
        ([EMPTY, EMPTY, answered({}, 429)], 3, "2 of 3 verifiable: 1 throttled; no drift"),
        ([answered({}, 502), EMPTY, EMPTY], 3, "2 of 3 verifiable: 1 because the upstream is out of order; no drift"),
        ([answered({}, 503), answered({}, 504), EMPTY], 3, "1 of 3 verifiable: 2 because the upstream is out of order; no drift"),
        ([answered({}, 500), EMPTY, EMPTY], 3, "3 of 3 verifiable; drift in 1"),
        ([answered({}, 403), EMPTY, EMPTY], 3, "3 of 3 verifiable; drift in 1"),
    ],
)  # fmt: skip
async def test_an_answer_from_before_the_api_is_no_drift(live: list[Response], sent: int, summary: str) -> None:
    """Whoever refuses the token, or throttles, is not asked again; an outage may be over with the next request."""
    answers = iter(live)

    async def send(_: Request) -> Response:
        return next(answers)

    done = await Live(send).verify([recorded(call(PROFILES), EMPTY)] * 3)
    assert done.summary == summary
    assert len(live) - len(list(answers)) == sent
    assert done.verified + done.unanswered == 3


async def test_a_401_without_a_token_is_drift() -> None:
    """The API asks for one where it asked for none."""

    async def send(request: Request) -> Response:
        assert "Authorization" not in request.headers
        return REFUSES

    done = await Live(send).verify([recorded(call(PROFILES, Authorization=""), EMPTY)] * 2)
    assert done.summary == "2 of 2 verifiable; drift in 2"


async def test_a_throttled_answer_is_known_however_long_its_page_is(lab: Lab) -> None:
    page = b"<html>" * (1 << 18)
    origin = await lab.origin(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: %d\r\n\r\n" % len(page) + page)
    done = await Live((await lab.upstream(origin)).send).verify([recorded(call(PROFILES), EMPTY)] * 2)
    assert done.summary == "0 of 2 verifiable: 1 throttled, 1 not sent because the upstream throttles"


# --- what follows a logout -------------------------------------------------------------------------------------------

FOLLOWS = "not verifiable: follows a logout that was not sent"


async def test_what_follows_a_logout_that_was_not_sent_is_not_verifiable(lab: Lab) -> None:
    """The recording has one login less from there on; the live upstream has not."""
    held = await record(lab, call(PROFILES), call(DISH), call(PROFILES), call(f"{PROFILES}/Dish"))
    done = await (await emulated(lab)).verify(held)
    assert [outcome.said for outcome in done.outcomes] == [
        "no drift",
        "not verifiable: logout (--allow-destructive)",
        *[FOLLOWS] * 2,
    ]
    assert done.summary == (
        "1 of 4 verifiable: 2 follow a logout that was not sent, 1 logout (--allow-destructive); no drift"
    )
    done = await (await emulated(lab, allow_destructive=True)).verify(held)
    assert done.summary == "4 of 4 verifiable; no drift"


V1 = "/api/v1/checkauthn?requestor=REF30&deviceId=" + "living-room".rjust(24, "0")
V1_LOGOUT = call("/api/v1/logout?deviceId=" + "living-room".rjust(24, "0"), "DELETE", AP_Device_Identifier="")
KITCHEN = device_header("kitchen")
NOBODY = "/api/v2/REF30/configuration"


@pytest.mark.parametrize(
    ("first", "status", "then", "follows"),
    [
        (call(DISH), 200, call(PROFILES), True),
        (call(DISH), 200, call(PROFILES, AP_Device_Identifier=KITCHEN), False),
        (call(DISH), 200, call(NOBODY, AP_Device_Identifier=""), False),
        (call(DISH, AP_Device_Identifier=""), 200, call(PROFILES, AP_Device_Identifier=""), True),
        (call(DISH, AP_Device_Identifier=""), 200, call(PROFILES), False),
        (call(DISH), 200, call(V1, AP_Device_Identifier=""), True),
        (V1_LOGOUT, 204, call(PROFILES), True),
        (call(DISH, AD_Service_Token=JWT), 200, call(PROFILES), True),
        (call(DISH), 400, call(PROFILES), False),
        (call(DISH), 429, call(PROFILES), False),
        (call("/api/v2/REF30/sessions", "POST"), 200, call(PROFILES), False),
    ],
    ids=[
        "the device", "another device", "no device", "both without a device", "a device after none", "the same by v1", "after v1's logout",
        "a logout with a pseudonym", "a logout that failed", "a logout that was throttled", "no logout",
    ],
)  # fmt: skip
async def test_only_what_a_logout_changed_follows_it(
    first: Request, status: int, then: Request, *, follows: bool
) -> None:
    async def send(_: Request) -> Response:
        return EMPTY

    done = await Live(send).verify([recorded(first, answered({}, status)), recorded(then, EMPTY)])
    assert done.outcomes[0].reason is not None
    assert done.outcomes[1].said == (FOLLOWS if follows else "no drift")


async def test_a_logout_after_a_logout_is_one_itself() -> None:
    """So it is where some are sent: the announcement says of one."""

    async def send(_: Request) -> Response:
        return EMPTY

    single_sign_on, plain, after = (
        recorded(request, EMPTY) for request in (call(DISH, AD_Service_Token=JWT), call(DISH), call(PROFILES))
    )
    held = [single_sign_on, plain, after]
    done = await Live(send, allow_destructive=True).verify(held)
    assert done.summary == (
        "1 of 3 verifiable: 1 with a pseudonym for AD-Service-Token, 1 follows a logout that was not sent; no drift"
    )
    verifier = Verifier(send, "lab", TOKEN, RECORDING, Pace(0), 1 << 20, allow_destructive=True)
    assert verifier.announcement(held) == "1 requests (1 logouts, which end sessions) go"


# --- the file with the token, production, the pace -------------------------------------------------------------------


@pytest.mark.parametrize("text", ["abc.def", "abc.def\n", "Bearer abc.def\r\n", "bearer   abc.def", "  abc.def  "])
def test_a_file_holds_a_token_with_or_without_its_scheme(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")
    assert read_token(file) == "abc.def"


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"first-secret\nsecond-secret", b"Basic c2VjcmV0", b"secret\x00", "schlüssel".encode(), b"s" * 70000],
)
def test_a_file_that_holds_no_token_is_told_without_quoting_it(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(data)
    with pytest.raises(AuthorizationError, match="expected one line with a bearer token, found") as caught:
        read_token(file)
    assert "ecret" not in str(caught.value)


def test_a_file_is_told_that_is_not_there_or_holds_a_pseudonym(tmp_path: Path) -> None:
    with pytest.raises(AuthorizationError, match="No such file"):
        read_token(tmp_path / "none")
    (tmp_path / "token").write_text(
        recorded(call("/"), Response(200)).request.headers["Authorization"], encoding="utf-8"
    )
    with pytest.raises(AuthorizationError, match="found the pseudonym of one"):
        read_token(tmp_path / "token")


@pytest.mark.parametrize(
    ("name", "origin", "expected"),
    [
        ("production", "http://127.0.0.1:1", True),
        ("prod", "https://api.auth.adobe.com", True),
        ("sp", "https://sp.auth.adobe.com:443", True),
        ("staging", "https://api.auth-staging.adobe.com", False),
        ("emulator", "emulator:", False),
    ],
)
def test_production_is_known_by_its_name_and_by_its_host(name: str, origin: str, *, expected: bool) -> None:
    assert is_production(name, origin) is expected


async def test_requests_keep_their_distance() -> None:
    now, slept = [100.0], []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(1.0, lambda: now[0], sleep)
    for busy in (0.0, 0.25, 2.0, 0.0):
        await pace()
        now[0] += busy
    assert slept == [1.0, 0.75]


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_token(TOKEN)


def cassette(*held: Interaction) -> None:
    Path("c.yaml").write_bytes(HEAD + b"".join(map(dump, held)) if held else b"")


def folders() -> None:
    """Copy the cassette into a folder, and make one without any."""
    for folder in ("more", "empty"):
        Path(folder).mkdir()
    Path("more/d.yml").write_bytes(Path("c.yaml").read_bytes())


def write_token(text: str) -> None:
    Path("token").write_text(text, encoding="utf-8")


async def run(*arguments: str, upstream: str = "lab", port: int = 1) -> tuple[int, str, str]:
    """Run the command against an emulator on `port`, or whatever is there."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    environ |= {
        "PYTHONPATH": str(ROOT),
        f"GATEWAY_UPSTREAMS__{upstream.upper()}__ORIGIN": f"emulator://127.0.0.1:{port}",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from gateway.cli import main; main()",
        "verify", "c.yaml", "--upstream", upstream, "--authorization", "token", *arguments,
        env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert TOKEN.encode() not in out + err
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.mark.usefixtures("_folder")
async def test_the_command_says_what_drifts_and_exits_with_it(lab: Lab) -> None:
    held = await record(lab, call(PROFILES), call(DISH))
    cassette(*held)
    same, other = await lab.emulator(), await lab.emulator(Emulator(catalogue=OTHER))
    (status, out, err), (drifted, other_out, _) = await asyncio.gather(run(port=same.port), run(port=other.port))
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        f"c.yaml:4: GET {PROFILES}: no drift",
        f"c.yaml:{load(Path('c.yaml')).interactions[1].line}: GET /api/v2/REF30/logout/Dish: not verifiable: logout (--allow-destructive)",
        "1 of 2 verifiable: 1 logout (--allow-destructive); no drift",
    ]
    assert drifted == 1
    assert "  $.profiles.Cablevision: recorded an object, live absent\n" in other_out
    assert other_out.endswith("1 of 2 verifiable: 1 logout (--allow-destructive); drift in 1\n")


@pytest.mark.usefixtures("_folder")
async def test_several_cassettes_and_folders_are_verified_and_recorded_anew(lab: Lab) -> None:
    held = await record(lab, call(PROFILES), call(DISH))
    cassette(*held)
    folders()
    other = await lab.emulator(Emulator(catalogue=OTHER))
    status, out, _ = await run("more", "--re-record", port=other.port)
    assert status == 1
    assert (
        "c.yaml: 1 of 2 interactions recorded again\nc.yaml: 1 of 2 verifiable: 1 logout (--allow-destructive); drift in 1\n"
        in out
    )
    assert f"more/d.yml:4: GET {PROFILES}: drift\n" in out
    assert out.splitlines()[-1] == "2 cassettes: 2 of 4 verifiable: 2 logouts (--allow-destructive); drift in 2"
    status, out, _ = await run("more", port=other.port)
    assert (status, out.splitlines()[-1]) == (
        0,
        "2 cassettes: 2 of 4 verifiable: 2 logouts (--allow-destructive); no drift",
    )
    status, _, err = await run("empty")
    assert (status, "empty: expected a folder with cassettes in it" in err) == (2, True)
    status, _, err = await run("more/x.yaml")
    assert (status, "more/x.yaml: expected a cassette or a folder of cassettes" in err) == (2, True)


@pytest.mark.usefixtures("_folder")
async def test_nothing_verifiable_is_exit_status_2(lab: Lab) -> None:
    cassette(*await record(lab, *[call(DISH)] * 2))
    status, out, _ = await run()
    assert (status, out.splitlines()[-1]) == (2, "0 of 2 verifiable: 2 logouts (--allow-destructive)")
    cassette()
    assert (await run())[:2] == (2, "0 of 0 verifiable\n")


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(
    ("answers", "expected", "summary"),
    [
        ([b"401 Unauthorized"], 2, "0 of 2 verifiable: 1 because the token was refused, 1 not sent because the token was refused"),
        ([b"503 Service Unavailable"], 2, "0 of 2 verifiable: 2 because the upstream is out of order"),
        ([b"200 OK", b"503 Service Unavailable"], 1, "1 of 2 verifiable: 1 because the upstream is out of order; no drift"),
    ],
)  # fmt: skip
async def test_an_upstream_that_refuses_is_no_success(
    lab: Lab, answers: list[bytes], expected: int, summary: str
) -> None:
    """Nor is it where some could be verified: as with those that got no answer."""
    cassette(*[recorded(call(PROFILES), Response(200))] * 2)
    origin = await lab.origin(*(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % answer for answer in answers))
    status, out, _ = await run(port=origin.port)
    assert (status, out.splitlines()[-1]) == (expected, summary)


@pytest.mark.usefixtures("_folder")
async def test_production_is_asked_only_where_that_is_allowed_and_is_said(lab: Lab) -> None:
    cassette(*await record(lab, call(DISH)))
    port = (await lab.emulator()).port
    assert await run(upstream="production", port=port) == (
        *(
            2,
            "",
            "--upstream production: expected also --allow-destructive, since this upstream is PRODUCTION\n",
        ),
    )
    status, out, err = await run("--allow-destructive", upstream="production", port=port)
    assert (status, out.splitlines()[-1]) == (0, "1 of 1 verifiable; no drift")
    assert err == f"PRODUCTION: 1 requests (1 logouts, which end sessions) go to emulator://127.0.0.1:{port}\n"


@pytest.mark.usefixtures("_folder")
async def test_an_old_cassette_is_a_warning() -> None:
    cassette(replace(recorded(call(PROFILES), answered({})), recorded_at="2020-01-01T00:00:00.000Z"))
    status, _, err = await run()
    assert status == 2
    assert err.startswith("warning: old cassette: interactions 1, oldest 2020-01-01T00:00:00.000Z, days ")
    assert err.endswith("max_age_days 90.0\n")


@pytest.mark.usefixtures("_folder")
async def test_what_is_wrong_with_the_arguments_is_one_line() -> None:
    status, out, err = await run("--upstream", "nowhere")
    assert (status, out) == (2, "")
    assert err.startswith("--upstream: expected one of ")
    assert await run() == (
        2,
        "",
        "c.yaml: expected a cassette or a folder of cassettes, found no such file or folder; no cassette in .\n",
    )
    cassette()
    write_token("")
    assert await run() == (2, "", "token: expected one line with a bearer token, found no lines\n")


# --- the same warnings before a replay -------------------------------------------------------------------------------


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(
    ("mode", "max_age", "expected"), [("replay", 7776000, 1), ("auto", 7776000, 1), ("replay", None, 0)]
)
async def test_a_replay_of_an_old_cassette_is_logged(mode: str, max_age: int | None, expected: int) -> None:
    cassette(replace(recorded(call(PROFILES), answered({})), recorded_at="2020-01-01T00:00:00.000Z"))
    log = StringIO()
    settings = config.load(None, {}, {"mode": mode, "cassettes.name": "c.yaml", "listen.port": 0})
    settings = replace(settings, cassettes=replace(settings.cassettes, max_age=max_age))
    running = await serving.start(settings, {}, log)
    await running.stop()
    events = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["old cassette"] * expected
    assert all(event["level"] == "warning" and event["interactions"] == 1 for event in events)
