"""The audit of live traffic: judges each message as it came, keeps the findings that a cassette cannot show, and answers in place of Adobe with `enforce`."""

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
"""Sources of answers that are not the API's: the gateway, and a test's override."""
UNFORWARDED = "XFF001"
"""The check of a server's call without the device's address."""
OF_SERVERS = frozenset({UNFORWARDED, "INFO014"})
"""The checks of what a server says of the device that it calls for: address and port."""
MADE_HERE = OURS | {"fault"}
"""Whose answers no cassette holds."""
NO_METHOD = "method_not_allowed"
"""The code of a 405, for which the enhanced-error-codes page has none."""


class Beforehand(Struct, frozen=True):
    """The findings about a call before anything is sent."""

    findings: tuple[Finding, ...] = ()
    """What was found so far."""
    refusal: Response | None = None
    """The answer that it gets instead of Adobe's."""
    audited: str = ""
    """Which set of checks the findings are of, for a recording to say; empty where they are not to be recorded."""

    def noted_on(self, outbound: Request) -> Request:
        """Return what is sent with what its recording is to say."""
        return replace(outbound, findings=self.findings, audited=self.audited) if self.audited else outbound


class LiveAudit(Struct, frozen=True, dict=True):
    """What the audit does with an exchange, before anything is sent and when its reply is known."""

    auditor: Auditor
    origins: Callable[[str], str]
    """The origin that an upstream's name stands for."""
    redaction: Redaction
    """Removes the secrets of a message from what is found in it."""
    failed: Callable[[Exception], None]
    """Called if the audit itself fails: a failing audit stops no exchange."""
    unseen: frozenset[str]
    """The checks that no recording answers (`core/unseen.py`)."""
    records: bool = False
    """Whether what they find is recorded with the call."""
    enforce_at: Severity | None = None
    """The least severity for which a call is answered instead of sent; None where findings stop nothing."""
    response_header: bool = False
    """Whether replies carry the ids of what was found."""
    unforwarded: Callable[[], None] | None = None
    """Hears of a call from this machine that names no address, where findings of `quiet` are left out; None where none are."""
    quiet: frozenset[str] = frozenset()
    """Checks whose findings are left out of calls from this machine."""
    asked: object = field(default_factory=object)
    """What was said of a message before it was sent is found under this, with the message."""
    answered: object = field(default_factory=object)
    """And what was said of its answer under this."""
    written: object = field(default_factory=object)
    """And what is written down of its answer under this."""

    async def before(self, received: Request) -> Beforehand:
        """Return what is found of the message as it came, and the answer that it gets instead of Adobe's."""
        try:
            return await self._before(received)
        except Exception as error:  # noqa: BLE001  # see `failed`
            self.failed(error)
            return Beforehand()

    async def after(
        self, received: Request, reply: Response, *, before: tuple[Finding, ...], sent: bool = True
    ) -> tuple[Response, tuple[Finding, ...]]:
        """Return the reply as the app gets it, and what the checks say of the whole exchange: of its request that was said `before`.

        An answer of ours is not judged, be it that the call was not `sent`.
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
        """Return what says whether an exchange that was judged just now is judged so again; None where nothing can say that.

        `before` and `after`: how many findings there were of it, before it was sent and of its answer. `kept`: the request as it is kept.
        """
        if not isinstance(answer.body, bytes):
            return None
        judged = self._judged(received, answer if _is_of_api(answer) else None)
        return self._may_fail(lambda: self.auditor.standing(judged, kept, before=before, after=after))

    def standing_before(self, received: Request, found: int) -> Stands | None:
        """Return the same of a call alone, which stands or falls before it is sent."""
        return self._may_fail(lambda: self.auditor.standing(self._judged(received, None), received, before=found))

    def standing_after(self, received: Request, answer: Response, found: int) -> Stands | None:
        """Return the same of an answer, to a call that stood."""
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
        """Return what is written down with a call that is recorded: what was found live, and no audit of the recording can find.

        Of the app's message that is what an audit does not see, and what is not to be found in the message that was sent; of the
        answer what redaction may say in other words (`quotes_body`).
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
        """Return what the checks of an answer say of it: the same each time, which is kept with the request."""
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
            if refusal is not None:  # it costs no throttle, and tells nothing of the calls before and after it
                return Beforehand(self._said(received, findings), refused(received, refusal))
        findings = self._quieted(received, (await self.auditor.judge_before(judged)).findings)
        return Beforehand(self._said(received, findings, self.asked), audited=self._audited)

    def _quieted(self, received: Request, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Return findings without what is said once of all calls of a test suite: it has a library of servers, and runs on this machine."""
        left_out = {finding.id for finding in findings} & self.quiet
        if self.unforwarded is None or not left_out:
            return findings
        client = parse_address(received.client)
        if client is None or not client.is_loopback:
            return findings
        if UNFORWARDED in left_out:
            self.unforwarded()
        return tuple(finding for finding in findings if finding.id not in left_out)

    async def _readable(self, received: Request, reply: Response) -> Response:
        """Return the reply with its body at hand, where checks read it: a short one that came in pieces, to a call of the API."""
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
        """Return findings that quote no secret of the message; those of its two steps are kept with it."""
        if not findings:
            return ()
        memo = memo_of(received) if kept_under is not None else None
        met: tuple[tuple[Finding, ...], tuple[Finding, ...]] | None = memo.get(kept_under) if memo is not None else None
        if met is not None and met[0] == findings:
            return met[1]
        said = said_of(Saying(self.redaction, received), findings)
        if memo is not None:
            memo[kept_under] = findings, said
        return said

    def _marked(self, reply: Response, findings: tuple[Finding, ...]) -> Response:
        """Return the reply with the ids of the findings in it, for test code to read."""
        if not self.response_header or not findings:
            return reply
        ids = ";".join(dict.fromkeys(finding.id for finding in findings))
        return replace(reply, headers=reply.headers.with_("X-Gateway-Audit", ids))

    def _judged(self, received: Request, reply: Response | None, *, inbound: bool = True) -> Judged:
        return Judged(
            request=received,
            response=reply,
            client=received.client,
            at=self.auditor.clock() if self.auditor.clock is not None else None,
            device=received.device.key,
            inbound=inbound,
            origin=self.origins(received.upstream),
        )


def refused(received: Request, check: CheckInfo) -> Response:
    """Return what Adobe would answer to a call that this check found wrong, in the dialect of the call."""
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
    if check.status == 405:  # noqa: PLR2004  # RFC 9110 section 15.5.6: it says what is allowed
        allowed = [method for method in METHODS if not place_of(method, received.path).misplaced]
        answer = replace(answer, headers=answer.headers.with_("Allow", ", ".join(allowed)))
    return answer


def _is_of_api(reply: Response) -> bool:
    """Whether the app gets an answer of the API: an upstream's, or a fault's that is made like one."""
    return reply.source not in OURS and (reply.damage is None or reply.damage.whole)


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
