"""While a suite uses the gateway, Python looks through all objects less often, and afterwards as before."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from gateway.offline.garbage import FEWER, FewerFullCollections


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_only_collections_of_all_objects_are_fewer() -> None:
    gc.set_threshold(700, 10, 10)
    fewer = FewerFullCollections()
    assert gc.get_threshold() == (700, 10, 10 * FEWER)
    fewer.end()
    assert gc.get_threshold() == (700, 10, 10)


def test_what_somebody_else_has_set_since_is_left() -> None:
    fewer = FewerFullCollections()
    gc.set_threshold(1000, 5, 5)
    fewer.end()
    assert gc.get_threshold() == (1000, 5, 5)


def test_collections_that_are_off_stay_off() -> None:
    gc.set_threshold(0, 10, 10)
    FewerFullCollections()
    assert gc.get_threshold()[0] == 0
