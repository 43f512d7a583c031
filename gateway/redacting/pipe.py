"""How the gateway and its worker tell messages apart on a pipe: each has its length before it, in eight bytes."""

from __future__ import annotations

LENGTH = 8


def framed(data: bytes) -> bytes:
    """Return a message as it goes into the pipe."""
    return len(data).to_bytes(LENGTH, "big") + data


def length(head: bytes) -> int:
    """Return how many bytes follow."""
    return int.from_bytes(head, "big")
