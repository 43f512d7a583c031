"""Who may use the control listener, and from where.

Facts
-----
* A browser sends a page's requests to any host that the page names. With DNS rebinding, a foreign name leads to this machine, but
  Host still has the foreign name. So Host is compared with a list.
* A cookie is valid for every port of a host, and SameSite counts all ports of a host as one site. So Origin and Sec-Fetch-Site are
  checked, too.
* Our answers have no CORS fields. So no foreign page may read an answer, or send a request that is not simple (Fetch standard):
  PUT, DELETE, or a Content-Type of JSON.
* The token never stands in a URL. A link has a code instead, which is valid for one login within `CODE_SECONDS`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from secrets import token_urlsafe
from time import monotonic

from msgspec import Struct

from gateway.control.errors import ControlError
from gateway.core.bounded import Bounded
from gateway.core.headers import bare_host
from gateway.core.model import Headers, Request, Response

CODE_SECONDS = 600.0
"""How long a link is valid. It is valid once."""
COOKIE_SECONDS = 12 * 3600
"""How long a login is valid."""
COOKIES = 64
"""How many logins are kept. One more ends the oldest."""
TRIES = 10
"""How many wrong tokens in a row one address may send. After that, it may try once a second."""
LONGEST_SECRET = 200
LOCAL = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  # only compared, not listened on
SIMPLE = frozenset({"GET", "HEAD"})


class _Tries(Struct, frozen=True):
    left: float
    at: float


class Access:
    """Decides whether a request is let in."""

    def __init__(
        self,
        token: str,
        host: str,
        hosts: Iterable[str] = (),
        *,
        clock: Callable[[], float] = monotonic,
        warn: Callable[..., None] = lambda *_, **__: None,
    ) -> None:
        """Take the token, the host that the listener listens on, and other names for it. `clock` is monotonic, in seconds."""
        self._token = token
        self._hosts = {name.lower() for name in (*LOCAL, host, *hosts)} - EVERYWHERE
        self._cookie = "pass-gateway"
        self._clock = clock
        self._warn = warn
        self._codes: dict[str, float] = {}
        self._logins: dict[str, float] = {}
        self._tries: Bounded[str, _Tries] = Bounded("wrong tokens", 1 << 20, longest=1024)

    def of_port(self, port: int) -> None:
        """Name the cookie after the port, so that two gateways on one host have different cookies."""
        self._cookie = f"pass-gateway-{port}"

    def code(self) -> str:
        """Return a new code for a link. It is valid for one login."""
        now = self._clock()
        self._codes = {code: until for code, until in self._codes.items() if until > now}
        code = token_urlsafe(24)
        self._codes[code] = now + CODE_SECONDS
        return code

    def knows_host(self, request: Request) -> bool:
        """Whether Host names this listener."""
        return bare_host(request.headers.get("Host")).strip("[]") in self._hosts

    def expect_host(self, request: Request) -> None:
        """Refuse a request with a foreign name in Host, or from a page of another origin. Raises ControlError."""
        if not self.knows_host(request):
            raise ControlError(
                421, "foreign_host", "Host is not a name of this listener. Add the name to control.hosts."
            )
        host = request.headers.get("Host").lower()
        origin = request.headers.get("Origin").lower()
        site = request.headers.get("Sec-Fetch-Site")
        own = f"http://{host}", f"https://{host}"
        if (origin and origin not in own) or site == "same-site":
            raise ControlError(403, "foreign_origin", "A page of another origin may not use this listener.")
        navigates = request.method in SIMPLE and request.headers.get("Sec-Fetch-Mode") == "navigate"
        navigates = navigates and request.path != "/login"  # or frames of a foreign page would use up the owner's tries
        if site == "cross-site" and not navigates:
            raise ControlError(403, "foreign_origin", "A page of another origin may not use this listener.")

    def expect_change(self, request: Request) -> None:
        """Refuse a change that a foreign page could send: a change must be DELETE, or have a body of JSON. Raises ControlError."""
        if request.method in SIMPLE or request.method == "DELETE":
            return
        media = request.headers.get("Content-Type").partition(";")[0].strip().lower()
        if media != "application/json":
            raise ControlError(415, "json_expected", "Expected Content-Type: application/json.")

    def expect_token(self, request: Request, peer: str) -> None:
        """Refuse a request that has neither the token in Authorization nor the cookie of a login. Raises ControlError."""
        scheme, _, token = request.headers.get("Authorization").partition(" ")
        if token and scheme.lower() == "bearer":
            self._expect(peer, self._is_token(token.strip()))
            return
        cookie = self._cookie_of(request)
        if not cookie:
            raise ControlError(
                401, "token_missing", "Expected Authorization: Bearer, with the token of control.token_file."
            )
        self._expect(peer, self._is_login(cookie))

    def login(self, peer: str, *, token: str = "", code: str = "") -> Response:
        """Return the answer that logs a browser in, by the token or by a link's code. Raises ControlError if it is wrong."""
        if code:
            until = self._codes.pop(code, 0.0)  # a look-up of a random name needs no constant time
            self._expect(peer, until > self._clock())
        else:
            self._expect(peer, self._is_token(token))
        login = token_urlsafe(24)
        self._logins[login] = self._clock() + COOKIE_SECONDS
        while len(self._logins) > COOKIES:
            del self._logins[next(iter(self._logins))]
        cookie = f"{self._cookie}={login}; Path=/; HttpOnly; SameSite=Strict; Max-Age={COOKIE_SECONDS}"
        if code:
            return Response(303, "See Other", Headers.of([("Location", "/"), ("Set-Cookie", cookie)]))
        return Response(204, "No Content", Headers.of([("Set-Cookie", cookie)]))

    def logout(self, request: Request) -> Response:
        """Return the answer that logs a browser out."""
        self._logins.pop(self._cookie_of(request), None)
        gone = f"{self._cookie}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        return Response(204, "No Content", Headers.of([("Set-Cookie", gone)]))

    def _expect(self, peer: str, right: bool) -> None:
        now = self._clock()
        tries: _Tries = self._tries.get(peer) or _Tries(TRIES, now)
        left = min(TRIES, tries.left + (now - tries.at))
        if left < 1:
            raise ControlError(429, "too_many_tries", "This address sent too many wrong tokens. Wait a second.")
        if right:
            return
        left -= 1
        self._tries.put(peer, _Tries(left, now))
        if left < 1:
            self._warn("control: wrong tokens", peer=peer, hint="this address may now try once a second")
        raise ControlError(
            401,
            "token_wrong",
            "Wrong token, or the login has ended. The token is in the file that control.token_file names.",
        )

    def _is_token(self, token: str) -> bool:
        return hmac.compare_digest(token[:LONGEST_SECRET].encode(), self._token.encode())

    def _is_login(self, cookie: str) -> bool:
        return self._logins.get(cookie, 0.0) > self._clock()  # random names, as for codes

    def _cookie_of(self, request: Request) -> str:
        for field in request.headers.getall("Cookie"):
            for pair in field.split(";"):
                name, _, value = pair.strip().partition("=")
                if name == self._cookie:
                    return value[:LONGEST_SECRET]
        return ""
