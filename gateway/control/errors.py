"""The error of the API."""

from __future__ import annotations

from gateway.core.errors import gateway_error
from gateway.core.model import Response


class ControlError(Exception):
    """A request that the API refuses. The caller sees its text."""

    def __init__(self, status: int, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.more = more

    @property
    def answer(self) -> Response:
        """The answer, in the API's form for errors."""
        return gateway_error(self.status, self.code, str(self), **self.more)
