"""The baseline: fingerprints of the known findings. A new recording of the same mistake has the same fingerprint.

Facts
-----
* A fingerprint is made of the check, the route, the place, and the shapes of the found and the expected value. It contains no line, date,
  pseudonym or number. So it does not depend on the day or the key of a recording.
* A fingerprint does not contain the device: the devices of a fleet make the same mistakes.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256

from gateway.core.adobe.routes import place_of
from gateway.core.mistake import Mistake
from gateway.core.model import Finding
from gateway.core.secrets.pseudonyms import is_pseudonym
from gateway.core.text import printable
from gateway.reports.model import Reported, Result

VERSION = 1

_VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"(?<!\S)(?:[^\s…]*+…)++"), "…"),  # the beginning of a secret, or of its pseudonym
    (re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"), "<address>"),
    (re.compile(r"(?<![\w:])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{3,}(?![\w:])"), "<address>"),
    (re.compile(r"\b\d+(?:\.\d+)?\b"), "0"),
)


class BaselineError(Mistake):
    """A text that is not a baseline."""


def route_of(method: str, target: str) -> str:
    """Return a request's method and route. For an unknown route, return the path without parts that look like a secret or a number."""
    path = target.partition("?")[0]
    place = place_of(method, path[:1024])
    if place.route is not None:
        return f"{method} {place.route.name}{f' ({place.misplaced})' if place.misplaced else ''}"
    segments = [
        "{}" if is_pseudonym(segment) or re.search(r"\d{3}", segment) else segment for segment in path.split("/")
    ]
    return printable(f"{method} {'/'.join(segments)}")


def fingerprint(finding: Finding, method: str, target: str) -> str:
    """Return the parts that distinguish a finding, without the parts that change with each recording."""
    parts = (finding.id, route_of(method, target), finding.where, shape(finding.found), shape(finding.expected))
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:24]


def shape(text: str) -> str:
    """Return a text without the parts that differ between recordings."""
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text


def write(result: Result) -> str:
    """Return a baseline with all findings of a result. They are sorted, so that a change of the file is small."""
    entries = {
        reported.fingerprint: _entry(reported, route_of(audited.request.method, audited.request.target))
        for audited, reported in result.findings
    }
    ordered = sorted(entries.values(), key=lambda entry: tuple(entry.values()))
    return json.dumps({"version": VERSION, "findings": ordered}, indent=2) + "\n"


def read(text: str) -> frozenset[str]:
    """Return the fingerprints of a baseline. Raises `BaselineError` for another file."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = "expected a baseline, found text that is no JSON"
        raise BaselineError(message) from error
    if not isinstance(content, dict) or content.get("version") != VERSION:
        message = f"expected a baseline of version {VERSION}, found other JSON"
        raise BaselineError(message)
    entries = content.get("findings")
    marks = [_mark(entry) for entry in entries] if isinstance(entries, list) else [None]
    if None in marks:
        message = "expected findings, each with its fingerprint, found something else"
        raise BaselineError(message)
    return frozenset(mark for mark in marks if mark is not None)


def _mark(entry: object) -> str | None:
    mark = entry.get("fingerprint") if isinstance(entry, dict) else None
    return mark if isinstance(mark, str) else None


def _entry(reported: Reported, route: str) -> dict[str, str]:
    """Only the fingerprint counts. `found` and `expected` are for a person who reads the file."""
    finding = reported.finding
    return {
        "id": finding.id,
        "route": route,
        "where": printable(finding.where),
        "found": printable(shape(finding.found)),
        "expected": printable(shape(finding.expected)),
        "fingerprint": reported.fingerprint,
    }
