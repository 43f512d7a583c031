"""Says in plain words why a TLS handshake failed, because OpenSSL's own names are for experts.

Facts
-----
* The names are those of OpenSSL 3 (`ssl.SSLError.reason`). `…_ALERT_…` was sent by the other side before it closed; any other name is
  an error that OpenSSL itself found. A client that refuses our certificate sends an alert (RFC 8446 section 6.2), or only closes.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping

DISTRUST = "it does not trust our certificate"
VERSIONS = "no TLS version in common"
CLOSED = "it closed the connection"
LATE = "it did not finish within limits.head_timeout"

OF_APPS: Mapping[str, str] = {
    "TLSV1_ALERT_UNKNOWN_CA": f"{DISTRUST}: the authority is unknown to it",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": DISTRUST,
    "SSLV3_ALERT_BAD_CERTIFICATE": DISTRUST,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": DISTRUST,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": f"{DISTRUST}: it has expired, or the clocks differ",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": f"{DISTRUST}: it is revoked",
    "TLSV1_ALERT_PROTOCOL_VERSION": VERSIONS,
    "UNSUPPORTED_PROTOCOL": VERSIONS,
    "VERSION_TOO_LOW": VERSIONS,
    "NO_SHARED_CIPHER": "no cipher in common",
    "HTTP_REQUEST": "plain HTTP on the TLS port",
    "HTTPS_PROXY_REQUEST": "plain HTTP on the TLS port: a request to a proxy",
    "WRONG_VERSION_NUMBER": "what it sent is not TLS",
}
"""Reasons why the handshake of an app with the gateway fails."""

OF_UPSTREAMS: Mapping[str, str] = {
    "TLSV1_ALERT_PROTOCOL_VERSION": VERSIONS,
    "UNSUPPORTED_PROTOCOL": VERSIONS,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it has no cipher in common with us, or asks for a certificate of ours",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it asks for a certificate of ours",
    "TLSV1_UNRECOGNIZED_NAME": "it does not serve this name",
    "WRONG_VERSION_NUMBER": "what it answered is not TLS",
    "UNEXPECTED_EOF_WHILE_READING": CLOSED,
}
"""Reasons why the handshake of the gateway with an upstream fails."""


def reason_of(error: BaseException | None, words: Mapping[str, str]) -> str:
    """Return why a handshake failed. An error other than a TLS error means that the other side closed the connection."""
    if not isinstance(error, ssl.SSLError):
        return CLOSED
    reason = getattr(error, "reason", None) or ""
    return words.get(reason) or reason.replace("_", " ").lower() or "it is not known why"
