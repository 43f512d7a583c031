"""Access tokens: registered once, renewed in time, one request in flight, and in nothing that is kept or said but the state."""

from __future__ import annotations

import asyncio
import base64
import json
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from msgspec.structs import replace

from gateway.core.errors import gateway_error
from gateway.core.model import Headers, Request, Response
from gateway.transports.authorized import Authorized
from gateway.transports.clients import ClientError, Forgetful, StateFile
from gateway.transports.token_holder import Client, ClientState
from tests.harness.for_each import for_each
from tests.harness.sockets import PATIENCE
from tests.legs import Ears, Pieces

CLIENT = Client(software_statement="the-software-statement")
LOGOUT = Request("GET", "/api/v2/REF30/logout/Dish", credentials="default", upstream="lab")
LIFE = 21_600
REFUSAL = Response(401, source="upstream")


@dataclass
class Adobe:
    """What the upstream does, and what it was sent. Tokens count up."""

    life: object = LIFE
    registrations: list[Request] = field(default_factory=list)
    grants: list[Request] = field(default_factory=list)
    logouts: list[Request] = field(default_factory=list)
    refuses: frozenset[str] = frozenset()
    """The tokens that it answers 401."""
    refusal: Response = REFUSAL
    """How it answers those."""
    scopes: object = field(default_factory=lambda: ["api:client:v2"])
    """What a registration is said to be for."""
    instead: Response | None = None
    """The answer to a request for credentials or a token, where it is none."""
    gate: asyncio.Event | None = None
    """What a request for a token waits for."""

    async def ask(self, request: Request) -> Response:
        assert isinstance(request.body, bytes)
        (self.registrations if request.target == "/o/client/register" else self.grants).append(request)
        if self.gate is not None:
            await self.gate.wait()
        if self.instead is not None:
            return self.instead
        if request.target == "/o/client/register":
            number = len(self.registrations)
            return answer(
                {"client_id": f"id-{number}", "client_secret": f"secret-{number}"}
                | ({} if self.scopes is None else {"scopes": self.scopes}),
                201,
            )
        return answer(
            {"access_token": f"token-{len(self.grants)}", "expires_in": self.life, "token_type": "bearer"}, 201
        )

    async def send(self, request: Request) -> Response:
        self.logouts.append(request)
        await asyncio.sleep(0)
        refused = request.headers.get("Authorization").removeprefix("Bearer ") in self.refuses
        return self.refusal if refused else Response(200, source="upstream")


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Lab:
    adobe: Adobe = field(default_factory=Adobe)
    clock: Clock = field(default_factory=Clock)
    ears: Ears = field(default_factory=Ears)
    state: ClientState = field(default_factory=Forgetful)

    def authorized(self, client: Client | None = CLIENT) -> Authorized:
        return Authorized(
            self.adobe.send,
            ask=self.adobe.ask,
            clients={} if client is None else {"default": client},
            state=self.state,
            clock=self.clock,
            origins=lambda name: f"https://{name}.example",
            warn=self.ears,
        )

    @property
    def tokens(self) -> list[str]:
        return [request.headers.get("Authorization") for request in self.adobe.logouts]


def body_of(reply: Response) -> bytes:
    assert isinstance(reply.body, bytes)
    return reply.body


def answer(document: object, status: int = 200) -> Response:
    body = json.dumps(document).encode()
    return Response(status, "", Headers.of({"Content-Type": "application/json"}), body, "upstream")


async def test_a_request_gets_the_token_that_registration_leads_to() -> None:
    lab = Lab()
    assert (await lab.authorized().send(LOGOUT)).status == 200
    (sent,) = lab.adobe.logouts
    assert sent == replace(LOGOUT, headers=Headers.of({"Authorization": "Bearer token-1"}), credentials=None)
    (registration,), (grant,) = lab.adobe.registrations, lab.adobe.grants
    assert (registration.method, registration.upstream, registration.headers["Content-Type"]) == (
        "POST",
        "lab",
        "application/json;charset=utf-8",
    )
    assert registration.body == b'{"software_statement": "the-software-statement"}'
    assert (grant.method, grant.target, grant.headers["Content-Type"]) == (
        "POST",
        "/o/client/token",
        "application/x-www-form-urlencoded",
    )
    assert isinstance(grant.body, bytes)
    assert parse_qs(grant.body.decode()) == {
        "client_id": ["id-1"],
        "client_secret": ["secret-1"],
        "grant_type": ["client_credentials"],
    }


async def test_what_asks_for_no_token_passes_untouched() -> None:
    lab = Lab()
    request = replace(LOGOUT, credentials=None, headers=Headers.of({"Authorization": "Bearer app"}))
    await lab.authorized().send(request)
    assert lab.adobe.logouts == [request]
    assert lab.adobe.grants == []


async def test_a_token_is_kept_until_four_fifths_of_its_life_are_over() -> None:
    lab = Lab()
    authorized = lab.authorized()
    for later in (0, 0.5 * LIFE, 0.79 * LIFE, 0.81 * LIFE):
        lab.clock.now = 1_795_000_000.0 + later
        await authorized.send(LOGOUT)
    assert lab.tokens == ["Bearer token-1"] * 3 + ["Bearer token-2"]
    assert len(lab.adobe.registrations) == 1


@for_each(
    ("life", "kept_for"),
    [
        (100, 79),
        (100.5, 80),
        (None, 239),
        (0, 239),
        (-1, 239),
        ("21600", 239),
        (True, 239),
        (1e300, 239),
        (float("nan"), 239),
    ],
)
async def test_only_expires_in_says_how_long_a_token_lives(life: object, kept_for: float) -> None:
    """Without one that makes sense it is five minutes."""
    lab = Lab(Adobe(life=life))
    authorized = lab.authorized()
    for later in (0.0, kept_for, kept_for + 2):
        lab.clock.now = 1_795_000_000.0 + later
        await authorized.send(LOGOUT)
    assert lab.tokens == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


async def test_a_clock_that_goes_back_asks_anew() -> None:
    lab = Lab()
    authorized = lab.authorized()
    await authorized.send(LOGOUT)
    lab.clock.now -= 3600
    await authorized.send(LOGOUT)
    assert lab.tokens == ["Bearer token-1", "Bearer token-2"]


async def test_many_devices_wait_for_one_request() -> None:
    lab = Lab(Adobe(gate=asyncio.Event()))
    authorized = lab.authorized()
    waiting = [asyncio.create_task(authorized.send(LOGOUT)) for _ in range(200)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert lab.adobe.gate is not None
    lab.adobe.gate.set()
    assert {(await task).status for task in waiting} == {200}
    assert (len(lab.adobe.registrations), len(lab.adobe.grants)) == (1, 1)
    assert set(lab.tokens) == {"Bearer token-1"}


async def test_a_device_that_leaves_does_not_end_the_request_for_the_others() -> None:
    lab = Lab(Adobe(gate=asyncio.Event()))
    authorized = lab.authorized()
    first = asyncio.create_task(authorized.send(LOGOUT))
    second = asyncio.create_task(authorized.send(LOGOUT))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    assert lab.adobe.gate is not None
    lab.adobe.gate.set()
    assert (await second).status == 200
    assert len(lab.adobe.registrations) == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_closing_waits_for_what_is_on_its_way() -> None:
    lab = Lab(Adobe(gate=asyncio.Event()))
    authorized = lab.authorized()
    task = asyncio.create_task(authorized.send(LOGOUT))
    async with asyncio.timeout(PATIENCE):
        while not lab.adobe.registrations + lab.adobe.grants:  # noqa: ASYNC110  # the stand-in has nothing to wait for
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert lab.adobe.gate is not None
    lab.adobe.gate.set()
    await authorized.aclose()
    assert lab.state.load("default at https://lab.example")["access_token"] == "token-1"


SAYS = {
    "nothing": Response(401, source="upstream"),
    "HTML": Response(401, "", Headers(), b"<html>", "upstream"),
    "an unknown code": answer({"code": "something_new"}, 401),
    "another channel": answer({"code": "invalid_access_token_service_provider"}, 401),
    "the client": answer({"code": "invalid_access_token_client_application"}, 401),
    "a stream": Response(401, "", Headers(), Pieces([b"{", b"}"]), "upstream"),
    "a stream that breaks off": Response(401, "", Headers(), Pieces([b"{"], truncated=True), "upstream"),
}


@for_each(
    ("says", "age", "sent"),
    [
        *((says, 3600, ["token-1", "token-2"]) for says in SAYS),
        ("nothing", 31, ["token-1", "token-2"]),
        ("nothing", 30, ["token-1", "token-2"]),
        ("nothing", 29, ["token-1"]),
        ("the client", 0, ["token-1"]),
    ],
)
async def test_after_a_401_to_an_old_token_the_request_is_sent_once_more_with_a_fresh_one(
    says: str, age: int, sent: list[str]
) -> None:
    """Whatever the 401 says. A token younger than 30 s is not the reason: the next one would be refused too."""
    lab = Lab(Adobe(refusal=SAYS[says]))
    authorized = lab.authorized()
    await authorized.send(LOGOUT)
    lab.adobe.logouts.clear()
    lab.clock.now += age
    lab.adobe.refuses = frozenset({"token-1"})
    assert (await authorized.send(LOGOUT)).status == (200 if len(sent) > 1 else 401)
    assert lab.tokens == [f"Bearer {token}" for token in sent]
    assert len(lab.adobe.registrations) == 1


async def test_it_is_sent_twice_at_most() -> None:
    lab = Lab()
    authorized = lab.authorized()
    await authorized.send(LOGOUT)
    lab.clock.now += 3600
    lab.adobe.refuses = frozenset({"token-1", "token-2"})
    assert (await authorized.send(LOGOUT)).status == 401
    assert (await authorized.send(LOGOUT)).status == 401
    assert lab.tokens[1:] == ["Bearer token-1", "Bearer token-2", "Bearer token-2"]


async def test_a_body_that_cannot_be_sent_twice_is_not() -> None:
    lab = Lab()
    authorized = lab.authorized()
    await authorized.send(LOGOUT)
    lab.clock.now += 3600
    lab.adobe.refuses = frozenset({"token-1"})
    assert (await authorized.send(replace(LOGOUT, body=Pieces([b"a"])))).status == 401
    assert lab.tokens == ["Bearer token-1"] * 2


@for_each("status", [200, 204, 400, 403, 404, 429, 500, 502])
async def test_after_another_answer_nothing_is_sent_again(status: int) -> None:
    lab = Lab(Adobe(refusal=Response(status, source="upstream")))
    authorized = lab.authorized()
    await authorized.send(LOGOUT)
    lab.clock.now += 3600
    lab.adobe.refuses = frozenset({"token-1"})
    assert (await authorized.send(LOGOUT)).status == status
    assert lab.tokens == ["Bearer token-1"] * 2


async def test_where_no_fresh_token_can_be_had_that_is_the_answer() -> None:
    lab = Lab()
    authorized = lab.authorized()
    await authorized.send(LOGOUT)
    lab.clock.now += 3600
    lab.adobe.refuses = frozenset({"token-1"})
    lab.adobe.instead = answer({"error": "unauthorized_client"}, 401)
    reply = await authorized.send(LOGOUT)
    assert (reply.status, reply.headers["X-Gateway-Error"]) == (502, "access_token_refused")


async def test_many_401s_of_one_token_lead_to_one_renewal() -> None:
    lab = Lab()
    authorized = lab.authorized()
    await authorized.send(LOGOUT)
    lab.clock.now += 3600
    lab.adobe.refuses = frozenset({"token-1"})
    assert {answer.status for answer in await asyncio.gather(*(authorized.send(LOGOUT) for _ in range(50)))} == {200}
    assert len(lab.adobe.grants) == 2


# --- what a client of v2 has to have


@for_each(
    ("scopes", "taken"),
    [
        (["api:client:v2"], True),
        (["config:client", "api:client:v2"], True),
        ("api:client:v2", True),
        ("config:client,api:client:v2", True),
        (None, True),  # it says nothing of scopes
        ([], False),
        (["config:client"], False),
        ("config:client,decisions:client,platform:sso,profile:client,tokens:client", False),
    ],
)
async def test_a_registration_without_the_scope_of_v2_is_refused_at_once(scopes: object, *, taken: bool) -> None:
    """Every call of v2 would be answered 401. It is not asked for again either, nor are the credentials kept."""
    lab = Lab(Adobe(scopes=scopes))
    authorized = lab.authorized()
    reply = await authorized.send(LOGOUT)
    if taken:
        assert reply.status == 200
        return
    assert (reply.status, reply.headers["X-Gateway-Error"]) == (502, "access_token_refused")
    assert b"the registration lacks the scope api:client:v2" in body_of(reply)
    lab.clock.now += 3600
    assert body_of(await authorized.send(LOGOUT)) == body_of(reply)
    assert (len(lab.adobe.registrations), lab.adobe.grants, lab.adobe.logouts) == (1, [], [])
    assert "client_id" not in lab.state.load("default at https://lab.example")


async def test_a_token_that_says_it_has_no_such_scope_is_refused() -> None:
    """As that of a v1 application is, whose credentials were given."""
    claims = base64.urlsafe_b64encode(b'{"iss":"auth.adobe.com","scopes":"config:client,profile:client"}').decode()
    token = f"eyJhbGciOiJSUzI1NiJ9.{claims.rstrip('=')}.c2ln"
    lab = Lab(Adobe(instead=answer({"access_token": token, "expires_in": LIFE}, 201)))
    reply = await lab.authorized(Client(client_id="id", client_secret="secret")).send(LOGOUT)
    assert (reply.status, reply.headers["X-Gateway-Error"]) == (502, "access_token_refused")
    assert b"the access token lacks the scope api:client:v2" in body_of(reply)
    assert token.encode() not in body_of(reply)


@pytest.mark.parametrize("given", [True, False])
async def test_an_unknown_client_is_told_with_its_state_file_and_the_way_out(tmp_path: Path, *, given: bool) -> None:
    """Nothing is registered anew unasked: that would log every user out."""
    lab = Lab(state=StateFile(tmp_path / "state.json"))
    client = Client(client_id="the-id", client_secret="the-secret") if given else CLIENT
    authorized = lab.authorized(client)
    await authorized.send(LOGOUT)
    lab.clock.now += LIFE
    lab.adobe.instead = answer({"error": "invalid_client"}, 400)
    reply = await authorized.send(LOGOUT)
    said = body_of(reply).decode()
    assert reply.status == 502
    assert "/o/client/token answered 400, invalid_client: " in said
    if given:
        assert "clients.default.client_id_file, or GATEWAY_CLIENT_ID" in said
    else:
        assert f"clients.state_file ({tmp_path / 'state.json'})" in said
        assert "default at https://lab.example" in said
        assert "remove that entry" in said
    assert len(lab.adobe.registrations) == (0 if given else 1)
    assert "the-id" not in said + repr(lab.ears.heard)


async def test_a_young_token_that_is_refused_is_not_replaced_again_and_again() -> None:
    """A statement of another channel is answered 401 for ever; a token a call would only be throttled."""
    lab = Lab(Adobe(refuses=frozenset(f"token-{number}" for number in range(100))))
    authorized = lab.authorized()
    for _ in range(60):
        await authorized.send(LOGOUT)
        lab.clock.now += 1
    assert len(lab.adobe.grants) <= 3


@for_each(
    ("instead", "status", "code", "why"),
    [
        (answer({"error": "invalid_software_statement"}, 400), 502, "access_token_refused", "/o/client/register answered 400, invalid_software_statement"),
        (answer({"error": "the-software-statement!"}, 400), 502, "access_token_refused", "/o/client/register answered 400"),
        (answer({"error": "unauthorized_client"}, 401), 502, "access_token_refused", "/o/client/register answered 401, unauthorized_client"),
        (Response(429, "", Headers(), b"<html>", "upstream"), 503, "access_token_unavailable", "/o/client/register answered 429"),
        (Response(500, "", Headers(), b"", "upstream"), 503, "access_token_unavailable", "/o/client/register answered 500"),
        (Response(302, "", Headers(), b"", "upstream"), 502, "access_token_refused", "/o/client/register answered 302"),
        (answer([], 201), 502, "access_token_refused", "the answer to the registration contains no credentials"),
        (answer({"client_id": "", "client_secret": "x"}, 201), 502, "access_token_refused", "the answer to the registration contains no credentials"),
        (Response(201, "", Headers(), b"\xff", "upstream"), 502, "access_token_refused", "the answer to the registration contains no credentials"),
        (gateway_error(504, "upstream_timeout", "silent"), 504, "upstream_timeout", "upstream_timeout"),
    ],
)  # fmt: skip
async def test_what_stands_in_the_way_is_answered_and_said(instead: Response, status: int, code: str, why: str) -> None:
    lab = Lab(Adobe(instead=instead))
    reply = await lab.authorized().send(LOGOUT)
    assert (reply.status, reply.headers["X-Gateway-Error"], reply.source) == (status, code, "gateway")
    assert lab.adobe.logouts == []
    assert lab.ears.heard == [("no access token", {"client": "default at https://lab.example", "why": why})]
    assert isinstance(reply.body, bytes)
    assert b"statement!" not in reply.body


@pytest.mark.parametrize(
    "document", [{}, {"access_token": ""}, {"access_token": "a b"}, {"access_token": "a\r\nX: y"}, {"access_token": 1}]
)
async def test_a_token_that_cannot_stand_in_a_header_field_is_none(document: dict[str, object]) -> None:
    lab = Lab(Adobe(instead=answer(document, 201)))
    reply = await lab.authorized(Client(client_id="id", client_secret="secret")).send(LOGOUT)
    assert (reply.status, reply.headers["X-Gateway-Error"]) == (502, "access_token_refused")


async def test_a_failure_is_not_repeated_at_once() -> None:
    lab = Lab(Adobe(instead=Response(429, "", Headers(), b"", "upstream")))
    authorized = lab.authorized()
    replies = [await authorized.send(LOGOUT) for _ in range(20)]
    assert {reply.status for reply in replies} == {503}
    assert {reply.headers["Retry-After"] for reply in replies} == {"1"}
    assert len(lab.adobe.registrations) == 1
    lab.clock.now += 1.5
    lab.adobe.instead = None
    assert (await authorized.send(LOGOUT)).status == 200


async def test_the_old_token_serves_while_a_new_one_cannot_be_had() -> None:
    lab = Lab()
    authorized = lab.authorized()
    await authorized.send(LOGOUT)
    lab.adobe.instead = Response(500, "", Headers(), b"", "upstream")
    lab.clock.now += 0.9 * LIFE
    assert (await authorized.send(LOGOUT)).status == 200
    lab.clock.now += 0.2 * LIFE
    assert (await authorized.send(LOGOUT)).status == 503
    assert lab.tokens == ["Bearer token-1"] * 2


async def test_given_credentials_are_not_registered() -> None:
    lab = Lab()
    await lab.authorized(Client("statement", "given-id", "given-secret")).send(LOGOUT)
    assert lab.adobe.registrations == []
    assert b"client_id=given-id&client_secret=given-secret" in bytes(lab.adobe.grants[0].body)  # type: ignore[arg-type]  # bytes


async def test_a_client_that_is_not_configured_is_an_error() -> None:
    lab = Lab()
    reply = await lab.authorized(None).send(LOGOUT)
    assert (reply.status, lab.adobe.registrations) == (502, [])


async def test_what_one_upstream_gave_is_never_shown_to_another() -> None:
    lab = Lab()
    authorized = lab.authorized()
    await authorized.send(LOGOUT)
    await authorized.send(replace(LOGOUT, upstream="production"))
    assert [request.upstream for request in lab.adobe.registrations] == ["lab", "production"]
    assert lab.tokens == ["Bearer token-1", "Bearer token-2"]


# --- the state, which survives a restart


async def test_credentials_and_token_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    lab = Lab(state=StateFile(file))
    await lab.authorized().send(LOGOUT)
    again = Lab(lab.adobe, lab.clock, state=StateFile(file))
    await again.authorized().send(LOGOUT)
    again.clock.now += LIFE
    await Lab(lab.adobe, lab.clock, state=StateFile(file)).authorized().send(LOGOUT)
    assert len(lab.adobe.registrations) == 1
    assert lab.tokens == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_only_the_owner_may_read_the_state(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("{}", encoding="ascii")
    file.chmod(0o644)
    StateFile(file).save("x", {"client_id": "id"})
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"state.json": 0o600, "state.json.lock": 0o600}


async def test_another_software_statement_is_another_client(tmp_path: Path) -> None:
    lab = Lab(state=StateFile(tmp_path / "state.json"))
    await lab.authorized().send(LOGOUT)
    await lab.authorized(Client("another statement")).send(LOGOUT)
    assert len(lab.adobe.registrations) == 2


async def test_nothing_is_registered_that_cannot_be_kept(tmp_path: Path) -> None:
    lab = Lab(state=StateFile(tmp_path / "missing" / "state.json"))
    reply = await lab.authorized().send(LOGOUT)
    assert (reply.status, lab.adobe.registrations) == (502, [])
    assert "clients.state_file cannot be written" in str(lab.ears.heard)


async def test_a_token_that_cannot_be_kept_is_used_all_the_same(tmp_path: Path) -> None:
    lab = Lab(state=StateFile(tmp_path / "missing" / "state.json"))
    assert (await lab.authorized(Client("", "id", "secret")).send(LOGOUT)).status == 200
    assert lab.ears.events == ["client state not kept"]


async def test_two_gateways_agree_on_one_registration(tmp_path: Path) -> None:
    """Whoever keeps its credentials first is right; the other one takes them over."""
    adobe = Adobe(gate=asyncio.Event())
    one = Lab(adobe, state=StateFile(tmp_path / "state.json")).authorized()
    two = Lab(adobe, state=StateFile(tmp_path / "state.json")).authorized()
    both = [asyncio.create_task(gateway.send(LOGOUT)) for gateway in (one, two)]
    await asyncio.sleep(0)
    assert adobe.gate is not None
    adobe.gate.set()
    assert [(await task).status for task in both] == [200, 200]
    assert len({bytes(grant.body) for grant in adobe.grants}) == 1  # type: ignore[arg-type]  # bytes


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_a_state_that_is_none_is_not_written_over(tmp_path: Path, content: bytes) -> None:
    """Registering again would log every user out, so that is for somebody to decide."""
    file = tmp_path / "state.json"
    file.write_bytes(content)
    state = StateFile(file)
    with pytest.raises(ClientError, match=r"^clients\.state_file: expected the gateway's own JSON at "):
        state.load("x")
    with pytest.raises(ClientError):
        state.save("x", {"client_id": "id"})
    assert file.read_bytes() == content


class Slow(Forgetful):
    """A state on a disk that waits until it is told to go on; it notes the tokens in the order in which they are saved."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.begun = threading.Event()
        self.tokens: list[object] = []

    def save(self, key: str, entry: dict[str, object]) -> dict[str, object]:
        self.begun.set()
        assert self.go.wait(PATIENCE)
        self.tokens.append(entry.get("access_token"))
        return super().save(key, entry)


async def test_a_state_that_blocks_blocks_who_needs_it_and_nobody_else() -> None:
    """What changes meanwhile is saved after it, and is not undone by it."""
    state = Slow()
    state.go.set()
    lab = Lab(state=state)
    authorized = lab.authorized(Client("", "id", "secret"))
    await authorized.send(LOGOUT)
    state.go.clear()
    state.begun.clear()
    lab.clock.now += 60
    lab.adobe.refuses = frozenset({"token-1"})
    first = asyncio.create_task(authorized.send(LOGOUT))
    await asyncio.to_thread(state.begun.wait, PATIENCE)
    second = asyncio.create_task(authorized.send(LOGOUT))  # asks for a token while the old one's end is being saved
    async with asyncio.timeout(PATIENCE):
        while len(lab.adobe.grants) < 2:  # noqa: ASYNC110  # the stand-in has nothing to wait for
            await asyncio.sleep(0)
    assert not first.done()
    state.go.set()
    assert [(await task).status for task in (first, second)] == [200, 200]
    assert state.tokens == ["token-1", "", "token-2"]
    assert lab.tokens[-1] == "Bearer token-2"
    await authorized.send(LOGOUT)
    assert len(lab.adobe.grants) == 2


# --- secrets


async def test_secrets_are_in_no_error_no_log_and_no_representation() -> None:
    secrets = ("the-software-statement", "id-1", "secret-1", "token-1")
    lab = Lab()
    authorized = lab.authorized()
    await authorized.send(LOGOUT)
    lab.clock.now += LIFE
    lab.adobe.instead = answer({"error": "invalid_client", "client_secret": "secret-1", "details": "token-1"}, 400)
    reply = await authorized.send(LOGOUT)
    shown = f"{reply.body!r} {reply.headers.raw} {lab.ears.heard} {CLIENT!r} {lab.adobe.grants!r} {authorized!r}"
    assert "invalid_client" in shown
    assert [secret for secret in secrets if secret in shown] == []


async def test_two_gateways_that_start_with_one_empty_state_register_once(tmp_path: Path) -> None:
    """Both read it while it is empty; the second waits, and finds what the first has kept."""
    lab = Lab()
    lab.adobe.gate = asyncio.Event()
    path = tmp_path / "state.json"
    gateways = [Lab(lab.adobe, state=StateFile(path)).authorized() for _ in range(3)]
    asked = [asyncio.create_task(gateway.send(LOGOUT)) for gateway in gateways]
    await asyncio.sleep(0.2)  # long enough for all of them to ask
    lab.adobe.gate.set()
    assert [answer.status for answer in await asyncio.gather(*asked)] == [200] * 3
    assert len(lab.adobe.registrations) == 1
    assert json.loads(path.read_text())["default at https://lab.example"]["client_id"] == "id-1"


async def test_who_waits_too_long_for_another_registration_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(state=StateFile(tmp_path / "state.json"))
    async with StateFile(tmp_path / "state.json").registering():
        monkeypatch.setattr("gateway.transports.clients.REGISTERING", 0.01)
        answer = await lab.authorized().send(LOGOUT)
    assert (answer.status, lab.adobe.registrations) == (503, [])


@pytest.mark.parametrize("suffix", ["lock", "registering.lock"])
async def test_a_lock_that_cannot_be_opened_is_named(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"state.json.{suffix}").mkdir()
    state = StateFile(tmp_path / "state.json")

    async def use() -> None:
        if suffix == "lock":
            state.save("key", {})
        async with state.registering():
            pass

    with pytest.raises(OSError, match=rf"the lock cannot be opened: Is a directory.*state\.json\.{suffix}"):
        await use()


def test_a_state_that_is_too_deep_is_told(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("[" * 100_000)
    with pytest.raises(ClientError, match="found RecursionError"):
        StateFile(tmp_path / "state.json").load("key")
