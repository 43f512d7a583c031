"""Supplies access tokens to the requests that ask for one: registered once, renewed in time, one request in flight.

Facts
-----
* Credentials live as long as nobody revokes them, and profiles are bound to them: to register again logs every user out. So
  nothing is registered that cannot be kept, and what is kept is never replaced because a request failed.
* A token is renewed with the same credentials. Both requests count for the throttle, so a failure is not repeated at once.
* These requests never pass a recorder, whatever routes are recorded: `ask` is a `send` that has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.model import Request, Response, Send
from gateway.core.value import repr_without
from gateway.transports.bodies import close
from gateway.transports.registration import Credentials, NoTokenError, grant, refuse, register

RENEWED_AT = 0.8
"""The part of its life after which a token is renewed."""
YOUNG = 30.0
"""Seconds within which a token that is refused is not replaced: the next one would be refused too, and each costs a request."""
AFTER_FAILURE = 1.0
"""Seconds before Adobe is asked again: a throttled client is let in after one (throttling-mechanism page)."""

Entry = dict[str, object]


class Client(Struct, frozen=True):
    """A registered application: the credentials that it was given, or a software statement to register with."""

    software_statement: str = ""
    client_id: str = ""
    client_secret: str = ""

    __repr__, __rich_repr__ = repr_without("software_statement", "client_id", "client_secret")

    @property
    def mark(self) -> str:
        """What tells in the state that an entry was made for this client; it leads back to no secret."""
        return sha256((self.client_id or self.software_statement).encode()).hexdigest()[:16]


class ClientState(Protocol):
    """What survives a restart: text and numbers for each client at each upstream."""

    def load(self, key: str) -> Entry:
        """Return what is kept under `key`; an empty entry where nothing is."""

    def save(self, key: str, entry: Entry) -> Entry:
        """Keep `entry`, and return what is kept, in which the credentials that another process kept first stay.

        What prevents it is an OSError or a ValueError. It may block, for a lock or a disk, so that a thread calls it.
        """

    def registering(self) -> AbstractAsyncContextManager[None]:
        """Enter where no other process is registering; TimeoutError where one does for too long."""


class Authorized:
    """Wraps a `send`. A request without `credentials` passes through untouched."""

    def __init__(
        self,
        send: Send,
        *,
        ask: Send,
        clients: Mapping[str, Client],
        state: ClientState,
        clock: Callable[[], float],
        origins: Callable[[str], str],
        warn: Callable[..., None],
    ) -> None:
        """`ask` sends the requests for tokens; `clock` tells the seconds since the epoch, `origins` where an upstream is."""
        self._send = send
        self._ask = ask
        self._clients = clients
        self._state = state
        self._clock = clock
        self._origins = origins
        self._warn = warn
        self._holders: dict[tuple[str, str], _Holder] = {}

    async def send(self, request: Request) -> Response:
        """Send with a token. What stands in the way of one is answered instead; a token that is answered 401 is given up."""
        if request.credentials is None:
            return await self._send(request)
        holder = self._holder(request.credentials, request.upstream)
        try:
            token = await holder.token()
        except NoTokenError as error:
            await close(request.body)
            return error.response
        headers = request.headers.with_("Authorization", f"Bearer {token}")
        answer = await self._send(replace(request, headers=headers, credentials=None))
        if answer.status == 401:  # noqa: PLR2004  # RFC 9110 section 15.5.2
            await holder.was_refused(token)
        return answer

    async def aclose(self) -> None:
        """Wait for the requests that are on their way, so that what they bring is kept."""
        asking = [holder.asking for holder in self._holders.values() if holder.asking is not None]
        await asyncio.gather(*asking, return_exceptions=True)

    def _holder(self, name: str, upstream: str) -> _Holder:
        """Return who holds the token for an upstream. What one upstream gave is never shown to another."""
        holder = self._holders.get((name, upstream))
        if holder is None:
            key = f"{name} at {self._origins(upstream)}"
            holder = _Holder(
                self._clients.get(name),
                key,
                upstream,
                ask=self._ask,
                state=self._state,
                clock=self._clock,
                warn=self._warn,
            )
            self._holders[name, upstream] = holder
        return holder


class _Holder:
    """The credentials and the token of one client at one upstream."""

    def __init__(
        self,
        client: Client | None,
        key: str,
        upstream: str,
        *,
        ask: Send,
        state: ClientState,
        clock: Callable[[], float],
        warn: Callable[..., None],
    ) -> None:
        self._client = client or Client()
        self._key = key
        self._upstream = upstream
        self._ask = ask
        self._state = state
        self._clock = clock
        self._warn = warn
        self._entry: Entry | None = None
        self._keeping = asyncio.Lock()
        """Held while a change of the entry is on its way to the state."""
        self._failed: tuple[float, NoTokenError] | None = None
        self.asking: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """Return a token that is good. However many wait for it, one request is in flight, and a waiter that leaves does not end it."""
        if self._entry is None:
            await self._load()
        token = self._kept_token(RENEWED_AT)
        if token:
            return token
        try:
            return await asyncio.shield(self._asked())
        except NoTokenError:
            token = self._kept_token(1.0)  # the one that was to be renewed, while it lives
            if token:
                return token
            raise

    async def was_refused(self, token: str) -> None:
        """Give up a token that was answered 401, unless another one is in its place already, or it is too young to be the reason."""
        entry = self._loaded()
        age = self._clock() - _number(entry.get("obtained_at"))
        if entry.get("access_token") == token and not 0 <= age < YOUNG:
            await self._keep({"access_token": "", "expires_in": 0})

    def _asked(self) -> asyncio.Task[str]:
        """Return the request that is in flight, or begin one, unless one has failed just now."""
        if self.asking is None:
            if self._failed is not None and 0 <= self._clock() - self._failed[0] < AFTER_FAILURE:
                error = self._failed[1]
                raise NoTokenError(str(error), error.response)
            self.asking = asyncio.create_task(self._renew())
            self.asking.add_done_callback(self._answered)
        return self.asking

    def _answered(self, task: asyncio.Task[str]) -> None:
        self.asking = None
        error = None if task.cancelled() else task.exception()
        if isinstance(error, NoTokenError):
            self._failed = (self._clock(), error)
            self._warn("no access token", client=self._key, why=str(error))

    def _kept_token(self, part: float) -> str:
        """Return the token while less than `part` of its life is over; empty where there is none."""
        entry = self._loaded()
        token = entry.get("access_token")
        age = self._clock() - _number(entry.get("obtained_at"))
        return token if isinstance(token, str) and 0 <= age < part * _number(entry.get("expires_in")) else ""

    async def _load(self) -> None:
        """Have the entry; what was kept for other credentials, or for another software statement, is not ours."""
        async with self._keeping:
            if self._entry is None:
                kept = await asyncio.to_thread(self._state.load, self._key)
                self._entry = kept if kept.get("made_for") == self._client.mark else {}

    def _loaded(self) -> Entry:
        return self._entry or {}

    async def _keep(self, changes: Entry) -> None:
        """Change the entry, here and in the state; what cannot be kept is a loss for the next run alone, and is told."""
        self._entry = {**self._loaded(), **changes, "made_for": self._client.mark}
        async with self._keeping:  # which keeps their order
            try:
                await self._save(self._entry)
            except (OSError, ValueError) as error:
                self._warn("client state not kept", client=self._key, why=type(error).__name__)

    async def _save(self, entry: Entry) -> None:
        """Take over what is kept, unless there was another change meanwhile, which is saved after this one."""
        kept = await asyncio.to_thread(self._state.save, self._key, entry)
        if self._entry is entry:
            self._entry = kept

    async def _renew(self) -> str:
        credentials = await self._credentials()
        asked_at = self._clock()
        granted = await grant(self._ask, self._upstream, credentials)
        await self._keep({"access_token": granted.token, "obtained_at": asked_at, "expires_in": granted.life})
        return granted.token

    async def _credentials(self) -> Credentials:
        """Return those that were given or kept; otherwise register, once the state has been seen to take what comes of it."""
        client = self._client
        if client.client_id:
            return Credentials(client.client_id, client.client_secret)
        if not self._loaded().get("client_id"):
            if not client.software_statement:
                refuse("clients.default is not configured")
            try:
                async with self._keeping:
                    self._entry = {"made_for": client.mark}
                    await self._save(self._entry)
            except (OSError, ValueError) as error:
                refuse(f"clients.state_file cannot be written ({type(error).__name__}), so nothing is registered")
        if not self._loaded().get("client_id"):
            await self._register()
        entry = self._loaded()
        return Credentials(str(entry.get("client_id")), str(entry.get("client_secret")))

    async def _register(self) -> None:
        """Register, unless another process has done it meanwhile; one at a time, or each would end the sessions of the others."""
        try:
            async with self._state.registering():
                self._entry = None
                await self._load()
                if not self._loaded().get("client_id"):
                    given = await register(self._ask, self._upstream, self._client.software_statement)
                    await self._keep({"client_id": given.client_id, "client_secret": given.client_secret})
        except TimeoutError:
            refuse("another process is still registering this client", passing=True)
        except (OSError, ValueError) as error:
            refuse(f"clients.state_file cannot be locked or read ({type(error).__name__}), so nothing is registered")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
