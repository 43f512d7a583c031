"""An exchange as it is logged: one value without secrets, from which the JSON object and the line for a person are made.

Facts
-----
* The fields are those of the JSON object, and stable: docs/reference/log.md documents each. A field without a value is left out.
* An error of the gateway itself has its code and its reason; a replay miss also has the nearest recording.
* If a device had a finding or an error before, there is only a count. A finding then lacks `found` and `expected`; an error lacks `reason`
  and `nearest`. With `log.repeat: always` nothing is left out.
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
"""Characters of a reason, a path or a place that are compared to count repeats."""
SENT = frozenset({"upstream", "emulator"})
"""The source of an answer, if the request went to an upstream."""


class Nearest(Struct, frozen=True):
    """The recording that is nearest to a request that was not recorded."""

    line: int
    """The line of the cassette where the recording begins."""
    request: str
    differs: list[str]
    """Each place where the two requests differ: the recorded value, and the value that came."""


class LoggedFinding(Struct, frozen=True, omit_defaults=True):
    """A finding, and how often this device had it."""

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
    """The worst severity of its findings and its error."""
    event: str
    id: str
    device: str
    """The device's name."""
    address: str = ""
    """The device's own address; a public address is a pseudonym, unless log.addresses is plain."""
    method: str
    path: str
    """Without the query."""
    status: int
    source: Source
    """Who answered."""
    upstream: str = ""
    """The upstream that was asked; empty if no upstream was asked."""
    fault: str = ""
    """The names of the exchange's faults, joined with `+`."""
    ms: float
    """Milliseconds until the reply's last byte was out, or the client had left."""
    error: str = ""
    """The code of the gateway's own error."""
    error_times: int = 0
    """How often this device had this error."""
    reason: str = ""
    """The error as a sentence."""
    nearest: list[Nearest] = []
    """For a replay miss: the nearest recording."""
    legs: list[str] = []
    """What a rule sent in place of the request: method, path, status."""
    findings: list[LoggedFinding] = []
    logout_urls: list[str] = []
    """The values of X-Gateway-Logout-Url, without their secrets."""


class Failure(Struct, frozen=True):
    """An error that the gateway itself answered with."""

    code: str
    status: int
    message: str = ""
    nearest: list[Nearest] = []


class _Body(Struct, frozen=True):
    """The part of such an answer that is read. If `code` is the header's code, the message is ours, and quotes nothing."""

    code: str = ""
    message: str = ""
    nearest: list[Nearest] = []


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_Body)


def failure_of(exchange: Exchange) -> Failure | None:
    """Return the error that the gateway itself answered with, to the app or else to a rule; None without an error."""
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
    """Return the worst severity of an exchange. The gateway's own 5xx answer is an error, its 4xx answer a warning."""
    if failure is None and len(findings) < 2:  # noqa: PLR2004  # the usual case
        return findings[0].severity if findings else "info"
    severities: list[Severity] = [finding.severity for finding in findings]
    if failure is not None:
        severities.append("error" if failure.status >= SERVER_ERROR else "warning")
    return worst(severities) or "info"


def faults_of(reply: Response) -> str:
    """Return the names of a reply's faults, joined with `+`; empty without a fault."""
    return "" if reply.damage is None else "+".join(dict.fromkeys(reply.damage.faults))


def upstream_of(exchange: Exchange, failure: Failure | None) -> str:
    """Return the name of the upstream that was asked, even if it did not answer; empty if no upstream was asked."""
    for leg in exchange.legs:
        if leg.response.source in SENT:
            return exchange.received.upstream
    return exchange.received.upstream if failure is not None and failure.code.startswith("upstream_") else ""


def told_of(method: str, path: str, findings: tuple[Finding, ...], failure: Failure | None) -> list[str]:
    """Return the keys that count repeats: a finding's check and place, an error's reason, a replay miss's path."""
    told = [_told(finding.id, finding.where) for finding in findings]
    if failure is not None:
        about = f"{method} {path}" if failure.nearest else failure.message
        told.append(f"{failure.code} {about[:LONGEST_TOLD]}")
    return told


@remembered(limit=1 << 18, longest=LONGEST_TOLD)
def _told(check: str, where: str) -> str:
    return f"{check} {where[:LONGEST_TOLD]}"


def as_json(logged: Logged) -> str:
    """Return an exchange as one line of JSON in ASCII. Characters that would act on a terminal are escaped."""
    try:
        line = _ENCODER.encode(logged)
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and UTF-8 cannot
        line = b"\xff"
    if line.isascii():
        return line.decode("ascii") + "\n"
    return json.dumps(msgspec.to_builtins(logged), separators=(",", ":")) + "\n"
