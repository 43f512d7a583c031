"""Answers with an error of the API."""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import Annotated

from gateway.core.adobe.error_answers import FORBIDDEN, dialect_of, error_answer
from gateway.core.adobe.error_codes import CODES, DIALECTS, V2
from gateway.core.fault import Effect, Fault, Occasion
from gateway.core.model import Request
from gateway.core.options import AsWritten


def _code(value: str) -> str:
    """Return a documented code. A ValueError suggests a similar code."""
    if value in CODES:
        return value
    like = get_close_matches(value[:100], sorted(CODES), 1)
    hint = f"; did you mean {like[0]}?" if like else "; docs/reference/faults.md lists them"
    message = f"expected an error code that Adobe documents, found {json.dumps(value[:100])}{hint}"
    raise ValueError(message)


class ApiErrorFault(Fault, frozen=True):
    """Answers with an error of the API by its documented code, in the dialect of the API that was asked; the request is not sent."""

    code: Annotated[str, AsWritten("an error code that Adobe documents", _code)]
    """The code. It happens to requests of the APIs that document it: v2, v1, or client registration."""

    @property
    def needs_body(self) -> bool:
        """Whether the error may be a denied decision of v2. Such an answer names the resources of the request."""
        return self.code in V2 and V2[self.code].status == FORBIDDEN

    def concerns(self, request: Request) -> bool:
        """Whether the API that is asked documents this code."""
        return self.is_documented_at(request.path)

    def is_documented_at(self, path: str) -> bool:
        """Whether the API of this path documents the code."""
        dialect = dialect_of(path)
        return dialect is not None and self.code in DIALECTS[dialect]

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Answer with the error."""
        return Effect(error_answer(occasion.request, self.code))
