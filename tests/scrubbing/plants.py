"""Secrets to plant in recordings and pastes, and a list of our own of what they may look like."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

BEARER = (
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjNGZjM2U3ZS0xMmQ5LTQ5NWQtYjc0Mi02YWVhYzhhNDkwZTciLCJpc3MiOiJhdXRoLmFkb2JlLmNvbSJ9."
    "DJ9GFl_yKAp2Qw-NVcBeRSnxIhqrwxhns5T5jU31N2tiHxCucKLSQ5guBygqkkJx6D0N_93f50meEEyfb7frbHhVHHwmRjHYjkfrWqHC"
)
DEVICE = "ba23d141-d715-561c-94f4-e9e4c966b1eb"
FINGERPRINT = base64.b64encode(DEVICE.encode()).decode()
COOKIE = "q7Yh2mWcXz9LrT4vNb6KjD3s"
ACCESS = "5b1f0d9c7e3a4c8f9a2d6e4b8c7f1a3d"
REFRESH = "Zp4kQw8sLx2vTn6y"
CLIENT = "s3cr3t-Client-0f-a-Partner"
CODE = "8ER640M"
ADDRESS = "203.45.101.20"
INFO = base64.b64encode(json.dumps({"model": "TV 5th Gen", "connectionIp": ADDRESS}).encode()).decode()

ALL = (BEARER, DEVICE, FINGERPRINT, COOKIE, ACCESS, REFRESH, CLIENT, CODE, ADDRESS, INFO)


def disguises(secret: str) -> set[str]:
    """Return every encoding in which somebody could still read a secret."""
    data = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        quote(quote(secret, safe=""), safe=""),
        base64.b64encode(data).decode().rstrip("="),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
        data.hex(),
        data.hex().upper(),
        json.dumps(secret)[1:-1],
    }


def betrayed(text: str | bytes, *secrets: str) -> list[str]:
    """Return the secrets that can be read in a text; none is what a test wants."""
    text = text.decode("latin-1") if isinstance(text, bytes) else text
    return [secret for secret in secrets or ALL if any(form in text for form in disguises(secret))]
