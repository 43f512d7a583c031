"""What holds for every section of the configuration."""

from __future__ import annotations

import pytest

from gateway.config import Config
from tests.config.reading import read


def test_routes_are_read_as_patterns() -> None:
    config = read("cassettes: {record: ['GET /api/v2/{sp}/profiles', 'DELETE /x{.json,}']}")
    one, two = config.cassettes.record
    assert one.matches("GET", "/api/v2/REF30/profiles")
    assert two.matches("DELETE", "/x.json")
    assert not two.matches("DELETE", "/x.xml")


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().listen.port = 1
