"""The gateway's own errors, in the enhanced-error form of the API, marked with `X-Gateway-Error`."""

from __future__ import annotations

import json

from gateway.core.model import Headers, Response

REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    417: "Expectation Failed",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
    508: "Loop Detected",
}

REPLAY_MISSES = frozenset({"gateway_replay_miss", "gateway_replay_exhausted"})
"""Codes of a replay without an answer, or without a further answer."""


def is_replay_miss(answer: Response) -> bool:
    """Return whether a replay had no answer to give."""
    return answer.source == "gateway" and answer.headers.get("X-Gateway-Error") in REPLAY_MISSES


def gateway_error(status: int, code: str, message: str, **more: object) -> Response:
    """Return an answer of source `gateway`: flat enhanced-error JSON (enhanced-error-codes page) and `X-Gateway-Error: code`.

    `message` is a text of the gateway, and quotes nothing of a request. `more` adds members, such as `nearest` of a replay miss.
    """
    action = "retry" if status in {503, 504} else "none"
    return _ours(status, code, {"action": action, "status": status, "code": code, "message": message, **more})


def registration_error(status: int, code: str, message: str) -> Response:
    """Return a gateway error in the form of client registration (RFC 6749 section 5.2)."""
    return _ours(status, code, {"error": code, "error_description": message})


def _ours(status: int, code: str, error: dict[str, object]) -> Response:
    body = json.dumps(error, indent=2).encode() + b"\n"
    headers = Headers.of(
        (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Gateway-Error", code),
        )
    )
    return Response(status=status, reason=REASONS.get(status, ""), headers=headers, body=body, source="gateway")
