"""The bridge from `send` to the built-in emulator, without a network: a request becomes a call, and its answer a response."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from gateway.core.errors import gateway_error
from gateway.core.headers import end_to_end
from gateway.core.model import Headers, Request, Response
from gateway.emulator import Call, Emulator
from gateway.transports.bodies import close, gather


class EmulatorBridge(Struct, frozen=True):
    """Sends to an emulator in this process."""

    emulator: Emulator
    clock: Callable[[], float]
    """Seconds since the epoch."""
    max_body: int

    @property
    def connections(self) -> int:
        """The number of opened connections: 0, since the emulator is in this process."""
        return 0

    async def aclose(self) -> None:
        """Close nothing."""

    async def send(self, request: Request) -> Response:
        """Return the emulator's answer. The gateway itself answers if the body is too large for the emulator, or cut off."""
        body = await gather(request.body, self.max_body)
        if not isinstance(body, bytes):
            await close(body)
            if body.truncated:
                return gateway_error(400, "request_truncated", "The request's body broke off, stalled or is malformed.")
            return gateway_error(413, "body_too_large", "The emulator accepts no body larger than limits.max_body.")
        answer = self.emulator.handle(
            Call(
                method=request.method,
                target=request.target,
                headers=tuple(request.headers.items()),
                body=body,
                now=self.clock(),
                client=request.client,
            )
        )
        return Response(
            status=answer.status,
            reason=answer.reason,
            headers=end_to_end(Headers.of(answer.headers)),
            body=answer.body,
            source="emulator",
        )
