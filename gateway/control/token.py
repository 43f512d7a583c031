"""The token of the control listener: in a file that its owner alone may read, made where there is none."""

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
    """A token that cannot be used, said without it."""


def new_token() -> str:
    """Return a token that nobody has seen."""
    return token_urlsafe(32)


def find_or_make_token(file: Path) -> str:
    """Return the token that `file` holds, which stays from run to run; where there is none, make one.

    Raises ControlTokenError for what is no token or is open to others, and OSError where none can be read or made.
    """
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        with os.fdopen(descriptor, "r+b") as stream:
            lock(stream.fileno(), file)  # another gateway may just be making it
            content = file.read_bytes()[:1024]
            if not content:
                token = new_token()
                replace_file(file, token.encode() + b"\n", mode=PRIVATE)
                return token
            is_open = bool(stat.S_IMODE(file.stat().st_mode) & 0o077)
    except ValueError as error:
        message = f"{file}: expected a file name, found none"
        raise ControlTokenError(message) from error
    if is_open:
        message = f"{file}: expected a file that its owner alone may read (chmod 600), found one that others may read"
        raise ControlTokenError(message)
    token = content.decode("latin-1").strip()
    if not TOKEN.fullmatch(token):
        message = f"{file}: expected 32 or more letters, digits, - and _, found something else"
        raise ControlTokenError(message)
    return token
