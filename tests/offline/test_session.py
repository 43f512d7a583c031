"""What the plugin tells a whole session, under pytest-xdist too: cassettes that tests share, and those that nobody uses."""

from __future__ import annotations

import pytest

from gateway.cassettes.findings import load_findings
from gateway.cassettes.reader import load
from tests.offline.suites import INI, SHARED, UNPLAYED, Suite
from tests.offline_suite import CABLEVISION, DISH, write_cassette

pytest_plugins = "pytester"


def test_what_no_sharer_played_fails_the_run_unless_only_a_part_ran(suite: Suite) -> None:
    suite.cassette("test_app/test_alone.yaml", DISH)
    suite.cassette("shared.yaml", DISH, CABLEVISION, "/api/v2/REF30/logout/Fubo")
    suite.test(UNPLAYED)
    result = suite.run("--gateway-unplayed=fail")
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["interactions of cassettes/shared.yaml that were not played:", "  line *: GET /api/v2/REF30/logout/Fubo"]
    )
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


def test_each_worker_has_a_gateway_and_recording_from_two_loses_nothing(suite: Suite) -> None:
    suite.cassette("forgotten.yaml")
    suite.test("""
    @pytest.mark.cassette("both")
    @pytest.mark.parametrize("number", range(10))
    def test_it(gateway, number):
        for _ in range(4):
            ask(gateway.url, f"/api/v2/REF30/logout/M{number}?redirectUrl=https%3A%2F%2Fadobe.com")
        ask(gateway.url, "/api/v2/REF30/logout")
        assert len(gateway.exchanges) == 5
    """)  # fmt: skip
    suite.run("--gateway-mode=record", "-n", "2", "--dist=load").assert_outcomes(passed=10)
    noted = load_findings(
        suite.root / "cassettes" / "both.findings.jsonl"
    ).interactions  # of calls that are not recorded
    assert [call.request.target for call in noted] == ["/api/v2/REF30/logout"] * 10
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
    assert "interactions of cassettes/both.yaml that were not played:" in text
    result.stdout.fnmatch_lines(["*no answer in cassettes/empty.yaml:*"])
    result.stdout.fnmatch_lines(["used by no test:", "  cassettes/forgotten.yaml"])


def test_a_suite_that_does_not_use_it_imports_nothing_of_it(suite: Suite) -> None:
    suite.test("""
    import sys
    def test_nothing():
        ours = {name for name in sys.modules if name.split(".")[0] == "gateway"}
        assert ours <= {"gateway", "gateway.pytest_plugin", "gateway.offline", *(f"gateway.offline.{name}" for name in ("collected", "importing", "judging", "told"))}
    """)  # fmt: skip
    suite.pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.parametrize(("uses", "frozen"), [("gateway", "> 50_000"), ("tmp_path", "== 0")])
def test_what_was_there_before_the_first_test_is_not_looked_through_for_garbage(
    suite: Suite, uses: str, frozen: str
) -> None:
    """Python freezes it if a test uses the gateway, and only then; what tests make is collected as always."""
    suite.cassette("test_app/test_second.yaml")
    suite.test(f"""
    import gc, weakref
    class Round: pass
    def test_first():
        assert gc.get_freeze_count() {frozen}
        one = Round()
        one.itself, seen = one, weakref.ref(one)
        del one
        gc.collect()
        assert seen() is None
    def test_second({uses}):
        assert gc.get_freeze_count() {frozen}
    """)  # fmt: skip
    suite.pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_the_gateway_of_a_test_is_freed_when_the_test_ends(suite: Suite) -> None:
    """It leaves no cycles behind: a suite has thousands of gateways, and Python would look through all their objects for garbage."""
    suite.cassette("shared.yaml")
    suite.test("""
    import gc, weakref
    seen = []
    @pytest.mark.cassette("shared")
    @pytest.mark.parametrize("number", range(3))
    def test_it(gateway, number):
        gc.disable()
        assert [ref for ref in seen if ref() is not None] == []
        assert ask(gateway.url)[0] == 200
        made = gateway._gateway
        seen.extend(map(weakref.ref, (made.exchanges, made.player, made.parts)))
    """)  # fmt: skip
    suite.pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


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
            "interactions of cassettes/shared.yaml that were not played:",
            "  line *: GET /api/v2/REF30/logout/Cablevision?*",
            "The run fails for unplayed interactions of cassettes/shared.yaml.",
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
    result.stdout.fnmatch_lines([f"The run fails, since --gateway-orphans cannot find unused cassettes: *{name} *"])


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
        "audit='error': error AUTH001 *",
        "*Captured gateway findings call*",
        "expected a request, found none: any method any path, answered 500",
        "no answer in cassettes/shared.yaml:",
        "interactions of cassettes/half.yaml that were not played:"
        if option != "ignore"
        else "  cassettes/forgotten.yaml",
        "  cassettes/forgotten.yaml",
        "  error AUTH001 in 4 tests, such as test_app.py::test_alone",
        "not recorded: route v2 profiles; cassettes.record does not name it: add it there (`v2` is all of /api/v2), and record again (in test_app.py::test_auto)",
    ):
        result.stdout.fnmatch_lines([line])
    assert (
        "interactions of cassettes/shared.yaml that were not played:" not in text
    )  # some of its tests failed before they could ask
    assert ("GET /api/v2/REF30/logout/Fubo" in text) == (option != "ignore")
    assert ("interactions of cassettes/test_app/test_alone.yaml that were not played:" in text) == (option == "warn")


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
        ["--gateway-orphans: this is a part of the suite (* without test_b.py); other folders were not checked"]
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


def test_what_was_recorded_in_this_run_was_asked_for(suite: Suite) -> None:
    suite.test(UNPLAYED)
    result = suite.run("--gateway-mode=auto", "--gateway-unplayed=fail")
    result.assert_outcomes(passed=3)
    assert (result.ret, "not played" in result.stdout.str()) == (0, False)


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
    result.stdout.fnmatch_lines(["--gateway-orphans: the run broke off, so unused cassettes cannot be found"])


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
    result.stdout.fnmatch_lines(["1 request came between two tests. *503 gateway_idle"])


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
