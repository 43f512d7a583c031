"""The audit of live traffic: judges each message as it came in, and keeps the findings that a cassette cannot show.

With `enforce`, it answers a wrong call in place of Adobe.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.auditing.auditor import Auditor
from gateway.core.adobe.answer import LONGEST_BODY
from gateway.core.adobe.routes import METHODS, place_of
from gateway.core.adobe.signs import route_of
from gateway.core.adobe.v1_errors import v1_error
from gateway.core.audit import Judged
from gateway.core.checking import CheckInfo
from gateway.core.errors import gateway_error, registration_error
from gateway.core.headers import parse_address
from gateway.core.memo import memo_of
from gateway.core.model import Finding, Request, Response, Severity
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying, said_of
from gateway.core.standing import Stands
from gateway.core.unseen import digest_of
from gateway.core.verdict import refusal_of
from gateway.transports.bodies import gather

OURS = frozenset({"gateway", "override"})
"""Sources of answers that do not come from the API: the gateway, and a test's override."""
UNFORWARDED = "XFF001"
"""The check for a server's call without the device's address."""
OF_SERVERS = frozenset({UNFORWARDED, "INFO014"})
"""The checks for the address and the port of a device on whose behalf a server calls."""
MADE_HERE = OURS | {"fault"}
"""Sources of answers that no cassette has."""
NO_METHOD = "method_not_allowed"
"""The code of a 405. The enhanced-error-codes page has no code for it."""


class Beforehand(Struct, frozen=True):
    """The findings about a call before anything is sent."""

    findings: tuple[Finding, ...] = ()
    """The findings so far."""
    refusal: Response | None = None
    """The answer in place of Adobe's; None if the call is sent."""
    audited: str = ""
    """The digest of the checks that ran, for the recording; empty if the findings are not recorded."""

    def noted_on(self, outbound: Request) -> Request:
        """Return the request to send, with the findings for its recording."""
        return replace(outbound, findings=self.findings, audited=self.audited) if self.audited else outbound


class LiveAudit(Struct, frozen=True, dict=True):
    """The audit of an exchange, before anything is sent, and when its reply is known."""

    auditor: Auditor
    origins: Callable[[str], str]
    """Returns the origin of an upstream, by its name."""
    redaction: Redaction
    """Removes the secrets of a message from its findings."""
    failed: Callable[[Exception], None]
    """Is called if the audit itself fails. A failing audit stops no exchange."""
    unseen: frozenset[str]
    """The checks that an audit of a recording cannot judge (`core/unseen.py`)."""
    records: bool = False
    """Whether the findings of these checks are recorded with the call."""
    enforce_at: Severity | None = None
    """The least severity at which a call is refused; None if findings refuse no call."""
    response_header: bool = False
    """Whether replies have the ids of the findings in a header field."""
    unforwarded: Callable[[], None] | None = None
    """Is called for a call from this machine without an address. None: no findings are left out, and `quiet` has no effect."""
    quiet: frozenset[str] = frozenset()
    """The checks whose findings are left out for calls from this machine."""
    asked: object = field(default_factory=object)
    """Key in a request's memory for the redacted findings from before it was sent."""
    answered: object = field(default_factory=object)
    """Key in a request's memory for the redacted findings of its answer."""
    written: object = field(default_factory=object)
    """Key in a request's memory for the findings of its answer that a recording needs."""

    async def before(self, received: Request) -> Beforehand:
        """Return the findings about a message as it came in, and the refusal in place of Adobe's answer, if there is one."""
        try:
            return await self._before(received)
        except Exception as error:  # noqa: BLE001  # see `failed`
            self.failed(error)
            return Beforehand()

    async def after(
        self, received: Request, reply: Response, *, before: tuple[Finding, ...], sent: bool = True
    ) -> tuple[Response, tuple[Finding, ...]]:
        """Return the reply for the app, and the findings about the whole exchange. `before` has the findings about the request.

        An answer that the gateway made itself is not judged, for example if the call was not `sent`.
        """
        if not sent:
            return self._marked(reply, before), before
        if not isinstance(reply.body, bytes):
            reply = await self._readable(received, reply)
        try:
            findings = (*before, *await self._after(received, reply))
        except Exception as error:  # noqa: BLE001  # see `failed`
            self.failed(error)
            findings = before
        return self._marked(reply, findings), findings

    def standing(self, received: Request, answer: Response, before: int, after: int, kept: Request) -> Stands | None:
        """Return a function that tests whether an exchange that was just judged would get the same findings again.

        `before` and `after`: the numbers of findings before it was sent, and of its answer. `kept`: the request as it is kept. None if
        this cannot be tested.
        """
        if not isinstance(answer.body, bytes):
            return None
        judged = self._judged(received, answer if _is_of_api(answer) else None)
        return self._may_fail(lambda: self.auditor.standing(judged, kept, before=before, after=after))

    def standing_before(self, received: Request, found: int) -> Stands | None:
        """Like `standing`, for a request alone, before it is sent."""
        return self._may_fail(lambda: self.auditor.standing(self._judged(received, None), received, before=found))

    def standing_after(self, received: Request, answer: Response, found: int) -> Stands | None:
        """Like `standing`, for an answer to a request that would get the same findings again."""
        if not _is_of_api(answer) or not isinstance(answer.body, bytes):
            return None
        return self._may_fail(lambda: self.auditor.standing(self._judged(received, answer), received, after=found))

    def _may_fail(self, ask: Callable[[], Stands | None]) -> Stands | None:
        try:
            return ask()
        except Exception as error:  # noqa: BLE001  # see `failed`
            self.failed(error)
            return None

    @cached_property
    def _audited(self) -> str:
        return digest_of(self.unseen) if self.records else ""

    def recorded(self, sent: Request, answer: Response) -> tuple[Finding, ...]:
        """Return the findings to record with a call: the live findings that an audit of the recording could not make.

        About the app's message, these are the findings of `unseen` checks, and findings that the sent message does not show. About the
        answer, these are the findings that quote its body (`quotes_body`), since redaction may change the body.
        """
        if not sent.audited:
            return ()
        try:
            shown: set[tuple[str, str, str]] = set()
            if any(finding.id not in self.unseen for finding in sent.findings):
                of_sent = self.auditor.judge_request(self._judged(sent, None, inbound=False)).findings
                shown = {(finding.id, finding.where, finding.found) for finding in of_sent}
            of_answer = self._of_answer(sent, answer)
        except Exception as error:  # noqa: BLE001  # see `failed`
            self.failed(error)
            return tuple(finding for finding in sent.findings if finding.id in self.unseen)
        kept = [
            finding
            for finding in sent.findings
            if finding.id in self.unseen or (finding.id, finding.where, finding.found) not in shown
        ]
        quoting = tuple(finding for finding in of_answer if finding.id in self._quoting)
        return (*kept, *self._said(sent, quoting))

    def _of_answer(self, sent: Request, answer: Response) -> tuple[Finding, ...]:
        """Return the findings about an answer. They are kept with the request, and used again for an equal answer."""
        memo = memo_of(sent)
        met: tuple[Response, tuple[Finding, ...]] | None = memo.get(self.written) if memo is not None else None
        if met is not None and met[0] == answer:
            return met[1]
        verdict = self.auditor.judge_answer(self._judged(sent, answer))
        if memo is not None and isinstance(answer.body, bytes) and not verdict.defects:
            memo[self.written] = answer, verdict.findings
        return verdict.findings

    @cached_property
    def _quoting(self) -> frozenset[str]:
        return frozenset(check.info.id for check, _ in self.auditor.audit.checks if check.info.quotes_body)

    async def _before(self, received: Request) -> Beforehand:
        judged = self._judged(received, None)
        if self.enforce_at is not None:
            findings = self.auditor.judge_request(judged).findings
            findings = self._quieted(received, findings)
            refusal = refusal_of(findings, (check for check, _ in self.auditor.audit.checks), self.enforce_at)
            if refusal is not None:  # a refused call is not remembered: Adobe never counts it
                return Beforehand(self._said(received, findings), refused(received, refusal))
        findings = self._quieted(received, (await self.auditor.judge_before(judged)).findings)
        return Beforehand(self._said(received, findings, self.asked), audited=self._audited)

    def _quieted(self, received: Request, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Leave out findings of `quiet` for calls from this machine: a test suite has them on every call, so one warning replaces them."""
        if self.unforwarded is None or not self.quiet:
            return findings
        left_out = {finding.id for finding in findings} & self.quiet
        if not left_out:
            return findings
        client = parse_address(received.client)
        if client is None or not client.is_loopback:
            return findings
        if UNFORWARDED in left_out:
            self.unforwarded()
        return tuple(finding for finding in findings if finding.id not in left_out)

    async def _readable(self, received: Request, reply: Response) -> Response:
        """Return the reply with its whole body, if checks read the body: a short streamed body, to a call of the API."""
        if not _is_short(reply):
            return reply
        route = route_of(received)
        if route is None or route.browser:
            return reply
        return replace(reply, body=await gather(reply.body, LONGEST_BODY))

    async def _after(self, received: Request, reply: Response) -> tuple[Finding, ...]:
        judged = self._judged(received, reply if _is_of_api(reply) else None)
        verdict = await self.auditor.judge_after(judged)
        return self._said(received, verdict.findings, self.answered)

    def _said(
        self, received: Request, findings: tuple[Finding, ...], kept_under: object | None = None
    ) -> tuple[Finding, ...]:
        """Return findings without the secrets of a message. With `kept_under`, the result is kept with the message."""
        if not findings:
            return ()
        # the memory of new fields ends with the exchange, and this is asked for once
        memo = memo_of(received) if kept_under is not None and not received.headers.is_new else None
        met: tuple[tuple[Finding, ...], tuple[Finding, ...]] | None = memo.get(kept_under) if memo is not None else None
        if met is not None and met[0] == findings:
            return met[1]
        said = said_of(Saying(self.redaction, received), findings)
        if memo is not None:
            memo[kept_under] = findings, said
        return said

    def _marked(self, reply: Response, findings: tuple[Finding, ...]) -> Response:
        """Return the reply with the ids of the findings in a header field, for test code."""
        if not self.response_header or not findings:
            return reply
        ids = ";".join(dict.fromkeys(finding.id for finding in findings))
        return replace(reply, headers=reply.headers.with_("X-Gateway-Audit", ids))

    def _judged(self, received: Request, reply: Response | None, *, inbound: bool = True) -> Judged:
        device = received.device
        return Judged(
            request=received,
            response=reply,
            client=received.client,
            at=self.auditor.clock() if self.auditor.clock is not None else None,
            device=device.key,
            identifier=device.identifier if inbound else "",
            inbound=inbound,
            origin=self.origins(received.upstream),
        )


def refused(received: Request, check: CheckInfo) -> Response:
    """Return Adobe's answer to a call with this mistake, in the form of the call's API."""
    route = route_of(received)
    code = check.code or NO_METHOD
    sentence = f"{check.title}. {check.fix}"
    if route is not None and route.version == "v1":
        answer = v1_error(received, check.status, "", sentence, ("X-Gateway-Error", code))
    elif route is not None and route.version == "dcr":
        answer = registration_error(check.status, code, sentence)
    else:
        action = "application-registration" if code.startswith("invalid_access_token") else "none"
        answer = gateway_error(check.status, code, sentence, action=action, helpUrl=check.page, check=check.id)
    if check.status == 405:  # noqa: PLR2004  # RFC 9110 section 15.5.6: the answer lists the allowed methods
        allowed = [method for method in METHODS if not place_of(method, received.path).misplaced]
        answer = replace(answer, headers=answer.headers.with_("Allow", ", ".join(allowed)))
    return answer


def _is_of_api(reply: Response) -> bool:
    """Whether the app gets an answer of the API: an upstream's, or a fault's whole answer."""
    return reply.source not in OURS and (reply.damage is None or reply.damage.whole)


def _is_short(reply: Response) -> bool:
    """Whether a reply is JSON, and its Content-Length is within the limit for checks. Without Content-Length, it is streamed."""
    length = reply.headers.get("Content-Length")
    kind = reply.headers.get("Content-Type").lower()
    return (
        "json" in kind
        and length.isascii()
        and length.isdigit()
        and len(length) <= len(str(LONGEST_BODY))
        and int(length) <= LONGEST_BODY
    )
