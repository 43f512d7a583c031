"""Decides which memory about devices is kept when a new gateway replaces an old one. It is kept if its meaning stays the same.

| memory | kept if |
|---|---|
| names, counts of findings that were logged, codes and tokens | the redaction key is the same: under another key every device is new |
| slices of checks over time, and with them the view of the throttle | mode, upstream and origins are the same, too: each API has its own counts |
| places in sequences, and the recorded device that a device plays | cassette and matching are the same, too, and the cassette has only grown |
| secrets that were met | key and policy are the same |
| the built-in emulator's logouts | always |
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from gateway.config import Config
from gateway.core.model import Interaction
from gateway.core.redaction import Redaction
from gateway.wiring.assembly import Gateway

AT_ONCE = 64
"""How many secrets are learned in one step of the event loop. Each takes up to 0.1 ms."""


def plays_on(before: Gateway, now: Gateway) -> bool:
    """Whether places in the cassettes of `before` mean the same in the cassettes of `now`. This may take long, so call it in a thread."""
    played, plays = _played(before), _played(now)
    if played and before.config.cassettes.match != now.config.cassettes.match:
        return False
    for scope, (cassette, known) in played.items():
        if scope not in plays or plays[scope][0] != cassette or plays[scope][1][: len(known)] != known:
            return False
    return True


def _played(gateway: Gateway) -> dict[str, tuple[Path, Sequence[Interaction]]]:
    """Return the cassettes that a gateway plays, and their interactions, by scope."""
    return {
        deck.scope: (deck.cassette, deck.sending.player.interactions)
        for deck in gateway.decks
        if deck.sending.player is not None
    }


def take_over(before: Gateway, now: Gateway, *, plays_on: bool) -> None:
    """Forget the memory that no longer means the same. `now` must begin to answer in the same step of the event loop."""
    if now.state is not before.state:
        return
    if not plays_on:
        now.state.release()
    if _api(before.config) != _api(now.config):
        now.state.slices.clear()


async def learn(before: Gateway, now: Gateway, known: int) -> int:
    """Tell `now` the secrets that `before` met after generation `known`. Return the generation of the latest secret."""
    source: Redaction = before.redaction
    if source.basis is not now.redaction.basis:
        return known
    generation, secrets = source.generation, source.met_since(known)
    for at in range(0, len(secrets), AT_ONCE):
        now.redaction.learn(secrets[at : at + AT_ONCE])
        await asyncio.sleep(0)
    return generation


def _api(config: Config) -> object:
    return (
        config.mode,
        config.upstream,
        config.route_by_host,
        {name: (of.mode, of.upstream) for name, of in config.devices.items() if of.mode or of.upstream},
        {name: (str(upstream.origin), str(upstream.connect_to)) for name, upstream in config.upstreams.items()},
    )
