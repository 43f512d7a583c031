"""The redaction key: from the environment, or from its file. The first recording makes a missing key."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Mapping
from pathlib import Path
from secrets import token_bytes

from gateway.config import RedactionSection as RedactionSettings
from gateway.config.to_core import redaction_of
from gateway.core.mistake import Mistake
from gateway.core.redaction import Redaction
from gateway.system.files import PRIVATE, replace_file
from gateway.system.locking import lock

VARIABLE = "GATEWAY_REDACTION_KEY"
KEY = re.compile(r"[0-9a-f]{64}")
"""32 bytes in hexadecimal."""


class RedactionKeyError(Mistake):
    """A key that cannot be used. The text does not quote the key."""


def find(file: Path, environ: Mapping[str, str]) -> bytes | None:
    """Return the key from the environment or `file`; None without a key. Raises RedactionKeyError for an invalid key.

    An empty file counts as no key: another gateway will write the key now, or was killed before it could.
    """
    if text := environ.get(VARIABLE):
        return _parsed(text, VARIABLE)
    try:
        with file.open("rb") as stream:
            lock(stream.fileno(), file, fcntl.LOCK_SH)  # another gateway may be making the key now
            content = stream.read(1024)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        found = error.strerror if isinstance(error, OSError) else "no file name"
        message = f"{file}: expected a readable key, found: {found}"
        raise RedactionKeyError(message) from error
    return _parsed(content.decode("latin-1"), str(file)) if content else None


def find_or_make(file: Path, environ: Mapping[str, str]) -> bytes:
    """Return the key. If there is no key, make one in `file`, which only its owner may read."""
    key = find(file, environ)
    if key is not None:
        return key
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        with os.fdopen(descriptor, "r+b") as stream:
            lock(stream.fileno(), file)
            if not file.read_bytes():  # otherwise another gateway was faster
                replace_file(file, token_bytes(32).hex().encode() + b"\n", mode=PRIVATE)
        key = find(file, environ)
    except OSError as error:
        message = f"{file}: expected to make a key there, found: {error.strerror}"
        raise RedactionKeyError(message) from error
    if key is None:
        message = f"{file}: expected to make a key there, found: it was removed"
        raise RedactionKeyError(message)
    return key


def redaction(settings: RedactionSettings, environ: Mapping[str, str], *, make: bool = False) -> Redaction:
    """Return the redaction of a configuration under the present key. With `make`, a missing key is made."""
    key = (find_or_make if make else find)(settings.key_file, environ)
    return redaction_of(settings, key)


def _parsed(text: str, where: str) -> bytes:
    if not KEY.fullmatch(text.strip()):
        message = f"{where}: expected 64 hexadecimal digits, found something else"
        raise RedactionKeyError(message)
    return bytes.fromhex(text.strip())
