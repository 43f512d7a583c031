"""Reason phrases."""

from gateway.core.http_status import reason_of


def test_a_registered_status_has_its_phrase_and_another_one_has_none() -> None:
    assert (reason_of(503), reason_of(299)) == ("Service Unavailable", "")
