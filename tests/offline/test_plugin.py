"""The pytest plugin, run by the installed pytest over suites of its users: the fixture, and the marker."""

from __future__ import annotations

from statistics import median

import pytest

from gateway.cassettes.reader import load
from tests.offline.suites import SHARED, Suite
from tests.offline_suite import CABLEVISION, DISH, write_cassette

pytest_plugins = "pytester"


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
    '"a", "b"': "*@pytest.mark.cassette: expected the name of one cassette, found 'a', 'b'*",
    'match=["paht"]': "*paht*",
    '"a", config=None': "*config: expected a map of keys, found null*",
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


def test_a_fixture_of_the_suites_own_goes_before_it(suite: Suite) -> None:
    suite.test("@pytest.fixture\ndef gateway():\n    return 7\ndef test_it(gateway):\n    assert gateway == 7")
    suite.run("--gateway-orphans").assert_outcomes(passed=1)


def test_it_starts_within_30_ms_of_work_after_the_first(suite: Suite) -> None:
    suite.cassette("logout.yaml", DISH)
    suite.test("""
    import time
    pytestmark = pytest.mark.cassette("logout")
    @pytest.fixture
    def began():
        return time.process_time()
    @pytest.mark.parametrize("n", range(31))
    def test_it(began, gateway, n):
        took = time.process_time() - began
        with open("took.txt", "a") as file:
            print(took, file=file)
        ask(gateway.url)
    """)  # fmt: skip
    suite.run().assert_outcomes(passed=31)
    took = [float(line) for line in suite.root.joinpath("took.txt").read_text("utf-8").splitlines()]
    assert median(took[1:]) <= 0.030


def test_a_recording_does_not_go_behind_an_older_one(suite: Suite) -> None:
    path = suite.cassette("shared.yaml", CABLEVISION)
    suite.test(SHARED + "def test_alone(gateway):\n    ask(gateway.url)\n")
    before = path.read_bytes()
    result = suite.run("--gateway-mode=record")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["cassettes/shared.yaml has recordings of an earlier run.*--gateway-re-record*"])
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
    result.stdout.fnmatch_lines(
        ["interactions of cassettes/shared.yaml that were not played:", "  line 1: GET /api/v2/a"]
    )


UNANSWERABLE = {
    'status="429"': "status: expected a number from 200 to 999, found '429'",
    "status=103": "status: expected a number from 200 to 999, found 103",
    'status=204, body="x"': "body: expected no body with status 204, found one",
    "times=0": "times: expected a whole number from 1 on, found 0",
    "delay=-1": "delay: expected 0 to 3600 seconds, found -1",
    'headers={"Content-Length": "3"}': "headers: expected no field for framing, since the gateway sets these fields, found Content-Length",
    'headers={"Retry-After": 3}': "headers: expected text, found 'Retry-After': 3",
    'headers={"A": "1\\r\\nB: 2"}': "headers: expected a name and a value in ISO-8859-1, without line ends, found 'A': *",
    'headers={"A": "Łódź"}': "headers: expected a name and a value in ISO-8859-1, without line ends, found 'A': *",
    'body="x", json={"a": 1}': "body: expected either body or json, found both",
    "headers=[('A', 'b')]": "headers: expected a map of names to values, found [[]('A', 'b')]",
    "json={1, 2}": "json: expected a value that JSON can express, found another one: *",
    "json=float('nan')": "json: expected a value that JSON can express, found another one: *",
    'method="GET POST"': "method: expected a token, found 'GET POST'",
    "body=3": "body: expected text or bytes, found 3",
    'method=3, path="x", times="2"': "method: expected a token, found 3; path: expected a path *, found 'x'; times: expected *, found '2'",
    'path="/api/v2/x?y=*"': "path: expected a path without its query, or a pattern with [*], found '/api/v2/x?y=[*]'",
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


def test_a_cassette_that_cannot_be_made_is_said(suite: Suite) -> None:
    suite.root.joinpath("sub").mkdir()
    suite.root.joinpath("sub/cassettes").write_text("a file", "utf-8")
    suite.root.joinpath("sub/test_app.py").write_text("def test_it(gateway): pass\n", "utf-8")
    result = suite.run("--gateway-mode=auto")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["not recorded: error *(in sub/test_app.py::test_it)"])


def test_a_test_that_failed_before_it_asked_records_nothing(suite: Suite) -> None:
    suite.test("def test_it(gateway): assert not gateway")
    suite.run("--gateway-mode=auto").assert_outcomes(failed=1)
    assert not suite.root.joinpath("cassettes").exists()


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


def test_recordings_are_made_from_the_upstream_that_is_named(suite: Suite) -> None:
    """On the command line, or nearer in the marker."""
    suite.root.joinpath("config.yaml").write_text(
        "upstreams: {lab: {origin: 'emulator:'}, other: {origin: 'emulator:'}}\n", "utf-8"
    )
    suite.test("""
    def asked(gateway):
        ask(gateway.url)
        return gateway.exchanges[-1].request.upstream
    def test_named(gateway):
        assert asked(gateway) == "lab"
    @pytest.mark.cassette(upstream="other")
    def test_nearer(gateway):
        assert asked(gateway) == "other"
    """)  # fmt: skip
    suite.run("--gateway-mode=auto", "--gateway-upstream=lab").assert_outcomes(passed=2)
    result = suite.run("--gateway-upstream=nowhere")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["--gateway-upstream: expected the name of an upstream *"])


def test_a_test_says_whose_logins_exist_and_the_same_test_replays(suite: Suite) -> None:
    suite.test("""
    import base64, json
    HEADERS["Authorization"] = "Bearer any"
    @pytest.mark.cassette(record="v2", audit="off")
    def test_it(gateway):
        device = base64.b64decode(HEADERS["AP-Device-Identifier"].split()[1]).decode()
        profiles = "/api/v2/REF30/profiles"
        gateway.emulator.log_out(device)
        assert json.loads(ask(gateway.url, profiles)[1]) == {"profiles": {}}
        gateway.emulator.log_in(device, "Dish")
        assert [*json.loads(ask(gateway.url, profiles)[1])["profiles"]] == ["Dish"]
        if gateway.mode == "record":
            assert [each["mvpd"] for each in gateway.emulator.profiles(device)] == ["Dish"]
            assert gateway.emulator.state["options"]["logged_in"] == "all"
            with pytest.raises(ValueError, match="did you mean Dish"):
                gateway.emulator.log_in(device, "Dsih")
            gateway.emulator.change(logged_in="none")
            gateway.emulator.reset()
            assert gateway.emulator.profiles(device) == []
        else:
            assert (gateway.emulator.profiles(device), gateway.emulator.state) == ([], {})
    """)  # fmt: skip
    suite.run("--gateway-mode=record").assert_outcomes(passed=1)
    suite.run().assert_outcomes(passed=1)


def test_with_another_upstream_there_is_no_emulator_to_set(suite: Suite) -> None:
    suite.test("""
    def test_it(gateway):
        with pytest.raises(ValueError, match="expected the built-in emulator as upstream, found staging"):
            gateway.emulator.log_in("tv-1", "Dish")
    """)  # fmt: skip
    suite.run("--gateway-mode=record", "--gateway-upstream=staging").assert_outcomes(passed=1)


def test_a_test_may_hand_the_control_api_to_other_processes(suite: Suite) -> None:
    """Each has a listener of its own; a session's miss is the test's."""
    suite.cassette("test_app/test_seen.yaml")
    suite.cassette("test_app/test_missed.yaml")
    suite.test("""
    import urllib.request
    def test_seen(gateway):
        client = gateway.control
        assert set(client.environment) == {"ADOBE_PASS_CONTROL_URL", "ADOBE_PASS_CONTROL_TOKEN"}
        client.expect(status=201)
        assert ask(gateway.url)[0] == 201
        assert ask(gateway.url)[0] == 200
        assert [exchange.status for exchange in client.exchanges().exchanges] == [200, 201]
        with client.session() as session:
            assert ask(session.url)[0] == 200
    def test_missed(gateway):
        assert ask(gateway.url)[0] == 200
        with gateway.control.session(label="a session") as session:
            ask(session.url, CABLEVISION)
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*session a session, cassette *: GET /api/v2/REF30/logout/Cablevision*"])
