"""Looks at the head of a message: whose it is, what is sent on, and through which pipeline. A head that comes again is looked at once.

Facts
-----
* Heads that differ in the target alone share the fields that are sent on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe.signs import is_token_form
from gateway.core.bounded import Bounded
from gateway.core.headers import Forwarded, ForwardedFor, end_to_end
from gateway.core.memo import SIZE, Memo
from gateway.core.model import Headers, Peer, Request
from gateway.core.named_devices import NamedDevices
from gateway.core.routing import Routing
from gateway.exchanges.again import Ahead
from gateway.exchanges.health import is_probe
from gateway.exchanges.pipeline import Pipeline

Key: TypeAlias = tuple[str, str, Headers, str]
"""Method, target and fields, and the peer's address."""
_Fields: TypeAlias = tuple[Headers, str, str]
"""Fields as they came, the peer's address, and the public one that a configuration gives to the device."""


class Met(Struct):
    """The facts that follow from a message's head and its peer: always the same, so they are worked out once."""

    head: Key
    """The key under which it is found."""
    asked: Request
    """As it came in, its target in origin form; without its body."""
    outbound: Request
    """As it is sent on."""
    address: str
    """The device's own."""
    pipeline: Pipeline
    """The pipeline for it."""
    claims: bool
    """Whether its peer claims a public address that is not believed."""
    is_token_form: bool
    shares: bool
    """Whether its header fields are those of others, and kept for them."""
    is_kept: bool = False
    """Whether it is remembered: its head was met more than once."""
    ahead: Ahead | None = None
    """Its first half, where that may be had again and its answer has to be waited for."""


class Looks:
    """Looks at heads, and remembers what it saw."""

    def __init__(
        self,
        routing: Routing,
        forwarded: ForwardedFor,
        named: NamedDevices,
        pipeline: Pipeline,
        pipelines: Mapping[str, Pipeline],
    ) -> None:
        """`pipelines` are those of the named devices that have their own, by name; the others share `pipeline`."""
        self._routing = routing
        self._forwarded = forwarded
        self._named = named
        self._pipeline = pipeline
        self._pipelines = pipelines
        self._met: Bounded[Key, Met] = Bounded(
            "looks at heads", 16 << 20, longest=1 << 16, size=_size_of_look, regulars=True
        )
        self._fields: Bounded[_Fields, tuple[Forwarded, Headers]] = Bounded(
            "header fields sent on", 8 << 20, longest=1 << 15, size=_size_of_fields, regulars=True
        )

    def known(self, key: Key) -> Met | None:
        """Return what was seen of a head before; None if it is not remembered."""
        met: Met | None = self._met.get(key)
        return met

    def forget(self, key: Key) -> None:
        """Remember nothing of a head."""
        self._met.pop(key)

    def at(self, received: Request, peer: Peer) -> Met | None:
        """Return what a message's head says, from whoever sent it; None for a target that is none of ours, and for a probe."""
        key: Key = received.method, received.target, received.headers, peer.address
        met: Met | None = self._met.get(key)
        if met is None:
            asked = self._routing.in_origin_form(replace(received, body=b"", raw_target=""))
            if asked is None or is_probe(asked):
                return None
            address = self._forwarded.address(asked.headers, peer.address)
            named = self._named.of(asked, address)
            public = named.public_address if named is not None else ""
            shares, forwarded, sent = self._sent_on(asked.headers, peer.address, public)
            asked = replace(
                asked,
                client=forwarded.client,
                upstream=(named.upstream if named is not None else "")
                or self._routing.choose(asked.headers.get("Host")),
                memo=Memo(asked.method, asked.target, asked.headers),
            )
            met = Met(
                key,
                asked,
                outbound=replace(asked, headers=sent, memo=Memo(asked.method, asked.target, sent)),
                address=address,
                pipeline=self._pipelines.get(named.name, self._pipeline) if named is not None else self._pipeline,
                shares=shares,
                claims=forwarded.claim is not None,
                is_token_form=is_token_form(asked),
            )
            met.is_kept = self._met.put(key, met)
        return met

    def _sent_on(self, headers: Headers, peer: str, public: str) -> tuple[bool, Forwarded, Headers]:
        """Return whether it is known, what is said of the forwarded address, and the fields as they are sent on: the same for each target."""
        key: _Fields = headers, peer, public
        known: tuple[Forwarded, Headers] | None = self._fields.get(key)
        if known is None:
            forwarded = self._forwarded.look(end_to_end(headers), peer, public)  # stripped, then written
            known = forwarded, forwarded.headers.without("Expect")
            return (self._fields.put(key, known), *known)
        return (True, *known)


def _size_of_fields(key: _Fields, _: object) -> int:
    headers, _, _ = key
    return 1000 + 2 * headers.size + 250 * len(headers)


def _size_of_look(head: Key, met: Met) -> int:
    _, target, headers, _ = head
    fields = sum([len(name) + len(value) + 200 for name, value in headers.raw])
    return 2000 + SIZE + 10 * len(target) + 5 * fields + 100 * len(met.outbound.headers.raw)
