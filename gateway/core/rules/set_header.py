"""Sets a header field on requests or on replies."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.field_options import FieldName, FieldValue
from gateway.core.model import Flow, Request
from gateway.core.when import HeaderWhen


class SetHeader(Struct, frozen=True):
    """Sets a header field."""

    name: FieldName
    """The field's name."""
    value: FieldValue
    """Its value. A secret has no place in this file."""
    scope: Literal["request", "response"] = "request"
    """`request`: the field is set on requests; `response`: on replies."""
    when: HeaderWhen = field(default_factory=HeaderWhen)
    """Which messages."""
    needs_request_body: ClassVar[bool] = False
    needs_answer_body: ClassVar[bool] = False
    needs_credentials: ClassVar[bool] = False

    def concerns(self, request: Request) -> bool:
        """Whether `when` fits the request."""
        return self.when.matches(request)

    def __call__(self, request: Request) -> Flow:
        """Set the field on the request or on the reply. It then stands once, at its first place, or at the end if it was absent."""
        if not self.concerns(request):
            return (yield request)
        if self.scope == "request":
            return (yield replace(request, headers=request.headers.with_(self.name, self.value)))
        answer = yield request
        return replace(answer, headers=answer.headers.with_(self.name, self.value))
