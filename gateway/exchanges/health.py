"""Answers health probes of load balancers, and serves the picture of the lab's self-check. Neither request reaches an upstream.

Facts
-----
* HAProxy's `option httpchk` without arguments sends `OPTIONS / HTTP/1.0` without a Host field; no app does.
* If a browser shows the picture, the name in its URL leads to the gateway.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.check_picture import ANSWER as PICTURE
from gateway.core.check_picture import CHECK_PATH, asks_for_picture
from gateway.core.equivalence import equivalent_path
from gateway.core.model import Headers, Request, Response

PROBE_PATH = "/.well-known/pass-gateway/health"
"""The path on the apps' own port."""
_OWN_PATHS = frozenset({PROBE_PATH, CHECK_PATH})
OK, UNAVAILABLE = 200, 503


def is_probe(request: Request) -> bool:
    """Whether a request of any method is for the gateway itself. Its target must be in origin form."""
    if request.method == "OPTIONS" and request.target == "/":
        return not request.headers.get("Host")
    path = request.path
    return path in _OWN_PATHS or ("%" in path and equivalent_path(path) in _OWN_PATHS)


class Health:
    """The state of one process: whether it is about to end, and what is wrong with it."""

    def __init__(self) -> None:
        self.draining = False
        """Whether the process takes no more requests, and only finishes the exchanges in flight."""
        self._watched: list[Callable[[], str]] = []

    def watch(self, complaint: Callable[[], str]) -> None:
        """Ask `complaint` at each look; it returns what is wrong in a few words, or an empty text."""
        self._watched.append(complaint)

    @property
    def complaints(self) -> list[str]:
        """What is wrong although requests are still answered: a recording that fails, a log that is full."""
        return [said for said in (complaint() for complaint in self._watched) if said]

    @property
    def status(self) -> int:
        """200, or 503 while the process is about to end."""
        return UNAVAILABLE if self.draining else OK

    def answer_to(self, probe: Request) -> Response:
        """Return the answer to a request for which `is_probe` is true: the picture of the lab's self-check, or the process's health."""
        return PICTURE if asks_for_picture(probe) else self.answer()

    def answer(self, body: bytes = b"") -> Response:
        """Return the answer to a probe."""
        reason = "Service Unavailable" if self.draining else "OK"
        fields = [("Cache-Control", "no-store"), ("Content-Length", str(len(body)))]
        if body:
            fields.append(("Content-Type", "text/plain; charset=utf-8"))
        return Response(self.status, reason, Headers.of(fields), body)
