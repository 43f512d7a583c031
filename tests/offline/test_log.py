"""A test that fails shows its calls as the log of a gateway does."""

from __future__ import annotations

import re

from gateway.core.model import Exchange
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState
from gateway.exchanges.log import Log
from gateway.offline.log import KEPT, KeptLog
from tests.legs import answer, logout
from tests.offline.suites import Suite
from tests.offline_suite import DISH

pytest_plugins = "pytester"


def test_a_test_that_fails_shows_its_calls(suite: Suite) -> None:
    """One that passes shows nothing, and no record reaches Python's logging, which a test may look at."""
    suite.cassette("test_app/test_bad.yaml", DISH)
    suite.cassette("test_app/test_good.yaml", DISH)
    suite.test("""
    def test_bad(gateway):
        ask(gateway.url)
        raise ValueError("of its own")
    def test_good(gateway, caplog):
        ask(gateway.url)
        assert caplog.records == []
    """)
    result = suite.run()
    result.assert_outcomes(passed=1, failed=1)
    text = result.stdout.str()
    assert len(re.findall("^-+ Captured gateway log call -+$", text, re.MULTILINE)) == 1
    assert (
        len(
            re.findall(
                r"^\d\d:\d\d:\d\d 127\.0\.0\.1 \S+ GET /api/v2/REF30/logout/Dish 200 cassette ", text, re.MULTILINE
            )
        )
        == 1
    )


def test_the_last_of_very_many_are_kept_and_what_is_below_the_level_is_not() -> None:
    kept = KeptLog("info")
    log = Log(kept).of(Redaction(bytes(32)), MemoryState())
    for _ in range(KEPT + 10):
        log.ended(Exchange("a-1", logout(), (), answer(), 1))
    kept.warn("not recorded", side="request")
    assert len(kept.text().splitlines()) == KEPT
    assert kept.text().endswith("! not recorded: side request")
    quiet = KeptLog("error")
    Log(quiet).of(Redaction(bytes(32)), MemoryState()).ended(Exchange("a-1", logout(), (), answer(), 1))
    quiet.warn("not recorded")
    assert quiet.text() == ""
