"""Slices of checks over time as bytes: each check says itself, by the type of its step's first argument, what its slice is."""

from __future__ import annotations

from functools import cache
from typing import Any, get_type_hints

import msgspec

from gateway.core.checking import OverTimeCheck
from gateway.core.checks import CHECKS

_encode = msgspec.msgpack.Encoder().encode


def encoded(value: object) -> bytes:
    """Return the bytes of a slice; None stands for one that was forgotten."""
    return _encode(value)


def decoded(slot: str, data: bytes) -> object:
    """Return the slice of a slot (its check's id stands first in it); what is none, or of no check, is a ValueError."""
    return decoder_of(slot.partition(" ")[0]).decode(data)


@cache
def decoder_of(check: str) -> msgspec.msgpack.Decoder[Any]:
    """Return what reads the slices of a check."""
    for one in CHECKS:
        if isinstance(one, OverTimeCheck) and one.info.id == check:
            hints = get_type_hints(one.step)
            return msgspec.msgpack.Decoder(hints[next(iter(hints))])
    message = f"{check} is no check over time"
    raise ValueError(message)
