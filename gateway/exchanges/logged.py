"""An exchange as it is logged: one value without secrets, from which the JSON object and the line for a person are made.

Facts
-----
* The fields are those of the JSON object, and stable: docs/reference/log.md documents each. A field without a value is left out.
* An error of the gateway itself has its code and its reason; a replay miss also has the nearest recording.
* If a device had a finding or an error before, there is only a count: a finding then lacks `found` and `expected`, an error lacks `reason` and
  `nearest`, unless the log repeats them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from gateway.core.bounded import remembered
from gateway.core.errors import is_replay_miss
from gateway.core.model import Exchange, Finding, Response, Severity, Source
from gateway.core.severity import worst

EVENT = "exchange"
SERVER_ERROR = 500
CODE = "X-Gateway-Error"
URL = "X-Gateway-Logout-Url"
LONGEST_TOLD = 200
"""Characters of an error's reason, or of a path, by which it is told from others."""
SENT = frozenset({"upstream", "emulator"})
"""Who answers where a request went to an upstream."""


class Nearest(Struct, frozen=True):
    """The recording that is nearest to a request which was not recorded."""

    line: int
    """The line of the cassette on which it begins."""
    request: str
    differs: list[str]
    """Where the two differ: what was recorded, and what came."""


class LoggedFinding(Struct, frozen=True, omit_defaults=True):
    """A finding, and how often this device was told of it."""

    id: str
    severity: Severity
    title: str
    where: str
    times: int
    found: str = ""
    expected: str = ""


class Logged(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An exchange as it is logged."""

    timestamp: str
    """When it ended: RFC 3339, UTC, milliseconds."""
    level: Severity
    """The worst of what is told."""
    event: str
    id: str
    device: str
    """What the device is called."""
    address: str = ""
    """The device's own; a public one is a pseudonym, unless log.addresses is plain."""
    method: str
    path: str
    """Without the query."""
    status: int
    source: Source
    """Who answered."""
    upstream: str = ""
    """The upstream that was asked, where one was."""
    fault: str = ""
    """The faults that were done to it on purpose, by name, with `+` between them."""
    ms: float
    """Milliseconds until the reply's last byte was out, or the client had left."""
    error: str = ""
    """The code of what the gateway answered in its own name."""
    error_times: int = 0
    """How often this device was told of this error."""
    reason: str = ""
    """The error as a sentence."""
    nearest: list[Nearest] = []
    """Of a replay miss."""
    legs: list[str] = []
    """What a rule sent in the request's place: method, path, status."""
    findings: list[LoggedFinding] = []
    logout_urls: list[str] = []
    """What X-Gateway-Logout-Url said, without its secrets."""


class Failure(Struct, frozen=True):
    """What the gateway answered in its own name."""

    code: str
    status: int
    message: str = ""
    nearest: list[Nearest] = []


class _Body(Struct, frozen=True):
    """What is read of such an answer: its message is ours where its code is, and quotes nothing."""

    code: str = ""
    message: str = ""
    nearest: list[Nearest] = []


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_Body)


def failure_of(exchange: Exchange) -> Failure | None:
    """Return what the gateway answered in its own name, to the app or else to a rule."""
    for answer in _answers(exchange):
        if answer.source == "gateway" and (code := answer.headers.get(CODE)):
            body = answer.body if isinstance(answer.body, bytes) else b""
            try:
                said = _DECODER.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError):  # v1's XML
                said = _Body()
            if said.code != code:
                return Failure(code, answer.status)
            return Failure(code, answer.status, said.message, said.nearest)
    return None


def _answers(exchange: Exchange) -> Iterator[Response]:
    yield exchange.reply
    for leg in exchange.legs:
        if not (leg.request.may_be_missing and is_replay_miss(leg.response)):
            yield leg.response


def level_of(findings: tuple[Finding, ...], failure: Failure | None) -> Severity:
    """Return the worst severity of an exchange; an error of the gateway's own is one, and a client's mistake a warning."""
    if failure is None and len(findings) < 2:  # noqa: PLR2004  # as of most
        return findings[0].severity if findings else "info"
    severities: list[Severity] = [finding.severity for finding in findings]
    if failure is not None:
        severities.append("error" if failure.status >= SERVER_ERROR else "warning")
    return worst(severities) or "info"


def faults_of(reply: Response) -> str:
    """Return the names of the faults that were done to a reply; empty where there were none."""
    return "" if reply.damage is None else "+".join(dict.fromkeys(reply.damage.faults))


def upstream_of(exchange: Exchange, failure: Failure | None) -> str:
    """Return the name of the upstream that was asked; a recorded answer, or one of the gateway's own, names none."""
    for leg in exchange.legs:
        if leg.response.source in SENT:
            return exchange.received.upstream
    return exchange.received.upstream if failure is not None and failure.code.startswith("upstream_") else ""


def told_of(method: str, path: str, findings: tuple[Finding, ...], failure: Failure | None) -> list[str]:
    """Return what is counted for a device: each finding by its check and place, an error by its reason, a miss by its path."""
    told = [_told(finding.id, finding.where) for finding in findings]
    if failure is not None:
        about = f"{method} {path}" if failure.nearest else failure.message
        told.append(f"{failure.code} {about[:LONGEST_TOLD]}")
    return told


@remembered(limit=1 << 18, longest=LONGEST_TOLD)
def _told(check: str, where: str) -> str:
    return f"{check} {where[:LONGEST_TOLD]}"


def as_json(logged: Logged) -> str:
    """Return an exchange as one line of JSON in ASCII: what would act on a terminal is an escape."""
    try:
        line = _ENCODER.encode(logged)
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and UTF-8 cannot
        line = b"\xff"
    if line.isascii():
        return line.decode("ascii") + "\n"
    return json.dumps(msgspec.to_builtins(logged), separators=(",", ":")) + "\n"
