"""Slices of checks over time as bytes. The first argument of a check's step declares the type of its slice."""

from __future__ import annotations

from typing import Any, get_type_hints

import msgspec

from gateway.core.checking import OverTimeCheck
from gateway.core.checks import CHECKS

_encode = msgspec.msgpack.Encoder().encode


def encoded(value: object) -> bytes:
    """Return the bytes of a slice. None is a forgotten slice."""
    return _encode(value)


def decoded(slot: str, data: bytes) -> object:
    """Return the slice in `data`. The slot begins with the id of its check. ValueError for an unknown check, or for other bytes."""
    decoder = _DECODERS.get(slot.partition(" ")[0])
    if decoder is None:
        message = "no check over time has this slot"
        raise ValueError(message)
    return decoder.decode(data)


def _decoder_of(check: OverTimeCheck) -> msgspec.msgpack.Decoder[Any]:
    hints = get_type_hints(check.step)
    return msgspec.msgpack.Decoder(hints[next(iter(hints))])


_DECODERS = {check.info.id: _decoder_of(check) for check in CHECKS if isinstance(check, OverTimeCheck)}
