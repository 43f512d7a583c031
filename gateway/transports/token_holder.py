"""Holds the access token of one client at one upstream. It registers once, renews in time, and has one request in flight.

Facts
-----
* Credentials are valid until somebody revokes them. Profiles are bound to them, so a second registration logs every user out. So
  the gateway registers only if it can store the credentials, and never replaces stored credentials because a request failed.
* A 401 means that nothing was done. Its body does not matter, since its form changed between releases (release notes, 3.5.0). So 401 is the
  only answer after which a request is sent again, and only if the token was older than `YOUNG` and a fresh one is used.
* A token is renewed with the same credentials. Both requests count for the throttle, so a failed one is not repeated at once.
* These requests are never recorded, for any `cassettes.record`: `ask` is a `send` without a recorder.
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
"""A token is renewed after this part of its lifetime."""
YOUNG = 30.0
"""A refused token that is younger than this, in seconds, is not replaced: a new one would be refused, too, and costs a request."""
AFTER_FAILURE = 1.0
"""Pause after a failure before Adobe is asked again, in seconds. It is enough for a throttled client (throttling-mechanism page)."""

Entry = dict[str, object]


class Client(Struct, frozen=True):
    """A registered application: its credentials, or a software statement to register with."""

    software_statement: str = ""
    client_id: str = ""
    client_secret: str = ""

    __repr__, __rich_repr__ = repr_without("software_statement", "client_id", "client_secret")

    @property
    def mark(self) -> str:
        """Identifies this client's entry in the state. It does not reveal a secret."""
        return sha256((self.client_id or self.software_statement).encode()).hexdigest()[:16]


class HeldToken(Struct, frozen=True):
    """An access token, and the time of its request, in seconds since the epoch."""

    token: str
    obtained_at: float

    __repr__, __rich_repr__ = repr_without("token")


class ClientState(Protocol):
    """The data that survive a restart: text and numbers for each client at each upstream."""

    @property
    def place(self) -> str:
        """Where the state is stored, for messages."""

    def load(self, key: str) -> Entry:
        """Return the entry under `key`. Empty if there is no entry."""

    def save(self, key: str, entry: Entry) -> Entry:
        """Store `entry`, and return the stored entry. If another process stored credentials first, these stay.

        Raises OSError or ValueError if it cannot be stored. It may wait for a lock or a disk, so a thread calls it.
        """

    def registering(self) -> AbstractAsyncContextManager[None]:
        """Enter when no other process registers. TimeoutError if another process takes too long."""

    def renewing(self, key: str) -> AbstractAsyncContextManager[bool]:
        """Enter when no other gateway of the fleet asks for this client's token. True if another one may have stored a token before."""


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
        """Held while a change of the entry is written to the state."""
        self._failed: tuple[float, NoTokenError] | None = None
        self.asking: asyncio.Task[HeldToken] | None = None

    async def token(self) -> HeldToken:
        """Return a valid token. All waiting calls share one request. If one of them leaves, the request goes on."""
        if self._entry is None:
            await self._load()
        kept = self._kept(RENEWED_AT)
        if kept:
            return kept
        try:
            return await asyncio.shield(self._asked())
        except NoTokenError:
            kept = self._kept(1.0)  # the old token, while it is valid
            if kept:
                return kept
            raise

    async def gives_up(self, held: HeldToken) -> bool:
        """Give up a token that was answered 401. Return whether a new one may help. A young token is not the reason for the 401."""
        if 0 <= self._clock() - held.obtained_at < YOUNG:
            return False
        if self._loaded().get("access_token") == held.token:  # not replaced already
            self._warn(
                "access token given up",
                client=self._key,
                hint="it was answered 401; the request is sent again with a fresh token",
            )
            await self._keep({"access_token": "", "expires_in": 0})
        return True

    def _asked(self) -> asyncio.Task[HeldToken]:
        """Return the request in flight, or begin one. If one has just failed, raise its error again."""
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
        """Return the token if less than `part` of its lifetime is over."""
        entry = self._loaded()
        token, obtained_at = entry.get("access_token"), _number(entry.get("obtained_at"))
        is_good = 0 <= self._clock() - obtained_at < part * _number(entry.get("expires_in"))
        return HeldToken(token, obtained_at) if isinstance(token, str) and token and is_good else None

    async def _load(self) -> None:
        """Load the entry. Ignore an entry of other credentials, or of another software statement."""
        async with self._keeping:
            if self._entry is None:
                kept = await asyncio.to_thread(self._state.load, self._key)
                self._entry = kept if kept.get("made_for") == self._client.mark else {}

    def _loaded(self) -> Entry:
        return self._entry or {}

    async def _keep(self, changes: Entry) -> None:
        """Change the entry, here and in the state. If it cannot be stored, a warning says so; only the next run misses it."""
        self._entry = {**self._loaded(), **changes, "made_for": self._client.mark}
        async with self._keeping:  # the lock keeps changes in order
            try:
                await self._save(self._entry)
            except (OSError, ValueError) as error:
                self._warn("client state not kept", client=self._key, why=type(error).__name__)

    async def _save(self, entry: Entry) -> None:
        """Store an entry, and use the stored one. If there was another change meanwhile, keep that change; it is stored next."""
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
        """Return what to do if Adobe does not know the client. The gateway itself never registers again: that logs every user out."""
        if self._client.client_id:
            return (
                "Adobe does not know the client of clients.default.client_id_file, or GATEWAY_CLIENT_ID; "
                "put the credentials of a registered application there"
            )
        return (
            f'Adobe no longer knows the client in {self._state.place} for "{self._key}". '
            "Stop the gateway, remove that entry, and start again. Then it registers again, and the users of the old client are logged out"
        )

    async def _credentials(self) -> Credentials:
        """Return the given or stored credentials. Without them, register, but only if the state can be written."""
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
        """Register, unless another process has done it. One process at a time does this: each registration ends the sessions before it."""
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
