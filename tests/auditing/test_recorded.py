"""Cassettes audited afterwards, and the commands that do it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

import gateway
from gateway.auditing.auditor import Auditor
from gateway.auditing.explaining import UnknownCheckError
from gateway.auditing.recorded import (
    audit,
    live_findings,
    shown,
    write_report,
)
from gateway.cassettes.findings import Findings, lines_of
from gateway.cassettes.format import HEAD, dump
from gateway.cli import app
from gateway.core.audit import Audit
from gateway.core.checking import About, Judged, OverTimeCheck, Said
from gateway.core.checks import CHECKS
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.secrets.policy import Policy
from gateway.core.times import seconds_of
from gateway.core.unseen import digest_of, unseen_of
from gateway.reports import REPORTS
from gateway.reports.model import Reported, Sheet
from gateway.samples import samples
from tests.harness.for_each import for_each
from tests.legs import again
from tests.reports.recordings import (
    REDACTION,
    call,
    fleet,
    hostile,
    html_answer,
    identifier,
    recorded,
    token,
    write,
)

EXPIRED = {"Authorization": f"Bearer {token(ends_in=-60)}"}
LIVE_XFF = {"id": "XFF002", "severity": "warning", "where": "header X-Forwarded-For", "found": "a private address", "expected": "a public address"}  # fmt: skip
VCRPY = f"""\
interactions:
- request:
    body: null
    headers:
      Accept: ['*/*']
      Authorization: ['Bearer {token(ends_in=-60)}']
      AP-Device-Identifier: ['{identifier("ba23d141-d715-561c-94f4-e9e4c966b1eb")}']
      User-Agent: [python-requests/2.32]
    method: GET
    uri: https://api.auth.adobe.com/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fexample.com
  response:
    body: {{string: '{{}}'}}
    headers: {{Content-Type: [application/json]}}
    status: {{code: 200, message: OK}}
version: 1
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(*interactions: Interaction, now: float | None = None) -> dict[str, Reported]:
    """Return the findings of a cassette by check."""
    path = write(Path("one.yaml"), list(interactions))
    result = audit([path], redaction=REDACTION, now=now)
    return {reported.finding.id: reported for _, reported in result.findings}


def test_the_clock_is_the_recording_s_own() -> None:
    """A token that was valid then is no finding, whenever the cassette is audited."""
    assert "AUTH003" not in found(recorded(call()))
    assert "AUTH003" in found(recorded(call()), now=seconds_of("2027-11-21T22:17:05Z"))


def test_another_time_leaves_what_lies_between_calls_as_it_was() -> None:
    """With --now all tokens are judged at one time, and the call after a 429 is no sooner for that."""
    calls = [recorded(call(), html_answer(429)), recorded(call(), seconds=0.2), recorded(call(), seconds=60)]

    then, later = found(*calls), found(*calls, now=seconds_of("2027-11-21T22:17:05Z"))

    assert "THR002" in then
    assert then["THR002"].finding == later["THR002"].finding
    assert "THR002" not in found(calls[0], calls[2], now=0.0)


def test_an_interaction_without_a_date_is_judged_without_one() -> None:
    undated = replace(recorded(call(**EXPIRED)), recorded_at="")
    path = write(Path("one.yaml"), [undated])

    assert "AUTH003" in audit([path]).not_judged()["no date"]
    assert "no date" not in audit([path], now=seconds_of("2026-11-22"), checks=[c for c in CHECKS if not isinstance(c, OverTimeCheck)]).not_judged()  # fmt: skip


def test_interactions_are_judged_in_the_order_of_their_times() -> None:
    """A cassette that was put together from others may hold the later call first."""
    early, late = recorded(call(), html_answer(429)), recorded(call(), seconds=0.2)
    path = write(Path("one.yaml"), [late, early])

    ids = [[r.finding.id for r in audited.findings] for audited in audit([path]).files[0].interactions]

    assert "THR002" in ids[0]
    assert "THR002" not in ids[1]


def test_a_cassette_is_audited_by_itself() -> None:
    first = write(Path("a.yaml"), [recorded(call(), html_answer(429))])
    second = write(Path("b.yaml"), [recorded(call(), seconds=0.2)])

    assert not any(reported.finding.id == "THR002" for _, reported in audit([first, second]).findings)


def test_what_redaction_took_out_is_neither_missing_nor_malformed() -> None:
    """The eight samples: what is in the cassette is what a person finds who reads the samples, and nothing of redaction."""
    path = write(Path("samples.yaml"), [recorded(sample.request, seconds=n * 60) for n, sample in enumerate(samples())])
    redacted = audit([path])
    plain = [
        Auditor(Audit(CHECKS)).judge(Judged(sample.request, at=seconds_of("2026-11-21"), origin="https://api.auth.adobe.com"))
        for sample in samples()
    ]  # fmt: skip

    for audited, verdict in zip(redacted.files[0].interactions, plain, strict=True):
        of_request = {finding.id for finding in verdict.findings}
        of_recording = {r.finding.id for r in audited.findings if not r.finding.id.startswith(("RESP", "V1002"))}
        assert of_recording <= of_request
        assert of_request - of_recording <= {note.id for note in audited.not_judged}


def test_a_recording_of_vcrpy_is_audited_too() -> None:
    Path("vcr.yaml").write_text(VCRPY)
    result = audit([Path("vcr.yaml")])

    ids = {reported.finding.id for _, reported in result.findings}
    assert {"HDR004", "XFF001"} <= ids
    assert "AUTH003" in result.not_judged()["no date"]


def test_no_secret_of_an_unredacted_recording_is_in_a_report() -> None:
    Path("vcr.yaml").write_text(VCRPY)
    result = audit([Path("vcr.yaml")])

    secrets = (token(ends_in=-60), "YmEyM2QxNDEt", "ba23d141-d715-561c-94f4-e9e4c966b1eb", "c4fc3e7e-12d9")
    for render in REPORTS.values():
        text = render(result, Sheet())
        assert [secret for secret in secrets if secret in text] == []


@for_each(
    ("about", "live"),
    [
        ({"findings": [LIVE_XFF]}, ["XFF002"]),
        ({"findings": [LIVE_XFF | {"id": "THR003"}]}, ["THR003"]),  # calls before it were not recorded
        ({"findings": [LIVE_XFF | {"id": "DEV005"}]}, ["DEV005"]),  # redacted, so not judged afresh
        ({"findings": [LIVE_XFF | {"id": "RW001"}]}, ["RW001"]),  # a rule said it
        ({"findings": [LIVE_XFF | {"id": "AUTH001"}]}, []),  # judged afresh
        ({"findings": [LIVE_XFF | {"id": "AUTH001"}], "rewritten_from": "DELETE /api/v1/logout"}, ["AUTH001"]),
        ({"findings": None}, []),
        ({"findings": "XFF002"}, []),
        ({"findings": [7, {}, {"id": "XFF002"}, {"id": 7, "severity": "error"}, LIVE_XFF | {"severity": "dire"}]}, []),
    ],
)
def test_what_a_cassette_cannot_tell_is_taken_from_what_was_found_live(
    about: dict[str, object], live: list[str]
) -> None:
    reported = found(recorded(call(), about=about)).values()

    assert [entry.finding.id for entry in reported if entry.live] == live


IDENTIFIED = {
    "id": "DEV005",
    "severity": "error",
    "where": "header AP-Device-Identifier",
    "found": "a word",
    "expected": "x",
}
AUDITED = digest_of(unseen_of(CHECKS, Policy()))


def test_an_audit_of_the_same_checks_says_what_was_found_live_of_what_it_cannot_see() -> None:
    """Neither an expired token that nobody found, nor that something was not judged."""
    path = write(Path("one.yaml"), [recorded(call(**EXPIRED), about={"findings": [IDENTIFIED], "audited": AUDITED})])
    result = audit([path])
    assert {r.finding.id: (r.finding.found, r.live) for _, r in result.findings}["DEV005"] == ("a word", True)
    assert "AUTH003" not in {r.finding.id for _, r in result.findings}
    assert "redacted" not in result.not_judged()

    fewer = audit([path], settings={"DEV007": "off"})  # not the same checks, so that it looks itself
    assert {"DEV005", "AUTH003"} <= {r.finding.id for _, r in fewer.findings}
    later = audit([path], now=seconds_of("2100-01-01"))  # a token's end is looked at again
    assert {"DEV005", "AUTH003"} <= {r.finding.id for _, r in later.findings}

    was = IDENTIFIED | {"id": "AUTH003", "where": "header Authorization"}
    path = write(Path("two.yaml"), [recorded(call(), about={"findings": [was], "audited": AUDITED})])
    assert "AUTH003" in {r.finding.id for _, r in audit([path]).findings}
    assert "AUTH003" not in {r.finding.id for _, r in audit([path], now=seconds_of("2020-01-01")).findings}


def test_of_an_answer_the_words_of_then_are_taken_and_nothing_else() -> None:
    """Redaction moves what breaks off; who mends a recorded answer finds it mended."""
    where = {
        "id": "RESP006",
        "severity": "warning",
        "where": "body",
        "found": "JSON that breaks off at column 7",
        "expected": "JSON",
    }
    for body, says in ((b"{,", ["JSON that breaks off at column 7"]), (b"{}", [])):
        answer = Response(200, headers=Headers.of({"Content-Type": "application/json"}), body=body, source="upstream")
        interaction = recorded(call(), answer, about={"findings": [where], "audited": AUDITED})
        assert [r.finding.found for name, r in found(interaction).items() if name == "RESP006"] == says


def test_findings_beside_a_cassette_are_reported_in_its_words_and_by_its_devices() -> None:
    interaction = recorded(call(), about={"device": "roku-02c1f7"})
    noted = replace(
        interaction, about={"device": "device-02c1f7", "findings": [LIVE_XFF, IDENTIFIED | {"id": "GONE001"}]}
    )
    path = write(Path("one.yaml"), [interaction])
    Path("one.findings.jsonl").write_bytes(lines_of(Findings((noted, noted), full=True)))
    result = audit([path], settings={"XFF002": "info"})
    assert [(file.path, len(file.interactions), file.is_full) for file in result.files] == [
        ("one.yaml", 1, False),
        ("one.findings.jsonl", 2, True),
    ]
    second = result.files[1].interactions[1]
    assert (second.place, second.device.name) == ("one.findings.jsonl:2", "roku-02c1f7")
    assert [(r.finding.id, r.finding.severity, r.live) for r in second.findings] == [
        ("XFF002", "info", True),
        ("GONE001", "error", True),
    ]
    path.unlink()  # nothing was recorded
    assert [file.path for file in audit([path]).files] == ["one.findings.jsonl"]
    for render in REPORTS.values():
        assert "one.findings" in render(result, Sheet())


def test_a_live_finding_has_today_s_severity_and_can_be_switched_off() -> None:
    path = write(Path("one.yaml"), [recorded(call(), about={"findings": [LIVE_XFF]})])

    (reported,) = [r for _, r in audit([path]).findings if r.live]
    assert reported.finding.severity == "error"
    assert not any(r.live for _, r in audit([path], settings={"XFF002": "off"}).findings)


def test_a_finding_is_not_told_twice() -> None:
    again = {"id": "V1001", "severity": "info", "where": "path", "found": "REST API v1", "expected": "REST API V2"}
    request = Request("DELETE", "/api/v1/logout?deviceId=ba23d141-d715-561c-94f4-e9e4c966b1eb", Headers())

    (reported,) = [r for name, r in found(recorded(request, about={"findings": [again]})).items() if name == "V1001"]
    assert not reported.live


def test_what_was_found_of_one_message_is_told_once_though_it_went_out_as_several() -> None:
    """A rule's legs each hold the live findings of the app's one request."""
    legs = [
        recorded(call(), about={"id": exchange, "findings": [LIVE_XFF], "rewritten_from": "DELETE /api/v1/logout"})
        for exchange in ("a-1", "a-1", "a-1", "a-2", "")
    ]
    result = audit([write(Path("legs.yaml"), legs)], redaction=REDACTION)
    live = [number for number, entry in enumerate(result.interactions) if any(r.live for r in entry.findings)]
    assert live == [0, 3, 4]


def test_settings_change_severities_and_switch_off() -> None:
    path = write(Path("one.yaml"), [recorded(call(**EXPIRED, Accept="*/*"))])
    result = audit([path], settings={"AUTH003": "info", "HDR004": "off"})

    severities = {reported.finding.id: reported.finding.severity for _, reported in result.findings}
    assert severities["AUTH003"] == "info"
    assert "HDR004" not in severities
    assert not result.failed


def test_a_setting_of_a_check_that_there_is_not_is_said() -> None:
    with pytest.raises(UnknownCheckError, match=r"audit\.checks: no check is called AUTH999"):
        audit([], settings={"AUTH999": "off"})


def test_a_check_that_raises_is_a_defect_and_the_others_go_on() -> None:
    def broken(_: object) -> Said:
        raise KeyError

    about = About(id="BAD001", severity="error", title="Broken", page="https://example.com", fix="None.")
    fine = next(check for check in CHECKS if check.info.id == "HDR004")
    path = write(Path("one.yaml"), [recorded(call(Accept="*/*"))])
    result = audit([path], checks=[about.request(broken), fine])

    assert [(defect.id, defect.error) for defect in result.defects()] == [("BAD001", "KeyError")]
    assert [reported.finding.id for _, reported in result.findings] == ["HDR004"]


def test_a_folder_stands_for_the_cassettes_in_it() -> None:
    write(Path("tapes/one.yaml"), fleet())
    write(Path("tapes/deep/two.yml"), fleet())
    assert [file.path for file in audit([Path("tapes"), Path("tapes/one.yaml")]).files] == [
        "tapes/deep/two.yml",
        "tapes/one.yaml",
    ]


def test_a_report_names_a_cassette_from_where_it_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    assert shown(tmp_path / "work" / "cassettes" / "logout.yaml") == "cassettes/logout.yaml"
    assert shown(tmp_path / "logout.yaml") == "../logout.yaml"


def test_live_findings_may_be_anything() -> None:
    assert [finding.id[:4] for finding in live_findings(hostile())] == ["EVIL"]


def test_write_report_writes_a_page_and_returns_the_result() -> None:
    result = write_report(write(Path("fleet.yaml"), fleet()), Path("fleet.html"))

    assert Path("fleet.html").read_text().startswith("<!doctype html>")
    assert result.calls == 10


# the commands


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(app, arguments, env=environ)


@pytest.fixture
def tape() -> str:
    return str(write(Path("cassettes/logout.yaml"), fleet()))


@pytest.mark.parametrize("name", REPORTS)
def test_each_format_goes_to_standard_output_or_a_file(tape: str, name: str) -> None:
    printed = run("audit", tape, "--format", name)
    written = run("audit", tape, "--format", name, "--output", f"report.{name}")

    assert printed.exit_code == written.exit_code == 1
    assert Path(f"report.{name}").read_text(encoding="utf-8") == printed.stdout
    assert written.stdout == f"report.{name}: 9 errors, 16 warnings, 11 notes, in 10 calls of 5 devices\n"


@for_each(
    ("interaction", "options", "status"),
    [
        (recorded(call(**EXPIRED)), [], 1),
        (recorded(call(**EXPIRED)), ["--fail-on", "never"], 0),
        (recorded(call(Accept="text/html")), [], 0),
        (recorded(call(Accept="text/html")), ["--fail-on", "warning"], 1),
        (recorded(call(Accept="*/*")), ["--fail-on", "warning"], 0),
        (recorded(call()), ["--now", "2027-01-01"], 1),
        (recorded(call()), ["--now", "0001-01-01T00:00:00+23:59"], 0),
    ],
)
def test_the_exit_status_is_1_where_something_is_bad_enough(
    interaction: Interaction, options: list[str], status: int
) -> None:
    write(Path("one.yaml"), [interaction])

    assert run("audit", "one.yaml", *options).exit_code == status


@for_each(
    ("options", "message"),
    [
        (["nowhere.yaml"], "nowhere.yaml: expected a cassette or a folder of cassettes, found no such file or folder; cassettes in .: bad, one\n"),
        (["tests/nowhere"], "tests/nowhere: expected a cassette or a folder of cassettes, found no such file or folder; there is no folder tests\n"),
        (["nothing"], "nothing: expected a cassette or a folder of cassettes, found no such file or folder, and no cassettes/nothing.yaml; there is no folder cassettes\n"),
        (["bad.yaml"], "bad.yaml:1"),
        (["."], "bad.yaml:"),
        (["one.yaml", "--format", "pdf"], "--format: expected one of table, json, junit, sarif, markdown, html, found 'pdf'"),
        (["one.yaml", "--fail-on", "info"], "--fail-on: expected one of error, warning, never, found 'info'"),
        (["one.yaml", "--now", "today"], "--now: expected a time such as 2026-11-21T22:17:05Z, found 'today'"),
        (["one.yaml", "--update-baseline"], "--update-baseline: expected also --baseline FILE"),
        (["one.yaml", "--baseline", "none.json"], "none.json: expected a baseline, found: No such file or directory; --update-baseline writes one"),
        (["one.yaml", "--baseline", "one.yaml"], "one.yaml: expected a baseline, found text that is no JSON"),
        (["one.yaml", "--baseline", "latin.json"], "latin.json: expected UTF-8, found other bytes"),
        (["one.yaml", "--output", "none/report.html"], "none/report.html: No such file or directory"),
        (["one.yaml", "--config", "none.yaml"], "none.yaml"),
        ([], "PATH: expected cassettes, --history FILE or --fleet, found nothing"),
    ],
)  # fmt: skip
def test_unusable_input_ends_with_2_and_a_sentence(options: list[str], message: str) -> None:
    write(Path("one.yaml"), [recorded(call())])
    Path("bad.yaml").write_bytes(HEAD + dump(recorded(call()))[:-40])
    Path("latin.json").write_bytes(b"\xff\xfe")
    result = run("audit", *options)

    assert result.exit_code == 2
    assert message in result.stderr


def test_a_build_fails_only_on_what_is_new(tape: str) -> None:
    assert run("audit", tape, "--baseline", "known.json", "--update-baseline").exit_code == 0
    known = run("audit", tape, "--baseline", "known.json", "--format", "json")
    assert known.exit_code == 0
    assert json.loads(known.stdout)["summary"]["new"] == {"error": 0, "warning": 0, "info": 0}

    swapped = replace(call(), target="/api/v2/logout/REF30/Dish?redirectUrl=https%3A%2F%2Fexample.com")
    write(Path(tape), [*fleet(), recorded(swapped, seconds=600)])
    new = run("audit", tape, "--baseline", "known.json", "--format", "json")
    assert new.exit_code == 1
    found = [f for c in json.loads(new.stdout)["cassettes"][0]["calls"] for f in c["findings"] if not f["known"]]
    assert "ROUTE002" in {finding["id"] for finding in found}


def test_a_baseline_outlives_a_recording_under_another_key(tape: str) -> None:
    run("audit", tape, "--baseline", "known.json", "--update-baseline")
    redacted = [again(REDACTION, interaction) for interaction in fleet()]
    write(Path(tape), [recorded(call("Other"), seconds=-600), *redacted])

    assert run("audit", tape, "--baseline", "known.json").exit_code == 0


def test_the_configuration_may_switch_a_check_off(tape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_AUDIT__CHECKS", "{AUTH003: off}")
    report = json.loads(run("audit", tape, "--format", "json").stdout)

    assert "AUTH003" not in {check["id"] for check in report["checks"]}


def test_an_audit_writes_no_key(tape: str) -> None:
    run("audit", tape)

    assert sorted(path.name for path in Path().iterdir()) == ["cassettes"]


def test_list_checks_prints_each_with_severity_title_and_page() -> None:
    result = run("list", "checks")

    lines = result.stdout.splitlines()
    assert len(lines) == len(CHECKS)
    for line, check in zip(lines, CHECKS, strict=True):
        info = check.info
        assert line.split()[:2] == [info.id, info.severity]
        assert info.title in line
        assert line.endswith(f" {info.page}")


def test_explain_says_more_and_suggests() -> None:
    assert run("explain", "AUTH003").stdout.startswith("AUTH003  error  ")
    unknown = run("explain", "AUTH03")
    assert unknown.exit_code == 2
    assert "did you mean AUTH003" in unknown.stderr


def test_reports_are_utf_8_whatever_the_locale(tape: str) -> None:
    program = "from gateway.cli import main; main()"
    environ = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(gateway.__file__).parent.parent)}
    result = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", program, "audit", tape, "--format", "junit"],
        capture_output=True,
        check=False,
        env=environ,
    )

    assert result.returncode == 1
    ET.fromstring(result.stdout)  # noqa: S314  # our own report


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path / "fine.yaml", [recorded(call(), html_answer(429))])
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text("interactions: [\n", "ascii")
    said = CliRunner().invoke(app, ["audit", str(tmp_path)])
    lines = said.output.splitlines()
    assert (said.exit_code, [Path(line.partition(":")[0]).name for line in lines]) == (2, ["one.yaml", "two.yaml"])
