"""The auditor: hands in the clock, keeps the slices within bounds, counts what fails and what could not be judged."""

from __future__ import annotations

from gateway.auditing.auditor import Auditor
from gateway.core.adobe.call import Call
from gateway.core.audit import Audit, NotJudged
from gateway.core.checking import About, Noticed, Said, SeenExchange
from gateway.core.checks import CHECKS
from gateway.core.state import MemoryState
from gateway.core.verdict import Defect
from tests.core.checks.calls import AT, CODE, PROFILES, answer, bearer, call, fingerprint

ABOUT = About(id="TEST1", severity="warning", title="A test's", page="", fix="")


@ABOUT.over_time(lambda call: call.path, timed=False)
def third(before: int | None, seen: SeenExchange) -> tuple[int | None, tuple[Noticed, ...]]:
    """Say so of each third call of a path; forget it then."""
    if before == 2:
        return None, (Noticed("path", seen.call.path, "two calls"),)
    return (before or 0) + 1, ()


@ABOUT.request
def failing(call: Call) -> Said:
    """Fail on one path."""
    if call.path == "/bad":
        raise ZeroDivisionError
    return ()


def found(auditor: Auditor, *paths: str) -> list[int]:
    return [len(auditor.judge(call(path)).findings) for path in paths]


def test_slices_are_kept_from_one_exchange_to_the_next() -> None:
    auditor = Auditor(Audit([third]))
    assert found(auditor, "/a", "/b", "/a", "/a", "/a") == [0, 0, 0, 1, 0]


def test_a_slice_of_none_is_forgotten() -> None:
    state = MemoryState()
    auditor = Auditor(Audit([third]), state=state)
    found(auditor, "/a", "/a")
    assert len(state.slices) == 1
    found(auditor, "/a")
    assert len(state.slices) == 0


def test_the_slice_that_was_asked_for_last_stays_longest() -> None:
    state = MemoryState(room=4000)
    auditor = Auditor(Audit([third]), state=state)
    for number in range(100):
        assert found(auditor, "/a", "/a", f"/{number}") == [0, 0, 0]
        assert found(auditor, "/a") == [1]
    assert len(state.slices) < 20


def test_slices_are_bounded_in_bytes() -> None:
    state = MemoryState(room=1 << 18)
    auditor = Auditor(Audit(CHECKS), state=state)
    for number in range(1000):
        auditor.judge(call(at=AT + number, ap_device_identifier=fingerprint(f"device {number}")))
    assert 200 < len(state.slices) < 1500


def test_the_clock_is_for_exchanges_that_have_no_date() -> None:
    expired = call(at=None, authorization=bearer(exp=AT))
    assert "AUTH003" in {finding.id for finding in Auditor(Audit(CHECKS), clock=lambda: AT).judge(expired).findings}
    assert "AUTH003" not in {
        finding.id for finding in Auditor(Audit(CHECKS), clock=lambda: AT - 1).judge(expired).findings
    }
    assert NotJudged("AUTH003", "no date") in Auditor(Audit(CHECKS)).judge(expired).not_judged
    dated = call(at=AT - 1, authorization=bearer(exp=AT))
    assert "AUTH003" not in {finding.id for finding in Auditor(Audit(CHECKS), clock=lambda: AT).judge(dated).findings}


def test_what_fails_is_counted_and_heard_of_once() -> None:
    heard: list[Defect] = []
    auditor = Auditor(Audit([failing]), on_defect=heard.append)
    for path in ("/bad", "/good", "/bad"):
        auditor.judge(call(path))
    auditor.judge_request(call("/bad"))
    assert heard == [Defect("TEST1", "ZeroDivisionError")]
    assert auditor.defects == {Defect("TEST1", "ZeroDivisionError"): 3}


def test_what_could_not_be_judged_is_counted() -> None:
    auditor = Auditor(Audit(CHECKS))
    for _ in range(3):
        auditor.judge(call(at=None))
    assert auditor.not_judged[NotJudged("AUTH003", "no date")] == 3


def test_a_request_alone_is_judged_and_not_remembered() -> None:
    state = MemoryState()
    auditor = Auditor(Audit(CHECKS), clock=lambda: AT, state=state)
    assert [finding.id for finding in auditor.judge_request(call(at=None, accept="*/*")).findings] == ["HDR004"]
    assert len(state.slices) == 0


def test_the_throttles_worked_example_is_foreseen() -> None:
    """The page's own times: thirteen calls pass, and the one at 2.4 s is answered 429. It is said at 1.8 s."""
    auditor = Auditor(Audit(CHECKS))
    foreseen = []
    for seconds in (0, 0.3, 0.6, 0.9, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 2.1, 2.2):
        verdict = auditor.judge(call(PROFILES, at=AT + seconds))
        foreseen += [seconds for finding in verdict.findings if finding.id == "THR003"]
    assert foreseen == [1.8]
    refused = auditor.judge(call(PROFILES, at=AT + 2.4, answer=answer(b"<html>", 429, "text/html")))
    assert [finding.id for finding in refused.findings] == ["THR001"]
    assert [finding.id for finding in auditor.judge(call(PROFILES, at=AT + 2.6)).findings] == ["THR002"]


def test_a_conversation_is_followed() -> None:
    """Login, polling, logout with another identifier: what the integration got wrong, where it got it wrong."""
    auditor = Auditor(Audit(CHECKS))
    told = [
        [finding.id for finding in auditor.judge(judged).findings]
        for judged in (
            call("/api/v2/REF30/configuration", at=AT),
            call(CODE, at=AT + 10),
            call(CODE, at=AT + 11),
            call(PROFILES, at=AT + 15, adobe_subject_token=None),
            call(at=AT + 20, ap_device_identifier=fingerprint("after an update")),
        )
    ]
    assert told == [[], [], ["THR004"], [], ["DEV006"]]
