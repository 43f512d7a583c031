"""How many workers there may be, and what they need a shared state for."""

from __future__ import annotations

from pathlib import Path

from msgspec.json import decode, encode

from gateway.config import Config, load
from gateway.config.plain_values import plain
from gateway.config.reading import read_section
from gateway.config.workers import MOST, number_of_workers, processors
from gateway.offline.settings import Settings
from tests.config.reading import read, said
from tests.harness.for_each import for_each

WHOLE = """
workers: 2
mode: record
upstream: lab
upstreams:
  lab: {origin: "http://lab:81", connect_to: "127.0.0.1:82", timeout: {connect: 1.5}}
  other: {origin: "emulator://127.0.0.1:8081"}
listeners: {plain: {host: "::1", port: 0, proxy_protocol: true}}
forwarded_for: {mode: append, trusted_proxies: [private, 203.0.113.7], pool: 8.8.4.0/24}
cassettes: {name: ./other.yaml, record: [v2, "GET /x/{name...}"], match: [method, path, "header:Accept", "body:$.a"], max_age: 3d}
limits: {max_body: 2MiB, max_connections: 100}
redaction:
  rules: [{header: X-Partner, as: user}, {pattern: "P-[0-9]{6}", as: order_number}]
  keep: [{query: page, reason: it is a number}]
audit: {checks: {XFF002: "off", DEV004: error}, response_header: true}
history: {max_age: 7d, max_size: 1GiB, bodies: true}
rules:
  - v1_logout: {redirect_url: "https://example.com/bye"}
  - set_header: {name: X-A, value: b, when: {route: "GET /api/v2/{sp}/profiles"}}
faults: [reset, {status: 503, when: {device: [a], schedule: {after: 5}}}, {delay: {seconds: {median: 300ms, sigma: 0.4}}}]
devices: {tv: {match: {address: 192.168.0.7}, public_address: 8.8.4.4, upstream: lab}}
emulator: {logged_in: {a: [Dish]}, auto_login: true}
control: {allow: [network], hosts: [lab.local]}
lab: {address: 192.168.0.2}
"""
FLEET = "fleet: {redis: redis://127.0.0.1, key_file: " + __file__ + "}\n"
TWO = "workers: 2\nmode: record\n"


@for_each(
    ("text", "line"),
    [
        ("workers: 0", "workers: expected auto, or a number from 1 to 64, found 0"),
        ("workers: true", "workers: expected auto, or a number from 1 to 64, found true"),
        ("workers: many", 'workers: expected auto, or a number from 1 to 64, found "many"'),
        ("workers: 2", "workers: expected 1 in mode auto, found 2: each worker would play a device's sequence by itself. Several workers need mode passthrough or record, or a common state (a section fleet with Redis)"),
        ("workers: auto\nmode: replay", "workers: expected 1 in mode replay, found auto: each worker would play a device's sequence by itself. Several workers need mode passthrough or record, or a common state (a section fleet with Redis)"),
        (TWO + "audit: {checks: {THR003: error}}", "audit.checks.THR003: expected off with several workers, found error: this check compares a device's calls, and each worker sees only some of them. Use 1 worker, or a common state (a section fleet with Redis)"),
        (TWO + "faults: [{throttle: {}}]", "faults[0]: expected a fault that counts no calls with several workers, found throttle: each worker sees only some of the calls. Use 1 worker, or a common state (a section fleet with Redis)"),
        (TWO + "faults: [{status: 503, when: {nth: 2}}]", "faults[0]: expected a fault that counts no calls with several workers, found nth: each worker sees only some of the calls. Use 1 worker, or a common state (a section fleet with Redis)"),
        *((text + "lab: {proxy: {listen: 127.0.0.1}}", "workers: expected 1 with lab.proxy, found 2: a single process serves the proxy, also in a fleet") for text in (TWO, TWO + FLEET)),
    ],
)  # fmt: skip
def test_what_several_workers_cannot_do_is_told(text: str, line: str) -> None:
    assert said(text) == [f"config.yaml {line}"]


@for_each(
    ("text", "number"),
    [
        ("workers: 1\nmode: replay", 1),
        (TWO, 2),
        ("workers: auto\nmode: passthrough", min(MOST, processors())),
        (TWO + "audit: {checks: {THR003: off, XFF001: warning}}", 2),
        (TWO + "faults: [reset, {status: 503, when: {device: [a]}}]", 2),
        ("workers: 64\nmode: record", 64),
        ("workers: 2\nmode: replay\naudit: {checks: {THR003: error}}\nfaults: [{throttle: {}}]\n" + FLEET, 2),
    ],
)
def test_what_several_workers_can_do_is_taken(text: str, number: int) -> None:
    assert number_of_workers(read(text)) == number


def test_a_configuration_arrives_as_it_was_sent() -> None:
    """A worker is told plain values, and reads the same configuration from them."""
    config = read(WHOLE)
    assert read_section(Config, decode(encode(plain(config)))) == config
    assert read_section(Config, plain(load(None, {}, {}))) == load(None, {}, {})


def test_a_test_s_gateway_is_one_process_whatever_the_file_says_of_run(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("workers: 4\nmode: record\n", "utf-8")
    assert Settings(tmp_path, None, {"mode": "replay"}).config({}).workers == 1
