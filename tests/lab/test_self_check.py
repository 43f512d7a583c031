"""The self-check as rows: what is as it should be, what is not, and what to do."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.lab.self_check import CLOCK_SECONDS, CheckRow, Reach, SelfCheck, clock_row, read, rows_of, written
from tests.harness.for_each import for_each

CHECK = SelfCheck(
    address="192.168.0.7",
    device="living-room-roku",
    told="8.8.4.7",
    why="the public_address of this device",
    is_private=False,
    hosts=("api.auth.adobe.com", "gateway.lab"),
    addresses=("192.168.0.2",),
    http_port=80,
    https_port=443,
    reach=Reach("yes", "connected"),
    now=1_795_000_000.0,
)
STEPS = "http://192.168.0.2/"


def row(check: SelfCheck, row_id: str) -> CheckRow:
    return next(one for one in rows_of(check, STEPS) if one.id == row_id)


def test_a_browser_gets_a_picture_for_each_host_and_decides_by_it() -> None:
    rows = rows_of(CHECK, STEPS)
    assert [one.id for one in rows] == ["reached", "address", "forwarded", "name", "tls", "clock", "adobe"]
    assert row(CHECK, "address").found == "192.168.0.7, which is living-room-roku"
    assert row(CHECK, "forwarded").found == "8.8.4.7: the public_address of this device"
    assert row(CHECK, "name").pictures[0] == (
        "api.auth.adobe.com",
        "http://api.auth.adobe.com/.well-known/pass-gateway/check.png",
    )
    assert "(192.168.0.2)" in row(CHECK, "name").hint
    assert row(replace(CHECK, https_port=8443), "tls").pictures[1] == (
        "gateway.lab",
        "https://gateway.lab:8443/.well-known/pass-gateway/check.png",
    )
    assert row(CHECK, "tls").hint.endswith(STEPS)


def test_a_lab_without_a_resolver_is_not_named_as_one() -> None:
    """It has nothing that a device could set as its DNS server; a device of its proxy needs no name."""
    hint = row(replace(CHECK, has_resolver=False, has_proxy=True), "name").hint
    assert hint.startswith("The gateway has no DNS server: set lab.dns")
    assert hint.endswith("A device that uses the gateway's proxy does not need this.")
    assert "proxy" not in row(CHECK, "name").hint


def test_a_private_address_for_adobe_is_wrong_and_a_gateway_without_tls_is_said() -> None:
    private = row(replace(CHECK, told="192.168.0.7", is_private=True, device=""), "forwarded")
    assert (private.verdict, "forwarded_for.pool" in private.hint) == ("no", True)
    without = row(replace(CHECK, https_port=None), "tls")
    assert (without.verdict, without.pictures, "tls: lab" in without.hint) == ("open", (), True)


@for_each(
    ("off", "verdict", "found"),
    [
        (0.0, "yes", "0 s from the gateway's clock"),
        (CLOCK_SECONDS - 1.0, "yes", "119 s from the gateway's clock"),
        (-1.0, "yes", "1 s from the gateway's clock"),
        (CLOCK_SECONDS + 1.0, "no", "121 s fast; here it is 2026-11-18T11:06:40Z"),
        (-86_400.0, "no", "86,400 s slow; here it is 2026-11-18T11:06:40Z"),
        (None, "open", "here it is 2026-11-18T11:06:40Z; compare with your device"),
    ],
)
def test_a_clock_is_right_within_two_minutes(off: float | None, verdict: str, found: str) -> None:
    told = clock_row(CHECK, None if off is None else CHECK.now + off)
    assert (told.verdict, told.found) == (verdict, found)


def test_it_is_written_and_read_and_anything_else_is_refused() -> None:
    assert read(written(CHECK)) == CHECK
    told = written(CHECK)
    assert read(told.replace(b'"address"', b'"more":1,"address"')) == CHECK, "a newer gateway may tell more"
    for data in (
        *(b"", b"{}", b"[]", b"\xff", told.replace(b'"now"', b'"then"'), told.replace(b":443", b":65536")),
        *(told.replace(b'"gateway.lab"', host) for host in (b'"a..b"', b'"\\u0000"', b'"b"' + b',"b"' * 100)),
    ):
        with pytest.raises(ValueError, match=r"."):
            read(data)
