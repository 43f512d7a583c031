"""Devices by name, in a file of their own."""

from __future__ import annotations

from pathlib import Path

from gateway.config import load, load_with_sources
from gateway.config.of_devices import asked, deprecated_of_all, modes_of, same_for_all, with_settings
from gateway.config.showing import text_of
from tests.config.reading import read, said
from tests.harness.for_each import for_each

ROKU = "devices: {roku: {match: {address: 192.168.0.7}, public_address: 203.0.113.7, upstream: staging}}"
PUBLIC = "expected a public address that you own, since upstream"


def test_a_file_beside_the_configuration_is_laid_over_its_devices() -> None:
    Path("devices.yaml").write_text("devices: {roku: {public_address: 8.8.4.4}, tv: {match: {identifier: abc}}}")
    config = read(ROKU)
    assert list(config.devices) == ["roku", "tv"]
    assert (config.devices["roku"].upstream, str(config.devices["roku"].public_address)) == ("staging", "8.8.4.4")
    shown = text_of(load_with_sources(Path("config.yaml"), {}, {}), {})
    assert "abc" not in shown
    line = next(line for line in shown.splitlines() if "public_address: 8.8.4.4" in line)
    assert line.endswith("# devices.yaml")


def test_what_is_wrong_in_that_file_is_said_of_it() -> None:
    Path("devices.yaml").write_text("devices: {roku: {match: {adress: a}}, tv: {match: {address: private}}}")
    assert said() == [
        "devices.yaml devices.roku.match.adress: unknown key; did you mean address?",
        'devices.yaml devices.tv.match.address[0]: expected an address such as 192.168.0.7, or a network, found "private"',
    ]
    Path("devices.yaml").write_text("mode: record")
    assert said() == ["devices.yaml: expected a map with the single key devices, found a map"]
    Path("devices.yaml").write_text("devices: {a: 1")
    assert said()[0].startswith("devices.yaml:")


@for_each(
    ("said_of_it", "line"),
    [
        ("mode: sometimes", 'devices.tv.mode: expected passthrough, record, replay or auto, found "sometimes"'),
        ("cassette: ''", "devices.tv.cassette: expected the name or the path of a cassette"),
        ("cassette: folder/", "devices.tv.cassette: expected the name or the path of a cassette"),
        ("cassette: ./folder", "devices.tv.cassette: expected a cassette, found a folder at"),
        ("rules: [{v1_logout: {redirect_ur: a}}]", "devices.tv.rules[0].v1_logout.redirect_ur: unknown key; did you mean redirect_url?"),
        ("rules: [{}]", "devices.tv.rules[0]: expected one of"),
        ("faults: [{reset: before_head, status: 500}]", "devices.tv.faults[0]: expected one of"),
        ("faults: [{status: 500, when: {upstream: stagin}}]", "devices.tv.faults[0].when.upstream[0]: expected the name of an upstream"),
        ("mode: record", "cassettes.record: expected at least one route in mode record, found an empty list"),
        ("dns: maybe", 'devices.tv.dns: expected off, or the IP address of a gateway, found "maybe"'),
        ("dns: off", 'devices.tv.dns: expected null, since lab.dns is not set, found "off"'),
        ("recordings: x", "devices.tv.recordings: unknown key"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_devices_own_settings_is_said_of_them(said_of_it: str, line: str) -> None:
    Path("folder").mkdir(exist_ok=True)
    Path("devices.yaml").write_text(f"devices: {{tv: {{match: {{address: 10.0.0.1}}, {said_of_it}}}}}")
    config = "mode: replay\ncassettes: {record: []}"
    assert any(one.partition(" ")[2].startswith(line) or one.startswith(line) for one in said(config)), said(config)
    assert all(one.startswith(("devices.yaml ", "config.yaml cassettes.record: ")) for one in said(config))


def test_a_device_is_led_by_its_address_and_by_nothing_else() -> None:
    lab = "lab: {address: 10.0.0.2, dns: {listen: 10.0.0.2, forward_to: 10.0.0.1}}\n"
    by = "devices: {{tv: {{match: {{{}}}, dns: off}}}}"
    assert read(lab + by.format("address: 10.0.0.7")).devices["tv"].dns == "off"
    for match in ("user_agent: Roku", "address: 10.0.0.7, identifier: a"):
        (line,) = said(lab + by.format(match))
        assert "devices.tv.dns: expected null, or a device with only match.address" in line


def test_settings_of_devices_are_shown_without_their_secrets() -> None:
    Path("devices.yaml").write_text(
        "devices: {tv: {match: {address: 10.0.0.1}, rules: [{set_header: {name: Authorization, value: Bearer abcdefgh12345678}}]}}"
    )
    Path("config.yaml").write_text("mode: replay")
    shown = text_of(load_with_sources(Path("config.yaml"), {}, {}), {})
    assert "abcdefgh" not in shown
    assert "set_header" in shown


@for_each(
    ("own", "asks"),
    [({}, {"emulator"}), ({"mode": "replay"}, {"emulator"}), ({"upstream": "staging"}, {"emulator", "staging"}), ({"upstream": "staging", "mode": "replay"}, {"emulator"})],
)  # fmt: skip
def test_a_device_asks_its_own_upstream_and_in_a_replay_nobody(own: dict[str, str], asks: set[str]) -> None:
    config = load(None, {}, {"devices": {"tv": {"match": {"address": "10.0.0.1"}, **own}}})
    assert {name for _, names in asked(config) for name in names} == asks
    assert modes_of(config) == {"auto", own.get("mode", "auto")}
    assert with_settings(same_for_all(config)) == []
    assert same_for_all(config).devices["tv"].upstream == own.get("upstream")


@for_each(
    ("text", "line"),
    [
        (ROKU, f'devices.roku.public_address: {PUBLIC} staging is not an emulator, found "203.0.113.7"'),
        (ROKU.replace(", upstream: staging", "") + "\nupstream: production", f'{PUBLIC} production is not an emulator, found "203.0.113.7"'),
        (ROKU.replace("203.0.113.7", "10.0.0.1"), 'found "10.0.0.1"'),
        (ROKU.replace("203.0.113.7", "100.64.0.1"), 'found "100.64.0.1"'),
        (ROKU.replace("203.0.113.7", "240.0.0.1"), 'found "240.0.0.1"'),
        (ROKU.replace("203.0.113.7", "224.0.0.1"), 'expected an IP address that a device may have, found "224.0.0.1"'),
        (ROKU.replace("staging", "stagin"), 'found "stagin"; did you mean staging?'),
        ("devices: {roku: {match: {}}}", "devices.roku.match: expected address, identifier or user_agent, found none of them"),
        ("devices: {roku: {}}", "devices.roku.match: expected a value, found none"),
        ("devices: {'a b': {match: {address: 10.0.0.1}}}", 'expected a name of up to 63 letters and digits, joined by single - or _, found "a b"'),
        (
            "forwarded_for: {pool: 198.51.100.0/24}\nupstream: staging",
            'forwarded_for.pool: expected a public network that you own, since upstream staging is not an emulator, found "198.51.100.0/24"',
        ),
        ("forwarded_for: {pool: 198.51.100.1/24}", 'found "198.51.100.1/24"'),
        ("forwarded_for: {pool: private}", 'expected a network such as 198.51.100.0/24, found "private"'),
    ],
)  # fmt: skip
def test_addresses_that_nobody_may_invent_are_refused_where_a_network_would_hear_them(text: str, line: str) -> None:
    assert any(line in one for one in said(text)), said(text)


@for_each(
    "text",
    [
        ROKU.replace(", upstream: staging", ""),
        ROKU + "\nmode: replay",
        ROKU.replace("203.0.113.7", "8.8.4.4"),
        "forwarded_for: {pool: 198.51.100.0/24}",
        "forwarded_for: {pool: 8.8.4.0/24}\nupstream: staging",
    ],
)
def test_for_emulator_and_replay_they_are_the_natural_choice(text: str) -> None:
    assert read(text)


def test_a_deprecated_key_is_said_with_the_device_that_has_it() -> None:
    rules = [{"v1_logout": {"redirect_url": "https://example.com", "no_profile": "v1"}}]
    config = load(None, {}, {"rules": rules, "devices": {"tv": {"match": {"address": "10.0.0.1"}, "rules": rules}}})
    assert [place for place, _ in deprecated_of_all(config)] == [
        "rules[0].v1_logout.no_profile",
        "devices.tv.rules[0].v1_logout.no_profile",
    ]
