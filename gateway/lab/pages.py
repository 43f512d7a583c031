"""The lab's own pages, over plain HTTP: how to install the certificate, and whether a device reaches the gateway. They answer no app.

Facts
-----
* Browsers of televisions are old. So no page needs a script, and the style is little more than CSS 2.1.
* Only two parts of a request choose the content: the path, and the User-Agent, from which we guess the platform. The address in the QR
  code comes from the configuration.
* Media types: for `application/x-x509-ca-cert` a browser offers an import. `application/x-apple-aspen-config` is Apple's type for profiles.
"""

from __future__ import annotations

import re
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from gateway.core.check_picture import ANSWER as PICTURE
from gateway.core.check_picture import asks_for_picture
from gateway.core.errors import REASONS
from gateway.core.headers import bare_host
from gateway.core.hostport import host_port
from gateway.core.model import Headers, Peer, Request, Response
from gateway.core.tracebacks import place_of
from gateway.lab.acquainted import Acquainted
from gateway.lab.authority import PublicPart
from gateway.lab.formats import FORMATS, PASSWORD, exported, fingerprint
from gateway.lab.platforms import BY_SLUG, PLATFORMS, TRUSTED_BY, Platform, of_agent
from gateway.lab.private import is_private
from gateway.lab.qr import qr_svg
from gateway.lab.self_check import CLOCK_SECONDS, WORDS, SelfCheck, rows_of, written
from gateway.templating import environment

if TYPE_CHECKING:
    import jinja2

FOLDER = Path(__file__).parent
MAX_HEAD = 1 << 14
MEDIA: Mapping[str, str] = {
    "pem": "application/x-pem-file",
    "der": "application/x-x509-ca-cert",
    "p12": "application/x-pkcs12",
    "mobileconfig": "application/x-apple-aspen-config",
}
"""The media type of each form of the certificate."""
ASSETS: Mapping[str, str] = {"/style.css": "text/css; charset=utf-8", "/check.js": "text/javascript; charset=utf-8"}
NOT_FOR_APPS = "This port serves only the lab's pages. Apps use a listener of the gateway: its log names them first.\n"
NOT_FOR_ALL = "The lab's pages are for private networks.\n"
_ABSOLUTE = re.compile(r"http://([^/?#]*)(/.*)?", re.IGNORECASE)
_TEXT, _HTML = "text/plain; charset=utf-8", "text/html; charset=utf-8"


class PageFacts(Struct, frozen=True):
    """The facts about a lab on a page for one device."""

    base: str
    """The address of the pages, such as `http://192.168.0.2`, without a slash at its end."""
    names: tuple[str, ...]
    """Names of the gateway in the lab."""
    authority: PublicPart | None
    """The authority whose certificate devices get. None before `gateway lab init`."""
    hosts: Collection[str]
    """Hosts of the upstreams. A request for one of them comes from an app."""
    pac: str = ""
    """The URL of the PAC file. Empty if the lab has no proxy."""

    @property
    def by_name(self) -> str:
        """The address of the pages with the gateway's name, for devices that use the lab's DNS. Empty if the gateway has no name."""
        return f"http://{host_port(self.names[0], urlsplit(self.base).port)}" if self.names else ""


class PagesReply:
    """A reply to a browser."""

    def __init__(self, response: Response, *, last: bool = False) -> None:
        self.response = response
        self.last = last

    async def ended(self) -> None:
        """Do nothing: no exchange ends here."""


class PagesHandler:
    """Answers the browsers of devices."""

    max_head = MAX_HEAD

    def __init__(
        self,
        facts: Callable[[], Awaitable[PageFacts]],
        check: Callable[[Request, str], Awaitable[SelfCheck]],
        acquainted: Acquainted,
        warn: Callable[..., None],
    ) -> None:
        """`check` returns what the gateway sees of the device that sent a request from an address. `warn` writes into the log."""
        self._facts = facts
        self._check = check
        self._acquainted = acquainted
        self._warn = warn

    def at_once(self, received: Request, peer: Peer, app: object) -> None:
        """Return nothing: a page can wait."""

    async def answer(self, received: Request, peer: Peer) -> PagesReply:
        """Return the reply. Requests are not logged."""
        is_read = received.method in {"GET", "HEAD"}
        try:
            response = await self._answer(received, peer.address) if is_read else _text(405, "Expected GET.\n")
        except Exception as error:  # noqa: BLE001  # the browser gets an answer in any case
            self._warn("defect", error=type(error).__name__, where=place_of(error))
            response = _text(500, "The gateway failed; its log says where.\n")
        return PagesReply(response, last=not is_read)

    def warn(self, event: str, **about: object) -> None:
        """Write a warning of the wire into the log."""
        self._warn(event, listener="lab.pages", **about)

    async def finish(self, grace: float) -> None:
        """Do nothing: no request takes long."""

    async def _answer(self, request: Request, peer: str) -> Response:
        asked = _in_origin_form(request)
        if asked is None:
            return _text(400, "Expected a path.\n")
        if not is_private(peer):
            return _text(403, NOT_FOR_ALL)
        if asks_for_picture(asked):
            return PICTURE
        facts = await self._facts()
        if bare_host(asked.headers.get("Host")) in facts.hosts:
            return _text(421, NOT_FOR_APPS)
        return await self._page(asked, facts, peer)

    async def _page(self, asked: Request, facts: PageFacts, peer: str) -> Response:
        path = asked.path
        if path in ASSETS:
            return await to_thread(_asset, path)
        if path.startswith("/ca."):
            return await to_thread(certificate, facts.authority, path.removeprefix("/ca."))
        if path in {"/check", "/check.json"}:
            return await self._checked(asked, facts, peer)
        return await self._about_platform(asked, facts, peer)

    async def _checked(self, asked: Request, facts: PageFacts, peer: str) -> Response:
        check = await self._check(asked, peer)
        if asked.path == "/check.json":
            return _whole(200, "application/json", written(check))
        return await to_thread(check_page, facts, check)

    async def _about_platform(self, asked: Request, facts: PageFacts, peer: str) -> Response:
        if asked.path != "/":
            chosen = BY_SLUG.get(asked.path.removeprefix("/for/")) if asked.path.startswith("/for/") else None
            missing = partial(_page, "unknown.html", facts, status=404)
            return await to_thread(partial(platform_page, facts, chosen) if chosen is not None else missing)
        guessed = of_agent(asked.headers.get("User-Agent"))
        if guessed is not None:
            self._acquainted.met(peer, guessed.word)
        return await to_thread(platform_page, facts, guessed, is_guess=True)


def platform_page(facts: PageFacts, platform: Platform | None, *, is_guess: bool = False) -> Response:
    """Return the page about a platform. Without a platform: the page on which a person chooses one."""
    authority = facts.authority
    return _page(
        "platform.html",
        facts,
        platform=platform,
        is_guess=is_guess,
        steps=platform.steps_at(facts.base) if platform is not None else (),
        trusted_by=TRUSTED_BY,
        forms=tuple(FORMATS),
        password=PASSWORD,
        fingerprint=fingerprint(authority.root) if authority is not None else "",
        domains=authority.domains if authority is not None else (),
        qr=qr_svg(f"{facts.base}/"),
    )


def check_page(facts: PageFacts, check: SelfCheck) -> Response:
    """Return the self-check as a page. The browser itself tests what only the device can see."""
    rows = rows_of(check, f"{facts.base}/")
    pictures = [url for row in rows for _, url in row.pictures]
    return _page("check.html", facts, check=check, rows=rows, words=WORDS, most=CLOCK_SECONDS, pictures=pictures)


def certificate(authority: PublicPart | None, form: str) -> Response:
    """Return the lab's certificate as a file. 404 for an unknown form, or if there is no certificate."""
    if form not in FORMATS:
        return _text(404, f"Expected ca.{', ca.'.join(FORMATS)}.\n")
    if authority is None:
        return _text(404, "There is no certificate yet: run gateway lab init.\n")
    named = ("Content-Disposition", f'attachment; filename="pass-gateway-lab.{form}"')
    more = () if form == "mobileconfig" else (named,)  # Apple's installer opens it; no download
    return _whole(200, MEDIA[form], exported(authority.root, form), *more)


def _page(
    template: str, facts: PageFacts, *, status: int = 200, pictures: Collection[str] = (), **values: object
) -> Response:
    text = (
        _templates().get_template(template).render(facts=facts, platforms=PLATFORMS, **{"pictures": pictures, **values})
    )
    policy = f"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' {' '.join(pictures)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return _whole(status, _HTML, text.encode("utf-8", "replace"), ("Content-Security-Policy", policy))


@cache
def _templates() -> jinja2.Environment:
    return environment(FOLDER / "templates")


def _asset(path: str) -> Response:
    return _whole(200, ASSETS[path], (FOLDER / "assets" / path[1:]).read_bytes())


def _text(status: int, text: str) -> Response:
    return _whole(status, _TEXT, text.encode())


def _whole(status: int, media: str, body: bytes, *more: tuple[str, str]) -> Response:
    fields = (
        ("Content-Type", media),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        *more,
    )
    return Response(status, REASONS.get(status, "OK"), Headers.of(fields), body)


def _in_origin_form(request: Request) -> Request | None:
    """Return the request with a path as its target. A browser that uses a proxy sends the whole address (RFC 9112 section 3.2.2)."""
    if request.target.startswith("/"):
        return request
    absolute = _ABSOLUTE.fullmatch(request.target)
    if absolute is None:
        return None
    return Request(request.method, absolute[2] or "/", request.headers.with_("Host", absolute[1]))
