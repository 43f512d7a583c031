"""The audit as JSON, for a program: all findings with their places."""

from __future__ import annotations

import json

from gateway.core.severity import RANK
from gateway.reports.model import Audited, Reported, Result, Sheet

VERSION = 1


def render(result: Result, _: Sheet) -> str:
    """Return the report as JSON text, in ASCII."""
    return json.dumps(_document(result), indent=2) + "\n"


def _document(result: Result) -> dict[str, object]:
    return {
        "version": VERSION,
        "tool": {"name": "pass-gateway", "version": result.version},
        "summary": {
            "cassettes": len(result.files),
            "calls": result.calls,
            "devices": len(result.devices),
            "findings": result.count(),
            "new": result.count(new=True),
            "fail_on": result.fail_on or "never",
            "failed": result.failed,
        },
        "now": result.now or None,
        "devices": [{"name": device.name, "description": device.description} for device in result.devices],
        "checks": [
            {"id": info.id, "severity": severity, "title": info.title, "page": info.page, "fix": info.fix}
            for info, severity in result.checks
        ],
        "cassettes": [
            {"path": file.path, "calls": [_call(audited) for audited in file.interactions]} for file in result.files
        ],
        "not_judged": result.not_judged(),
        "defects": [{"id": defect.id, "error": defect.error} for defect in result.defects()],
    }


def _call(audited: Audited) -> dict[str, object]:
    return {
        "number": audited.number,
        "line": audited.line or None,
        "recorded_at": audited.recorded_at or None,
        "device": audited.device.name,
        "method": audited.request.method,
        "target": audited.request.target,
        "status": audited.response.status,
        "findings": [_finding(reported) for reported in sorted(audited.findings, key=_rank)],
        "not_judged": [{"id": note.id, "reason": note.reason} for note in audited.not_judged],
    }


def _rank(reported: Reported) -> int:
    return RANK[reported.finding.severity]


def _finding(reported: Reported) -> dict[str, object]:
    finding = reported.finding
    return {
        "id": finding.id,
        "severity": finding.severity,
        "where": finding.where,
        "found": finding.found,
        "expected": finding.expected,
        "source": finding.source,
        "live": reported.live,
        "known": reported.known,
        "fingerprint": reported.fingerprint,
    }
