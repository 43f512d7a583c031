"""The audit of live traffic: judges each message as it came, keeps what a cassette cannot show, and answers for Adobe where told to."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.auditing.auditor import Auditor
from gateway.core.adobe.answer import LONGEST_BODY
from gateway.core.adobe.routes import METHODS, place_of
from gateway.core.adobe.signs import route_of
from gateway.core.adobe.v1_errors import v1_error
from gateway.core.audit import Judged
from gateway.core.checking import CheckInfo
from gateway.core.errors import gateway_error
from gateway.core.memo import memo_of
from gateway.core.model import Finding, Request, Response, Severity
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying, said_of
from gateway.core.verdict import refusal_of
from gateway.transports.bodies import gather

OURS = frozenset({"gateway", "override"})
"""Who answers in no API's name: the gateway, and a test that put an answer in the way."""
NO_METHOD = "method_not_allowed"
"""The code of a 405, for which the enhanced-error-codes page has none."""


class LiveAudit(Struct, frozen=True):
    """What the audit does with an exchange, before anything is sent and when its reply is known."""

    auditor: Auditor
    origins: Callable[[str], str]
    """The origin that an upstream's name stands for."""
    redaction: Redaction
    """Removes the secrets of a message from what is found in it."""
    failed: Callable[[Exception], None]
    """Hears of what goes wrong here: who only watches costs no exchange."""
    enforce_at: Severity | None = None
    """The least severity for which a call is answered instead of sent; None where findings stop nothing."""
    response_header: bool = False
    """Whether replies carry the ids of what was found."""
    kept: object = field(default_factory=object)
    """What is kept of a message's findings is found under this, with the message."""
    said: object = field(default_factory=object)
    """And what is said of them, without its secrets, under this."""

    def before(self, received: Request) -> tuple[tuple[Finding, ...], Response | None]:
        """Return what only the message as it came can show, and the answer that it gets instead of Adobe's."""
        try:
            return self._before(received)
        except Exception as error:  # noqa: BLE001  # see `failed`
            self.failed(error)
            return (), None

    async def after(
        self, received: Request, reply: Response, *, sent: bool = True
    ) -> tuple[Response, tuple[Finding, ...]]:
        """Return the reply as the app gets it, and what the checks say of the whole exchange; an answer of ours is not judged.

        What was refused and not `sent` costs no throttle, and tells nothing of the calls before and after it.
        """
        if not isinstance(reply.body, bytes):
            reply = await self._readable(received, reply)
        try:
            findings = self._after(received, reply, sent=sent)
        except Exception as error:  # noqa: BLE001  # see `failed`
            self.failed(error)
            return reply, ()
        return self._marked(reply, findings), findings

    def _before(self, received: Request) -> tuple[tuple[Finding, ...], Response | None]:
        findings = self.auditor.judge_request(self._judged(received, None)).findings
        audit = self.auditor.audit
        memo = memo_of(received)
        met: tuple[tuple[Finding, ...], tuple[Finding, ...]] | None = memo.get(self.kept) if memo is not None else None
        if met is not None and met[0] is findings:
            kept = met[1]
        else:
            kept = self._said(received, tuple(finding for finding in findings if finding.id in audit.inbound))
            if memo is not None:
                memo[self.kept] = findings, kept
        if not findings or self.enforce_at is None:
            return kept, None
        refusal = refusal_of(findings, (check for check, _ in audit.checks), self.enforce_at)
        return kept, None if refusal is None else refused(received, refusal)

    async def _readable(self, received: Request, reply: Response) -> Response:
        """Return the reply with its body at hand, where checks read it: a short one that came in pieces, to a call of the API."""
        if not _is_short(reply):
            return reply
        route = route_of(received)
        if route is None or route.browser:
            return reply
        return replace(reply, body=await gather(reply.body, LONGEST_BODY))

    def _after(self, received: Request, reply: Response, *, sent: bool) -> tuple[Finding, ...]:
        if not sent:
            return self._said(received, self.auditor.judge_request(self._judged(received, None)).findings)
        judged = self._judged(received, None if reply.source in OURS else reply)
        return self._said(received, self.auditor.judge(judged).findings)

    def _said(self, received: Request, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Return findings that quote no secret of the message."""
        if not findings:
            return ()
        memo = memo_of(received)
        met: tuple[tuple[Finding, ...], tuple[Finding, ...]] | None = memo.get(self.said) if memo is not None else None
        if met is not None and met[0] == findings:
            return met[1]
        said = said_of(Saying(self.redaction, received), findings)
        if memo is not None:
            memo[self.said] = findings, said
        return said

    def _marked(self, reply: Response, findings: tuple[Finding, ...]) -> Response:
        """Return the reply with the ids of the findings in it, for test code to read."""
        if not self.response_header or not findings:
            return reply
        ids = ";".join(dict.fromkeys(finding.id for finding in findings))
        return replace(reply, headers=reply.headers.with_("X-Gateway-Audit", ids))

    def _judged(self, received: Request, reply: Response | None) -> Judged:
        at = self.auditor.clock() if self.auditor.clock is not None else None
        origin = self.origins(received.upstream)
        return Judged(received, reply, received.client, at, received.device.key, True, origin)  # inbound


def refused(received: Request, check: CheckInfo) -> Response:
    """Return what Adobe would answer to a call that this check found wrong, in the dialect of the call."""
    route = route_of(received)
    code = check.code or NO_METHOD
    sentence = f"{check.title}. {check.fix}"
    if route is not None and route.version == "v1":
        answer = v1_error(received, check.status, "", sentence, ("X-Gateway-Error", code))
    else:
        action = "application-registration" if code.startswith("invalid_access_token") else "none"
        answer = gateway_error(check.status, code, sentence, action=action, helpUrl=check.page, check=check.id)
    if check.status == 405:  # noqa: PLR2004  # RFC 9110 section 15.5.6: it says what is allowed
        allowed = [method for method in METHODS if not place_of(method, received.path).misplaced]
        answer = replace(answer, headers=answer.headers.with_("Allow", ", ".join(allowed)))
    return answer


def _is_short(reply: Response) -> bool:
    """Whether it is JSON, and says that it is no longer than what is read of one; without a length it streams."""
    length = reply.headers.get("Content-Length")
    kind = reply.headers.get("Content-Type").lower()
    return (
        "json" in kind
        and length.isascii()
        and length.isdigit()
        and len(length) <= len(str(LONGEST_BODY))
        and int(length) <= LONGEST_BODY
    )
