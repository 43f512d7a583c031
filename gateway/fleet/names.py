"""What the keys of a fleet in Redis are called.

`pass-gateway:{FLEET}:KIND` is kept over the life of a fleet; `pass-gateway:{FLEET}:LIFE:KIND:PSEUDONYM` is of one life alone: of the
time from the first gateway that finds no other one until the last has left. What is of another life is not looked at, and expires.
"""

from __future__ import annotations

from gateway.fleet.sealing import Sealing

KEPT = 6 * 3600 * 1000
"""Milliseconds that a key is kept which nobody uses: places in sequences, bindings, counts, what was said, what is wanted."""
SLICES_KEPT = 3 * 3600 * 1000
"""Milliseconds that a slice is kept: no check over time looks back further than an hour."""
SAID_KEPT = 24 * 3600 * 1000
"""Milliseconds for which a warning that was said is not said again."""
EXCHANGES_KEPT = 7 * 86400 * 1000
"""Milliseconds that the stream of exchanges is kept after the last gateway has left."""
CREDENTIALS_KEPT = 30 * 86400 * 1000
"""Milliseconds that the gateway's own credentials are kept; each gateway has them in its own file, too."""
BEAT = 1.0
"""Seconds between two heartbeats."""
GONE = 5000
"""Milliseconds without a heartbeat after which a gateway is taken for gone."""


class KeyNames:
    """The names of keys, in the life of the fleet that this gateway knows."""

    def __init__(self, fleet: str, sealing: Sealing, life: str) -> None:
        self.root = f"pass-gateway:{{{fleet}}}"
        self.sealing = sealing
        self.life = life

    def lasting(self, kind: str) -> str:
        """Return the name of what is there in every life."""
        return f"{self.root}:{kind}"

    def of_life(self, kind: str) -> str:
        """Return the name of what there is once in a life."""
        return f"{self.root}:{self.life}:{kind}"

    def of(self, kind: str, text: str) -> str:
        """Return the name of what there is for each device, slice or warning: a pseudonym stands for it."""
        return f"{self.root}:{self.life}:{kind}:{self.sealing.pseudonym(kind, text)}"
