"""The pytest plugin, run by the installed pytest over suites of its users."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from textwrap import dedent
from typing import Any

import pytest

import gateway.assembly
import gateway.offline.running  # so that it stays imported from one inner run to the next
from gateway.cassettes.reader import load
from tests.offline_suite import CABLEVISION, CLIENT, DISH, write_cassette

pytest_plugins = "pytester"

OPTIONS = (
    "-p",
    "no:cacheprovider",
    "-p",
    "no:benchmark",
    "-p",
    "no:hypothesispytest",
    "-p",
    "no:anyio",
    "-p",
    "no:aiohttp",
)
"""All plugins come by their entry points, ours as well; those that no test here is about only take their time."""
INI = "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"


class Suite:
    """A suite of tests in a folder of its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.root = pytester.path
        pytester.makeini(INI)
        pytester.makepyfile(client=CLIENT)

    def test(self, text: str, name: str = "test_app") -> None:
        self.pytester.makepyfile(**{name: "import pytest\nfrom client import *\n" + dedent(text)})

    def cassette(self, name: str, *targets: str) -> Path:
        return write_cassette(self.root / "cassettes" / name, *(targets or (DISH,)))

    def run(self, *arguments: str) -> Any:
        sys.modules.pop("client", None)
        return self.pytester.runpytest_inprocess(*OPTIONS, *arguments)


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("GATEWAY_REDACTION_KEY", "6b" * 32)
    return Suite(pytester)


def test_a_test_is_answered_from_the_cassette_of_its_own_name(suite: Suite) -> None:
    suite.cassette("test_app/test_sign_out.yaml")
    suite.test("""
    def test_sign_out(gateway):
        assert ask(gateway.url) == (200, '{"number": 1}')
        assert (gateway.mode, gateway.upstream_connections, gateway.unplayed, gateway.misses) == ("replay", 0, [], ())
        (exchange,) = gateway.exchanges
        assert (exchange.status, exchange.source, exchange.request.method) == (200, "cassette", "GET")
        assert exchange.findings == gateway.findings
    """)  # fmt: skip
    suite.run().assert_outcomes(passed=1)


def test_what_is_shown_of_an_exchange_holds_no_secret(suite: Suite) -> None:
    suite.cassette("test_app/test_it.yaml")
    suite.test("""
    def test_it(gateway):
        ask(gateway.url)
        (exchange,) = gateway.exchanges
        assert HEADERS["AP-Device-Identifier"] not in str(exchange.request.headers.raw)
        assert HEADERS["AP-Device-Identifier"] not in str(exchange.legs[0].request.headers.raw)
        assert exchange.request.headers["AP-Device-Identifier"].startswith("fingerprint ")
    """)  # fmt: skip
    suite.run().assert_outcomes(passed=1)


MARKED = {
    "a function": '@pytest.mark.cassette("shared")\ndef test_it(gateway):\n    assert ask(gateway.url)[0] == 200',
    "a class": '@pytest.mark.cassette("shared")\nclass TestIt:\n    def test_it(self, gateway):\n        assert ask(gateway.url)[0] == 200',
    "a module": 'pytestmark = pytest.mark.cassette("shared")\ndef test_it(gateway):\n    assert ask(gateway.url)[0] == 200',
    "a keyword": '@pytest.mark.cassette(name="shared")\ndef test_it(gateway):\n    assert ask(gateway.url)[0] == 200',
    "both": 'pytestmark = pytest.mark.cassette("other")\n@pytest.mark.cassette("shared")\ndef test_it(gateway):\n    assert ask(gateway.url)[0] == 200',
}


@pytest.mark.parametrize("text", MARKED.values(), ids=MARKED)
def test_the_marker_names_the_cassette(suite: Suite, text: str) -> None:
    suite.cassette("shared.yaml")
    suite.test(text)
    suite.run("--strict-markers").assert_outcomes(passed=1)


def test_a_marker_may_come_from_a_conftest(suite: Suite) -> None:
    """After the tests were collected, or while one is set up."""
    suite.cassette("shared.yaml")
    suite.pytester.makeconftest("""
    import pytest
    def pytest_collection_modifyitems(items):
        items[0].add_marker(pytest.mark.cassette("shared"))
    @pytest.fixture
    def marked(request):
        request.node.add_marker(pytest.mark.cassette("shared"))
    """)
    suite.test("""
    def test_collected(gateway):
        assert ask(gateway.url)[0] == 200
    def test_set_up(marked, gateway):
        assert ask(gateway.url)[0] == 200
    """)  # fmt: skip
    suite.run("--gateway-unplayed=fail").assert_outcomes(passed=2)


def test_a_cassette_is_looked_for_beside_the_tests_and_then_in_the_projects_folder(suite: Suite) -> None:
    write_cassette(suite.root / "recordings" / "there.yaml", DISH)
    suite.root.joinpath("config.yaml").write_text("cassettes: {dir: recordings}\n", "utf-8")
    suite.test('@pytest.mark.cassette("there")\ndef test_it(gateway):\n    assert ask(gateway.url)[0] == 200')
    suite.run().assert_outcomes(passed=1)
    suite.root.joinpath("config.yaml").rename(suite.root / "other.yaml")
    suite.run("--gateway-config=other.yaml").assert_outcomes(passed=1)
    result = suite.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*there is no cassette there; looked for *cassettes/there.yaml*", "*--gateway-mode=auto*"]
    )
    assert "another exception" not in result.stdout.str()


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
        HEADERS.pop("X-Forwarded-For", None)
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
    result.stdout.fnmatch_lines(["audit='error': error XFF001 *"])
    assert "expected a request, found none" not in result.stdout.str()


def test_what_was_played_before_a_rewind_was_played(suite: Suite) -> None:
    """In every mode, whether it was recorded in this run or before."""
    suite.test("""
    @pytest.mark.cassette("two", unplayed="fail")
    def test_it(gateway):
        ask(gateway.url); gateway.rewind(); ask(gateway.url, CABLEVISION)
        assert gateway.unplayed == []
    """)  # fmt: skip
    for mode in ("auto", "auto", "replay"):
        suite.run(f"--gateway-mode={mode}").assert_outcomes(passed=1)


def test_a_call_that_is_not_recorded_is_said(suite: Suite) -> None:
    """Only logouts are, unless cassettes.record names more; the first replay would miss the answer."""
    suite.test("""
    @pytest.mark.cassette("profiles")
    def test_it(gateway):
        ask(gateway.url, "/api/v2/REF30/profiles"); ask(gateway.url, "/api/v2/REF30/profiles")
    """)  # fmt: skip
    result = suite.run("--gateway-mode=auto")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["not recorded: route v2 profiles, hint cassettes.record does not name it (in test_app.py::test_it)"]
    )


def test_findings_have_a_section_of_their_own_and_fail_where_they_are_errors(suite: Suite) -> None:
    suite.cassette("logout.yaml", DISH)
    suite.test("""
    HEADERS.pop("X-Forwarded-For")
    @pytest.mark.cassette("logout", audit="error")
    def test_strict(gateway):
        ask(gateway.url)
    @pytest.mark.cassette("logout")
    def test_lenient(gateway):
        ask(gateway.url)
        assert "XFF001" in [finding.id for finding in gateway.findings]
    @pytest.mark.cassette("logout", audit="off")
    def test_blind(gateway):
        ask(gateway.url)
        assert gateway.exchanges[-1].findings == []
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "audit='error': error XFF001 *",
            "*Captured gateway findings call*",
            "*= gateway =*",
            "*error XFF001 in 2 tests, such as test_app.py::test_lenient",
        ]
    )


UNPLAYED = """
def test_alone(gateway):
    ask(gateway.url)
@pytest.mark.cassette("shared")
def test_first(gateway):
    ask(gateway.url)
@pytest.mark.cassette("shared")
def test_second(gateway):
    ask(gateway.url, CABLEVISION)
"""  # fmt: skip


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
    assert "not played of cassettes/shared.yaml" not in result.stdout.str()


def test_what_no_sharer_played_fails_the_run_unless_only_a_part_ran(suite: Suite) -> None:
    suite.cassette("test_app/test_alone.yaml", DISH)
    suite.cassette("shared.yaml", DISH, CABLEVISION, "/api/v2/REF30/logout/Fubo")
    suite.test(UNPLAYED)
    result = suite.run("--gateway-unplayed=fail")
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["not played of cassettes/shared.yaml:", "  line *: GET /api/v2/REF30/logout/Fubo"])
    assert suite.run("--gateway-unplayed=fail", "-k", "first").ret == 0


def test_cassettes_that_no_test_uses_are_listed(suite: Suite) -> None:
    suite.cassette("test_app/test_alone.yaml", DISH)
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.cassette("forgotten.yaml")
    suite.test(UNPLAYED)
    result = suite.run("--gateway-orphans")
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["used by no test:", "  cassettes/forgotten.yaml"])
    suite.root.joinpath("cassettes/forgotten.yaml").unlink()
    assert suite.run("--gateway-orphans").ret == 0
    suite.root.joinpath("config.yaml").write_text("moed: replay\n", "utf-8")
    assert "used by no test" not in suite.run("--gateway-orphans").stdout.str()


def test_auto_records_once_and_replays_then_in_one_run(suite: Suite) -> None:
    suite.test("""
    @pytest.mark.cassette("new")
    @pytest.mark.parametrize("turn", [1, 2])
    def test_it(gateway, turn):
        assert ask(gateway.url)[0] == 401
        assert gateway.exchanges[-1].source == ("emulator" if turn == 1 else "cassette")
        gateway.rewind()
        ask(gateway.url)
        assert gateway.exchanges[-1].source == "cassette"
    """)  # fmt: skip
    suite.run("--gateway-mode=auto").assert_outcomes(passed=2)
    assert len(load(suite.root / "cassettes" / "new.yaml").interactions) == 1


def test_a_marker_goes_before_the_command_line_and_the_configuration(suite: Suite) -> None:
    suite.cassette("logout.yaml")
    suite.root.joinpath("config.yaml").write_text("mode: passthrough\ncassettes: {on_exhausted: error}\n", "utf-8")
    suite.test("""
    @pytest.mark.cassette("logout", mode="replay", on_exhausted="cycle", config={"limits.max_body": "2MiB"})
    def test_pinned(gateway):
        assert [ask(gateway.url)[0] for _ in range(3)] == [200, 200, 200]
    @pytest.mark.cassette("logout", mode="replay")
    def test_exhausted(gateway):
        assert [ask(gateway.url)[0] for _ in range(2)] == [200, 502]
    @pytest.mark.cassette("logout", mode="replay")
    def test_rewound(gateway):
        ask(gateway.url); gateway.rewind()
        assert ask(gateway.url)[0] == 200
    """)  # fmt: skip
    suite.run("--gateway-mode=record").assert_outcomes(passed=2, failed=1)


WRONG = {
    'moed="replay"': "*@pytest.mark.cassette: moed: unknown; did you mean mode?*",
    'mode="passthrough"': "*@pytest.mark.cassette: mode: expected one of replay, record, auto, found 'passthrough'*",
    '"a", "b"': "*@pytest.mark.cassette: expected one name of a cassette, found 'a', 'b'*",
    'match=["paht"]': "*paht*",
    '"a", config=None': "*config: expected a map of keys, found None*",
    '"x" * 300': "*there is no cassette xxx*",
    '"a\\0b"': "*null byte*",
    'upstream="nowhere"': "*expected the name of an upstream*",
}


@pytest.mark.parametrize(("said", "message"), WRONG.items(), ids=WRONG)
def test_a_marker_that_cannot_be_is_said(suite: Suite, said: str, message: str) -> None:
    suite.test(f"@pytest.mark.cassette({said})\ndef test_it(gateway): pass")
    result = suite.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_an_override_answers_once_and_one_that_nobody_asked_for_fails(suite: Suite) -> None:
    suite.cassette("logout.yaml", DISH)
    suite.test("""
    import json as j
    pytestmark = pytest.mark.cassette("logout")
    def test_once(gateway):
        gateway.expect(status=429, headers={"Retry-After": "1"})
        status, body = ask(gateway.url)
        assert (status, j.loads(body)["status"]) == (429, 429)
        assert ask(gateway.url)[0] == 200
    def test_of_a_path(gateway):
        gateway.expect(json={"a": 1}, method="get", path="/api/v2/*/logout/Fubo", times=2)
        assert [ask(gateway.url, t)[1] for t in (DISH, "/api/v2/X/logout/Fubo", "/api/v2/Y/logout/Fubo")] == ['{"number": 1}', '{"a": 1}', '{"a": 1}']
    def test_never(gateway):
        gateway.expect(status=500, path="/never")
        ask(gateway.url)
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["expected a request, found none: any method /never, answered 500"])


def test_each_parameter_has_a_file_that_every_file_system_takes(suite: Suite) -> None:
    suite.test("""
    @pytest.mark.parametrize("x", ["plain", "A", "a", "b/c", "b?c", "x" * 300, "é", "e.", "e"])
    def test_it(gateway, x):
        ask(gateway.url)
    def test_It(gateway):
        ask(gateway.url)
    def test_it_(gateway):
        ask(gateway.url)
    class TestIn:
        class TestDeep:
            def test_it(self, gateway):
                ask(gateway.url)
    """)  # fmt: skip
    suite.run("--gateway-mode=record").assert_outcomes(passed=12)
    names = [path.name for path in suite.root.joinpath("cassettes/test_app").glob("*.yaml")]
    assert len({name.casefold() for name in names}) == 12
    assert {"test_it[plain].yaml", "test_it[a].yaml", "TestIn.TestDeep.test_it.yaml"} < set(names)
    assert all(name.isascii() and len(name) < 150 and not set(name) & set('<>:"/\\|?* ') for name in names)
    suite.run().assert_outcomes(passed=12)


def test_async_tests_and_subprocesses_reach_it(suite: Suite) -> None:
    suite.cassette("logout.yaml", DISH)
    suite.test("""
    import aiohttp, subprocess, sys, yarl
    pytestmark = pytest.mark.cassette("logout")
    @pytest.mark.asyncio
    async def test_async(gateway):
        url = yarl.URL(gateway.url + DISH, encoded=True)
        async with aiohttp.ClientSession() as session, session.get(url, headers=HEADERS) as answer:
            assert (answer.status, len(gateway.exchanges)) == (200, 1)
    def test_process(gateway):
        code = "import sys; from client import ask; print(ask(sys.argv[1])[0])"
        assert subprocess.check_output([sys.executable, "-c", code, gateway.url], text=True) == "200\\n"
    def test_same_address(gateway, gateway_url):
        assert gateway.url == gateway_url and ask(gateway.url)[0] == 200
    """)  # fmt: skip
    suite.run().assert_outcomes(passed=3)


def test_each_worker_has_a_gateway_and_recording_from_two_loses_nothing(suite: Suite) -> None:
    suite.cassette("forgotten.yaml")
    suite.test("""
    @pytest.mark.cassette("both")
    @pytest.mark.parametrize("number", range(10))
    def test_it(gateway, number):
        for _ in range(4):
            ask(gateway.url, f"/api/v2/REF30/logout/M{number}?redirectUrl=https%3A%2F%2Fadobe.com")
        assert len(gateway.exchanges) == 4
    """)  # fmt: skip
    suite.run("--gateway-mode=record", "-n", "2", "--dist=load").assert_outcomes(passed=10)
    assert len(load(suite.root / "cassettes" / "both.yaml").interactions) == 40
    suite.test("""
    pytestmark = pytest.mark.cassette("both")
    @pytest.mark.parametrize("number", range(9))
    def test_it(gateway, number):
        for _ in range(4):
            ask(gateway.url, f"/api/v2/REF30/logout/M{number}?redirectUrl=https%3A%2F%2Fadobe.com")
    @pytest.mark.cassette("empty")
    def test_misses(gateway):
        ask(gateway.url, "/nowhere")
    """)  # fmt: skip
    suite.root.joinpath("cassettes/empty.yaml").touch()
    result = suite.run("--gateway-unplayed=fail", "--gateway-orphans", "-n", "2")
    result.assert_outcomes(passed=9, failed=1)
    text = result.stdout.str()
    assert text.count("GET /api/v2/REF30/logout/M9?") == 4  # what was not played, told once by the first process
    assert "not played of cassettes/both.yaml:" in text
    result.stdout.fnmatch_lines(["*no answer in cassettes/empty.yaml:*"])
    result.stdout.fnmatch_lines(["used by no test:", "  cassettes/forgotten.yaml"])


def test_a_suite_that_does_not_use_it_imports_nothing_of_it(suite: Suite) -> None:
    suite.test("""
    import sys
    def test_nothing():
        ours = {name for name in sys.modules if name.split(".")[0] == "gateway"}
        assert ours <= {"gateway", "gateway.pytest_plugin", "gateway.offline", *(f"gateway.offline.{name}" for name in ("collected", "judging", "told"))}
    """)  # fmt: skip
    suite.pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_fixture_of_the_suites_own_goes_before_it(suite: Suite) -> None:
    suite.test("@pytest.fixture\ndef gateway():\n    return 7\ndef test_it(gateway):\n    assert gateway == 7")
    suite.run("--gateway-orphans").assert_outcomes(passed=1)


def test_it_starts_within_30_ms_after_the_first(suite: Suite) -> None:
    suite.cassette("logout.yaml", DISH)
    suite.test("""
    import time
    pytestmark = pytest.mark.cassette("logout")
    @pytest.fixture
    def began():
        return time.perf_counter()
    @pytest.mark.parametrize("n", range(31))
    def test_it(began, gateway, n):
        took = time.perf_counter() - began
        with open("took.txt", "a") as file:
            print(took, file=file)
        ask(gateway.url)
    """)  # fmt: skip
    suite.run().assert_outcomes(passed=31)
    took = [float(line) for line in suite.root.joinpath("took.txt").read_text("utf-8").splitlines()]
    assert median(took[1:]) <= 0.030


SHARED = """
@pytest.mark.cassette("shared")
def test_it(gateway):
    ask(gateway.url)
"""  # fmt: skip


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_marker_may_ask_for_more_than_the_option(suite: Suite, more: tuple[str, ...]) -> None:
    """Of a cassette that several tests share, the session fails for what none of them played."""
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.test(SHARED.replace('"shared"', '"shared", unplayed="fail"'), "test_a")
    suite.test(SHARED.replace('"shared"', '"shared", unplayed="ignore"'), "test_b")
    result = suite.run("--gateway-unplayed=ignore", *more)
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "not played of cassettes/shared.yaml:",
            "  line *: GET /api/v2/REF30/logout/Cablevision?*",
            "The run fails for what was not played of cassettes/shared.yaml.",
        ]
    )


def test_what_others_may_have_played_is_not_told_of_a_part_of_the_suite(suite: Suite) -> None:
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.cassette("test_a/test_own.yaml", DISH, CABLEVISION)
    suite.test(SHARED, "test_a")
    suite.test(SHARED.replace("ask(gateway.url)", "ask(gateway.url, CABLEVISION)"), "test_b")
    for part in (["test_a.py"], ["test_a.py::test_it"], ["-k", "test_a"]):
        result = suite.run("--gateway-unplayed=fail", *part)
        result.assert_outcomes(passed=1, deselected=int(part[0] == "-k"))
        assert (result.ret, "not played" in result.stdout.str()) == (0, False)
    assert suite.run("--gateway-unplayed=fail", ".").ret == 0
    suite.test("def test_own(gateway):\n    ask(gateway.url)", "test_a")
    suite.run("--gateway-unplayed=fail", "test_a.py").assert_outcomes(passed=1, errors=1)  # nobody else has that one


def test_cassettes_are_looked_for_where_no_test_is_left(suite: Suite) -> None:
    """Those of another tool are none of our business."""
    write_cassette(suite.root / "cassettes" / "old.yaml", DISH)
    write_cassette(suite.root / "deep" / "cassettes" / "older.yaml", DISH)
    write_cassette(suite.root / "node_modules" / "cassettes" / "theirs.yaml", DISH)
    suite.root.joinpath("cassettes/vcrpy.yaml").write_text("interactions: []\nversion: 1\n", "utf-8")
    suite.test("def test_nothing(): pass")
    result = suite.run("--gateway-orphans")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "used by no test:",
            "  cassettes/old.yaml",
            "  deep/cassettes/older.yaml",
            "The run fails for cassettes that no test uses.",
        ]
    )


def test_orphans_are_told_of_what_was_collected_alone(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.test(SHARED)
    result = suite.run("--gateway-orphans", "test_app.py")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["--gateway-orphans: this is a part of the suite (single files); *"])
    write_cassette(suite.root / "deep" / "cassettes" / "older.yaml", DISH)
    result = suite.run("--gateway-orphans", "deep")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["used by no test:", "  deep/cassettes/older.yaml", "--gateway-orphans: this is a part of the suite (deep); *"]
    )


@pytest.mark.parametrize(
    ("name", "text"), [("config.yaml", "moed: replay\n"), ("test_broken.py", "import nothing_of_that_name\n")]
)
def test_orphans_that_cannot_be_known_fail_the_check(suite: Suite, name: str, text: str) -> None:
    suite.test("def test_nothing(): pass")
    suite.root.joinpath(name).write_text(text, "utf-8")
    result = suite.run("--gateway-orphans", "--continue-on-collection-errors")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"The run fails, since --gateway-orphans can say nothing: *{name} *"])


def test_a_recording_does_not_go_behind_an_older_one(suite: Suite) -> None:
    path = suite.cassette("shared.yaml", CABLEVISION)
    suite.test(SHARED + "def test_alone(gateway):\n    ask(gateway.url)\n")
    before = path.read_bytes()
    result = suite.run("--gateway-mode=record")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["cassettes/shared.yaml was recorded before: delete it to record anew; *"])
    assert path.read_bytes() == before
    path.unlink()
    suite.test((SHARED + SHARED.replace("test_it", "test_again")), "test_app")
    suite.run("--gateway-mode=record").assert_outcomes(passed=2)
    assert len(load(path).interactions) == 2  # both of this run


def test_a_test_that_asks_nothing_of_an_upstream_replays_as_it_was_recorded(suite: Suite) -> None:
    suite.test("""
    def test_it(gateway):
        gateway.expect(status=429)
        assert ask(gateway.url)[0] == 429
    """)  # fmt: skip
    suite.run().assert_outcomes(errors=1)
    suite.run("--gateway-mode=auto").assert_outcomes(passed=1)
    result = suite.run("--gateway-orphans", "--gateway-unplayed=fail")
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    suite.root.joinpath("cassettes/test_app/test_it.yaml").rename(suite.root / "cassettes/test_app/test_gone.yaml")
    assert suite.run("--gateway-orphans").ret == pytest.ExitCode.TESTS_FAILED


def test_a_parameter_may_have_a_cassette_of_its_own(suite: Suite) -> None:
    suite.cassette("one.yaml")
    suite.cassette("two.yaml")
    suite.test("""
    @pytest.mark.parametrize("name", ["one", pytest.param("two", marks=pytest.mark.cassette("two"))])
    @pytest.mark.cassette("one")
    def test_it(gateway, name):
        assert gateway.cassette.stem == name
    """)  # fmt: skip
    suite.run("--gateway-unplayed=ignore").assert_outcomes(passed=2)


def test_interactions_on_one_line_are_told_apart(suite: Suite) -> None:
    one = "{request: {method: GET, uri: 'https://api.auth.adobe.com%s', body: null, headers: {}}, response: {status: {code: 200, message: OK}, headers: {}, body: {string: ''}}}"
    text = f"{{version: 1, interactions: [{one % '/api/v2/a'}, {one % '/api/v2/b'}]}}\n"
    suite.root.joinpath("cassettes").mkdir()
    suite.root.joinpath("cassettes/shared.yaml").write_text(text, "utf-8")
    suite.test("""
    @pytest.mark.cassette("shared")
    def test_it(gateway):
        ask(gateway.url, "/api/v2/b")
        assert gateway.unplayed == ["line 1: GET /api/v2/a"]
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["not played of cassettes/shared.yaml:", "  line 1: GET /api/v2/a"])


UNANSWERABLE = {
    'status="429"': "status: expected a number from 200 to 999, found '429'",
    "status=103": "status: expected a number from 200 to 999, found 103",
    'status=204, body="x"': "body: expected none with status 204, found one",
    "times=0": "times: expected a whole number from 1 on, found 0",
    "delay=-1": "delay: expected 0 to 3600 seconds, found -1",
    'headers={"Content-Length": "3"}': "headers: expected nothing of how an answer is framed, which is the gateway's, found Content-Length",
    'headers={"Retry-After": 3}': "headers: expected text, found 'Retry-After': 3",
    'headers={"A": "1\\r\\nB: 2"}': "headers: expected a name and a value of ISO-8859-1 without line ends, found 'A': *",
    'headers={"A": "Łódź"}': "headers: expected a name and a value of ISO-8859-1 without line ends, found 'A': *",
    'body="x", json={"a": 1}': "body: expected one of body and json, found both",
    "headers=[('A', 'b')]": "headers: expected a map of names to values, found [[]('A', 'b')]",
    "json={1, 2}": "json: expected what JSON can say, found something else: *",
    "json=float('nan')": "json: expected what JSON can say, found something else: *",
    'method="GET POST"': "method: expected a token, found 'GET POST'",
    "body=3": "body: expected text or bytes, found 3",
    'method=3, path="x", times="2"': "method: expected a token, found 3; path: expected a path *, found 'x'; times: expected *, found '2'",
    'path="/api/v2/x?y=*"': "path: expected a path without its query, or a pattern of one with [*], found '/api/v2/x?y=[*]'",
}


def test_an_expectation_that_no_server_could_answer_is_said(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.test(
        "pytestmark = pytest.mark.cassette('shared')\n"
        + "".join(f"def test_{n}(gateway): gateway.expect({said})\n" for n, said in enumerate(UNANSWERABLE))
    )
    result = suite.run()
    result.assert_outcomes(failed=len(UNANSWERABLE))
    for message in UNANSWERABLE.values():
        result.stdout.fnmatch_lines([f"E*{message}"])


def test_a_connection_to_an_upstream_fails_a_replay(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.pytester.makeconftest("""
    import gateway.assembly
    gateway.assembly.Gateway.upstream_connections = 1
    """)
    suite.test(SHARED)
    before = gateway.assembly.Gateway.upstream_connections
    try:
        result = suite.run()
    finally:
        gateway.assembly.Gateway.upstream_connections = before  # type: ignore[method-assign]
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["expected no connection to an upstream in a replay, found 1"])


def test_who_asks_between_two_tests_is_told_of(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.test("""
    import threading
    pytestmark = pytest.mark.cassette("shared")
    asking = threading.Thread(target=lambda: ask(URL[0]))
    URL = []
    def test_first(gateway):
        URL.append(gateway.url)
    def test_between():
        import time
        asking.start()
        time.sleep(0.2)
    def test_second(gateway):
        asking.join()
        assert len(gateway.exchanges) == 1
    """)  # fmt: skip
    result = suite.run("-p", "no:randomly")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["asked while no test had the gateway: *(in test_app.py::test_second)"])


EVERYTHING = """
HEADERS.pop("X-Forwarded-For", None)
def test_missing(gateway):
    pass
@pytest.mark.cassette("shared", audit="error")
def test_strict(gateway):
    ask(gateway.url)
@pytest.mark.cassette("shared")
def test_lenient(gateway):
    ask(gateway.url)
@pytest.mark.cassette("shared")
def test_unmet(gateway):
    gateway.expect(status=500)
@pytest.mark.cassette("shared")
def test_misses(gateway):
    ask(gateway.url, "/nowhere")
def test_alone(gateway):
    ask(gateway.url)
@pytest.mark.cassette("half")
@pytest.mark.parametrize("turn", [1, 2])
def test_half(gateway, turn):
    pass
@pytest.mark.cassette("new", mode="auto")
def test_auto(gateway):
    ask(gateway.url, "/api/v2/REF30/profiles")
"""  # fmt: skip


@pytest.mark.parametrize(("option", "errors"), [("fail", 3), ("warn", 2), ("ignore", 2)], ids=str)
def test_all_of_it_comes_home_from_workers(suite: Suite, option: str, errors: int) -> None:
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.cassette("test_app/test_alone.yaml", DISH, "/api/v2/REF30/logout/Fubo")
    suite.cassette("forgotten.yaml")
    suite.cassette("half.yaml")
    suite.test(EVERYTHING)
    result = suite.run(f"--gateway-unplayed={option}", "--gateway-orphans", "-n", "2")
    result.assert_outcomes(passed=6, failed=2, errors=errors)
    text = result.stdout.str()
    for line in (
        "there is no cassette test_app/test_missing.yaml; looked for *",
        "audit='error': error XFF001 *",
        "*Captured gateway findings call*",
        "expected a request, found none: any method any path, answered 500",
        "no answer in cassettes/shared.yaml:",
        "not played of cassettes/half.yaml:" if option != "ignore" else "  cassettes/forgotten.yaml",
        "  cassettes/forgotten.yaml",
        "  error XFF001 in 4 tests, such as test_app.py::test_alone",
        "not recorded: route v2 profiles, hint cassettes.record does not name it (in test_app.py::test_auto)",
    ):
        result.stdout.fnmatch_lines([line])
    assert "not played of cassettes/shared.yaml:" not in text  # some of its tests failed before they could ask
    assert ("GET /api/v2/REF30/logout/Fubo" in text) == (option != "ignore")
    assert ("not played of cassettes/test_app/test_alone.yaml:" in text) == (option == "warn")


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


ASKED_OTHERWISE = {
    "a fixture of its name": "@pytest.fixture\ndef gateway(gateway):\n    yield gateway",
    "getfixturevalue": "@pytest.fixture\ndef mine(request):\n    return request.getfixturevalue('gateway')",
}


@pytest.mark.parametrize("how", ASKED_OTHERWISE)
def test_it_may_be_asked_for_in_other_ways(suite: Suite, how: str) -> None:
    """Then it may not be known who else has the cassette, and nobody fails for what the others play."""
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.pytester.makeconftest("import pytest\n" + ASKED_OTHERWISE[how])
    name = "mine" if how == "getfixturevalue" else "gateway"
    suite.test(f"""
    pytestmark = pytest.mark.cassette("shared")
    @pytest.fixture
    def asks_later(request):
        yield
        ask(request.getfixturevalue("gateway").url, CABLEVISION)
    def test_one({name}):
        ask({name}.url)
    def test_two({name}, asks_later):
        pass
    """)  # fmt: skip
    result = suite.run("--gateway-unplayed=fail", "--gateway-orphans")
    result.assert_outcomes(passed=2)
    assert result.ret == 0


def test_what_was_left_out_may_have_played_the_rest(suite: Suite) -> None:
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.cassette("test_b/test_own.yaml")
    suite.test(SHARED, "test_a")
    suite.test(
        SHARED.replace("ask(gateway.url)", "ask(gateway.url, CABLEVISION)") + "def test_own(gateway): pass", "test_b"
    )
    for without in ("--ignore=test_b.py", "--ignore-glob=*_b.py"):
        result = suite.run("--gateway-unplayed=fail", "--gateway-orphans", without)
        assert (result.ret, "not played" in result.stdout.str()) == (0, False)
    suite.test("pytest.importorskip('nothing_of_that_name')\n" + SHARED, "test_b")
    result = suite.run("--gateway-unplayed=fail", "--gateway-orphans")
    result.assert_outcomes(passed=1, skipped=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["--gateway-orphans: this is a part of the suite (* without test_b.py); other folders were not looked at"]
    )


def test_who_did_not_come_to_an_end_has_not_left_anything_out(suite: Suite) -> None:
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.test("""
    pytestmark = pytest.mark.cassette("shared")
    @pytest.fixture
    def needs(gateway):
        pytest.skip("no such device")
    def test_skips_in_a_fixture(needs): pass
    def test_skips(gateway):
        pytest.skip("not today")
    @pytest.mark.xfail
    def test_known(gateway):
        assert ask(gateway.url)[0] == 404
        ask(gateway.url, CABLEVISION)
    """)  # fmt: skip
    result = suite.run("--gateway-unplayed=fail")
    result.assert_outcomes(skipped=2, xfailed=1)
    assert (result.ret, "not played" in result.stdout.str()) == (0, False)


def test_what_a_fixture_asks_when_it_ends_is_told_too(suite: Suite) -> None:
    suite.test("""
    HEADERS.pop("X-Forwarded-For", None)
    @pytest.fixture
    def app(gateway):
        yield
        ask(gateway.url, "/api/v2/REF30/configuration")
    def test_it(app): pass
    """)  # fmt: skip
    result = suite.run("--gateway-mode=auto")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["  error XFF001 in test_app.py::test_it", "not recorded: route v2 configuration, *(in test_app.py::test_it)"]
    )


def test_what_was_recorded_in_this_run_was_asked_for(suite: Suite) -> None:
    suite.test(UNPLAYED)
    result = suite.run("--gateway-mode=auto", "--gateway-unplayed=fail")
    result.assert_outcomes(passed=3)
    assert (result.ret, "not played" in result.stdout.str()) == (0, False)


def test_a_cassette_that_cannot_be_made_is_said(suite: Suite) -> None:
    suite.root.joinpath("sub").mkdir()
    suite.root.joinpath("sub/cassettes").write_text("a file", "utf-8")
    suite.root.joinpath("sub/test_app.py").write_text("def test_it(gateway): pass\n", "utf-8")
    result = suite.run("--gateway-mode=auto")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["not recorded: error *(in sub/test_app.py::test_it)"])


def test_a_test_that_failed_before_it_asked_records_nothing(suite: Suite) -> None:
    suite.test("def test_it(gateway): assert not gateway")
    suite.run("--gateway-mode=auto").assert_outcomes(failed=1)
    assert not suite.root.joinpath("cassettes").exists()


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


def test_an_expected_answer_may_be_like_one_of_the_gateways_own(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.test("""
    @pytest.mark.cassette("shared")
    @pytest.mark.parametrize("error", ["gateway_replay_miss", "upstream_timeout"])
    def test_it(gateway, error):
        gateway.expect(status=502, headers={"X-Gateway-Error": error}, body="hello")
        assert ask(gateway.url) == (502, "hello")
        assert (gateway.exchanges[-1].source, gateway.misses) == ("override", ())
    """)  # fmt: skip
    result = suite.run("--gateway-unplayed=ignore")
    result.assert_outcomes(passed=2)
    assert "watching failed" not in result.stdout.str()
    assert "did not answer" not in result.stdout.str()


@pytest.mark.parametrize("testpaths", ["te*", "tests/test_app.py", "tests"])
def test_testpaths_are_the_whole_suite(suite: Suite, testpaths: str) -> None:
    write_cassette(suite.root / "recordings" / "forgotten.yaml", DISH)
    suite.root.joinpath("config.yaml").write_text("cassettes: {dir: recordings}\n", "utf-8")
    suite.pytester.makeini(INI + f"testpaths = {testpaths}\n")
    suite.root.joinpath("tests").mkdir()
    suite.root.joinpath("tests/test_app.py").write_text("def test_nothing(): pass\n", "utf-8")
    for more in ((), ("-n", "2")):
        result = suite.run("--gateway-orphans", *more)
        result.assert_outcomes(passed=1)
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.stdout.fnmatch_lines(["used by no test:", "  recordings/forgotten.yaml"])


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


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize("where", ["ini", "conftest"])
def test_what_a_suite_always_leaves_out_is_nobodys_business(suite: Suite, where: str, more: tuple[str, ...]) -> None:
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.cassette("test_app/test_alone.yaml")
    write_cassette(suite.root / "e2e" / "cassettes" / "test_far" / "test_it.yaml", DISH)
    suite.test(SHARED + "def test_alone(gateway):\n    ask(gateway.url)\n")
    suite.root.joinpath("e2e/test_far.py").write_text("def test_it(gateway): pass\n", "utf-8")
    if where == "ini":
        suite.pytester.makeini(INI + "addopts = --ignore=e2e\n")
    else:
        suite.pytester.makeconftest("collect_ignore = ['e2e']")
    result = suite.run("--gateway-unplayed=fail", "--gateway-orphans", *more)
    result.assert_outcomes(passed=2)
    assert (result.ret, "used by no test" in result.stdout.str()) == (0, False)
    suite.cassette("forgotten.yaml").rename(suite.root / "e2e" / "forgotten.yaml")
    suite.pytester.makeconftest("") if where == "conftest" else suite.pytester.makeini(INI)
    suite.root.joinpath("e2e/test_far.py").rename(suite.root / "e2e" / "far.py")
    assert suite.run("--gateway-orphans", *more).ret == pytest.ExitCode.TESTS_FAILED


def test_markers_of_a_conftest_are_known_of_tests_that_do_not_run(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.pytester.makeconftest("""
    import pytest
    def pytest_collection_modifyitems(items):
        for item in items:
            item.add_marker(pytest.mark.cassette("shared"))
    """)
    suite.test("def test_one(gateway): pass\ndef test_two(): pass\n")
    result = suite.run("--gateway-orphans", "--gateway-unplayed=ignore", "-k", "two")
    result.assert_outcomes(passed=1, deselected=1)
    assert result.ret == 0


def test_who_may_use_a_cassette_without_being_seen_to_is_reckoned_with(suite: Suite) -> None:
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.test("""
    pytestmark = pytest.mark.cassette("shared")
    @pytest.fixture
    def client(request):
        return request.getfixturevalue("gateway")
    def test_one(gateway):
        ask(gateway.url)
    def test_two(client):
        ask(client.url, CABLEVISION)
    """)  # fmt: skip
    for chosen in ((), ("-k", "one"), ("-k", "two")):
        result = suite.run("--gateway-unplayed=fail", "--gateway-orphans", *chosen)
        assert (result.ret, "not played" in result.stdout.str()) == (0, False)


def test_nothing_is_said_of_a_run_that_broke_off(suite: Suite) -> None:
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.test(SHARED + "def test_dies():\n    import os\n    os._exit(3)\n" + SHARED.replace("test_it", "test_last"))
    result = suite.run("--gateway-unplayed=fail", "--gateway-orphans", "-n", "1", "--max-worker-restart=0")
    assert "not played" not in result.stdout.str()
    result.stdout.fnmatch_lines(["--gateway-orphans: nothing can be said of a run that broke off"])


@pytest.mark.parametrize("more", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_requests_that_nobody_answers_are_counted(suite: Suite, more: tuple[str, ...]) -> None:
    suite.test("""
    @pytest.fixture(scope="module")
    def app(gateway_url):
        assert ask(gateway_url)[0] == 503
    def test_it(app): pass
    """)  # fmt: skip
    result = suite.run(*more)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["1 request came while no test had the gateway, *503 gateway_idle"])


def test_a_forked_child_is_told_that_the_gateway_is_elsewhere(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.test("""
    import os
    @pytest.mark.cassette("shared")
    def test_it(gateway):
        child = os.fork()
        if not child:
            try:
                gateway.exchanges
            except RuntimeError:
                os._exit(ask(gateway.url)[0] - 200 + 7)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    """)  # fmt: skip
    suite.run().assert_outcomes(passed=1)


def test_paths_of_the_environment_begin_where_pytest_began(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_CASSETTES__DIR", "recordings")
    write_cassette(suite.root / "recordings" / "there.yaml", DISH)
    suite.test("""
    @pytest.fixture(autouse=True)
    def elsewhere(monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
    @pytest.mark.cassette("there")
    def test_it(gateway):
        assert ask(gateway.url)[0] == 200
    """)  # fmt: skip
    suite.run("--gateway-unplayed=fail").assert_outcomes(passed=1)


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


def test_orphans_are_listed_but_fail_nothing_where_tests_did_not_run(suite: Suite) -> None:
    """One of those might have asked for the gateway by its name."""
    suite.cassette("shared.yaml")
    suite.test("def test_plain(): pass\ndef test_other(request): request.getfixturevalue('gateway')\n")
    for chosen in (("-k", "plain"), ("--collect-only",)):
        result = suite.run("--gateway-orphans", *chosen)
        assert result.ret == 0
        result.stdout.fnmatch_lines(["used by no test:", "  cassettes/shared.yaml"])
        assert "The run fails" not in result.stdout.str()


def test_a_file_is_one_cassette_however_it_is_named(suite: Suite) -> None:
    suite.cassette("shared.yaml", DISH, CABLEVISION)
    suite.test("""
    @pytest.mark.cassette("../cassettes/shared")
    def test_one(gateway):
        ask(gateway.url)
    @pytest.mark.cassette("shared")
    def test_two(gateway):
        ask(gateway.url, CABLEVISION)
    """)  # fmt: skip
    result = suite.run("--gateway-unplayed=fail", "--gateway-orphans")
    result.assert_outcomes(passed=2)
    assert result.ret == 0


def test_the_projects_folder_is_everybodys_though_it_is_beside_some_tests(suite: Suite) -> None:
    suite.root.joinpath("config.yaml").write_text("cassettes: {dir: tests/cassettes}\n", "utf-8")
    write_cassette(suite.root / "tests" / "cassettes" / "big.yaml", DISH)
    suite.root.joinpath("tests/test_app.py").write_text("def test_it(): pass\n", "utf-8")
    suite.root.joinpath("more").mkdir()
    suite.root.joinpath("more/test_far.py").write_text(
        "import pytest\n@pytest.mark.cassette('big', unplayed='ignore')\ndef test_it(gateway): pass\n", "utf-8"
    )
    for part in ((), ("tests",)):
        assert suite.run("--gateway-orphans", "--import-mode=importlib", *part).ret == 0


@pytest.mark.parametrize("ini", ["python_files = tests/*.py", "norecursedirs = tests/data", "python_files = test*"])
def test_what_may_hold_tests_is_what_pytest_thinks(suite: Suite, ini: str) -> None:
    suite.pytester.makeini(INI + ini + "\n")
    for name in ("test_a", "test_b"):
        write_cassette(suite.root / "tests" / "cassettes" / name / "test_it.yaml", DISH)
        suite.root.joinpath(f"tests/{name}.py").write_text("def test_it(gateway): pass\n", "utf-8")
    for folder in ("data", "__pycache__"):
        suite.root.joinpath("tests", folder).mkdir()
        suite.root.joinpath("tests", folder, "test_data.py").write_text("", "utf-8")
    result = suite.run("--gateway-orphans", "--gateway-unplayed=ignore")
    assert (result.ret, "part of the suite" in result.stdout.str()) == (0, False)
    result = suite.run("--gateway-orphans", "--gateway-unplayed=ignore", "--ignore=tests/test_b.py")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["--gateway-orphans: this is a part of the suite (* without tests/test_b.py); *"])


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
