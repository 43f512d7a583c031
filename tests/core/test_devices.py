"""A device is what it says it is, in either dialect; its name in a log says nothing about it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.devices import DeviceNames, device_identifier
from gateway.core.model import Headers, Request

NAMES = DeviceNames(b"k" * 16)
ROKU = "ba23d141-d715-561c-94f4-e9e4c966b1eb"


def v2(identifier: str) -> Request:
    return Request("GET", "/api/v2/REF30/logout/Dish", Headers.of({"AP-Device-Identifier": identifier}))


def v1(query: str) -> Request:
    return Request("DELETE", f"/api/v1/logout?{query}")


def wrapped(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("message", "identifier"),
    [
        (v2(f"fingerprint {wrapped(ROKU)}"), ROKU),
        (v2("fingerprint  " + wrapped(ROKU).rstrip("=")), ROKU),
        (v2(wrapped(ROKU)), wrapped(ROKU)),  # only what says that it is one is unwrapped, as it is redacted
        (v2("fingerprint no Base64!"), "no Base64!"),
        (v2(""), ""),
        (v1(f"requestor=REF30&deviceId={ROKU}"), ROKU),
        (v1("deviceId=a%2Fb+c"), "a/b+c"),
        (v1("deviceId=%zz"), "%zz"),
        (v1("deviceId="), ""),
        (v1("xdeviceId=1"), ""),
        (v1("deviceid=1"), ""),
        (v1("deviceId=1&deviceId=2"), "1"),
        (Request("GET", "/"), ""),
    ],
)
def test_a_device_is_what_it_says_it_is(message: Request, identifier: str) -> None:
    assert device_identifier(message) == identifier


def test_one_device_has_one_name_in_both_dialects() -> None:
    assert NAMES(v2(f"fingerprint {wrapped(ROKU)}")) == NAMES(v1(f"deviceId={ROKU}"))


def test_a_device_without_an_identifier_is_named_by_its_address() -> None:
    names = {NAMES(Request("GET", "/", client=client)) for client in ("192.0.2.1", "192.0.2.2", "192.0.2.1")}
    assert len(names) == 2


def test_the_names_of_one_run_lead_nowhere_in_the_next() -> None:
    assert DeviceNames(b"a")(v1(f"deviceId={ROKU}")) != DeviceNames(b"b")(v1(f"deviceId={ROKU}"))


@given(value=st.text(st.characters(max_codepoint=255, exclude_characters="&#"), max_size=50))
def test_whatever_a_client_sends_it_has_a_short_name(value: str) -> None:
    for request in (v2(value), v1(f"deviceId={value}")):
        assert len(NAMES(request)) == 12
        assert int(NAMES(request), 16) >= 0
