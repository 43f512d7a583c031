"""Faults of a test and of a command: `gateway.fault(...)`, and `gateway exec --fault`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.config import Config
from gateway.config.one_fault import one_fault
from gateway.core.fault_when import Calls
from gateway.core.fault_words import fault_entry
from gateway.core.faults.connection_reset import ConnectionReset
from gateway.core.faults.delay import Delay, Fixed, Uniform
from gateway.core.planned_fault import PlannedFault
from tests.harness.for_each import for_each
from tests.offline.suites import Suite
from tests.offline.test_execute import run
from tests.offline_suite import CLIENT, DISH, write_cassette

pytest_plugins = "pytester"


def made(name: str, option: object = None, **said: object) -> PlannedFault:
    return one_fault(fault_entry(name, option, said), Config()).planned("given 0", 0.0)


def test_options_and_conditions_stand_side_by_side() -> None:
    fault = made("reset", at="head", nth=[2, 3], seed=7)
    assert fault.fault == ConnectionReset("head")
    assert (fault.when.nth, fault.when.seed) == ((Calls(2, 2), Calls(3, 3)), "7")
    assert made("reset", "body", sent=True).fault == ConnectionReset("body", sent=True)
    assert made("delay", 2).fault == Delay(Fixed(2.0))
    assert made("delay", {"lower": 1, "upper": 3}).fault == Delay(Uniform(1.0, 3.0))


@for_each(
    ("said", "wrong"),
    [
        ({"name": "rset"}, "rset: unknown key; did you mean reset?"),
        ({"name": "reset", "at": "tail"}, 'reset.at: expected before_head, head or body, found "tail"'),
        ({"name": "reset", "nht": 1}, "reset.nht: unknown key; did you mean nth?"),
        ({"name": "reset", "nth": 0, "times": -1}, "times: expected"),
        ({"name": "reset", "upstream": "x"}, "when.upstream[0]: expected the name of an upstream"),
        ({"name": "error"}, "error.code: expected a value, found none"),
        ({"name": "delay", "option": object()}, "delay.seconds: expected seconds"),
        ({"name": "reset", "colour": 1}, "reset.colour: unknown key; known here: at, sent"),
        ({"name": "malformed_chunk", "option": 1}, "malformed_chunk.option: unknown key"),
    ],
)
def test_what_is_wrong_is_said_all_at_once(said: dict[str, object], wrong: str) -> None:
    given = dict(said)
    name, option = str(given.pop("name")), given.pop("option", None)
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # what it says is looked at
        made(name, option, **given)
    assert wrong in str(caught.value)


def test_a_test_asks_for_faults_beside_its_cassette(suite: Suite) -> None:
    suite.cassette("test_app/test_it.yaml")
    suite.cassette("test_app/test_other.yaml")
    suite.test("""
    import http.client
    def test_it(gateway):
        fault = gateway.fault("status", 503, nth=1)
        gateway.fault("reset", route="GET /api/v2/{sp}/logout/{mvpd}", nth=2)
        assert ask(gateway.url)[0] == 503
        with pytest.raises(ConnectionResetError):
            ask(gateway.url)
        assert ask(gateway.url) == (200, '{"number": 1}')
        assert fault.happened == 1
        assert [(one.source, one.fault) for one in gateway.exchanges] == [("fault", "status"), ("fault", "reset"), ("cassette", "")]
    def test_other(gateway):
        assert ask(gateway.url)[0] == 200
    """)  # fmt: skip
    suite.run().assert_outcomes(passed=2)


def test_a_fault_for_which_there_was_no_call_fails_its_test(suite: Suite) -> None:
    suite.cassette("test_app/test_it.yaml")
    suite.test("""
    def test_it(gateway):
        gateway.fault("reset", route="GET /api/v2/{sp}/profiles")
        gateway.fault("throttle")
        ask(gateway.url)
    """)  # fmt: skip
    result = suite.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["expected a request, found none: GET /api/v2/{sp}/profiles, for the fault reset"])
    assert "fault throttle" not in result.stdout.str()


def test_a_wrong_fault_is_an_error_of_the_test_and_a_marker_may_have_faults(suite: Suite) -> None:
    suite.cassette("shared.yaml")
    suite.test("""
    @pytest.mark.cassette("shared", faults=[{"status": 503}])
    def test_it(gateway):
        assert ask(gateway.url)[0] == 503
        with pytest.raises(ValueError, match="expected before_head, head or body"):
            gateway.fault("reset", at="tail")
    """)  # fmt: skip
    suite.run().assert_outcomes(passed=1)


def test_rewinding_counts_calls_anew(suite: Suite) -> None:
    suite.cassette("test_app/test_it.yaml")
    suite.test("""
    def test_it(gateway):
        gateway.fault("status", 503, nth=1)
        assert [ask(gateway.url)[0] for _ in range(2)] == [503, 200]
        gateway.rewind()
        assert [ask(gateway.url)[0] for _ in range(2)] == [503, 200]
    """)  # fmt: skip
    suite.run().assert_outcomes(passed=1)


def test_a_command_meets_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_cassette(Path("cassettes/logout.yaml"), DISH)
    Path("client.py").write_text(
        CLIENT + "\nimport os\nfor _ in range(3): print(ask(os.environ['ADOBE_PASS_URL'])[0])\n"
    )
    faults = ("--fault", "status: 503, when: {nth: 2}", "--fault", "reset: , when: {route: GET /api/v2/REF30/profiles}")
    ran = run("--cassette", "logout", *faults, "--", "python3", "client.py")
    assert (ran.returncode, ran.stdout.split()) == (0, ["200", "503", "200"]), ran.stderr
    assert "1 fault met no call\n  GET /api/v2/REF30/profiles, for the fault reset" in ran.stderr
    wrong = run("--fault", "rset", "--fault", "delay: -1", "--", "true")
    assert wrong.returncode == 2
    assert wrong.stderr.splitlines()[0] == "--fault [0].rset: unknown key; did you mean reset?"
    assert wrong.stderr.splitlines()[1].startswith("--fault [1].delay.seconds: expected seconds")


def test_a_command_steers_the_faults_and_the_emulator_of_its_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("client.py").write_text(
        CLIENT
        + """
import os
from gateway.control.client import ControlClient
client = ControlClient.of_environment(os.environ)
client.fault("status", 503, nth=1)
client.emulator_log_in("my-television-1", "Dish", service_provider="REF30")
print(ask(os.environ["ADOBE_PASS_URL"])[0], client.faults()[0].happened, len(client.emulator().devices))
client.end_faults()
client.fault("reset", route="GET /api/v2/{sp}/profiles")
client.expect(status=418, path="/nowhere")
"""
    )
    ran = run("--mode", "auto", "--", sys.executable, "client.py")
    assert (ran.returncode, ran.stdout.split()) == (0, ["503", "1", "1"]), ran.stderr
    assert "2 expected requests did not come" in ran.stderr
    assert "GET /api/v2/{sp}/profiles, for the fault reset" in ran.stderr
