"""What holds for every section of the configuration."""

from __future__ import annotations

import pytest

from gateway.config import Config
from gateway.core.adobe.routes import LOGOUT_ROUTES
from tests.config.reading import read


def test_routes_are_read_as_patterns() -> None:
    config = read("cassettes: {record: ['GET /api/v2/{sp}/profiles', 'DELETE /x{.json,}']}")
    one, two = config.cassettes.record
    assert one.matches("GET", "/api/v2/REF30/profiles")
    assert two.matches("DELETE", "/x.json")
    assert not two.matches("DELETE", "/x.xml")


def test_words_stand_for_the_routes_that_are_recorded() -> None:
    def routes(text: str) -> list[str]:
        return [str(route) for route in read(f"cassettes: {{record: {text}}}").cassettes.record]

    assert routes("logout") == routes("[logout]") == list(LOGOUT_ROUTES)
    assert routes("v2") == ["* /api/v2/{rest...}", "GET /adobe-services/logout"]
    assert routes("all") == ["* /{rest...}"]
    assert routes("[v2, 'GET /x', v2, all]") == [*routes("v2"), "GET /x", "* /{rest...}"]


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        Config().listen.port = 1  # type: ignore[misc]
