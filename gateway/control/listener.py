"""The control listener: a handler for the gateway's own server. It has no way to an upstream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from errno import EACCES, EADDRINUSE
from typing import Any

import msgspec

from gateway.control.access import Access
from gateway.control.errors import ControlError
from gateway.control.routes import ApiCall, Endpoint, Matched, find, of_sessions, read_body, read_query
from gateway.control.sessions import SessionTable
from gateway.control.steering import Controlled, NotAllowedError, NotPossibleError
from gateway.core.codings import CodingError
from gateway.core.errors import gateway_error
from gateway.core.mistake import Mistake
from gateway.core.model import Headers, Peer, Request, Response
from gateway.core.secrets.budget import OverBudgetError
from gateway.core.tracebacks import place_of
from gateway.exchanges.health import Health
from gateway.transports.bodies import close, gather
from gateway.wire.connections import Limits
from gateway.wire.server import Server

MAX_BODY = 1 << 20
"""The longest body of a request, in bytes."""
MAX_HEAD = 1 << 14
UNAUTHORIZED = 401
CONNECTIONS = 512
"""How many connections may be open at once."""
TAKEN = frozenset({EADDRINUSE, EACCES})
"""Errors that mean that another program has the port, or that the port is not allowed."""
HEALTH_PATHS = frozenset({"/healthz", "/readyz"})
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAFE: tuple[tuple[bytes, bytes], ...] = (
    (b"Content-Security-Policy", POLICY),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"no-referrer"),
    (b"Cross-Origin-Opener-Policy", b"same-origin"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
    (b"Cache-Control", b"no-store"),
)
"""The fields of every answer. They tell a browser to load only our own files, to store nothing, and to send no referrer."""


class ControlReply:
    """An answer on its way to the client."""

    last = False

    def __init__(self, response: Response, ended: Callable[[ControlReply], None]) -> None:
        self.response = response
        self._ended = ended

    async def ended(self) -> None:
        """Close a stream that was not written to its end."""
        try:
            await close(self.response.body)
        finally:
            self._ended(self)


class ControlHandler:
    """Answers the requests to the control listener."""

    max_head = MAX_HEAD

    def __init__(
        self,
        controlled: Controlled,
        access: Access,
        endpoints: Sequence[Endpoint],
        sessions: SessionTable,
        warn: Callable[..., None],
    ) -> None:
        """`warn` writes a warning to the log. A warning quotes nothing of a request."""
        self._controlled = controlled
        self._access = access
        self._endpoints = of_sessions(endpoints)
        self._sessions = sessions
        self._warn = warn
        self._open: set[ControlReply] = set()

    def at_once(self, received: Request, peer: Peer, app: object) -> None:
        """Return None: every request is answered by `answer`."""

    async def answer(self, received: Request, peer: Peer) -> ControlReply:
        """Return the answer to a request. Nothing of the request is logged."""
        try:
            response = await self._answer(received, peer.address)
        except ControlError as error:
            response = error.answer
        except NotAllowedError as error:
            response = gateway_error(403, "not_allowed", str(error))
        except (NotPossibleError, Mistake) as error:
            response = gateway_error(409, "not_possible", str(error))
        except (OverBudgetError, CodingError):
            message = "Not shown: the search for secrets takes too much work, or a body cannot be decoded."
            response = gateway_error(409, "not_shown", message)
        except OSError as error:
            response = gateway_error(500, "system_error", f"The operating system refused: {error.strerror}.")
        except Exception as error:  # noqa: BLE001  # whatever an endpoint raises, the client gets an answer
            self._warn("defect", error=type(error).__name__, where=place_of(error))
            response = gateway_error(500, "gateway_defect", "The gateway failed; its log says where.")
        reply = ControlReply(_safe(response), self._open.discard)
        self._open.add(reply)
        return reply

    def warn(self, event: str, **about: object) -> None:
        """Log an error of a connection."""
        self._warn(event, listener="control", **about)

    async def finish(self, grace: float) -> None:
        """End the open streams. Other answers take no time."""
        del grace
        for reply in tuple(self._open):
            await close(reply.response.body)

    async def _answer(self, request: Request, peer: str) -> Response:
        path = request.path
        if path in HEALTH_PATHS:
            return self._health(request, path)
        self._access.expect_host(request)
        if path == "/login":
            return await self._login(request, peer)
        try:
            matched = find(self._endpoints, request.method, request.target)
        except ControlError:
            self._access.expect_token(request, peer)  # without the token, nobody learns which paths exist
            raise
        endpoint = matched.endpoint
        if not endpoint.public:
            try:
                self._access.expect_token(request, peer)
            except ControlError as error:
                if endpoint.sign_in is None or error.status != UNAUTHORIZED:
                    raise
                return endpoint.sign_in()
        self._access.expect_change(request)
        return await self._done(matched, request)

    async def _done(self, matched: Matched, request: Request) -> Response:
        endpoint, path = matched
        session = path.get("session")
        body = await _body(request)
        asked = ApiCall(
            request=request,
            controlled=self._controlled,
            gateway=self._sessions.of(session) if endpoint.of_gateway and session else self._controlled.main,
            recordings=self._sessions.recordings,
            path=path,
            query=read_query(endpoint.query, request.query) if endpoint.query is not None else None,
            body=read_body(endpoint.takes, body) if endpoint.takes is not None else None,
        )
        await asked.gateway.caught_up()
        given = await endpoint.do(asked)
        if isinstance(given, Response):
            return given
        if given is None:
            return Response(204, "No Content")
        return await json_answer(given, endpoint.status)

    def _health(self, request: Request, path: str) -> Response:
        """Answer a probe, whatever its Host. Only if Host is our name, the answer says what is wrong."""
        health: Health = self._controlled.health
        if request.method not in {"GET", "HEAD"}:
            return gateway_error(405, "method_not_allowed", "Expected GET.")
        if path == "/healthz":
            return Response(200, "OK", Headers.of([("Content-Length", "0")]))
        if not self._access.knows_host(request):
            return health.answer()
        if health.draining:
            return health.answer(b"draining\n")
        complaints = health.complaints
        said = f"degraded: {'; '.join(complaints)}\n" if complaints else "ready\n"
        return health.answer(said.encode())

    async def _login(self, request: Request, peer: str) -> Response:
        """Log a browser in by a link's code (GET) or by the token (PUT), or log it out (DELETE)."""
        if request.method == "GET":
            name, _, code = request.query.partition("=")
            return self._access.login(peer, code=code if name == "code" and code else "none")
        self._access.expect_change(request)
        if request.method == "PUT":
            return self._access.login(peer, token=read_body(TokenGiven, await _body(request)).token)
        if request.method == "DELETE":
            self._access.expect_token(request, peer)
            return self._access.logout(request)
        raise ControlError(405, "method_not_allowed", "Expected GET, PUT or DELETE.")


class TokenGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /login`."""

    token: str


class ControlListener(msgspec.Struct, frozen=True):
    """The listener as it runs."""

    url: str
    port: int
    access: Access
    server: Server
    sessions: SessionTable

    @property
    def link(self) -> str:
        """A new link, which logs a browser in once."""
        return f"{self.url}/login?code={self.access.code()}"

    async def stop(self) -> None:
        """End every session, and stop listening."""
        await self.sessions.close()
        await self.server.stop(grace=0)


async def listen(
    controlled: Controlled,
    access: Access,
    endpoints: Sequence[Endpoint],
    sessions: SessionTable,
    *,
    host: str,
    port: int,
    warn: Callable[..., None],
) -> ControlListener:
    """Start the listener. If the port is taken, use another free port. Raises OSError for a host that is not an address of this machine."""
    handler = ControlHandler(controlled, access, endpoints, sessions, warn)
    server = Server(handler, Limits(CONNECTIONS))
    try:
        found = await server.start(host, port)
    except OSError as error:
        if not port or error.errno not in TAKEN:
            raise
        found = await server.start(host, 0)
    access.of_port(found)
    sessions.start()
    name = f"[{host}]" if ":" in host else host
    return ControlListener(f"http://{name}:{found}", found, access, server, sessions)


async def json_answer(value: Any, status: int = 200) -> Response:
    """Return a value as an answer of JSON. A value that may be large is encoded in a thread."""
    body = await asyncio.to_thread(msgspec.json.encode, value) if _is_large(value) else msgspec.json.encode(value)
    fields = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return Response(status, {200: "OK", 201: "Created"}.get(status, ""), Headers.of(fields), body)


def _is_large(value: object) -> bool:
    return not isinstance(value, msgspec.Struct) or any(
        isinstance(getattr(value, name), list | dict) for name in value.__struct_fields__
    )


async def _body(request: Request) -> bytes:
    body = await gather(request.body, MAX_BODY)
    if isinstance(body, bytes) and len(body) <= MAX_BODY:
        return body
    await close(body)
    raise ControlError(413, "body_too_large", "Expected a body of at most 1 MiB, whole.")


def _safe(response: Response) -> Response:
    """Return an answer with the fields of `SAFE`."""
    fields = [pair for pair in response.headers.raw if pair[0] != b"Cache-Control"]
    return msgspec.structs.replace(response, headers=Headers((*fields, *SAFE)))
