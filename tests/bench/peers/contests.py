"""What is measured beside what: systems that are up at once, each asked in turn, round after round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.core.model import Request
from tests.bench.peers import cassettes, workloads
from tests.bench.peers.load import CONNECTIONS
from tests.bench.peers.systems import (
    System,
    asked_before,
    bare,
    gateway,
    go,
    haproxy,
    mitmdump,
    nginx,
    plain_proxy,
    talkback,
    wiremock,
)
from tests.bench.peers.workloads import DELETES, SEVEN, THOUSAND_DEVICES, UNMET, Workload, targets

JVM = 10.0
"""Seconds until its compiler has seen what runs."""
RULE = {
    "rules": [{"v1_logout": {"redirect_url": "https://example.com/signed-out", "authorization": "pass", "v1": "never"}}]
}
"""Of v2 alone: its cassette holds the three requests that are compared with three replays."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A system, what it is asked, over how many connections."""

    system: System
    workload: Workload = SEVEN
    connections: int = CONNECTIONS

    @property
    def name(self) -> str:
        """What its results stand under."""
        return f"{self.system.name} | {self.workload.title} | {self.connections}"


@dataclass(frozen=True, slots=True)
class Contest:
    """Entries that are compared."""

    title: str
    entries: tuple[Entry, ...]
    rounds: int = 4
    seconds: float = 3.0


def contests(many: int) -> Iterator[Contest]:
    """Yield the contests in the order of the report; `many` are 10,000 interactions, or fewer for a first look."""
    yield replay(many)
    yield passthrough()
    yield record()
    yield connections()
    yield sizes(many)


FIXED = System("nginx, fixed answer", nginx("nginx-fixed.conf"), ("nginx",))
HAPROXY = System("HAProxy, fixed answer", haproxy("haproxy-fixed.cfg"), ("HAProxy",))
BARE = System("bare aiohttp", bare)
FIXED_TLS = System("nginx, fixed answer, TLS", nginx("nginx-fixed.conf", tls=True), ("nginx", "openssl"), tls=True)


def replaying(count: int) -> System:
    """Return a gateway that replays a cassette of `count` interactions."""
    name = "gateway, replay" if count == 7 else f"gateway, replay of {count:,}"
    return System(name, gateway("replay", count), warm_up=1.0 if count == 7 else 3.0)


def playing_talkback(count: int) -> System:
    """Return a talkback that has recorded `count` requests."""
    name = "talkback, replay" if count == 7 else f"talkback, replay of {count:,}"
    tools = ("node", "talkback")
    return System(name, talkback, tools, prepare=asked_before(lambda: _asked(count)), warm_up=3.0)


def playing_wiremock(count: int) -> System:
    """Return a WireMock with `count` mappings."""
    name = "WireMock, replay" if count == 7 else f"WireMock, replay of {count:,}"
    return System(name, wiremock(count=count), ("java", "WireMock"), warm_up=JVM)


def _asked(count: int) -> Sequence[Request]:
    return targets(count).requests()


REPLAY = replaying(7)
REPLAY_SMALL = System("gateway, replay, small caches", gateway("replay", 7, small=True))
REPLAY_DELETES = System(
    "gateway, replay of v1 logouts",
    gateway("replay", lambda ground: ground.once("deletes.yaml", cassettes.of_deletes)),
    ask=lambda: workloads.deletes()[0],
)
REPLAY_TLS = System("gateway, replay, TLS", gateway("replay", 7, tls=True), ("openssl",), tls=True)
REWRITING = System(
    "gateway, v1 → v2, three legs from a cassette",
    gateway("replay", lambda ground: ground.once("rule.yaml", cassettes.of_the_rule), settings=RULE),
    ask=lambda: workloads.deletes()[0],
    expect=b"",
)


def replay(many: int) -> Contest:
    """Answers from memory and from cassettes."""
    large = replaying(many)
    return Contest(
        "Replay",
        (
            Entry(FIXED),
            Entry(HAPROXY),
            Entry(BARE),
            Entry(REPLAY),
            Entry(playing_talkback(7)),
            Entry(playing_wiremock(7)),
            Entry(large, targets(many)),
            Entry(playing_talkback(many), targets(many)),
            Entry(playing_wiremock(many), targets(many)),
            Entry(REPLAY, THOUSAND_DEVICES),
            Entry(REPLAY_SMALL, THOUSAND_DEVICES),
            Entry(REPLAY_DELETES, DELETES),
            Entry(REWRITING, DELETES),
            Entry(FIXED_TLS),
            Entry(REPLAY_TLS),
        ),
    )


PROXY = System("nginx, proxy_pass", nginx("nginx-proxy.conf"), ("nginx",))
PROXY_TLS = System("nginx, proxy_pass, TLS", nginx("nginx-proxy.conf", tls=True), ("nginx", "openssl"), tls=True)
GO = System("Go ReverseProxy", go, ("Go ReverseProxy",))
PASSTHROUGH = System("gateway, passthrough", gateway("passthrough"))
PASSTHROUGH_SMALL = System("gateway, passthrough, small caches", gateway("passthrough", small=True))
PASSTHROUGH_TLS = System("gateway, passthrough, TLS", gateway("passthrough", tls=True), ("openssl",), tls=True)


def passthrough() -> Contest:
    """Requests that are forwarded."""
    return Contest(
        "Passthrough",
        (
            Entry(PROXY),
            Entry(System("HAProxy, proxy", haproxy("haproxy-proxy.cfg"), ("HAProxy",))),
            Entry(GO),
            Entry(System("plain aiohttp proxy", plain_proxy)),
            Entry(PASSTHROUGH),
            Entry(System("WireMock, proxy", wiremock(proxy=True), ("java", "WireMock"), warm_up=JVM)),
            Entry(System("mitmdump, proxy", mitmdump(), ("mitmdump",))),
            Entry(PASSTHROUGH, THOUSAND_DEVICES),
            Entry(PASSTHROUGH_SMALL, THOUSAND_DEVICES),
            Entry(PROXY, DELETES),
            Entry(PASSTHROUGH, DELETES),
            Entry(PROXY_TLS),
            Entry(PASSTHROUGH_TLS),
            Entry(PROXY, connections=1),
            Entry(PASSTHROUGH, connections=1),
        ),
    )


BESIDE = System("gateway, passthrough, beside recording", gateway("passthrough"))
RECORD = System("gateway, record", gateway("record"))
TALKBACK_RECORD = System("talkback, record", talkback, ("node", "talkback"))


def record() -> Contest:
    """Requests that are forwarded, and written down with their answers."""
    recording = wiremock(proxy=True, record=True)
    return Contest(
        "Record",
        (
            Entry(BESIDE),
            Entry(RECORD),
            Entry(RECORD, UNMET),
            Entry(TALKBACK_RECORD, UNMET),
            Entry(System("WireMock, record", recording, ("java", "WireMock"), warm_up=JVM), UNMET),
            Entry(System("mitmdump, record", mitmdump("-w", "{{folder}}/flows"), ("mitmdump",)), UNMET),
        ),
    )


def connections() -> Contest:
    """Throughput over connections."""
    systems = (FIXED, BARE, REPLAY, PROXY, GO, PASSTHROUGH)
    entries = tuple(Entry(system, connections=count) for count in CONNECTION_COUNTS for system in systems)
    return Contest("Over connections", entries, rounds=3, seconds=1.0)


CONNECTION_COUNTS = (1, 4, 16, 64, 256)


def sizes(many: int) -> Contest:
    """Throughput over the size of the cassette, all of it asked for in turn."""
    entries = [Entry(replaying(count), targets(count)) for count in size_counts(many)]
    for peer in (playing_talkback, playing_wiremock):
        entries += [Entry(peer(count), targets(count)) for count in (7, 100, 1_000)]
    return Contest("Over cassette size", tuple(entries), rounds=3, seconds=2.0)


def size_counts(many: int) -> tuple[int, ...]:
    """Return the sizes of the cassettes."""
    return (7, 100, 1_000, many, 10 * many) if many > 1_000 else (7, 100, 1_000)
