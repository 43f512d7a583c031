"""Every key has its name in the environment."""

from __future__ import annotations

from gateway.config import Config
from gateway.config.shape import environment_names, takes_either
from tests.config.reading import IN_LISTS, keys


def test_every_key_has_its_name_in_the_environment() -> None:
    """But for those of a list's entries: the environment sets the list as a whole."""
    names = environment_names(["staging"])
    assert len(names) == len(set(names.values()))
    assert names["GATEWAY_UPSTREAMS__STAGING__TIMEOUT__CONNECT"] == ("upstreams", "staging", "timeout", "connect")
    assert {str(loc[-1]) for loc in names.values()} - {"staging"} - IN_LISTS == set(keys(Config)) - IN_LISTS
    assert ("emulator", "throttle") in names.values(), "a fault has this name, too"


def test_a_place_may_take_a_map_or_something_else() -> None:
    assert takes_either(("emulator", "logged_in"))
    assert not any(
        map(takes_either, [("listen",), ("listen", "tls"), ("audit", "checks"), ("mode",), ("cassettes", "match")])
    )
