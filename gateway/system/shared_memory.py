"""Memory that several processes share. It has a descriptor without a name, which child processes inherit. It is never on a disk."""

from __future__ import annotations

import mmap
import os
import tempfile


def anonymous(size: int) -> int:
    """Return the descriptor of `size` zero bytes. Each process that maps it sees the writes of the others."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("pass-gateway", os.MFD_CLOEXEC)
    else:  # macOS: a file whose name was removed
        descriptor, name = tempfile.mkstemp()
        os.unlink(name)  # noqa: PTH108  # a name of this function's own
    os.ftruncate(descriptor, size)
    return descriptor


def mapped(descriptor: int) -> mmap.mmap:
    """Return the memory behind a descriptor."""
    return mmap.mmap(descriptor, os.fstat(descriptor).st_size)
