"""Reports of an audit, a file for each format, in the order of `--format`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.core.model import Severity
from gateway.reports import html, json, junit, markdown, sarif, table
from gateway.reports.model import Result, Sheet

REPORTS: Mapping[str, Callable[[Result, Sheet], str]] = {
    "table": table.render,
    "json": json.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "markdown": markdown.render,
    "html": html.render,
}

SEVERITY_OF: Mapping[str, Severity | None] = {"error": "error", "warning": "warning", "never": None}
"""Values of `--fail-on`. An audit fails from this severity on."""
