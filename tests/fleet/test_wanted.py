"""What is wanted of all gateways: taken once, in its own life, from who has the key, and not from long ago."""

from __future__ import annotations

from time import time

import pytest
from msgspec.structs import replace

from gateway.fleet.address import RedisAddress
from gateway.fleet.link import Link
from gateway.fleet.names import KeyNames
from gateway.fleet.outage import Outage
from gateway.fleet.sealing import NotSealedError, Sealing
from gateway.fleet.wanted import FRESH, FleetSetting, SharedFault, Wanting, read, version_of, written

NAMES = KeyNames("lab", Sealing(bytes(32), "lab"), "life")
SETTING = FleetSetting(3, "auto", "staging", "logout", (SharedFault("f1", {"throttle": {}}, 5.0),), time(), "lab-2")


def stored(setting: FleetSetting, names: KeyNames = NAMES) -> bytes:
    version, sealed = written(setting, names)
    return version.encode() + sealed


def test_it_reads_back_and_opens_nowhere_else() -> None:
    data = stored(SETTING)
    assert read(data, NAMES) == SETTING
    assert version_of(data) == 3
    assert version_of(b"") == 0
    for wrong in (
        b"000000000004" + data[12:],
        data[:-1],
        b"",
        stored(SETTING, KeyNames("lab", Sealing(bytes(32), "lab"), "another life")),
        stored(SETTING, KeyNames("lab", Sealing(b"1" * 32, "lab"), "life")),
    ):
        with pytest.raises(NotSealedError):
            read(wrong, NAMES)


async def test_each_version_is_done_once_and_no_older_one() -> None:
    outage = Outage("local", lambda *_, **__: None)
    warned: list[str] = []
    wanting = Wanting(
        Link(RedisAddress("redis://127.0.0.1:1"), 0.05, outage),
        NAMES,
        "lab-1",
        lambda _: None,
        lambda event, **_: warned.append(event),
    )
    done: list[int] = []

    async def steer(setting: FleetSetting) -> None:
        done.append(setting.version)

    wanting.steers = steer
    for version in (2, 2, 5, 4, 5):
        wanting.see(stored(replace(SETTING, version=version)), is_new=False)
        await wanting.do()
    assert done == [2, 5]
    wanting.see(b"000000000009 somebody else's", is_new=False)
    assert (outage.foreign, wanting.version) == (1, 5)
    wanting.forget()
    wanting.see(stored(replace(SETTING, sealed_at=time() - FRESH - 1)), is_new=True)
    assert (wanting.wanted, warned) == (None, ["setting of the fleet not taken"])
    fresh = replace(SETTING, sealed_at=time())
    wanting.see(stored(fresh), is_new=True)
    assert wanting.wanted == fresh
