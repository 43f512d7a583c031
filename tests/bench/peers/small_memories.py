"""Runs `gateway` with each of its caches at most 128 KiB: less than a thousand devices' headers need, so that most of them miss.

What is state and no cache (places in sequences, bindings, slices of checks, names) keeps its room: with less it would answer otherwise.
"""

from __future__ import annotations

from typing import Any

from gateway.core import bounded

ROOM = 128 << 10
STATE = {
    *("cursors", "bound devices", "audit slices", "names of devices", "devices by name", "codes and tokens"),
    "warnings said",
}
_made = bounded.Bounded.__init__


def _small(self: Any, name: str, limit: int, **more: Any) -> None:
    _made(self, name, limit if name in STATE else min(limit, ROOM), **more)


if __name__ == "__main__":
    bounded.Bounded.__init__ = _small  # type: ignore[method-assign]  # before anything makes one
    from gateway.cli import main

    main()
