"""The framing of messages between the gateway and its worker: each message comes after its length, in eight bytes."""

from __future__ import annotations

LENGTH = 8


def framed(data: bytes) -> bytes:
    """Return a message with its length."""
    return len(data).to_bytes(LENGTH, "big") + data


def length(head: bytes) -> int:
    """Return the length of the next message, in bytes."""
    return int.from_bytes(head, "big")
