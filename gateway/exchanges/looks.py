"""Looks at a message's head: whose it is, what is sent on, and through which pipeline. It looks only once at a head that comes again.

Facts
-----
* Heads that differ in the target alone share the fields that are sent on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe.signs import is_token_form
from gateway.core.bounded import Bounded
from gateway.core.headers import Forwarded, ForwardedFor, end_to_end, stays
from gateway.core.memo import SIZE, Memo
from gateway.core.model import Headers, Peer, RawHeaders, Request
from gateway.core.named_devices import NamedDevices
from gateway.core.routing import Routing
from gateway.exchanges.again import Ahead
from gateway.exchanges.health import is_probe
from gateway.exchanges.pipeline import Pipeline

Key: TypeAlias = tuple[str, str, Headers, str]
"""Method, target and fields, and the peer's address."""
_Fields: TypeAlias = tuple[Headers, str, str]
"""Fields as they came, the peer's address, and the public address that the configuration gives to the device."""


class _SentOn(Struct, frozen=True):
    """The header fields that are sent on, and what follows from them."""

    client: str
    """The device's address, as the forwarded fields tell it to Adobe."""
    claims: bool
    """As in `Met`."""
    headers: Headers


class Met(Struct):
    """The facts that follow from a message's head and its peer: always the same, so they are worked out once."""

    head: Key
    """The key under which it is found."""
    asked: Request
    """The request as it came in, with its target in origin form, without its body."""
    outbound: Request
    """The request as it is sent on."""
    address: str
    """The device's own address."""
    pipeline: Pipeline
    """The pipeline that the device's calls go through."""
    claims: bool
    """Whether its peer claims a public address that is not believed."""
    is_token_form: bool
    shares: bool
    """Whether other heads have the same header fields, so that memory counts the fields there."""
    is_kept: bool = False
    """Whether it is remembered: its head was met more than once."""
    ahead: Ahead | None = None
    """The first half of its exchange, if that half may be repeated and the answer must be awaited."""

    @property
    def is_new(self) -> bool:
        """Whether its fields came for the first time, as far as this is known."""
        return bool(self.head[2].is_new)


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
        """`pipelines`: of named devices with their own pipeline, by name; all other devices share `pipeline`."""
        self._routing = routing
        self._forwarded = forwarded
        self._named = named
        self._pipeline = pipeline
        self._pipelines = pipelines
        self._met: Bounded[Key, Met] = Bounded(
            "looks at heads", 16 << 20, longest=1 << 16, size=_size_of_look, regulars=True
        )
        self.lately: Callable[[Key], Met | None] = self._met.recent.get
        """Returns what a recent head says. None for every other head."""
        self._fields: Bounded[_Fields, _SentOn] = Bounded(
            "header fields sent on", 8 << 20, longest=1 << 15, size=_size_of_fields, regulars=True
        )
        self._alone: Bounded[tuple[str, str], tuple[str, Forwarded]] = Bounded("addresses of peers", 1 << 20)
        """The results of `_of_peer`, by the peer's address and the configured public address."""

    def forget(self, key: Key) -> None:
        """Forget a head."""
        self._met.pop(key)

    def at(self, received: Request, peer: Peer) -> Met | None:
        """Return what a message's head says, from this peer; None for a target that is not ours, and for a probe."""
        key: Key = received.method, received.target, received.headers, peer.address
        met: Met | None = self._met.get(key) if not received.headers.is_new else None
        if met is None:
            if received.raw_target or received.body != b"":
                received = replace(received, body=b"", raw_target="")
            asked = self._routing.in_origin_form(received)
            if asked is None or is_probe(asked):
                return None
            met = self._looked(key, asked)
            if not met.is_new:
                self.keep(met)
        return met

    def keep(self, met: Met) -> None:
        """Remember a head, if it comes for the second time.

        `at` does this itself, except for a head with new fields: if the exchange can be repeated, this memory is not asked for the head again.
        """
        met.is_kept = self._met.put(met.head, met)
        for request in (met.asked, met.outbound):
            if request.memo is not None:
                request.memo.lasts = met.is_kept

    def fields(self, received: Request, peer: Peer) -> tuple[Headers, Headers]:
        """Return the header fields of a message in origin form, and the fields that are sent on. Its target must be ours."""
        met = self.at(received, peer)
        assert met is not None  # noqa: S101  # its target was one of ours before
        return met.asked.headers, met.outbound.headers

    def _looked(self, key: Key, asked: Request) -> Met:
        """Return what a head says. `asked`: the request in origin form."""
        method, target, headers, peer = asked.method, asked.target, asked.headers, key[-1]
        stay = stays(headers)
        alone = self._of_peer(peer, "") if stay is not None else None
        address = alone[0] if alone is not None else self._forwarded.address(headers, peer)
        named = self._named.of(asked, address) if self._named.devices else None
        public = named.public_address if named is not None else ""
        if alone is not None and public:
            alone = self._of_peer(peer, public)
        shares, sent = self._sent_on(headers, peer, public, stay, alone)
        upstream = (named.upstream if named is not None else "") or self._routing.choose(headers.get("Host"))
        asked = Request(
            method, target, headers, client=sent.client, upstream=upstream, memo=Memo(method, target, headers)
        )
        return Met(
            key,
            asked,
            outbound=Request(
                method,
                target,
                sent.headers,
                client=sent.client,
                upstream=upstream,
                memo=Memo(method, target, sent.headers),
            ),
            address=address,
            pipeline=self._pipelines.get(named.name, self._pipeline) if named is not None else self._pipeline,
            shares=shares,
            claims=sent.claims,
            is_token_form=is_token_form(asked),
        )

    def _of_peer(self, peer: str, public: str) -> tuple[str, Forwarded]:
        """Return the device's own address, and the fields that tell it to Adobe, for a message whose own fields claim no address."""
        key = peer, public
        known: tuple[str, Forwarded] | None = self._alone.recent.get(key) or self._alone.get(key)
        if known is None:
            nothing = Headers()
            known = self._forwarded.address(nothing, peer), self._forwarded.look(nothing, peer, public)
            self._alone.put(key, known)
        return known

    def _sent_on(
        self, headers: Headers, peer: str, public: str, stay: RawHeaders | None, alone: tuple[str, Forwarded] | None
    ) -> tuple[bool, _SentOn]:
        """Return whether the result is remembered, and the fields that are sent on. The fields are the same for every target.

        `stay`: the result of `stays`. `alone`: the result of `_of_peer`, if the fields claim no address.
        """
        key: _Fields = headers, peer, public
        sent: _SentOn | None = self._fields.get(key) if not headers.is_new else None
        if sent is not None:
            return True, sent
        if stay is not None and alone is not None:
            forwarded = alone[1]
            sent = _SentOn(forwarded.client, False, Headers(stay + forwarded.headers.raw))
        else:
            forwarded = self._forwarded.look(end_to_end(headers), peer, public)  # stripped, then written
            sent = _SentOn(forwarded.client, forwarded.claim is not None, forwarded.headers.without("Expect"))
        return not headers.is_new and self._fields.put(key, sent, again=headers.is_new is False), sent


def _size_of_fields(key: _Fields, _: object) -> int:
    headers, _, _ = key
    return 1000 + 2 * headers.size + 250 * len(headers)


def _size_of_look(head: Key, met: Met) -> int:
    _, target, headers, _ = head
    fields = sum([len(name) + len(value) + 200 for name, value in headers.raw])
    return 2000 + SIZE + 10 * len(target) + 5 * fields + 100 * len(met.outbound.headers.raw)
