"""Sets a header field, on what is sent or on what is answered."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.model import Flow, Request
from gateway.core.when import When


class SetHeader(Struct, frozen=True):
    """The field stands once afterwards: at its first place, or at the end where it was absent."""

    name: str
    value: str
    scope: Literal["request", "response"] = "request"
    when: When = field(default_factory=When)
    needs_request_body: ClassVar[bool] = False
    needs_answer_body: ClassVar[bool] = False

    def concerns(self, request: Request) -> bool:
        """Whether the request is one of those that `when` says."""
        return self.when.matches(request)

    def __call__(self, request: Request) -> Flow:
        """Set it on the way out, or on the way back."""
        if not self.concerns(request):
            return (yield request)
        if self.scope == "request":
            return (yield replace(request, headers=request.headers.with_(self.name, self.value)))
        answer = yield request
        return replace(answer, headers=answer.headers.with_(self.name, self.value))
