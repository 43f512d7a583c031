"""The audit of live traffic: judges each message as it came, keeps what a cassette cannot show, and answers for Adobe where told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.auditor import Auditor
from gateway.core.audit import Judged, refusal_of
from gateway.core.devices import DeviceNames
from gateway.core.errors import gateway_error
from gateway.core.model import Finding, Request, Response, Severity


@dataclass(frozen=True, slots=True)
class LiveAudit:
    """What the audit does with an exchange, before anything is sent and when its reply is known."""

    auditor: Auditor
    names: DeviceNames
    origins: Callable[[str], str]
    """The origin that an upstream's name stands for."""
    enforce_at: Severity | None = None
    """The least severity for which a call is answered instead of sent; None where findings stop nothing."""
    response_header: bool = False
    """Whether replies carry the ids of what was found."""

    def before(self, received: Request) -> tuple[tuple[Finding, ...], Response | None]:
        """Return what only the message as it came can show, and the answer that it gets instead of Adobe's."""
        findings = self.auditor.judge_request(self._judged(received, None)).findings
        checks = [check for check, _ in self.auditor.audit.checks]
        inbound = {check.info.id for check in checks if check.info.inbound}
        kept = tuple(finding for finding in findings if finding.id in inbound)
        refusal = refusal_of(findings, checks, self.enforce_at) if findings and self.enforce_at is not None else None
        if refusal is None:
            return kept, None
        return kept, gateway_error(refusal.status, refusal.code, f"{refusal.title} {refusal.fix}", check=refusal.id)

    def after(self, received: Request, reply: Response) -> tuple[Finding, ...]:
        """Return what the checks say of the whole exchange, those over time included; an answer of ours is not judged."""
        judged = self._judged(received, None if reply.source == "gateway" else reply)
        return self.auditor.judge(judged).findings

    def marked(self, reply: Response, findings: tuple[Finding, ...]) -> Response:
        """Return the reply with the ids of the findings in it, for test code to read."""
        if not self.response_header or not findings:
            return reply
        ids = ";".join(dict.fromkeys(finding.id for finding in findings))
        return replace(reply, headers=reply.headers.with_("X-Gateway-Audit", ids))

    def _judged(self, received: Request, reply: Response | None) -> Judged:
        return Judged(
            request=received,
            response=reply,
            client=received.client,
            device=self.names(received),
            inbound=True,
            origin=self.origins(received.upstream),
        )
