"""The result of `gateway exec` as JUnit XML."""

from __future__ import annotations

from gateway.offline.outcome import Ran
from gateway.reports.junit_xml import Case, Ending, Suite, document


def render(ran: Ran, command: str, timestamp: str) -> str:
    """Return one suite. The command is a test case. Each request without an answer is another one, and so is a recording with losses.

    `timestamp`: the start of the command, as `2026-11-27T01:43:40`.
    """
    name = ran.outcome.cassette
    failed = Ending("failure", f"exit status {ran.status}", ran.problem) if ran.status else None
    cases = [Case(command, name, failed, ran.seconds)]
    for miss in ran.outcome.misses:
        request, _, rest = miss.partition("\n")
        cases.append(Case(request, name, Ending("failure", "no answer in the cassette", rest)))
    if ran.outcome.lost:
        title, _, why = ran.outcome.not_recorded().partition("\n")
        cases.append(Case("recording", name, Ending("failure", title, why)))
    more = ran.outcome.missed - len(ran.outcome.misses)
    return document([Suite("gateway exec", "gateway", cases, ran.text(), timestamp, ran.seconds, more)])
