"""Why the API does not do something."""

from __future__ import annotations

from gateway.core.errors import gateway_error
from gateway.core.model import Response


class ControlError(Exception):
    """Why something is not done. Its text is for whoever asked."""

    def __init__(self, status: int, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.more = more

    @property
    def answer(self) -> Response:
        """The answer, in the API's own form of an error."""
        return gateway_error(self.status, self.code, str(self), **self.more)
