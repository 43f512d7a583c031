"""Lets an application that speaks REST API v1 log out through REST API v2: its request and the answers, both ways."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Generator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.adobe import rewriting, v2_logout
from gateway.core.adobe.v1_errors import failure, v1_error
from gateway.core.adobe.v1_logout import ROUTE, Logout, UnreadableLogout, read_logout, requestor_of
from gateway.core.adobe.v2_logout import LogoutOutcome
from gateway.core.model import Flow, Headers, Request, Response
from gateway.core.options import AsWritten, TakenFrom
from gateway.core.when import LogoutWhen

DISCOVER = "discover"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")


def _url(text: str) -> str | None:
    return text if _URL.fullmatch(text) else None


def _mvpd(value: object) -> str | Mapping[str, str] | None:
    """Read `discover`, an MVPD's id, or a map of requestors to such."""
    entries = value.values() if isinstance(value, Mapping) else [value]
    if not entries or not all(isinstance(entry, str) and v2_logout.is_segment(entry) for entry in entries):
        return None
    return dict(value) if isinstance(value, Mapping) else str(value)


class V1Logout(Struct, frozen=True):
    """Lets apps that speak REST API v1 log out through REST API v2."""

    redirect_url: Annotated[str, AsWritten("an absolute URL in visible ASCII characters", _url)]
    """Where a browser lands after the MVPD's logout: v2 wants it, v1 has none."""
    mvpd: Annotated[
        str | Mapping[str, str],
        AsWritten(
            "discover, an MVPD's id, or a map of requestors and default to such",
            _mvpd,
            {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]},
        ),
    ] = DISCOVER
    """`discover` asks for the device's profiles and logs out of each; an MVPD's id asks for nothing; a map has one of these for each requestor and perhaps for `default`."""
    authorization: Literal["client", "pass"] = "client"
    """`client`: an access token of the gateway's own client; `pass`: what the app sent."""
    no_profile: Literal["v1", 204] = "v1"
    """When v2 knows no profile: `v1` sends the v1 logout too and answers what that says; `204` answers that."""
    reply: Literal["v1", "v2"] = "v1"
    """`v1`: 204; `v2`: 200 and the map of logouts."""
    when: LogoutWhen = field(default_factory=LogoutWhen)
    """Which logouts; others go out as v1."""
    dry_run: bool = False
    """Whether the v1 logout goes out untouched, and the log says what would have been sent."""
    response_header: Annotated[bool, TakenFrom("audit.response_header")] = False
    """Whether a reply says that it was translated, as `X-Gateway-Rewrite`."""
    needs_request_body: ClassVar[bool] = True
    needs_answer_body: ClassVar[bool] = True

    @property
    def needs_credentials(self) -> bool:
        """Whether it sends with an access token of the gateway's own client."""
        return self.authorization == "client" and not self.dry_run

    def concerns(self, request: Request) -> bool:
        """Whether it is a v1 logout."""
        return ROUTE.matches(request.method, request.path)

    def __call__(self, request: Request) -> Flow:
        """Translate a logout: one of v2 for each profile of the device, one after the other, none of them repeated.

        Whatever else comes goes out as it is.
        """
        if not self.concerns(request) or not self.when.matches(request, requestor_of(request)):
            return (yield request)
        logout = read_logout(request)
        if self.dry_run:
            mvpd = "" if isinstance(logout, UnreadableLogout) else self._named(logout)
            answer = yield request
            return replace(answer, notes=(*answer.notes, rewriting.would_be(logout, mvpd)))
        if isinstance(logout, UnreadableLogout):
            reply = v1_error(request, 400, "", logout.details, ("X-Gateway-Error", logout.code))
        else:
            reply = yield from self._log_out(request, logout)
        if self.response_header:
            reply = replace(reply, headers=reply.headers.with_("X-Gateway-Rewrite", "v1_logout"))
        return reply

    def _log_out(self, request: Request, logout: Logout) -> Flow:
        outcomes: list[LogoutOutcome] = []
        mvpds: Sequence[str] | None = [self._named(logout)]
        if mvpds == [""]:
            target = v2_logout.profiles_target(logout.requestor)
            answer = yield from self._ask(self._to_v2(request, logout, target))
            mvpds = v2_logout.profiles_of(answer)
            if mvpds is None:
                outcomes = [v2_logout.failed("profiles", answer)]
        for mvpd in mvpds or ():
            if v2_logout.is_segment(mvpd):
                target = v2_logout.logout_target(logout.requestor, mvpd, self.redirect_url)
                answer = yield from self._ask(self._to_v2(request, logout, target))
                outcomes.append(v2_logout.outcome_of(mvpd, answer))
            else:
                outcomes.append(LogoutOutcome(mvpd, Response(502), problem="its id cannot be part of a path"))
        reply = yield from self._reply(request, outcomes)
        urls = Headers.of([("X-Gateway-Logout-Url", url) for outcome in outcomes for url in outcome.urls])
        notes = (*reply.notes, *rewriting.notes(logout, outcomes))
        return replace(reply, headers=Headers((*reply.headers.raw, *urls.raw)), notes=notes)

    def _ask(self, outbound: Request) -> Generator[Request, Response, Response]:
        """Send once; and once more with the gateway's next token, where its last one was refused and nothing was done."""
        answer = yield outbound
        if self.authorization == "client" and v2_logout.was_not_carried_out(answer):
            answer = yield outbound
        return answer

    def _reply(self, request: Request, outcomes: Sequence[LogoutOutcome]) -> Flow:
        merged = {key: entry for outcome in outcomes for key, entry in outcome.entries.items()}
        if any(outcome.problem for outcome in outcomes):
            return failure(request, outcomes, {"logouts": merged} if self.reply == "v2" else {})
        if self.no_profile == "v1" and all(outcome.actions == {"invalid"} for outcome in outcomes):
            return (yield replace(request, rewritten_from=f"{request.method} {request.target}"))
        if self.reply == "v1":
            return Response(204, "No Content")
        body = json.dumps({"logouts": merged}).encode()
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        return Response(200, "OK", Headers.of(fields), body)

    def _named(self, logout: Logout) -> str:
        """Return the MVPD that the configuration names for this requestor; empty where the profiles are to tell."""
        mvpd = self.mvpd
        if not isinstance(mvpd, str):
            mvpd = mvpd.get(logout.requestor) or mvpd.get("default", DISCOVER)
        return "" if mvpd == DISCOVER else mvpd

    def _to_v2(self, request: Request, logout: Logout, target: str) -> Request:
        fields = {
            "AP-Device-Identifier": "fingerprint " + b64encode(logout.device_id).decode("ascii"),
            "X-Device-Info": logout.device_info,
            "AP-Visitor-Identifier": logout.visitor,
            "Adobe-Subject-Token": logout.subject_token,
            "Accept": "application/json",
        }
        return v2_logout.v2_request(request, target, fields, "default" if self.authorization == "client" else None)
