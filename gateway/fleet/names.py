"""The names of a fleet's keys in Redis.

`pass-gateway:{FLEET}:KIND` outlives the life of a fleet. `pass-gateway:{FLEET}:LIFE:KIND:PSEUDONYM` belongs to one life. A life
begins with a gateway that finds no other gateway, and ends when the last gateway has left. Keys of another life are ignored, and expire.
"""

from __future__ import annotations

from gateway.fleet.sealing import Sealing

KEPT = 6 * 3600 * 1000
"""A key expires so many milliseconds after its last use: places in sequences, bindings, counts, the fleet's setting."""
SLICES_KEPT = 3 * 3600 * 1000
"""Milliseconds that a slice is kept. No check over time looks back further than an hour."""
SAID_KEPT = 24 * 3600 * 1000
"""Milliseconds until a warning may be said again."""
EXCHANGES_KEPT = 7 * 86400 * 1000
"""Milliseconds that the stream of exchanges is kept after the last gateway has left."""
CREDENTIALS_KEPT = 30 * 86400 * 1000
"""Milliseconds that the gateway's own credentials are kept. Each gateway also has them in its own file."""
BEAT = 1.0
"""Seconds between two heartbeats."""
GONE = 5000
"""Milliseconds without a heartbeat after which a gateway counts as gone."""


class KeyNames:
    """The names of keys, in the life of the fleet that this gateway knows."""

    def __init__(self, fleet: str, sealing: Sealing, life: str) -> None:
        self.root = f"pass-gateway:{{{fleet}}}"
        self.sealing = sealing
        self.life = life

    def lasting(self, kind: str) -> str:
        """Return the name of a key that exists in every life."""
        return f"{self.root}:{kind}"

    def of_life(self, kind: str) -> str:
        """Return the name of a key that belongs to this life."""
        return f"{self.root}:{self.life}:{kind}"

    def of(self, kind: str, text: str) -> str:
        """Return the name of a key for a device, a slice or a warning. The name has a pseudonym of `text`."""
        return f"{self.root}:{self.life}:{kind}:{self.sealing.pseudonym(kind, text)}"
