"""An exchange is had again at once as long as all that it depended on stands, and as the usual way would have had it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.auditing.auditor import Auditor
from gateway.auditing.live import LiveAudit
from gateway.core.audit import Audit
from gateway.core.checks import CHECKS
from gateway.core.headers import ForwardedFor
from gateway.core.model import Exchange, Flow, Headers, Peer, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.routing import Routing
from gateway.core.standing import AllStand
from gateway.core.state import MemoryState
from gateway.core.unchanged import Recalled
from gateway.exchanges.again import SHARED, size_of_again
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.observers import Observers
from gateway.exchanges.repeat import Repeat
from tests.core.checks.calls import bearer
from tests.exchanges.test_driver import without_a_loop
from tests.harness.for_each import for_each
from tests.harness.lab import Witness
from tests.legs import answer, device_header

NOW = 1_760_000_000.0
PEER = Peer("192.168.0.7")
FIELDS = {"Host": "gateway", "AP-Device-Identifier": device_header("roku")}
DISH = "/api/v2/REF30/logout/Dish"


class Recorded:
    """Gives the same answer as long as it stands."""

    def __init__(self, response: Response | None = None) -> None:
        self.response = response or answer(source="cassette")
        self.stands = True
        self.sent = 0

    async def send(self, _: Request) -> Response:
        self.sent += 1
        return self.response

    def standing(self, _: Request) -> AllStand | None:
        return (lambda _: self.stands,)


class House:
    """Exchanges over a recorded answer, and all that can change about them."""

    def __init__(self, recorded: Recorded | None = None, *, audited: bool = True, **more: Any) -> None:
        self.recorded, self.witness, self.state = recorded or Recorded(), Witness(), MemoryState()
        self.now = NOW
        observers = Observers([self.witness])
        audit = LiveAudit(
            Auditor(Audit(CHECKS), clock=lambda: self.now, state=self.state),
            origins=lambda _: "https://api.auth.adobe.com",
            redaction=Redaction(b"k" * 32),
            failed=observers.audit_failed,
            unseen=frozenset(),
        )
        settings: dict[str, Any] = {"send": self.recorded.send, **more}
        self.exchanges = Exchanges(
            settings.pop("send"),
            routing=Routing("lab"),
            forwarded=ForwardedFor(),
            observers=observers,
            state=self.state,
            audit=audit if audited else None,
            clock=lambda: self.now,
            **settings,
        )

    def ask(self, request: Request, *, peer: Peer = PEER) -> Exchange:
        """Have an exchange, and return what the observers heard of it."""
        reply = without_a_loop(self.exchanges.answer(request, peer))
        without_a_loop(reply.ended())
        return self.witness.exchanges[-1]

    def known(self, request: Request, *, times: int = 4) -> Exchange:
        """Have an exchange so often that it is known, but for whatever makes it one that is not kept."""
        for _ in range(times):
            self.now += 10
            exchange = self.ask(request)
        self.now += 10
        return exchange

    def at_once(self, request: Request, peer: Peer = PEER) -> Repeat | None:
        reply = self.exchanges.repeat(request, peer)
        if reply is not None:
            reply.end()
        return reply


def asked(target: str = DISH, method: str = "GET", body: bytes = b"", **fields: str) -> Request:
    return Request(method, target, Headers.of(FIELDS | {k.replace("_", "-"): v for k, v in fields.items()}), body)


def test_it_is_the_exchange_that_was_had_but_for_its_id_and_its_times() -> None:
    house, request = House(), asked(Authorization=bearer(exp=int(NOW) + 1000))
    before = house.known(request)
    sent = house.recorded.sent
    reply = house.at_once(request)
    assert reply is not None
    again = house.witness.exchanges[-1]
    assert house.recorded.sent == sent
    assert again.id not in {before.id, ""}
    assert (again.received.id, again.legs[0].request.id) == (again.id, again.id)
    assert again.at == house.now

    def plain(exchange: Exchange) -> Exchange:
        received = replace(exchange.received, id="")
        legs = tuple(replace(leg, request=replace(leg.request, id=""), elapsed_ms=0.0) for leg in exchange.legs)
        return replace(exchange, id="", received=received, legs=legs, elapsed_ms=0.0, at=0.0)

    assert plain(again) == plain(before)
    assert not house.exchanges.in_flight


def test_a_logout_is_not_read_again_for_the_checks_over_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What they ask of it at its second call is kept from its first."""
    read: list[str] = []
    monkeypatch.setattr(Recalled, "__getattr__", lambda _, name: read.append(name))
    house, request = House(), asked(Authorization=bearer(exp=int(NOW) + 1000))
    house.ask(request)
    assert (house.at_once(request) is not None, read) == (True, [])


def test_each_call_counts_for_the_checks_that_count() -> None:
    """A burst runs the throttle's budget low, and says so, though every call of it is known."""
    house, request = House(), asked()
    house.known(request)
    found: list[str] = []
    for _ in range(12):
        found += [finding.id for finding in house.ask(request).findings]
    assert found.count("THR003") == 1


def _forget_names(house: House) -> None:
    house.state._names.clear()


def _forget_slices(house: House) -> None:
    house.state.slices.clear()


def _answer_otherwise(house: House) -> None:
    house.recorded.stands = False


def _wait(house: House) -> None:
    house.now += 600


def _speak_otherwise(house: House) -> None:
    for number in range(3):
        house.ask(asked(AP_Device_Identifier=device_header(f"device {number}")))


def _expire(house: House) -> None:
    house.now += 100


CHANGES: dict[str, Callable[[House], None]] = {
    "the device's name is forgotten": _forget_names,
    "what went before is forgotten": _forget_slices,
    "another answer is due": _answer_otherwise,
    "a moment passes that a check over time knows": _wait,
    "the token expires": _expire,
    "other devices speak from that address": _speak_otherwise,
}


@for_each("name", CHANGES)
def test_what_does_not_stand_is_had_anew(name: str) -> None:
    house, request = House(), asked(Authorization=bearer(exp=int(NOW) + 100))
    house.known(request)
    assert house.at_once(request) is not None
    CHANGES[name](house)
    assert house.at_once(request) is None
    assert house.ask(request).reply == house.recorded.response
    assert house.known(request, times=3).reply == house.recorded.response


class Twice:
    """Sends two requests for one."""

    needs_request_body = needs_answer_body = needs_credentials = False

    def concerns(self, request: Request) -> bool:
        return request.target == DISH

    def __call__(self, request: Request) -> Flow:
        if self.concerns(request):
            yield replace(request, target="/api/v2/REF30/profiles", rewritten_from=f"GET {DISH}")
        return (yield request)


def _wrapped() -> House:
    recorded = Recorded()

    async def send(request: Request) -> Response:
        return await recorded.send(request)

    return House(recorded, send=send)


TOKEN = answer('{"access_token": "a.b.c"}')
NEVER: dict[str, tuple[Callable[[], House], Request]] = {
    "a body": (House, asked(method="POST", body=b"x")),
    "a target beyond ASCII": (House, replace(asked("/caf%C3%A9"), raw_target="/caf\xc3\xa9")),
    "no device": (House, Request("GET", DISH, Headers.of({"Host": "gateway"}))),
    "an answer of the gateway's": (lambda: House(Recorded(replace(TOKEN, source="gateway"))), asked()),
    "a token is given": (lambda: House(Recorded(TOKEN)), asked("/o/client/token", method="POST")),
    "whoever sends is wrapped": (_wrapped, asked()),
    "a peer that is not believed": (House, asked(X_Forwarded_For="93.184.216.34")),
}


@for_each("name", NEVER)
def test_what_may_be_another_each_time_is_never_had_again(name: str) -> None:
    make, request = NEVER[name]
    house = make()
    house.known(request)
    assert house.at_once(request) is None


def test_what_is_not_audited_and_what_a_rule_makes_of_it_is_had_again() -> None:
    """With all that the rule has sent."""
    for house, target, legs in (
        (House(rules=[Twice()]), DISH, 2),
        (House(rules=[Twice()]), "/x", 1),
        (House(audited=False), DISH, 1),
    ):
        before = house.known(asked(target))
        assert house.at_once(asked(target)) is not None
        again = house.witness.exchanges[-1]
        assert len(again.legs) == legs
        assert [leg.response for leg in again.legs] == [leg.response for leg in before.legs]
        assert {leg.request.id for leg in again.legs} == {again.id}


def test_another_peer_with_the_same_head_is_another_device_s() -> None:
    house, request = House(), asked()
    house.known(request)
    assert house.at_once(request, Peer("192.168.0.8")) is None


def test_a_head_with_a_body_is_another_message() -> None:
    house, request = House(), asked(method="DELETE")
    house.known(request)
    assert house.at_once(replace(request, body=b"x")) is None
    assert house.at_once(request) is not None


@for_each(
    ("shares", "length", "is_counted"),
    [(True, SHARED - 200, False), (True, SHARED + 1, True), (False, 100, True), (False, SHARED + 1, True)],
)
def test_fields_that_are_long_are_counted_though_others_share_them(shares: bool, length: int, is_counted: bool) -> None:
    """The others may be forgotten first, and then nobody would count them."""
    headers = Headers.of({"X-Long": "x" * length})
    request = Request("GET", "/", headers)
    whole = size_of_again(request, 1, shares=False)
    assert whole > 2 * headers.size
    assert (size_of_again(request, 1, shares=shares) == whole) is is_counted
