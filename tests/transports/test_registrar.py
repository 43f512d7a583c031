"""An app that registers and fetches its token first starts in a replay as it does in life."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from gateway.core.adobe.tokens import read_jwt
from gateway.core.audit import Audit
from gateway.core.checks import CHECKS
from gateway.core.errors import gateway_error
from gateway.core.model import Headers, Request, Response
from gateway.core.secrets.pseudonyms import is_pseudonym
from gateway.transports.registrar import LONGEST, Registrar
from tests.core.checks.calls import call
from tests.legs import Pieces

NOW = 1_700_000_000.0
STATEMENT = json.dumps({"software_statement": "a.b.c", "redirect_uri": "app://x"}).encode()
MISS = gateway_error(502, "gateway_replay_miss", "No.")


class Played:
    """A replay that knows one answer, or none."""

    def __init__(self, answer: Response = MISS) -> None:
        self.answer = answer
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answer


def ask(
    target: str = "/o/client/register",
    body: Any = STATEMENT,
    *,
    method: str = "POST",
    played: Played | None = None,
    recorded: bool = False,
    now: float = NOW,
    client: str = "192.0.2.1",
    **headers: str,
) -> Response:
    fields = Headers.of({name.replace("_", "-"): value for name, value in headers.items()})
    registrar = Registrar((played or Played()).send, lambda: now, recorded)

    async def answered() -> Response:
        return await registrar.send(Request(method, target, fields, body, client=client))

    return asyncio.run(answered())


def said(answer: Response) -> dict[str, Any]:
    assert isinstance(answer.body, bytes)
    document: dict[str, Any] = json.loads(answer.body)
    return document


def token(client: dict[str, Any], **more: Any) -> Response:
    form = {
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
        "grant_type": "client_credentials",
    }
    return ask("/o/client/token", urlencode(form).encode(), **more)


def test_a_registration_and_a_token_have_the_documented_shapes() -> None:
    registered = ask()
    client = said(registered)
    assert (registered.status, registered.source, registered.headers["Content-Type"]) == (
        201,
        "gateway",
        "application/json;charset=UTF-8",
    )
    assert [*client] == ["client_id", "client_secret", "client_id_issued_at", "redirect_uris", "grant_types", "scopes"]
    assert (client["client_id_issued_at"], client["redirect_uris"], client["scopes"]) == (
        int(NOW),
        ["app://x"],
        ["api:client:v2"],
    )
    granted = token(client)
    grant = said(granted)
    assert granted.status == 201
    assert (grant["created_at"], grant["expires_in"], grant["token_type"]) == (NOW * 1000, 21600, "bearer")
    jwt = read_jwt(grant["access_token"])
    assert (getattr(jwt, "subject", ""), getattr(jwt, "expires", 0)) == (client["client_id"], NOW + 21600)
    assert not any(map(is_pseudonym, (client["client_id"], client["client_secret"], grant["access_token"])))


def test_a_call_with_such_a_token_is_judged_and_nothing_is_wrong_with_it() -> None:
    grant = said(token(said(ask())))
    judged = call(authorization=f"Bearer {grant['access_token']}", at=NOW + 3600)
    assert Audit(CHECKS)(judged, {}).findings == ()
    late = replace(judged, at=NOW + 7 * 3600)
    assert [finding.id for finding in Audit(CHECKS)(late, {}).findings] == ["AUTH003"]


def test_the_same_software_on_the_same_device_is_the_same_client_in_every_run() -> None:
    first = said(ask(X_Device_Info="a"))
    assert said(ask(X_Device_Info="a", now=NOW + 1e6, User_Agent="other"))["client_id"] == first["client_id"]
    others = [
        said(ask(X_Device_Info="b")),
        said(ask(X_Device_Info="a", client="192.0.2.2")),
        said(ask(X_Device_Info="a", AP_Device_Identifier="fingerprint eA==")),
        said(ask(body=b'{"software_statement": "other"}', X_Device_Info="a")),
    ]
    assert len({client["client_id"] for client in [first, *others]}) == 5


def test_what_adobe_would_refuse_is_refused_in_its_words() -> None:
    form = "client_id=c&client_secret=s&grant_type="
    cases: dict[tuple[str, bytes], str] = {
        ("/o/client/register", b"{}"): "invalid_request",
        ("/o/client/register", b'{"software_statement": ""}'): "invalid_software_statement",
        ("/o/client/register", b"\xff" * (LONGEST + 1)): "invalid_request",
        ("/o/client/token", b""): "invalid_request",
        ("/o/client/token", f"{form}password".encode()): "unsupported_grant_type",
    }
    for (target, body), error in cases.items():
        answer = ask(target, Pieces([body]))
        assert (answer.status, said(answer)) == (400, {"error": error}), target
    assert ask(f"/o/client/token?{form}client_credentials", b"").status == 201
    assert ask("/o/%63lient/token", f"{form}client_credentials".encode()).status == 201


def test_everything_else_is_played() -> None:
    for method, target in (
        ("GET", "/o/client/token"),
        ("POST", "/o/client/scopes"),
        ("GET", "/api/v2/REF30/profiles"),
        ("POST", "/o/client/" + "x" * 5000),
    ):
        played = Played()
        body = Pieces([b"x"])
        assert ask(target, body, method=method, played=played) is MISS
        assert (played.asked[0].body, body.read) == (body, 0)


def test_what_another_tool_recorded_goes_first() -> None:
    recorded = Response(400, "Bad Request", body=b'{"error": "invalid_client"}', source="cassette")
    assert ask(played=Played(recorded), recorded=True) is recorded
    assert ask(played=Played(recorded)).status == 201
    assert ask(played=Played(MISS), recorded=True).status == 201


def test_each_token_is_another_one_and_the_credentials_stay() -> None:
    """Within one second, too: an app whose token was refused would get the refused one again."""
    client = said(ask())
    assert said(ask(now=NOW + 0.001)) == client
    tokens = {said(token(client, now=NOW + step / 1000))["access_token"] for step in range(3)}
    assert len(tokens) == 3
