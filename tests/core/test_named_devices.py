"""Whose a call is among devices that have names."""

from __future__ import annotations

from ipaddress import ip_network

from gateway.core.devices import Devices
from gateway.core.headers import ForwardedFor
from gateway.core.model import Headers, Request
from gateway.core.named_devices import NamedDevice, NamedDevices
from gateway.core.state import MemoryState
from tests.harness.for_each import for_each
from tests.legs import device_header

TV = "living-room-tv-000000001"  # as long as an identifier that is wrapped
V2 = {"AP-Device-Identifier": device_header(TV)}
KEY = bytes(32)


def call(target: str = "/api/v2/REF30/profiles", **fields: str) -> Request:
    return Request("GET", target, Headers.of({name.replace("_", "-"): value for name, value in fields.items()}))


NAMED = NamedDevices(
    (
        NamedDevice("both", networks=(ip_network("10.0.0.0/24"),), identifier=TV),
        NamedDevice("identified", identifier=device_header(TV)),
        NamedDevice("placed", networks=(ip_network("192.168.0.7/32"),)),
        NamedDevice("v6", networks=(ip_network("fd00::/64"),)),
        NamedDevice("agent", user_agent="Roku/DVP"),
    )
)


@for_each(
    ("request_", "address", "name"),
    [
        (Request("GET", "/", Headers.of(V2)), "10.0.0.9", "both"),
        (Request("GET", "/", Headers.of(V2)), "192.168.0.7", "identified"),
        (call(f"/api/v1/logout?deviceId={TV}"), "192.168.0.7", "identified"),
        (call(), "192.168.0.7", "placed"),
        (call(), "::ffff:192.168.0.7", "placed"),
        (call(), "fd00::7", "v6"),
        (call(User_Agent="roku/dvp-12.0"), "192.168.0.8", "agent"),
        (call(User_Agent="tvOS"), "192.168.0.8", ""),
        (call(), "10.0.0.9", ""),
        (call(), "no address", ""),
    ],
)
def test_the_first_device_of_which_everything_holds_has_the_call(request_: Request, address: str, name: str) -> None:
    assert NAMED.name_of(request_, address)[0] == name


def test_one_device_has_one_name_whatever_its_calls_say_and_a_group_has_one_each() -> None:
    """By an address of its own it is one device; by its model several may be."""
    devices = Devices(KEY, MemoryState(), NAMED.name_of)
    placed = [devices.of(one, "192.168.0.7") for one in (call(), call("/api/v1/logout?deviceId=other"), call("/x"))]
    assert {device.name for device in placed} == {"placed"}
    assert len({device.key for device in placed}) == 1
    group = [devices.of(call(f"/?deviceId={who}", User_Agent="Roku/DVP"), "192.168.0.8").name for who in "ab"]
    assert group[0] == "agent"
    assert group[1].startswith("agent-")


@for_each(
    ("peer", "public", "pool", "fallback", "sent"),
    [
        ("192.168.0.7", "198.18.0.1", "203.0.113.0/24", "8.8.8.8", "198.18.0.1"),
        ("192.168.0.7", "", "203.0.113.0/24", "8.8.8.8", "203.0.113.7"),
        ("192.168.1.7", "", "203.0.113.0/28", None, "203.0.113.7"),
        ("192.168.0.7", "", None, "8.8.8.8", "8.8.8.8"),
        ("192.168.0.7", "", None, None, "192.168.0.7"),
        ("9.9.9.9", "", "203.0.113.0/24", "8.8.8.8", "9.9.9.9"),
        ("9.9.9.9", "198.18.0.1", None, None, "198.18.0.1"),
        ("fd00::12", "", "2001:db8::/64", None, "2001:db8::12"),
        ("fd00::12", "", "203.0.113.0/24", None, "203.0.113.18"),
    ],
)
def test_its_own_address_goes_before_the_pool_and_that_before_the_fallback(
    peer: str, public: str, pool: str | None, fallback: str | None, sent: str
) -> None:
    forwarded = ForwardedFor(pool=ip_network(pool) if pool else None, fallback=fallback)
    assert forwarded.look(Headers(), peer, public).headers.get("X-Forwarded-For") == sent
