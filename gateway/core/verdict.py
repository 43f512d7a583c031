"""The findings of one exchange, and the finding for which Adobe would refuse the call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from msgspec import Struct

from gateway.core.checking import Check, CheckInfo, Noticed, NotJudged, Reason, Said
from gateway.core.model import Finding, Severity
from gateway.core.severity import at_least

MOST = 20
"""Largest number of findings of a check about one message. For a list of a thousand wrong addresses, the first ones are enough."""
_REFUSED_FIRST = {405: 0, 401: 1}


class Defect(Struct, frozen=True):
    """A check raised an error: a mistake of the gateway, not of the call."""

    id: str
    error: str
    """The name of the exception's type; its text might quote a header."""


class Verdict(Struct, frozen=True):
    """The findings and defects of one exchange."""

    findings: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    defects: tuple[Defect, ...] = ()
    slices: tuple[tuple[str, object], ...] = ()
    """The changed slices, by their keys. The shell keeps them."""


NOTHING = Verdict()


def heard(info: CheckInfo, severity: Severity, judge: Callable[..., Said], *given: object) -> Verdict | None:
    """Return the findings of a check, or None. A check that raises an error is a defect. A check that finds something is called twice."""
    said: list[Noticed | Reason] = []
    defects: tuple[Defect, ...] = ()
    try:
        for _ in judge(*given):
            break
        else:  # the usual case, for which no list is made
            return None
        said.extend(islice(judge(*given), MOST))
    except Exception as error:  # noqa: BLE001  # whatever a check raises, the exchange goes on
        defects = (Defect(info.id, type(error).__name__),)
    if not said and not defects:
        return None
    return Verdict(
        tuple([finding_of(info, severity, entry) for entry in said if isinstance(entry, Noticed)]),
        tuple(dict.fromkeys([NotJudged(info.id, entry) for entry in said if not isinstance(entry, Noticed)])),
        defects,
    )


def all_of(said: Iterable[Verdict | None], defects: tuple[Defect, ...] = ()) -> Verdict:
    """Return several verdicts as one, in their order. The given `defects` come before their own."""
    verdicts = [verdict for verdict in said if verdict is not None]
    if not defects and len(verdicts) <= 1:
        return verdicts[0] if verdicts else NOTHING
    return Verdict(
        tuple([finding for verdict in verdicts for finding in verdict.findings]),
        tuple([note for verdict in verdicts for note in verdict.not_judged]),
        defects + tuple([defect for verdict in verdicts for defect in verdict.defects]),
    )


def refusal_of(findings: Iterable[Finding], checks: Iterable[Check], enforce_at: Severity) -> CheckInfo | None:
    """Return the check for whose finding Adobe would refuse the call. None if it would not, or if no finding is at `enforce_at`.

    Among several checks, the check of the method counts first, then the check of the token, then the first one: Adobe routes a request,
    then checks its token, then reads it. `status` and `code` of the check describe Adobe's answer.
    """
    refusing: dict[str, CheckInfo] = {check.info.id: check.info for check in checks if check.info.status}
    at_fault = [
        refusing[finding.id]
        for finding in findings
        if finding.id in refusing and at_least(finding.severity, enforce_at)
    ]
    return min(at_fault, key=lambda info: _REFUSED_FIRST.get(info.status, len(_REFUSED_FIRST)), default=None)


def finding_of(info: CheckInfo, severity: Severity, said: Noticed) -> Finding:
    """Return a check's finding, with the description of the check.

    A mild finding has the check's milder severity, unless a setting has changed the severity of the check.
    """
    if said.mild and info.milder is not None and severity == info.severity:
        severity = info.milder
    return Finding(info.id, severity, said.where, said.found, said.expected, info.page)
