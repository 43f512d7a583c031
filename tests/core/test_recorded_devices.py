"""The devices of a cassette are called as they were when they were recorded; in those of before, by their pseudonyms."""

from __future__ import annotations

from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.recorded_devices import device_names
from tests.harness.for_each import for_each


def recorded(identifier: str = "", device: object = None) -> Interaction:
    headers = Headers.of({"AP-Device-Identifier": identifier} if identifier else {})
    about = {} if device is None else {"device": device}
    return Interaction("", Request("GET", "/", headers), Response(200), "", about)


PLACEHOLDER = "REDACTED-DEVICE"


@for_each(
    ("calls", "names"),
    [
        ([("one", "roku-02c1f7"), ("", "roku-02c1f7")], ["roku-02c1f7", "roku-02c1f7"]),
        ([("one", "096ac7c118a3"), ("one", "0c5ddd8c688b")], ["one", "one"]),  # before there were names
        ([("", "096ac7c118a3"), ("", None), ("", 7)], ["096ac7c118a3", "", ""]),
        ([("one", None), ("two", None)], ["one", "two"]),  # another tool's
        ([("one", "096ac7c118a3"), ("one", "roku-02c1f7")], ["roku-02c1f7", "roku-02c1f7"]),
        ([("one", "device-02c1f7"), ("one", "roku-02c1f7"), ("", "device-02c1f7")], ["roku-02c1f7"] * 3),
        ([("one", "roku-02c1f7"), ("two", "roku-02c1f7")], ["roku-02c1f7", "two"]),  # under two keys
        ([(PLACEHOLDER, "roku-02c1f7"), (PLACEHOLDER, "roku-5b11c0")], ["roku-02c1f7", "roku-5b11c0"]),
        (
            [("REDACTED-DEVICEIDENTIFIER", "roku-02c1f7"), ("REDACTED-DEVICEIDENTIFIER", "tv-5b11c0")],
            ["roku-02c1f7", "tv-5b11c0"],
        ),
        (
            [("REDACTED-DEVICE-1a2b3c", "roku-02c1f7"), ("REDACTED-DEVICE-4d5e6f", "tv-5b11c0")],
            ["roku-02c1f7", "tv-5b11c0"],
        ),
        ([(PLACEHOLDER, "096ac7c118a3"), (PLACEHOLDER, None)], [PLACEHOLDER, PLACEHOLDER]),
        ([("x" * 100, None), ("", "y" * 100)], ["x" * 64, "y" * 64]),
        ([], []),
    ],
)
def test_the_devices_of_a_cassette(calls: list[tuple[str, object]], names: list[str]) -> None:
    assert device_names([recorded(*call) for call in calls]) == names


def test_what_is_no_pseudonym_is_not_shown() -> None:
    assert device_names([recorded("secret")], lambda _: "pseudonym") == ["pseudonym"]
