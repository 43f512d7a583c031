"""`gateway exec` with clients in other languages: real processes, their signals and their exit status."""

# ruff: noqa: S603  # the processes are ours
from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.cassettes.reader import load
from tests.harness.processes import GATEWAY, SOON, environment
from tests.offline_suite import CABLEVISION, CLIENT, DISH, write_cassette

NODE = """
const answer = await fetch(process.env.ADOBE_PASS_URL + process.argv[2], {headers: {"Accept": "application/json"}});
console.log(answer.status, (await answer.json()).number ?? "none");
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_cassette(Path("cassettes/logout.yaml"), DISH)
    Path("client.py").write_text(CLIENT, "utf-8")


def command(*arguments: str) -> list[str]:
    return [*GATEWAY, "exec", *arguments]


KEY = {"GATEWAY_REDACTION_KEY": "6b" * 32}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), env=environment(**KEY), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        encoding="utf-8", timeout=SOON, check=False,
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_node_script_is_answered_and_a_miss_fails_it() -> None:
    Path("app.mjs").write_text(NODE, "utf-8")
    fine = run("--cassette", "logout", "--", "node", "app.mjs", DISH)
    assert (fine.returncode, fine.stdout) == (0, "200 1\n"), fine.stderr
    missed = run("--cassette", "logout", "--", "node", "app.mjs", CABLEVISION)
    assert (missed.returncode, missed.stdout) == (1, "502 none\n")
    assert (
        "gateway exec: 1 request had no answer in cassettes/logout.yaml\n  GET /api/v2/REF30/logout/Cablevision?"
        in missed.stderr
    )
    assert "path: recorded /api/v2/REF30/logout/Dish, got /api/v2/REF30/logout/Cablevision" in missed.stderr
    assert "1 interaction of cassettes/logout.yaml not played" in missed.stderr


SCRIPT = 'import os; from client import *; import sys; print(ask(os.environ["API"], sys.argv[1])[0])'


def test_a_shell_script_records_and_replays(tmp_path: Path) -> None:
    Path("app.sh").write_text(f"set -e\n{sys.executable} -c '{SCRIPT}' '{DISH}'\nexit 3\n", "utf-8")
    recorded = run("--cassette", "new", "--mode", "auto", "--env", "API", "--", "sh", "app.sh")
    assert (recorded.returncode, recorded.stdout) == (3, "401\n"), recorded.stderr
    assert len(load(tmp_path / "cassettes" / "new.yaml").interactions) == 1
    replayed = run("--cassette", "new", "--env", "API", "--junit", "junit.xml", "sh", "app.sh")
    assert (replayed.returncode, replayed.stdout) == (3, "401\n"), replayed.stderr
    suite = ET.parse("junit.xml").getroot().find("testsuite")  # noqa: S314  # our own
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert [failure.get("message") for failure in suite.iter("failure")] == ["exit status 3"]


SESSIONS = """
const api = process.env.ADOBE_PASS_CONTROL_URL + "/api/sessions";
const headers = {"Authorization": "Bearer " + process.env.ADOBE_PASS_CONTROL_TOKEN, "Content-Type": "application/json"};
async function test(path) {
  const opened = await fetch(api, {method: "POST", headers, body: JSON.stringify({cassette: "logout", label: path})});
  const session = await opened.json();
  const answer = await fetch(session.url + path, {headers: {"Accept": "application/json"}});
  const ended = await (await fetch(api + "/" + session.id, {method: "DELETE", headers})).json();
  return answer.status + " " + ended.report.missed;
}
console.log((await Promise.all(process.argv.slice(2).map(test))).join(", "));
const mode = await fetch(process.env.ADOBE_PASS_CONTROL_URL + "/api/mode", {method: "PUT", headers, body: '{"mode":"auto"}'});
console.log(mode.status);
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_each_test_of_a_command_may_have_a_session_whose_misses_are_the_commands() -> None:
    Path("app.mjs").write_text(SESSIONS, "utf-8")
    fine = run("--cassette", "logout", "--", "node", "app.mjs", DISH, DISH)
    assert (fine.returncode, fine.stdout) == (0, "200 0, 200 0\n409\n"), fine.stderr
    assert "not played" not in fine.stderr
    missed = run("--cassette", "logout", "--", "node", "app.mjs", DISH, CABLEVISION)
    assert (missed.returncode, missed.stdout) == (1, "200 0, 502 1\n409\n"), missed.stderr
    assert "gateway exec: 1 request had no answer\n" in missed.stderr, "it may be another cassette than the command's"
    assert f"session {CABLEVISION}, cassette logout: GET /api/v2/REF30/logout/Cablevision?" in missed.stderr


OWN = """
const headers = {"Authorization": "Bearer " + process.env.ADOBE_PASS_CONTROL_TOKEN, "Content-Type": "application/json"};
const body = JSON.stringify({cassette: "node/own", label: "own"});
const session = await (await fetch(process.env.ADOBE_PASS_CONTROL_URL + "/api/sessions", {method: "POST", headers, body})).json();
const asked = process.argv[3] === "main" ? process.env.ADOBE_PASS_URL : session.url;
const answer = await fetch(asked + process.argv[2], {headers: {"Accept": "application/json"}});
console.log(answer.status);
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_replay_whose_sessions_have_the_cassettes_needs_none_itself() -> None:
    """A request to the gateway itself then misses. A cassette that the command line names must exist."""
    Path("cassettes/logout.yaml").unlink()
    write_cassette(Path("cassettes/node/own.yaml"), DISH)
    Path("app.mjs").write_text(OWN, "utf-8")
    said = "gateway exec: cassettes/logout.yaml does not exist, so this gateway replays nothing; sessions replay their own cassettes\n"
    fine = run("--", "node", "app.mjs", DISH)
    assert (fine.returncode, fine.stdout) == (0, "200\n"), fine.stderr
    assert fine.stderr.startswith(said)
    assert "warning" not in fine.stderr
    missed = run("--", "node", "app.mjs", DISH, "main")
    assert (missed.returncode, missed.stdout) == (1, "502\n"), missed.stderr
    assert "gateway exec: 1 request had no answer in cassettes/logout.yaml, which does not exist\n" in missed.stderr
    write_cassette(Path("cassettes/app.yaml"), DISH)
    assert run("--", "true").stderr.endswith("their own cassettes; to replay another cassette: --cassette app\n")
    Path("cassettes/app.yaml").unlink()
    named = run("--cassette", "logout", "--", "true")
    assert (named.returncode, named.stderr) == (
        2,
        "gateway exec: cassettes/logout.yaml: expected a cassette, found no such file; cassettes below cassettes: cassettes/node/own.yaml; --mode auto records it\n",
    )
    Path("cassettes/node/own.yaml").unlink()
    nothing = run("--", "touch", "ran")
    assert (nothing.returncode, Path("ran").exists()) == (2, False)
    assert "no cassette in cassettes; --mode auto records it" in nothing.stderr


def test_a_command_has_no_control_listener_where_that_is_switched_off() -> None:
    code = "import os; print(os.environ.get('ADOBE_PASS_CONTROL_URL'))"
    done = subprocess.run(
        command("--cassette", "logout", sys.executable, "-c", code),
        env=environment(**KEY, GATEWAY_CONTROL__ENABLED="false"), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=SOON, check=False,
    )  # fmt: skip
    assert done.stdout == "None\n"


def test_junit_has_a_case_for_each_miss() -> None:
    code = 'import os; from client import *; ask(os.environ["ADOBE_PASS_URL"], CABLEVISION)'
    assert run("--cassette", "logout", "--junit", "junit.xml", "--", sys.executable, "-c", code).returncode == 1
    suite = ET.parse("junit.xml").getroot().find("testsuite")  # noqa: S314  # our own
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    (failure,) = suite.iter("failure")
    assert "nearest: line" in (failure.text or "")


ENDS = [
    pytest.param(["sh", "-c", "exit 7"], 7, id="its own status"),
    pytest.param(["sh", "-c", "kill -9 $$"], 137, id="a signal"),
    pytest.param(["no-such-command-here"], 127, id="not found"),
    pytest.param(["./client.py"], 126, id="not executable"),
]


@pytest.mark.parametrize(("what", "status"), ENDS)
def test_it_exits_as_the_command_did(what: list[str], status: int) -> None:
    ended = run("--cassette", "logout", "--", *what)
    assert ended.returncode == status
    assert ("not played" in ended.stderr) == (status not in {126, 127})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--cassette", "nothing", "true"],
            "cassettes/nothing.yaml: expected a cassette, found no such file; cassettes in cassettes: logout; --mode auto records it",
        ),
        (["--cassette", "logout", "--mode", "passthrough", "true"], "--mode: expected one of replay, record, auto"),
        (
            ["--cassette", "logout", "--env", "A=B", "true"],
            "--env: expected the name of an environment variable, found",
        ),
        (["--cassette", "logout", "--env", "", "true"], "--env: expected the name of an environment variable, found"),
        (["--cassette", "logout", "--junit", "no/j.xml", "touch", "ran"], "--junit: expected a file in a folder"),
    ],
    ids=["no cassette", "no such mode", "no variable", "an empty one", "no such folder"],
)
def test_what_cannot_be_is_a_usage_error(arguments: list[str], said: str) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert said in ended.stderr


@pytest.fixture
def _heard() -> Iterator[None]:
    """Have Ctrl-C heard by what is started here, though whoever started the tests in the background had it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


SHELL = f"""
trap "touch told; exit 5" INT TERM USR1
{sys.executable} -c "import time, pathlib; pathlib.Path('up').touch(); time.sleep(60)"
"""
SERVICE = """
import {writeFileSync} from "node:fs";
const told = () => {writeFileSync("told", ""); process.exit(5)};
for (const signal of ["SIGINT", "SIGTERM", "SIGUSR1"]) process.on(signal, told);
setTimeout(() => {}, 60000);
writeFileSync("up", "");
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
@pytest.mark.parametrize("client", ["sh", "node"])
@pytest.mark.usefixtures("_heard")
def test_signals_go_to_all_of_the_command(client: str, number: signal.Signals) -> None:
    """To a shell's child too, which a signal to the shell alone would leave behind; the gateway then ends in order."""
    if shutil.which(client) is None:
        pytest.skip(f"{client} is not installed")
    app = Path("app.sh" if client == "sh" else "app.mjs")
    app.write_text(SHELL if client == "sh" else SERVICE, "utf-8")
    process = subprocess.Popen(
        command("--cassette", "logout", "--", client, str(app)), env=environment(**KEY), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        end = time.monotonic() + SOON
        while not Path("up").exists():
            assert time.monotonic() < end, "the command did not start"
            time.sleep(0.02)
        process.send_signal(number)
        _, said = process.communicate(timeout=SOON)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, Path("told").exists()) == (5, True)
    assert "1 interaction of cassettes/logout.yaml not played" in said


def test_a_signal_after_the_command_means_us() -> None:
    """What is said of the run cannot be written: the command has filled the pipe, and nobody reads."""
    script = "head -c 65536 /dev/zero >&2; touch filled"
    process = subprocess.Popen(
        command("--cassette", "logout", "--", "sh", "-c", script), env=environment(**KEY), stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        end = time.monotonic() + SOON
        while process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            if Path("filled").exists():
                process.terminate()
            time.sleep(0.1)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGTERM


def test_very_many_misses_are_all_counted() -> None:
    code = "import os; from client import *; [ask(os.environ['ADOBE_PASS_URL'], f'/{n}') for n in range(103)]"
    ended = run("--cassette", "logout", "--", sys.executable, "-c", code)
    assert ended.returncode == 1
    assert "103 requests had no answer in cassettes/logout.yaml" in ended.stderr
    assert "GET /99\n" in ended.stderr
    assert "and 3 more\n--mode auto records missing answers" in ended.stderr


def test_a_recording_does_not_go_behind_an_older_one() -> None:
    before = Path("cassettes/logout.yaml").read_bytes()
    ended = run("--cassette", "logout", "--mode", "record", "--", "touch", "ran")
    assert (ended.returncode, Path("ran").exists()) == (2, False)
    assert (
        "cassettes/logout.yaml has recordings of an earlier run. To record everything again, delete it, or use --re-record"
        in ended.stderr
    )
    assert Path("cassettes/logout.yaml").read_bytes() == before


def test_a_cassette_is_recorded_anew_and_kept_where_nothing_was(tmp_path: Path) -> None:
    file = tmp_path / "cassettes" / "logout.yaml"
    old = file.read_bytes()
    nothing = run("--cassette", "logout", "--re-record", "--", "true")
    assert (nothing.returncode, nothing.stderr) == (
        0,
        "gateway exec: cassettes/logout.yaml was not replaced: nothing was recorded\n",
    )
    assert file.read_bytes() == old
    Path("app.sh").write_text(f"{sys.executable} -c '{SCRIPT}' '{CABLEVISION}'\n", "utf-8")
    anew = run("--cassette", "logout", "--re-record", "--env", "API", "--", "sh", "app.sh")
    assert (anew.returncode, anew.stdout) == (0, "401\n"), anew.stderr
    assert anew.stderr.startswith("gateway exec: cassettes/logout.yaml: recorded again, 1 interaction\n")
    assert [one.request.target for one in load(file).interactions] == [CABLEVISION]
    assert sorted(one.name for one in file.parent.iterdir()) == ["logout.yaml", "logout.yaml.lock"]
    wrong = run("--cassette", "logout", "--re-record", "--mode", "auto", "--", "true")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "--re-record: expected no other --mode than record with it, found 'auto'\n",
    )


def test_an_upstream_that_does_not_answer_is_said() -> None:
    """The app may say no more than 502."""
    code = 'import os; from client import *; ask(os.environ["ADOBE_PASS_URL"])'
    Path("config.yaml").write_text("upstreams: {gone: {origin: 'http://127.0.0.1:1'}}\n", "utf-8")
    ended = run(
        "--cassette",
        "new",
        "--mode",
        "auto",
        "--upstream",
        "gone",
        "--config",
        "config.yaml",
        "--",
        sys.executable,
        "-c",
        code,
    )
    assert ended.returncode == 0
    assert "the upstream did not answer: error upstream_unreachable" in ended.stderr


def test_a_command_that_asks_nothing_records_nothing() -> None:
    for command, status in (("no-such-command-here", 127), ("true", 0)):
        assert run("--cassette", "new", "--mode", "auto", "--", command).returncode == status
        assert not Path("cassettes/new.yaml").exists()


def test_the_result_of_a_run_is_written_whatever_became_of_it() -> None:
    """What an earlier run left there would be taken for this one's."""
    Path("junit.xml").write_text("old", "utf-8")
    assert run("--cassette", "nothing", "--junit", "junit.xml", "--", "true").returncode == 2
    suite = ET.parse("junit.xml").getroot().find("testsuite")  # noqa: S314  # our own
    assert suite is not None
    assert suite.get("failures") == "1"
    assert "expected a cassette, found no such file" in Path("junit.xml").read_text("utf-8")
    Path("gone").mkdir()
    ended = run("--cassette", "logout", "--junit", "gone/junit.xml", "--", "sh", "-c", "rmdir gone; exit 7")
    assert ended.returncode == 7
    assert "gone/junit.xml: No such file or directory" in ended.stderr


def test_a_build_servers_page_shows_no_secret_of_the_command_line() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjNGZjM2U3ZSJ9.DJ9GFl_yKAp2Qw"  # an example
    run("--cassette", "logout", "--junit", "junit.xml", "--", "true", "-H", f"Authorization: Bearer {token}")
    assert token not in Path("junit.xml").read_text("utf-8")
    assert "Authorization: Bearer" in Path("junit.xml").read_text("utf-8")


@pytest.mark.parametrize("arguments", [["cassette", "show"], ["exec", "--cassette"], ["cassette", "repair"]])
def test_a_name_that_no_file_can_have_is_one_line(arguments: list[str]) -> None:
    more = ["--", "true"] if arguments[0] == "exec" else []
    ended = subprocess.run(
        [*GATEWAY, *arguments, "x" * 300, *more], env=environment(**KEY), capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "File name too long" in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*GATEWAY, "cassette", "show", "logout"], env=environment(**KEY), stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (2, "standard output: No space left on device\n")


LEAVING = """
import gzip, os, sys, urllib.request
from client import DISH, HEADERS
what = urllib.request.Request(os.environ["ADOBE_PASS_URL"] + DISH, headers=HEADERS, data=gzip.compress(b"what?"), method="GET")
try:
    urllib.request.urlopen(what)
except urllib.error.HTTPError:
    sys.exit(int(sys.argv[1]))
"""
"""A client whose request has a body that nobody can look into, so that its recording is refused; it swallows the answer."""


@pytest.mark.parametrize(("own", "status"), [(0, 1), (3, 3)], ids=["a command that succeeds", "one that fails"])
@pytest.mark.parametrize("mode", ["record", "auto"])
def test_a_recording_that_is_lost_fails_the_run(mode: str, own: int, status: int) -> None:
    """A command that fails itself keeps its status; either way what was lost is said, and JUnit has it."""
    Path("app.py").write_text(LEAVING, "utf-8")
    ended = run("--cassette", "new", "--mode", mode, "--junit", "j.xml", "--", sys.executable, "app.py", str(own))
    assert ended.returncode == status, ended.stderr
    why = "1 × a secret was left in it (redaction.on_leak)"
    assert f"1 recording lost; a replay will have no answer\n  {why}" in ended.stderr
    suite = ET.parse("j.xml").getroot().find("testsuite")  # noqa: S314  # our own
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1" if own == 0 else "2")
    assert why in str([failure.text for failure in suite.iter("failure")])


def test_a_full_disk_fails_the_run() -> None:
    code = 'import os; from client import *; ask(os.environ["ADOBE_PASS_URL"])'
    limited = (
        "import sys, resource; sys.dont_write_bytecode = True; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); "
    )
    ended = subprocess.run(
        [*GATEWAY[:2], limited + GATEWAY[2], *["exec", "--cassette", "new", "--mode", "record", "--"], sys.executable, "-c", code],
        env=environment(**KEY), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SOON, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "1 × not recorded: the disk took 100 of" in ended.stderr


def test_what_a_library_logs_is_told_by_its_name_and_quotes_nothing() -> None:
    """Its text may quote what was sent, and Python's own handler would wait until somebody reads it."""
    wrapped = (
        "import logging; from gateway.offline import execute as e; begin = e.execute\n"
        "def logging_execute(*a, **k):\n    logging.getLogger('asyncio').error('Bearer secret'); return begin(*a, **k)\n"
        "e.execute = logging_execute\nfrom gateway.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", wrapped, "exec", "--cassette", "logout", "--", "true"],
        env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SOON, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"logger": "asyncio"' in done.stderr
    assert "secret" not in done.stderr


def test_calls_are_logged_in_a_file_where_there_is_one() -> None:
    """Standard error is the command's, and has what is to be said at the end."""
    Path("config.yaml").write_text("log: {file: calls.log, format: console}\n", "utf-8")
    code = "import os; from client import ask; ask(os.environ['ADOBE_PASS_URL'])"
    done = run("--cassette", "logout", "--", sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    first, *_ = Path("calls.log").read_text("utf-8").splitlines()
    assert " 127.0.0.1 " in first
    assert " GET /api/v2/REF30/logout/Dish 200 cassette " in first
    assert "200 cassette" not in done.stderr
