"""Makes a root-relative logout `url` absolute. Otherwise an app that calls the gateway would open the `url` at the gateway."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe.routes import RoutePattern
from gateway.core.codings import CodingError, plain
from gateway.core.hostport import host_port, read_host_port
from gateway.core.model import Flow, Request, Response
from gateway.core.options import AsWritten
from gateway.core.secrets.json_text import Leaf, change

ROUTES = tuple(
    map(
        RoutePattern.parse,
        ("GET /api/v2/{serviceProvider}/logout/{mvpd}", "GET /api/v2/logout/{serviceProvider}/{mvpd}"),
    )
)


LONGEST = 1 << 15
"""Largest answer that is changed, in bytes, before and after decoding. A logout's answer has some hundred bytes."""


def _authority(value: object) -> str | None:
    read = read_host_port(value)
    return host_port(*read) if read else None


class AbsoluteLogoutUrl(Struct, frozen=True):
    """Makes a root-relative `url` of a logout absolute, for apps that are pointed at the gateway."""

    host: Annotated[str, AsWritten("host or host:port", _authority, {"type": "string"})]
    """The host of the `url`, with or without a port. Adobe's documentation does not name the host. The scheme is https."""
    needs_request_body: ClassVar[bool] = False
    needs_answer_body: ClassVar[bool] = True
    needs_credentials: ClassVar[bool] = False

    def concerns(self, request: Request) -> bool:
        """Whether it is a v2 logout."""
        return any(route.matches(request.method, request.path) for route in ROUTES)

    def __call__(self, request: Request) -> Flow:
        """Change the URLs in the answer. Every other byte stays."""
        answer = yield request
        return self._absolute(answer) if self.concerns(request) else answer

    def _absolute(self, answer: Response) -> Response:
        try:
            text = (
                plain(answer.headers, answer.body, LONGEST)[1].decode()
                if isinstance(answer.body, bytes) and len(answer.body) <= LONGEST
                else ""
            )
        except (CodingError, UnicodeDecodeError):
            return answer
        changed = change(text, self._absolute_url)
        if changed == text:
            return answer
        body = changed.encode()
        headers = answer.headers.without("Content-Encoding").with_("Content-Length", str(len(body)))
        return replace(answer, headers=headers, body=body)

    def _absolute_url(self, leaf: Leaf) -> str | None:
        """Return a URL of `logouts` with a host. A URL that begins with `//` already has a host (RFC 3986 section 4.2)."""
        root_relative = leaf.value.startswith("/") and not leaf.value.startswith(("//", "/\\"))
        if leaf.is_string and leaf.path[:1] == ("logouts",) and leaf.path[-1] == "url" and root_relative:
            return f"https://{self.host}{leaf.value}"
        return None
