"""The token of the control listener. It is in a file that only its owner may read; the first start makes it."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from secrets import token_urlsafe

from gateway.core.mistake import Mistake
from gateway.system.files import PRIVATE, replace_file
from gateway.system.locking import lock

TOKEN = re.compile(r"[A-Za-z0-9_-]{32,200}")


class ControlTokenError(Mistake):
    """A token file that cannot be used. The text does not quote the token."""


def new_token() -> str:
    """Return a new token."""
    return token_urlsafe(32)


def find_or_make_token(file: Path) -> str:
    """Return the token in `file`, which is the same in every run. Without a token there, make one.

    Raises ControlTokenError if the content is no token, or if others may read the file; OSError if the file cannot be read or made.
    """
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        with os.fdopen(descriptor, "r+b") as stream:
            lock(stream.fileno(), file)  # another gateway may be making the token now
            content = file.read_bytes()[:1024]
            if not content:
                token = new_token()
                replace_file(file, token.encode() + b"\n", mode=PRIVATE)
                return token
            is_open = bool(stat.S_IMODE(file.stat().st_mode) & 0o077)
    except ValueError as error:
        message = f"{file}: expected a file name, found no name"
        raise ControlTokenError(message) from error
    if is_open:
        message = f"{file}: expected a file that only its owner may read (chmod 600), found a file that others may read"
        raise ControlTokenError(message)
    token = content.decode("latin-1").strip()
    if not TOKEN.fullmatch(token):
        message = f"{file}: expected 32 or more letters, digits, - and _, found something else"
        raise ControlTokenError(message)
    return token
