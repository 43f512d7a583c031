"""Removes a header field from requests or from replies."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.field_options import FieldName
from gateway.core.model import Flow, Request
from gateway.core.when import HeaderWhen


class RemoveHeader(Struct, frozen=True):
    """Removes a header field."""

    name: FieldName
    """The field's name, in any case of letters."""
    scope: Literal["request", "response"] = "request"
    """`request`: the field is removed from requests; `response`: from replies."""
    when: HeaderWhen = field(default_factory=HeaderWhen)
    """Which messages."""
    needs_request_body: ClassVar[bool] = False
    needs_answer_body: ClassVar[bool] = False
    needs_credentials: ClassVar[bool] = False

    def concerns(self, request: Request) -> bool:
        """Whether `when` fits the request."""
        return self.when.matches(request)

    def __call__(self, request: Request) -> Flow:
        """Remove the field from the request or from the reply, with all its repeats."""
        if not self.concerns(request):
            return (yield request)
        if self.scope == "request":
            return (yield replace(request, headers=request.headers.without(self.name)))
        answer = yield request
        return replace(answer, headers=answer.headers.without(self.name))
