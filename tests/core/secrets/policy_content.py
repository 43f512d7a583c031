"""What the policy's number stands for: its lists, its kinds, the shapes of its pseudonyms, its redactors; as one digest.

`python -m tests.core.secrets.policy_content` prints the digest. It belongs beside NUMBER in gateway/core/secrets/policy.py.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from gateway.core.model import Headers, Request, Response
from gateway.core.redactors import REDACTORS, redact
from gateway.core.secrets import blanks, common, policy
from gateway.core.secrets import names as names_of_secrets
from gateway.core.secrets import shapes as shapes_of_tokens
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Scrub

DATA = (str, bytes, int, float, dict, tuple, list, set, frozenset, re.Pattern)
KEY = b"the key of the digest, no other's"
_BEARER = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"RS256"}', b'{"sub":"a-client-of-somebody","exp":1700000000}', b"signature of nobody")
)
VALUES = (
    "ba23d141-d715-561c-94f4-e9e4c966b1eb", "my-television-of-the-kitchen", "123456789012345", "A1B2C3D4E5F60718", "short-1",
    "ada@lovelace.example", "93.184.216.34", "2a00:1450:4001:81b::200e", "443", _BEARER, f"Bearer {_BEARER}",
    f"fingerprint {base64.b64encode(b'my-television-of-the-kitchen').decode()}",
    base64.b64encode(b'{"model":"TV 5th Gen","osName":"tvOS","id":"my-television-of-the-kitchen"}').decode(),
    "AWSALB=the-session-of-somebody; Path=/", "https://app.example/bye?session=the-session-of-somebody#t=1",
    'for="93.184.216.34";proto=https', "Ünïcode of a person", "-- ..",
)  # fmt: skip
"""A value of each shape."""


def lists() -> dict[str, object]:
    """Return every list of the modules that say what is secret, by its name: one that is added is in it."""
    return {
        f"{module.__name__}.{name}": _plain(value)
        for module in (policy, names_of_secrets, common, shapes_of_tokens, blanks)
        for name, value in sorted(vars(module).items())
        if name.isupper() and name not in {"NUMBER", "CONTENT"} and isinstance(value, DATA)
    }


def kinds() -> list[str]:
    """Return every kind that a list names."""
    named: list[Mapping[Any, str]] = [policy.HEADERS, policy.HEADER_PREFIXES, policy.NAMES, policy.MEMBERS_UNDER]
    return sorted({kind for names in named for kind in names.values()} | {"nothing that a list names"})


def shapes() -> dict[str, list[str]]:
    """Return the pseudonym of each value as each kind."""
    made = Pseudonyms(KEY)
    return {
        kind: [made(kind, value) for value in VALUES] + [made.of_bytes(kind, b"\xff" * 16).hex()] for kind in kinds()
    }


def redacted() -> list[str]:
    """Return what becomes of each value in each place of a message."""
    headers = [*sorted(policy.HEADERS), *(f"{beginning}x" for beginning in sorted(policy.HEADER_PREFIXES)), "x-other"]
    names = [*sorted(policy.NAMES), "other"]
    said = []
    for value in VALUES:
        fields = Headers.of([(name, value.encode("latin-1", "replace").decode("latin-1")) for name in headers])
        target = "/api/v2/REF30/profiles/code/ABC123?" + "&".join(f"{name}={quote(value, safe='')}" for name in names)
        members = json.dumps({"profiles": dict.fromkeys(names, value), "note": f"of {value}."}).encode()
        markup = "".join(f"<{name}>{value}</{name}>" for name in names).encode()
        scrub = Scrub(Pseudonyms(KEY), Policy())
        request, response = redact(
            Request("POST", target, fields, members), Response(200, value, fields, b"<x>" + markup + b"</x>"), scrub
        )
        said.append(repr((request.target, request.headers.raw, request.body)))
        said.append(repr((response.reason, response.headers.raw, response.body)))
    return said


def names() -> list[str]:
    """Return the redactors by their names, in their order."""
    return [redactor.__name__ for redactor in REDACTORS]


PARTS = (lists, kinds, shapes, names, redacted)
"""What the content is made of."""


def digest() -> str:
    """Return twelve hexadecimal digits that are other ones when anything of it is."""
    return sha256(json.dumps([part() for part in PARTS]).encode()).hexdigest()[:12]


def _plain(value: object) -> object:
    if isinstance(value, re.Pattern):
        return repr(value.pattern)
    if isinstance(value, dict):
        return sorted([repr(_plain(name)), repr(_plain(kind))] for name, kind in value.items())
    if isinstance(value, set | frozenset):
        return sorted(repr(_plain(entry)) for entry in value)
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    return getattr(value, "__qualname__", None) or repr(value)


if __name__ == "__main__":
    print(digest())  # noqa: T201  # that is what it is for
