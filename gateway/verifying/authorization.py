"""The caller's token, and whether it is for production."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.core.adobe.hosts import read_origin
from gateway.core.mistake import Mistake
from gateway.core.secrets.pseudonyms import is_pseudonym

LONGEST_TOKEN = 65536
PRODUCTION = "production"
_TOKEN = re.compile(r"[!-~]+")


class AuthorizationError(Mistake):
    """A file has no bearer token. The error's text quotes nothing of the file."""


def read_token(path: Path) -> str:
    """Return the bearer token in a file. The scheme before it may be missing."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_TOKEN + 1)
    except OSError as error:
        message = f"{path}: expected a file with a bearer token, found: {error.strerror or error}"
        raise AuthorizationError(message) from error
    text = data.decode("latin-1").strip()
    scheme, space, rest = text.partition(" ")
    token = rest.strip() if space and scheme.lower() == "bearer" else text
    if len(data) > LONGEST_TOKEN or not _TOKEN.fullmatch(token):
        lines = len(text.splitlines())
        message = f"{path}: expected one line with a bearer token, found {lines or 'no'} lines" + (
            " of something else" if lines == 1 else ""
        )
        raise AuthorizationError(message)
    if is_pseudonym(token):
        message = f"{path}: expected a bearer token, found the pseudonym of one"
        raise AuthorizationError(message)
    return token


def is_production(name: str, origin: str) -> bool:
    """Whether an upstream is production: by its name, or by its host, which is Adobe's."""
    return name == PRODUCTION or read_origin(origin).environment == PRODUCTION
