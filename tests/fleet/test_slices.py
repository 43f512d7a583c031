"""Slices of checks over time survive the way to Redis and back."""

from __future__ import annotations

from math import inf
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from gateway.core.checking import OverTimeCheck
from gateway.core.checks import CHECKS
from gateway.core.checks.thr.thr003_throttle_budget import Bucket
from gateway.core.recent import Recent
from gateway.fleet.slices import decoded, encoded

PLAIN: dict[object, object] = {str: "tag", float: 1.5, int: 2, bool: True}


def sample(kind: Any) -> Any:
    """Return a value of a type, with something in every place."""
    if kind in PLAIN:
        return PLAIN[kind]
    parts = [part for part in get_args(kind) if part not in {NoneType, Ellipsis}]
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return sample(parts[0])
    if origin in {tuple, frozenset}:
        return origin([sample(part) for part in parts])
    return kind(
        **{
            name: sample(part)
            for name, part in get_type_hints(kind).items()
            if part in PLAIN or (get_args(part) and "ClassVar" not in str(part))
        }
    )


def test_each_slice_reads_back_equal() -> None:
    """Whatever a check keeps, as its step's type says it; and what was forgotten."""
    for check in CHECKS:
        if isinstance(check, OverTimeCheck):
            hints = get_type_hints(check.step)
            slot, value = f"{check.info.id} in key", sample(hints[next(iter(hints))])
            assert decoded(slot, encoded(value)) == value
            assert type(decoded(slot, encoded(value))) is type(value)
            assert decoded(slot, encoded(None)) is None


@pytest.mark.parametrize(
    ("check", "value"), [("THR003", Bucket(3.5, 12.25, low=True)), ("DEV007", Recent((("tag", 1.5),), -inf))]
)
def test_a_slice_reads_back_equal(check: str, value: object) -> None:
    assert decoded(f"{check} in tag", encoded(value)) == value


@pytest.mark.parametrize(("slot", "data"), [("THR003 in x", b"\xc1"), ("THR003 in x", b""), ("THR999 in x", b"\xc0")])
def test_what_is_no_slice_is_refused(slot: str, data: bytes) -> None:
    with pytest.raises((ValueError, msgspec.DecodeError)):
        decoded(slot, data)
