"""Holds the access token of one client at one upstream: registered once, renewed in time, one request in flight.

Facts
-----
* Credentials are valid until somebody revokes them, and profiles are bound to them: a second registration logs every user out. So
  the gateway registers only if it can store the credentials, and never replaces stored credentials because a request failed.
* A 401 says that nothing was done. Its body does not matter: its form changed between releases (release notes, 3.5.0). So 401 is the
  only answer after which a request is sent again, and only with a fresh token in place of one older than `YOUNG`.
* A token is renewed with the same credentials. Both requests count for the throttle, so a failure is not repeated at once.
* These requests never pass a recorder, whatever routes are recorded: `ask` is a `send` that has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from gateway.core.model import Send
from gateway.core.value import repr_without
from gateway.transports.registration import INVALID_CLIENT, Credentials, NoTokenError, grant, refuse, register

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
        """Identifies this client's entry in the state; it reveals no secret."""
        return sha256((self.client_id or self.software_statement).encode()).hexdigest()[:16]


class HeldToken(Struct, frozen=True):
    """An access token, and when it was asked for, in seconds since the epoch."""

    token: str
    obtained_at: float

    __repr__, __rich_repr__ = repr_without("token")


class ClientState(Protocol):
    """What survives a restart: text and numbers for each client at each upstream."""

    @property
    def place(self) -> str:
        """Where it is kept, as a message says it."""

    def load(self, key: str) -> Entry:
        """Return what is kept under `key`; an empty entry where nothing is."""

    def save(self, key: str, entry: Entry) -> Entry:
        """Keep `entry`, and return what is kept, in which the credentials that another process kept first stay.

        What prevents it is an OSError or a ValueError. It may block, for a lock or a disk, so that a thread calls it.
        """

    def registering(self) -> AbstractAsyncContextManager[None]:
        """Enter where no other process is registering; TimeoutError where one does for too long."""

    def renewing(self, key: str) -> AbstractAsyncContextManager[bool]:
        """Enter where no other gateway of the fleet asks for this client's token; True where one may have done so before."""


class TokenHolder:
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
        self.asking: asyncio.Task[HeldToken] | None = None

    async def token(self) -> HeldToken:
        """Return a token that is good. However many wait for it, one request is in flight, and a waiter that leaves does not end it."""
        if self._entry is None:
            await self._load()
        kept = self._kept(RENEWED_AT)
        if kept:
            return kept
        try:
            return await asyncio.shield(self._asked())
        except NoTokenError:
            kept = self._kept(1.0)  # the one that was to be renewed, while it lives
            if kept:
                return kept
            raise

    async def gives_up(self, held: HeldToken) -> bool:
        """Give up a token that was answered 401, and say whether another one may be better: not where it is too young to be the reason."""
        if 0 <= self._clock() - held.obtained_at < YOUNG:
            return False
        if self._loaded().get("access_token") == held.token:  # otherwise another one is in its place already
            self._warn(
                "access token given up",
                client=self._key,
                hint="it was answered 401; a request is sent again with a fresh one",
            )
            await self._keep({"access_token": "", "expires_in": 0})
        return True

    def _asked(self) -> asyncio.Task[HeldToken]:
        """Return the request that is in flight, or begin one, unless one has failed just now."""
        if self.asking is None:
            if self._failed is not None:
                at, error = self._failed
                if error.lasting or 0 <= self._clock() - at < AFTER_FAILURE:
                    raise NoTokenError(str(error), error.response)
            self.asking = asyncio.create_task(self._renew())
            self.asking.add_done_callback(self._answered)
        return self.asking

    def _answered(self, task: asyncio.Task[HeldToken]) -> None:
        self.asking = None
        error = None if task.cancelled() else task.exception()
        if isinstance(error, NoTokenError):
            self._failed = (self._clock(), error)
            self._warn("no access token", client=self._key, why=str(error))

    def _kept(self, part: float) -> HeldToken | None:
        """Return the token while less than `part` of its life is over."""
        entry = self._loaded()
        token, obtained_at = entry.get("access_token"), _number(entry.get("obtained_at"))
        is_good = 0 <= self._clock() - obtained_at < part * _number(entry.get("expires_in"))
        return HeldToken(token, obtained_at) if isinstance(token, str) and token and is_good else None

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

    async def _renew(self) -> HeldToken:
        async with self._state.renewing(self._key) as renewed:
            if renewed:
                self._entry = None
                await self._load()
                kept = self._kept(RENEWED_AT)
                if kept:
                    return kept
            return await self._granted()

    async def _granted(self) -> HeldToken:
        credentials = await self._credentials()
        asked_at = self._clock()
        try:
            granted = await grant(self._ask, self._upstream, credentials)
        except NoTokenError as error:
            if error.word == INVALID_CLIENT:
                refuse(f"{error}: {self._way_out()}")
            raise
        await self._keep({"access_token": granted.token, "obtained_at": asked_at, "expires_in": granted.life})
        return HeldToken(granted.token, asked_at)

    def _way_out(self) -> str:
        """Say what to do about a client that Adobe does not know. Nothing is registered anew unasked: that logs every user out."""
        if self._client.client_id:
            return (
                "Adobe does not know the client of clients.default.client_id_file, or GATEWAY_CLIENT_ID; "
                "put the credentials of an application there that is registered"
            )
        return (
            f'Adobe no longer knows the client that {self._state.place} holds for "{self._key}". '
            "Stop the gateway, take that entry out, and start again: it registers anew, which logs out the users of the old client"
        )

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
