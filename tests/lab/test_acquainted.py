"""Which platform is at which address."""

from __future__ import annotations

from gateway.lab.acquainted import Acquainted


def test_a_platform_is_known_by_what_was_met_last_at_an_address() -> None:
    acquainted = Acquainted()
    assert acquainted.platform_at("10.0.0.7") is None
    for word in ("device", "lg-tv"):
        acquainted.met("10.0.0.7", word)
        assert acquainted.knows("10.0.0.7")
    platform = acquainted.platform_at("10.0.0.7")
    assert platform is not None
    assert platform.slug == "webos"
    acquainted.met("10.0.0.7", "nintendo")
    assert acquainted.platform_at("10.0.0.7") is None, "no entry is about it"
