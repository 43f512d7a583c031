"""The audit as SARIF 2.1.0: a code host shows each finding on the line of its interaction.

Facts
-----
* A `uri` is relative to the working directory (section 3.4.3), so that the file means the same on another machine.
* A `region` with only a `startLine` is that line (section 3.30.5). An interaction without a known line has no region.
* GitHub recognises a finding by `primaryLocationLineHash`. Our value does not depend on the line. Equal findings are numbered.
* Checks that could not judge, or raised an error, are notifications of the invocation (section 3.20.21). They are not findings in the
  cassette.
"""

from __future__ import annotations

import json
from collections import Counter
from urllib.parse import quote

from gateway.core.checking import CheckInfo
from gateway.core.model import Severity
from gateway.core.text import printable
from gateway.reports.model import Audited, Reported, Result, Sheet, family

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def render(result: Result, _: Sheet) -> str:
    """Return the report as JSON text, in ASCII."""
    driver: dict[str, object] = {
        "name": "pass-gateway",
        "rules": [_rule(info, severity) for info, severity in result.checks],
    }
    if result.version:
        driver["version"] = result.version
        driver["semanticVersion"] = result.version
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notifications(result)}],
        "artifacts": [{"location": {"uri": uri(file.path)}} for file in result.files],
        "results": _results(result),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def uri(path: str) -> str:
    """Return a relative path as a URI reference. Its first segment has no colon, which would end a scheme (RFC 3986 section 4.2)."""
    return quote(path, safe="/", errors="surrogateescape")


def _rule(info: CheckInfo, severity: Severity) -> dict[str, object]:
    explanation = " ".join(info.explanation.split()) or info.title
    help_text = f"{info.fix} ({info.page})"
    return {
        "id": info.id,
        "name": "".join(word.capitalize() for word in "".join(c if c.isalnum() else " " for c in info.title).split()),
        "shortDescription": {"text": info.title},
        "fullDescription": {"text": explanation},
        "help": {"text": help_text, "markdown": f"{info.fix} [Adobe's page about it]({info.page})."},
        "helpUri": info.page,
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"tags": [family(info.id)]},
    }


def _results(result: Result) -> list[dict[str, object]]:
    index = {info.id: number for number, (info, _) in enumerate(result.checks)}
    twins: Counter[tuple[str, str]] = Counter()
    results = []
    for audited, reported in result.findings:
        twins[audited.cassette, reported.fingerprint] += 1
        results.append(_result(result, audited, reported, index, twins[audited.cassette, reported.fingerprint]))
    return results


def _result(
    result: Result, audited: Audited, reported: Reported, index: dict[str, int], twin: int
) -> dict[str, object]:
    finding = reported.finding
    place: dict[str, object] = {"artifactLocation": {"uri": uri(audited.cassette)}}
    if audited.line:
        place["region"] = {"startLine": audited.line}
    title = result.title(finding.id) or finding.id
    live = " (found live)" if reported.live else ""
    found: dict[str, object] = {
        "ruleId": finding.id,
        "level": LEVELS[finding.severity],
        "message": {
            "text": printable(f"{title}{live}. {finding.where}: found {finding.found}, expected {finding.expected}.")
        },
        "locations": [{"physicalLocation": place, "logicalLocations": [{"name": printable(finding.where)}]}],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{reported.fingerprint}:{twin}",
            "passGateway/v1": reported.fingerprint,
        },
        "properties": {"device": printable(audited.device.name), "live": reported.live},
    }
    if finding.id in index:
        found["ruleIndex"] = index[finding.id]
    if result.compared:
        found["baselineState"] = "unchanged" if reported.known else "new"
    return found


def _notifications(result: Result) -> list[dict[str, object]]:
    not_judged = [
        _notification(check, "note", f"{check} was not judged: {reason}")
        for reason, checks in result.not_judged().items()
        for check in checks
    ]
    raised = [
        _notification(defect.id, "error", f"{defect.id} raised {defect.error}: a defect in the gateway")
        for defect in result.defects()
    ]
    return [*not_judged, *raised]


def _notification(check: str, level: str, text: str) -> dict[str, object]:
    return {"associatedRule": {"id": check}, "level": level, "message": {"text": text}}
