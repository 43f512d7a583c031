"""How the plugin judges a test: misses, findings, what nobody asked for."""

from __future__ import annotations

import pytest

import gateway.offline.running
import gateway.wiring.assembly
from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from tests.legs import answer, logout, recorded
from tests.offline.suites import OPTIONS, SHARED, UNPLAYED, Suite
from tests.offline_suite import CABLEVISION, DISH, REDACTION

pytest_plugins = "pytester"


def test_a_miss_fails_its_test_though_the_client_swallowed_it(suite: Suite) -> None:
    suite.cassette("logout.yaml", DISH, CABLEVISION)
    suite.test("""
    pytestmark = pytest.mark.cassette("logout")
    def test_swallows(gateway):
        ask(gateway.url, "/api/v2/REF30/logout/Fubo?redirectUrl=https%3A%2F%2Fadobe.com")
    def test_fails_itself(gateway):
        assert ask(gateway.url, "/api/v2/REF30/logout/Fubo")[0] == 200
    def test_is_fine(gateway):
        ask(gateway.url); ask(gateway.url, CABLEVISION)
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "no answer in cassettes/logout.yaml:",
            "GET /api/v2/REF30/logout/Fubo?redirectUrl=https%3A%2F%2Fadobe.com",
            "*nearest: line *: GET /api/v2/REF30/logout/*",
            "*path: recorded /api/v2/REF30/logout/*, got /api/v2/REF30/logout/Fubo",
            "*Captured gateway misses call*",
        ]
    )


def test_a_v1_logout_that_an_older_cassette_lacks_is_no_miss(suite: Suite) -> None:
    """It was recorded when the rule sent v2's requests alone; what v2 answered is the reply. A request of v2 that is missing is one."""
    logged_out = '{"logouts": {"Dish": {"actionName": "complete", "actionType": "none", "mvpd": "Dish"}}}'
    (suite.root / "cassettes").mkdir()
    with Writer(suite.root / "cassettes" / "older.yaml") as writer:
        writer.append([dump(recorded(REDACTION, logout(target=DISH), answer(logged_out)))])
    (suite.root / "config.yaml").write_text(
        "rules: [{v1_logout: {redirect_url: 'https://adobe.com', mvpd: {REF30: Dish, default: Fubo}}}]\n", "utf-8"
    )
    suite.test("""
    pytestmark = pytest.mark.cassette("older")
    def sign_out(gateway, requestor):
        asked = urllib.request.Request(f"{gateway.url}/api/v1/logout?requestor={requestor}&deviceId=tv-number-1", method="DELETE")
        with urllib.request.urlopen(asked) as answer:
            return answer.status
    def test_older(gateway):
        assert sign_out(gateway, "REF30") == 204
    def test_missing(gateway):
        with pytest.raises(urllib.error.HTTPError):
            sign_out(gateway, "REF31")
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["no answer in cassettes/older.yaml:", "GET /api/v2/REF31/logout/Fubo?*"])


def test_a_miss_after_the_test_is_found_as_well(suite: Suite) -> None:
    suite.cassette("test_app/test_it.yaml")
    suite.test("""
    @pytest.fixture
    def app(gateway):
        yield gateway.url
        ask(gateway.url, "/api/v2/REF30/logout/Fubo")
    def test_it(app):
        ask(app)
    """)  # fmt: skip
    suite.run().assert_outcomes(passed=1, errors=1)


@pytest.mark.parametrize("option", ["fail", "warn"])
def test_what_a_fixture_asks_when_it_ends_was_played(suite: Suite, option: str) -> None:
    """A fixture that signs out after the test; where it does not, what was not played is said then."""
    suite.cassette("test_app/test_all.yaml", DISH, CABLEVISION)
    suite.cassette("test_app/test_some.yaml", DISH, CABLEVISION, "/api/v2/REF30/logout/Fubo")
    suite.test("""
    @pytest.fixture
    def app(gateway):
        yield gateway.url
        ask(gateway.url, CABLEVISION)
    def test_all(app):
        ask(app)
    def test_some(app):
        ask(app)
    """)  # fmt: skip
    result = suite.run(f"--gateway-unplayed={option}")
    result.assert_outcomes(passed=2, errors=int(option == "fail"))
    assert "logout/Cablevision" not in result.stdout.str()
    result.stdout.fnmatch_lines(["*line *: GET /api/v2/REF30/logout/Fubo"])


def test_what_a_fixture_asks_when_it_ends_is_judged_too(suite: Suite) -> None:
    suite.cassette("logout.yaml", DISH)
    suite.test("""
    pytestmark = pytest.mark.cassette("logout", audit="error")
    @pytest.fixture
    def app(gateway):
        yield gateway.url
        ask(gateway.url)
    @pytest.fixture
    def met(gateway):
        yield gateway.url
        assert ask(gateway.url)[0] == 429
    def test_finding(app):
        pass
    def test_expectation(gateway, met):
        HEADERS["X-Forwarded-For"] = "8.8.8.8"
        gateway.expect(status=429)
    """)  # fmt: skip
    result = suite.run()
    result.stdout.fnmatch_lines(["audit='error': error AUTH001 *"])
    assert "expected a request, found none" not in result.stdout.str()


def test_a_call_that_is_not_recorded_is_said(suite: Suite) -> None:
    """Only logouts are, unless cassettes.record names more; the first replay would miss the answer."""
    suite.test("""
    from urllib.request import urlopen
    @pytest.mark.cassette("profiles")
    def test_it(gateway):
        ask(gateway.url, "/api/v2/REF30/profiles"); ask(gateway.url, "/api/v2/REF30/profiles")
        with pytest.raises(OSError):  # 400: it asks for nothing
            urlopen(gateway.url + "/o/client/token", data=b"")
        ask(gateway.url, "/o/client/other")
    """)  # fmt: skip
    result = suite.run("--gateway-mode=auto")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("not recorded: route token*")  # a replay answers it itself
    result.stdout.fnmatch_lines(["not recorded: *; calls below /o/client are never recorded (in *"])
    result.stdout.fnmatch_lines(
        [
            "not recorded: route v2 profiles; cassettes.record does not name it: add it there (`v2` is all of /api/v2), and record again (in test_app.py::test_it)"
        ]
    )


def test_findings_have_a_section_of_their_own_and_fail_where_they_are_errors(suite: Suite) -> None:
    suite.cassette("logout.yaml", DISH)
    suite.test("""
    @pytest.mark.cassette("logout", audit="error")
    def test_strict(gateway):
        ask(gateway.url)
    @pytest.mark.cassette("logout")
    def test_lenient(gateway):
        ask(gateway.url)
        assert "AUTH001" in [finding.id for finding in gateway.findings]
    @pytest.mark.cassette("logout", audit="off")
    def test_blind(gateway):
        ask(gateway.url)
        assert gateway.exchanges[-1].findings == []
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "audit='error': error AUTH001 *",
            "*Captured gateway findings call*",
            "*= gateway =*",
            "*error AUTH001 in 2 tests, such as test_app.py::test_lenient",
        ]
    )


@pytest.mark.parametrize(
    ("option", "failed", "said"), [("fail", 1, True), ("warn", 0, True), ("ignore", 0, False)], ids=str
)
def test_what_was_not_played_fails_warns_or_nothing(suite: Suite, option: str, failed: int, said: bool) -> None:
    """A cassette that several tests share is played by all of them together."""
    suite.cassette("test_app/test_alone.yaml", DISH, CABLEVISION)
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.test(UNPLAYED)
    result = suite.run(f"--gateway-unplayed={option}")
    result.assert_outcomes(passed=3, errors=failed)  # as it is known when all of its fixtures have ended
    assert ("GET /api/v2/REF30/logout/Cablevision?" in result.stdout.str()) == said
    assert "interactions of cassettes/shared.yaml that were not played" not in result.stdout.str()


def test_a_connection_to_an_upstream_fails_a_replay(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.pytester.makeconftest("""
    import gateway.wiring.assembly
    gateway.wiring.assembly.Gateway.upstream_connections = 1
    """)
    suite.test(SHARED)
    before = gateway.wiring.assembly.Gateway.upstream_connections
    try:
        result = suite.run()
    finally:
        gateway.wiring.assembly.Gateway.upstream_connections = before  # type: ignore[method-assign]
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["expected no connection to an upstream in a replay, found 1"])


def test_no_miss_hides_behind_a_skip(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.test("""
    pytestmark = pytest.mark.cassette("shared")
    @pytest.mark.parametrize("end", [pytest.skip, pytest.xfail])
    def test_it(gateway, end):
        if ask(gateway.url, "/nowhere")[0] >= 500:
            end("the backend is down")
    def test_skipped_for_another_reason(gateway):
        ask(gateway.url)
        pytest.skip("not today")
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(failed=2, skipped=1)
    result.stdout.fnmatch_lines(["no answer in cassettes/shared.yaml:", "GET /nowhere"])


def test_a_unittest_has_it_through_a_fixture(suite: Suite) -> None:
    """pytest keeps what a TestCase raised to itself; the report says the rest all the same."""
    suite.cassette("shared.yaml", DISH)
    suite.test("""
    import unittest
    @pytest.mark.cassette("shared")
    class TestIt(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def _gateway(self, gateway):
            self.gateway = gateway
        def test_fine(self):
            self.assertEqual(ask(self.gateway.url)[0], 200)
        def test_skips(self):
            self.gateway.expect(status=429)
            self.skipTest("not today")
        @unittest.expectedFailure
        def test_known(self):
            self.gateway.expect(status=429)
            self.fail()
        def test_misses(self):
            self.assertEqual(ask(self.gateway.url, "/nowhere")[0], 200)
        def test_swallows(self):
            ask(self.gateway.url, "/swallowed")
    """)  # fmt: skip
    result = suite.run("--gateway-unplayed=fail")
    result.assert_outcomes(passed=1, skipped=1, xfailed=1, failed=2)
    result.stdout.fnmatch_lines(["*Captured gateway misses call*", "*GET /nowhere"])
    result.stdout.fnmatch_lines(["no answer in cassettes/shared.yaml:", "GET /swallowed"])


def test_an_expectation_that_nobody_met_is_in_the_report_of_a_test_that_failed(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.test("""
    @pytest.mark.cassette("shared")
    def test_it(gateway):
        gateway.expect(status=429, method="POST")
        assert ask(gateway.url)[0] == 429
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*Captured gateway expectations call*", "expected a request, found none: POST any path, answered 429"]
    )


def test_what_a_fixture_asks_when_it_ends_is_told_too(suite: Suite) -> None:
    suite.test("""
    @pytest.fixture
    def app(gateway):
        yield
        ask(gateway.url, "/api/v2/REF30/configuration")
    def test_it(app): pass
    """)  # fmt: skip
    result = suite.run("--gateway-mode=auto")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["  error AUTH001 in test_app.py::test_it", "not recorded: route v2 configuration; *(in test_app.py::test_it)"]
    )


def test_an_error_is_found_among_very_many_findings(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.test("""
    @pytest.mark.cassette("shared", audit="error")
    def test_it(gateway):
        HEADERS["Authorization"] = "Bearer x"
        for number in range(105):
            HEADERS["Accept"] = f"x/y{number}"
            ask(gateway.url)
        del HEADERS["Authorization"]
        ask(gateway.url)
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["audit='error': error AUTH001 *"])


LATER = {
    "a fixture with the address": """
@pytest.fixture
def client(gateway_url):
    yield
    ask(gateway_url)
def test_it(gateway, client):
    gateway.expect(status=500)
""",
    "a fixture that asks for it by its name": """
@pytest.fixture
def client(request):
    yield
    ask(request.getfixturevalue("gateway").url)
def test_it(gateway, client):
    gateway.expect(status=500)
""",
    "a finalizer": """
def test_it(gateway, request):
    gateway.expect(status=500)
    request.addfinalizer(lambda: ask(gateway.url))
""",
    "a request that is on its way": """
import threading
def test_it(gateway):
    gateway.expect(status=500, delay=0.1)
    asking = threading.Thread(target=ask, args=[gateway.url])
    asking.start()
    asking.join(0.05)
""",
}


@pytest.mark.parametrize("text", LATER.values(), ids=LATER)
def test_what_is_asked_for_late_was_asked_for(suite: Suite, text: str) -> None:
    suite.cassette("shared.yaml")
    suite.test("pytestmark = pytest.mark.cassette('shared', unplayed='ignore')\n" + text)
    suite.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("base", ["unittest.TestCase", "unittest.IsolatedAsyncioTestCase"])
def test_no_miss_hides_behind_a_skip_of_unittest(suite: Suite, base: str) -> None:
    suite.cassette("shared.yaml")
    suite.test(f"""
    import unittest
    @pytest.mark.cassette("shared")
    class TestIt({base}):
        @pytest.fixture(autouse=True)
        def _gateway(self, gateway):
            self.gateway = gateway
        def test_skips(self):
            ask(self.gateway.url, "/nowhere")
            self.skipTest("not today")
        @unittest.expectedFailure
        def test_known(self):
            ask(self.gateway.url, "/nowhere")
            self.fail()
    @pytest.mark.cassette("shared")
    def test_function(gateway):
        ask(gateway.url, "/nowhere")
        raise unittest.SkipTest("not today")
    """)  # fmt: skip
    suite.run().assert_outcomes(failed=3)


def test_very_many_misses_are_counted(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.test("""
    @pytest.mark.cassette("shared")
    def test_it(gateway):
        for number in range(103):
            ask(gateway.url, f"/{number}")
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["GET /99", "and 3 more"])


@pytest.mark.parametrize("stop", ["pytest.exit('enough')", "raise KeyboardInterrupt"])
def test_a_run_that_is_stopped_in_a_fixture_ends_in_order(suite: Suite, stop: str) -> None:
    suite.cassette("shared.yaml")
    suite.test(f"""
    @pytest.fixture
    def polls(gateway):
        ask(gateway.url, "/nowhere")
        {stop}
    @pytest.mark.cassette("shared")
    def test_it(polls): pass
    """)  # fmt: skip
    result = suite.pytester.runpytest_subprocess(*OPTIONS)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert "Traceback" not in result.stderr.str()


@pytest.mark.skipif(not hasattr(pytest, "Subtests"), reason="pytest before 9 has no subtests")
def test_a_test_of_which_a_part_was_skipped_has_left_nothing_out(suite: Suite) -> None:
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.test("""
    import unittest
    pytestmark = pytest.mark.cassette("shared", unplayed="fail")
    def test_it(gateway, subtests):
        ask(gateway.url)
        with subtests.test():
            pytest.skip("not today")
    class TestIt(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def _gateway(self, gateway):
            self.gateway = gateway
        def test_it(self):
            with self.subTest():
                self.skipTest("not today")
    """)  # fmt: skip
    result = suite.run()
    assert (result.ret, result.parseoutcomes().get("errors", 0)) == (0, 0)


def test_what_was_played_before_a_fixture_failed_was_played(suite: Suite) -> None:
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.test("""
    pytestmark = pytest.mark.cassette("shared")
    @pytest.fixture
    def app(gateway):
        yield gateway.url
        ask(gateway.url, CABLEVISION)
        raise OSError("no such device")
    def test_it(app):
        ask(app)
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(passed=1, errors=1)
    assert "not played" not in result.stdout.str()


LOSING = """
import gzip
def lose(url):
    what = urllib.request.Request(url + DISH, headers=HEADERS, data=gzip.compress(b"what?"), method="GET")
    try:
        urllib.request.urlopen(what).close()
    except urllib.error.HTTPError as error:
        error.close()
def test_loses(gateway):
    lose(gateway.url)
@pytest.fixture
def app(gateway):
    yield gateway.url
    lose(gateway.url)
def test_loses_after_it(app):
    pass
def test_records(gateway):
    ask(gateway.url)
def test_asks_nothing(gateway):
    pass
"""
"""Requests with a body that nobody can look into, so that their recordings are refused; the client swallows the answers."""


@pytest.mark.parametrize("mode", ["record", "auto"])
def test_a_test_whose_recording_is_lost_fails(suite: Suite, mode: str) -> None:
    """And so does the session; what has nothing to record loses nothing."""
    suite.test(LOSING)
    result = suite.run(f"--gateway-mode={mode}")
    result.assert_outcomes(passed=3, failed=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "1 recording lost; a replay will have no answer",
            "  1 × a secret was left in it (redaction.on_leak)",
            "*= gateway =*",
            "2 recordings lost; a replay will have no answer",
            "  2 × a secret was left in it (redaction.on_leak)",
            "The run fails for lost recordings.",
        ]
    )


@pytest.mark.parametrize("processes", ["-n0", "-n1"])
def test_a_test_that_is_expected_to_fail_hides_no_loss(suite: Suite, processes: str) -> None:
    suite.test(LOSING.replace("def test_loses(", "@pytest.mark.xfail\ndef test_loses("))
    result = suite.run("--gateway-mode=record", processes, "-k", "test_loses and not after")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["The run fails for lost recordings."])


def test_a_suite_is_told_once_that_its_calls_name_no_device_and_no_test_fails_for_that(suite: Suite) -> None:
    """A suite has an HTTP library of servers, and calls from this machine; the app that it stands for may be a device."""
    suite.cassette("logout.yaml", DISH)
    suite.test("""
    HEADERS.pop("X-Forwarded-For")
    HEADERS["User-Agent"] = "python-requests/2.32.3"
    pytestmark = pytest.mark.cassette("logout")
    def test_one(gateway):
        ask(gateway.url); ask(gateway.url)
        assert "XFF001" not in [finding.id for finding in gateway.findings]
    def test_two(gateway):
        ask(gateway.url)
        assert "XFF001" not in [finding.id for finding in gateway.findings]
    @pytest.mark.cassette("logout", config={"audit.checks": {"XFF001": "error"}})
    def test_that_wants_it(gateway):
        ask(gateway.url)
        assert "XFF001" in [finding.id for finding in gateway.findings]
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(passed=3)
    said = [line for line in result.outlines if line.startswith("no X-Forwarded-For: ")]
    assert len(said) == 1
    assert said[0].endswith("(gateway explain XFF001) (in test_app.py::test_one)")
