"""A head is looked at once, and heads that differ in the target alone share what is sent on."""

from __future__ import annotations

from gateway.core.headers import ForwardedFor
from gateway.core.model import Headers, Peer, Request
from gateway.core.named_devices import NamedDevices
from gateway.core.routing import Routing
from gateway.core.state import MemoryState
from gateway.exchanges.looks import Looks
from gateway.exchanges.observers import Observers
from gateway.exchanges.pipeline import Pipeline
from tests.exchanges.test_driver import TELEVISION, Upstream

HEADERS = Headers.of({"Host": "gateway", "Expect": "100-continue"})


def looks() -> Looks:
    pipeline = Pipeline(Upstream().send, observers=Observers([]), state=MemoryState())
    return Looks(Routing("lab"), ForwardedFor(), NamedDevices(), pipeline, {})


def at(one: Looks, target: str, headers: Headers = HEADERS, peer: Peer = TELEVISION) -> tuple[bool, bool, Headers]:
    met = one.at(Request("GET", target, headers), peer)
    assert met is not None
    return met.is_kept, met.shares, met.outbound.headers


def test_a_head_is_remembered_from_its_second_time_on() -> None:
    one = looks()
    key = ("GET", "/x", HEADERS, TELEVISION.address)
    assert not at(one, "/x")[0]
    assert one.lately(key) is None
    assert at(one, "/x")[0]
    met = one.lately(key)
    assert met is not None
    assert one.at(Request("GET", "/x", HEADERS), TELEVISION) is met
    one.forget(key)
    assert one.lately(key) is None


def test_no_memory_takes_a_note_of_new_fields() -> None:
    """If the same fields come again, they are kept at once. A head that is not repeated is kept when it comes for the second time."""
    one = looks()
    new, again = Headers(HEADERS.raw), Headers(HEADERS.raw)
    new.is_new, again.is_new = True, False
    met = one.at(Request("GET", "/x", new), TELEVISION)
    assert met is not None
    assert (met.is_new, met.is_kept, met.shares) == (True, False, False)
    assert at(one, "/a", again)[:2] == (False, True)
    assert not at(one, "/x", again)[0]
    assert at(one, "/x", again)[0]
    one.keep(met)
    assert met.is_kept


def test_heads_that_differ_in_the_target_alone_share_the_fields_that_are_sent_on() -> None:
    one = looks()
    assert not at(one, "/a")[1]
    _, shares, second = at(one, "/b")
    _, shares_too, third = at(one, "/c")
    assert (shares, shares_too) == (True, True)
    assert second is third
    assert "Expect" not in second
    _, other_shares, other = at(one, "/a", peer=Peer("192.168.0.8"))
    assert not other_shares
    assert other["X-Forwarded-For"] == "192.168.0.8"


def test_a_target_of_another_host_and_a_probe_are_no_calls() -> None:
    one = looks()
    assert one.at(Request("GET", "http://elsewhere.example/", HEADERS), TELEVISION) is None
    assert one.at(Request("GET", "/.well-known/pass-gateway/health", HEADERS), TELEVISION) is None
