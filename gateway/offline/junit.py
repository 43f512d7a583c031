"""What `gateway exec` says as JUnit XML, in the form that both published schemas take (see gateway/reports/junit.py)."""

from __future__ import annotations

from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from gateway.offline.outcome import Ran
from gateway.reports.model import printable


def render(ran: Ran, command: str, at: datetime) -> str:
    """Return one suite: the command is a test case, and so is each request that had no answer, and a recording with losses."""
    name = ran.outcome.cassette
    cases = [_case(command, name, f"exit status {ran.status}" if ran.status else "", ran.problem, ran.seconds)]
    for miss in ran.outcome.misses:
        request, _, rest = miss.partition("\n")
        cases.append(_case(request, name, "no answer in the cassette", rest))
    more = ran.outcome.missed - len(ran.outcome.misses)
    if ran.outcome.lost:
        title, _, why = ran.outcome.not_recorded().partition("\n")
        cases.append(_case("recording", name, title, why))
    failures = (ran.status != 0) + ran.outcome.missed + bool(ran.outcome.lost)
    about = {
        "name": "gateway exec",
        "tests": len(cases) + more,
        "failures": failures,
        "errors": 0,
        "skipped": 0,
        "time": f"{ran.seconds:.3f}",
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S"),
        "hostname": "localhost",
        "id": 0,
        "package": "gateway",
    }
    told = "\n".join(map(printable, ran.text().splitlines()))
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<testsuites>",
            f"  <testsuite{_attributes(about)}>",
            "    <properties/>",
            *cases,
            f"    <system-out>{escape(told)}</system-out>",
            "    <system-err/>",
            "  </testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _case(name: str, cassette: str, message: str, text: str, seconds: float = 0.0) -> str:
    opening = f"    <testcase{_attributes({'name': name, 'classname': cassette, 'time': f'{seconds:.3f}'})}"
    if not message:
        return f"{opening}/>"
    inner = "\n".join(map(printable, text.splitlines()))
    failure = f"      <failure{_attributes({'message': message, 'type': 'failure'})}>{escape(inner)}</failure>"
    return "\n".join([f"{opening}>", failure, "    </testcase>"])


def _attributes(values: dict[str, object]) -> str:
    return "".join(f" {name}={quoteattr(printable(str(value)))}" for name, value in values.items())
