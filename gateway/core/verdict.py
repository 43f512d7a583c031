"""What the checks say of one exchange, heard one by one; and which of it would make Adobe refuse the call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

from msgspec import Struct, field

from gateway.core.checking import Check, CheckInfo, Noticed, NotJudged, Said
from gateway.core.model import Finding, Severity
from gateway.core.severity import at_least

MOST = 20
"""How many times a check speaks of one message at most: of a list of a thousand wrong addresses the first ones are enough."""
_REFUSED_FIRST = {405: 0, 401: 1}


class Defect(Struct, frozen=True):
    """A check raised: a mistake of ours, and none of the call's."""

    id: str
    error: str
    """The name of the exception's type; its text might quote a header."""


class Verdict(NamedTuple):
    """What the checks say of one exchange."""

    findings: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    defects: tuple[Defect, ...] = ()
    slices: tuple[tuple[str, object], ...] = ()
    """The slices that changed, by their keys: the shell keeps them."""


NOTHING = Verdict()


class Hearing(Struct):
    """What a group of checks said, before it is frozen."""

    findings: list[Finding] = field(default_factory=list)
    not_judged: list[NotJudged] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)

    def hear(self, info: CheckInfo, severity: Severity, judge: Callable[..., Said], *given: object) -> None:
        """Run a check, and note what it says; a check that raises says nothing, and is a defect."""
        try:
            for said in islice(judge(*given), MOST):
                if isinstance(said, Noticed):
                    self.findings.append(finding_of(info, severity, said))
                else:
                    self.not_judged.append(NotJudged(info.id, said))
        except Exception as error:  # noqa: BLE001  # whatever a check raises, the exchange goes on
            self.defects.append(Defect(info.id, type(error).__name__))

    def frozen(self) -> Verdict:
        """Return it as a value."""
        return Verdict(tuple(self.findings), tuple(dict.fromkeys(self.not_judged)), tuple(self.defects))


def refusal_of(findings: Iterable[Finding], checks: Iterable[Check], enforce_at: Severity) -> CheckInfo | None:
    """Return the check for whose finding Adobe would refuse the call; None where it would not, or nothing is at `enforce_at`.

    Of several it is that of the method, then of the token, then the first: a request is routed, then let in, then read. Its
    `status` and `code` are those of Adobe's answer.
    """
    refusing: dict[str, CheckInfo] = {check.info.id: check.info for check in checks if check.info.status}
    at_fault = [
        refusing[finding.id]
        for finding in findings
        if finding.id in refusing and at_least(finding.severity, enforce_at)
    ]
    return min(at_fault, key=lambda info: _REFUSED_FIRST.get(info.status, len(_REFUSED_FIRST)), default=None)


def finding_of(info: CheckInfo, severity: Severity, said: Noticed) -> Finding:
    """Return what a check noticed, with what is known of the check.

    What is mild is of the check's milder severity, unless a setting gives the check another severity than its own.
    """
    if said.mild and info.milder is not None and severity == info.severity:
        severity = info.milder
    return Finding(info.id, severity, said.where, said.found, said.expected, info.page)
