"""Says why a port cannot be listened on."""

from __future__ import annotations

import os
from errno import EADDRINUSE


def why_not(error: OSError, setting: str, *, may_be_zero: bool = True) -> str:
    """Return the reason in the system's words, and what to do. Python's own text would repeat the address.

    `setting`: the option or key that names the port, such as `--port`. `may_be_zero`: whether the port 0 means any free port.
    """
    if error.errno == EADDRINUSE:
        free = ", or 0 for a free one" if may_be_zero else ""
        return f"{os.strerror(EADDRINUSE)}; choose another port ({setting}){free}"
    if error.errno is not None and error.errno > 0:  # the errors of name resolution are negative
        return os.strerror(error.errno)
    return error.strerror or str(error)
