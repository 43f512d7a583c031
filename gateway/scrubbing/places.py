"""The places of an interaction, one by one. They have the names that the leak gate uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec.structs import replace

from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.redactors import NOTHING
from gateway.core.secrets.multipart import boundary_of

Leg: TypeAlias = tuple[Request, Response]


def places(interaction: Interaction) -> Iterator[tuple[str, Leg]]:
    """Yield for each place of an interaction its name, and a leg that contains only this place."""
    request, response = interaction.request, interaction.response
    bare = Request(request.method, "/")
    yield "request.uri", (replace(bare, target=interaction.origin + request.target), NOTHING)
    for name, value in request.headers.raw:
        yield f"request.headers.{name.decode('latin-1')}", (replace(bare, headers=Headers(((name, value),))), NOTHING)
    yield "request.body", (replace(bare, headers=_of_form(request.headers), body=request.body), NOTHING)
    for name, value in response.headers.raw:
        yield f"response.headers.{name.decode('latin-1')}", (bare, replace(NOTHING, headers=Headers(((name, value),))))
    yield "response.status.message", (bare, replace(NOTHING, reason=response.reason))
    yield "response.body", (bare, replace(NOTHING, headers=_of_form(response.headers), body=response.body))


def _of_form(headers: Headers) -> Headers:
    """Return the field that is needed to read a body: the Content-Type that names a multipart form's boundary."""
    return Headers.of({"Content-Type": headers["Content-Type"]}) if boundary_of(headers) else Headers()
