"""Lets an application that speaks REST API v1 log out of REST API v2, too. It translates the requests and the answers.

Facts
-----
* The two APIs do not see each other's logins (FAQ, migration), so a v2 logout does not end the app's v1 tokens. The v1 logout is sent
  first, and the app gets its answer. The v2 logouts follow.
* v1 ends at the end of 2026. If v1 is gone, the app gets v2's answer.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Generator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.adobe import rewriting, v1_end, v2_logout
from gateway.core.adobe.v1_errors import failure, v1_error
from gateway.core.adobe.v1_logout import ROUTE, Logout, UnreadableLogout, read_logout, requestor_of
from gateway.core.adobe.v2_logout import LogoutOutcome
from gateway.core.errors import is_replay_miss
from gateway.core.model import Finding, Flow, Headers, Request, Response
from gateway.core.options import AsWritten, FormerlyWritten, TakenFrom
from gateway.core.when import LogoutWhen

DISCOVER = "discover"
PAGES = "https://sp.auth.adobe.com"
"""The origin of a root-relative `url`, if the upstream's pages are unknown."""
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")


def _url(text: str) -> str | None:
    return text if _URL.fullmatch(text) else None


def _mvpd(value: object) -> str | Mapping[str, str] | None:
    """Read `discover`, an MVPD's id, or a map from requestors to one of these."""
    entries = value.values() if isinstance(value, Mapping) else [value]
    if not entries or not all(isinstance(entry, str) and v2_logout.is_segment(entry) for entry in entries):
        return None
    return dict(value) if isinstance(value, Mapping) else str(value)


class V1Logout(Struct, frozen=True):
    """Lets apps that speak REST API v1 log out through REST API v2."""

    redirect_url: Annotated[str, AsWritten("an absolute URL in visible ASCII characters", _url)]
    """The page that a browser opens after the MVPD's logout. v2 requires it. v1 has no such parameter."""
    mvpd: Annotated[
        str | Mapping[str, str],
        AsWritten(
            "discover, an MVPD's id, or a map that has one of them for each requestor and for default",
            _mvpd,
            {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]},
        ),
    ] = DISCOVER
    """The MVPDs that get a v2 logout. `discover`: the gateway asks for the device's profiles, and sends a logout for each. An MVPD's id: the gateway sends one logout, without asking. A map has `discover` or an id for each requestor, and may have one for `default`."""
    v1: Annotated[
        Literal["also", "when_no_profile", "never"],
        FormerlyWritten("no_profile", {"v1": "when_no_profile", 204: "never"}),
    ] = "also"
    """Whether the v1 logout is sent, too. `also`: it is sent first, and the app gets its answer, unless v1 is gone. `when_no_profile`: it is sent only if v2 finds no profile. `never`: only v2 logouts are sent."""
    authorization: Literal["client", "pass"] = "client"
    """The access token of the requests to v2. `client`: a token of the gateway's own client. `pass`: the app's token."""
    sso_headers: Literal["drop", "pass"] = "drop"
    """The app's SSO headers (Adobe-Subject-Token and v1's `ast`, AD-Service-Token, X-Roku-Reserved-*). `drop`: v2 does not get them. `pass`: v2 gets them, and ends the single sign-on of every app that shares it."""
    reply: Literal["v1", "v2"] = "v1"
    """The answer to a successful logout. `v1`: 204, as v1 answers. `v2`: 200, with the map of logouts."""
    when: LogoutWhen = field(default_factory=LogoutWhen)
    """Which logouts are translated. All other logouts are sent to v1, unchanged."""
    dry_run: bool = False
    """Whether the rule only says what it would do. Then the v1 logout is sent unchanged, and the log shows the requests that the rule would send."""
    response_header: Annotated[bool, TakenFrom("audit.response_header")] = False
    """Whether a translated reply has the field `X-Gateway-Rewrite`."""
    pages: Annotated[Mapping[str, str], TakenFrom("origins_of_pages")] = field(default_factory=dict)
    """The origin of a root-relative `url`, by the name of the upstream that sent it."""
    needs_request_body: ClassVar[bool] = True
    needs_answer_body: ClassVar[bool] = True

    @property
    def needs_credentials(self) -> bool:
        """Whether it sends an access token of the gateway's own client."""
        return self.authorization == "client" and not self.dry_run

    @property
    def passes_sso(self) -> bool:
        """Whether v2 gets the app's SSO headers."""
        return self.sso_headers == "pass"

    def concerns(self, request: Request) -> bool:
        """Whether it is a v1 logout."""
        return ROUTE.matches(request.method, request.path)

    def __call__(self, request: Request) -> Flow:
        """Send a logout as `v1` says, and one v2 logout for each profile of the device, one after the other.

        No logout is repeated. Every other request goes out unchanged.
        """
        if not self.concerns(request) or not self.when.matches(request, requestor_of(request)):
            return (yield request)
        logout = read_logout(request)
        if self.dry_run:
            mvpd = "" if isinstance(logout, UnreadableLogout) else self._named(logout)
            answer = yield request
            return _noted(answer, rewriting.would_be(logout, mvpd))
        if not isinstance(logout, UnreadableLogout):
            reply = yield from self._log_out(request, logout)
        elif logout.is_v1s:
            answer = yield request
            return _noted(answer, rewriting.not_translated(logout))
        else:
            reply = v1_error(request, 400, "", logout.details, ("X-Gateway-Error", logout.code))
        if self.response_header:
            reply = replace(reply, headers=reply.headers.with_("X-Gateway-Rewrite", "v1_logout"))
        return reply

    def _log_out(self, request: Request, logout: Logout) -> Flow:
        as_v1 = replace(request, rewritten_from=f"{request.method} {request.target}")
        v1: Response | None = None
        if self.v1 == "also":
            v1 = yield replace(as_v1, may_be_missing=True)
            if v1.status == v2_logout.TOO_MANY:
                return v1  # v2 counts the calls of the same address, and would refuse them, too
        outcomes = yield from self._log_out_of_v2(request, logout)
        if self.v1 == "when_no_profile" and all(outcome.actions == {"invalid"} for outcome in outcomes):
            v1 = yield as_v1
        reply = self._reply(request, v1, outcomes)
        origin = self.pages.get(request.upstream, PAGES)
        urls = Headers.of([("X-Gateway-Logout-Url", url) for outcome in outcomes for url in outcome.urls(origin)])
        reply = replace(reply, headers=Headers((*reply.headers.raw, *urls.raw)))
        return _noted(reply, *self._notes(request, logout, v1, outcomes))

    def _log_out_of_v2(self, request: Request, logout: Logout) -> Generator[Request, Response, list[LogoutOutcome]]:
        outcomes: list[LogoutOutcome] = []
        mvpds: Sequence[str] | None = [self._named(logout)]
        if mvpds == [""]:
            answer = yield self._to_v2(request, logout, v2_logout.profiles_target(logout.requestor))
            mvpds = v2_logout.profiles_of(answer)
            if mvpds is None:
                outcomes = [v2_logout.failed("profiles", answer)]
        for mvpd in mvpds or ():
            if v2_logout.is_segment(mvpd):
                target = v2_logout.logout_target(logout.requestor, mvpd, self.redirect_url)
                answer = yield self._to_v2(request, logout, target)
                outcomes.append(v2_logout.outcome_of(mvpd, answer))
            else:
                outcomes.append(LogoutOutcome(mvpd, Response(502), problem="its id cannot be part of a path"))
        return outcomes

    def _reply(self, request: Request, v1: Response | None, outcomes: Sequence[LogoutOutcome]) -> Response:
        """Return the app's answer. It is v1's, or v2's if v1 was not asked, is gone or is not recorded."""
        merged = {key: entry for outcome in outcomes for key, entry in outcome.entries.items()}
        decided = v1 is not None and self._decides(v1)
        if v1 is not None and decided and (self.reply == "v1" or not _is_success(v1)):
            return v1
        if not decided and any(outcome.problem for outcome in outcomes):
            return failure(request, outcomes, {"logouts": merged} if self.reply == "v2" else {})
        if self.reply == "v1":
            return Response(204, "No Content")
        body = json.dumps({"logouts": merged}).encode()
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        return Response(200, "OK", Headers.of(fields), body)

    def _decides(self, v1: Response) -> bool:
        """Return whether the app gets v1's answer. An older cassette may have no v1 logout."""
        return not v1_end.is_gone(v1) and not (self.v1 == "also" and is_replay_miss(v1))

    def _notes(
        self, request: Request, logout: Logout, v1: Response | None, outcomes: Sequence[LogoutOutcome]
    ) -> Sequence[Finding]:
        notes = [*rewriting.notes(logout, outcomes)]
        if v1 is not None and v1_end.is_gone(v1):
            notes.append(rewriting.gone(v1.status))
        left = [] if self.passes_sso else [name for name in request.headers if v2_logout.is_of_sso(name)]
        if logout.subject_token and not self.passes_sso and not left:
            left = ["ast"]
        return [*notes, rewriting.sso_goes_on(left)] if left else notes

    def _named(self, logout: Logout) -> str:
        """Return the MVPD that the configuration names for this requestor. Empty if the rule asks for the profiles."""
        mvpd = self.mvpd
        if not isinstance(mvpd, str):
            mvpd = mvpd.get(logout.requestor) or mvpd.get("default", DISCOVER)
        return "" if mvpd == DISCOVER else mvpd

    def _to_v2(self, request: Request, logout: Logout, target: str) -> Request:
        fields = {
            "AP-Device-Identifier": "fingerprint " + b64encode(logout.device_id).decode("ascii"),
            "X-Device-Info": logout.device_info,
            "AP-Visitor-Identifier": logout.visitor,
            "Adobe-Subject-Token": logout.subject_token if self.passes_sso else "",
            "Accept": "application/json",
        }
        credentials = "default" if self.authorization == "client" else None
        return v2_logout.v2_request(request, target, fields, credentials, sso=self.passes_sso)


def _is_success(answer: Response) -> bool:
    return 200 <= answer.status < 300  # noqa: PLR2004  # RFC 9110 section 15.3


def _noted(answer: Response, *notes: Finding) -> Response:
    return replace(answer, notes=(*answer.notes, *notes))
