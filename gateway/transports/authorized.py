"""Adds access tokens to the requests that need one. After a 401 to an old token, it sends the request once more with a fresh token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from copy import copy

from msgspec.structs import replace

from gateway.core.model import Request, Response, Send
from gateway.transports.bodies import close, gather
from gateway.transports.registration import NoTokenError
from gateway.transports.token_holder import Client, ClientState, HeldToken, TokenHolder

LONGEST_REFUSAL = 1 << 16
"""Largest part of a 401's body that is read before the request is sent again, in bytes."""


class Authorized:
    """Wraps a `send`. A request without `credentials` passes unchanged."""

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
        """`ask` sends the requests for tokens. `clock` returns seconds since the epoch. `origins` returns the origin of an upstream."""
        self._send = send
        self._ask = ask
        self._clients = clients
        self._state = state
        self._clock = clock
        self._origins = origins
        self._warn = warn
        self._holders: dict[tuple[str, str], TokenHolder] = {}

    def beside(self, send: Send) -> Authorized:
        """Return a wrapper for another `send`, with the same tokens."""
        other = copy(self)
        other._send = send  # noqa: SLF001  # an object of this class
        return other

    async def send(self, request: Request) -> Response:
        """Send with a token. If there is no token, answer with the error.

        If an old token is answered 401, give the token up, and send the request once more with a fresh one. The text of the 401 does not
        matter: every 401 means that nothing was done.
        """
        if request.credentials is None:
            return await self._send(request)
        holder = self._holder(request.credentials, request.upstream)
        try:
            held = await holder.token()
            answer = await self._send(_with_token(request, held))
            refused = answer.status == 401  # noqa: PLR2004  # RFC 9110 section 15.5.2
            if not refused or not isinstance(request.body, bytes) or not await holder.gives_up(held):
                return answer
            await close(await gather(answer.body, LONGEST_REFUSAL))  # read to its end, so that it is recorded
            return await self._send(_with_token(request, await holder.token()))
        except NoTokenError as error:
            await close(request.body)
            return error.response

    async def aclose(self) -> None:
        """Wait for the requests in flight, so that the tokens that they bring are stored."""
        asking = [holder.asking for holder in self._holders.values() if holder.asking is not None]
        await asyncio.gather(*asking, return_exceptions=True)

    def _holder(self, name: str, upstream: str) -> TokenHolder:
        """Return the holder of a client's token at an upstream. A token of one upstream is never sent to another."""
        holder = self._holders.get((name, upstream))
        if holder is None:
            key = f"{name} at {self._origins(upstream)}"
            holder = TokenHolder(
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


def _with_token(request: Request, held: HeldToken) -> Request:
    headers = request.headers.with_("Authorization", f"Bearer {held.token}")
    return replace(request, headers=headers, credentials=None)
