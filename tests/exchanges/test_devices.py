"""Over real sockets: the device of each exchange, found once, from its message, its peer and what went before."""

from __future__ import annotations

from base64 import b64encode
from ipaddress import ip_network

import pytest

from gateway.core.headers import ForwardedFor
from gateway.core.model import Headers, Request, Response
from tests.harness.lab import Gateway, Lab

HOME = "203.0.113.7"
ROKU = "ba23d141-d715-561c-94f4-e9e4c966b1eb"
ANSWERS = {
    "/o/client/token": b'{"access_token": "T-%d", "token_type": "bearer"}',
    "/api/v2/REF30/sessions": b'{"code": "CODE-%d"}',
}


class Api:
    """An upstream that gives each token and code once; it keeps the forms that it gets."""

    def __init__(self) -> None:
        self.forms: list[bytes] = []
        self.asked: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        form = request.body if isinstance(request.body, bytes) else b"".join([piece async for piece in request.body])
        self.forms.append(form)
        self.asked.append(request)
        body = ANSWERS.get(request.path, b"{}")
        body = body % len(self.forms) if b"%d" in body else body
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        return Response(201, "Created", Headers.of(fields), body, "upstream")


def message(line: str, *, who: str = "", token: str = "", form: str = "", home: str = HOME) -> bytes:
    fields = ["Host: lab", f"X-Forwarded-For: {home}", "User-Agent: Roku/DVP-9.10"]
    fields += [f"AP-Device-Identifier: fingerprint {b64encode(who.encode()).decode()}"] * bool(who)
    fields += [f"Authorization: Bearer {token}"] * bool(token)
    fields += [f"Content-Length: {len(form)}"] * bool(form)
    return "\r\n".join([f"{line} HTTP/1.1", *fields, "", form]).encode()


async def names(gateway: Gateway, *messages: bytes) -> list[str]:
    """Ask, and return the names of the devices that the observer heard of."""
    heard = len(gateway.witness.exchanges)
    for text in messages:
        await gateway.ask(text)
    await gateway.witness.until(lambda: len(gateway.witness.exchanges) == heard + len(messages))
    return [exchange.device.name for exchange in gateway.witness.exchanges[heard:]]


@pytest.fixture
def proxies() -> ForwardedFor:
    return ForwardedFor(trusted=(ip_network("127.0.0.0/8"),))


async def test_the_calls_of_one_television_are_one_devices(lab: Lab, proxies: ForwardedFor) -> None:
    """The form of a token request is read on its way, and goes out as it came."""
    api = Api()
    gateway = await lab.gateway(api, forwarded=proxies)
    form = "grant_type=client_credentials&client_id=C&client_secret=S"
    (unknown, roku) = await names(
        gateway,
        message("POST /o/client/token", form=form),
        message("POST /api/v2/REF30/sessions", who=ROKU, token="T-1", form="mvpd=Dish"),
    )
    assert unknown.startswith("address-")
    assert roku.startswith("roku-")
    later = await names(
        gateway,
        message("GET /api/v2/REF30/sessions/CODE-2", token="T-1"),
        message("GET /api/v2/REF30/profiles/code/CODE-2", token="T-1"),
        message("GET /api/v2/REF30/configuration", token="T-1"),
        message(f"DELETE /api/v1/logout?deviceId={ROKU}"),
        message("GET /api/v2/REF30/sessions/CODE-2", home="203.0.113.8"),
    )
    assert later[:4] == [roku] * 4
    assert later[4].startswith("address-")
    assert api.forms[:2] == [form.encode(), b"mvpd=Dish"]
    assert [request.device.name for request in api.asked] == [unknown, roku, *later]


async def test_five_rokus_behind_one_address_are_five(lab: Lab, proxies: ForwardedFor) -> None:
    gateway = await lab.gateway(Api(), forwarded=proxies)
    rokus = [
        (
            await names(
                gateway,
                message("POST /o/client/token", form="client_id=build"),
                message("POST /api/v2/REF30/sessions", who=f"{number}-{ROKU}", token="of the build"),
                message("GET /api/v2/REF30/configuration", token="of the build"),
            )
        )
        for number in range(5)
    ]
    assert len({roku[1] for roku in rokus}) == 5
    assert len({name for roku in rokus for name in (roku[0], roku[2])}) == 1
    assert rokus[0][0].startswith("address-")


async def test_devices_that_share_a_public_address_by_configuration_have_addresses_of_their_own(lab: Lab) -> None:
    """`forwarded_for.fallback` is what Adobe is told of all of them."""
    trusted = (ip_network("127.0.0.0/8"),)
    gateway = await lab.gateway(Api(), forwarded=ForwardedFor(trusted=trusted, fallback="203.0.113.99"))
    one, other = await names(gateway, message("GET /", home="192.168.0.7"), message("GET /", home="192.168.0.8"))
    assert one != other
    assert {exchange.received.client for exchange in gateway.witness.exchanges} == {"203.0.113.99"}
