"""Memory that several processes have: a descriptor without a name, which whoever is started inherits. It is never on a disk."""

from __future__ import annotations

import mmap
import os
import tempfile


def anonymous(size: int) -> int:
    """Return the descriptor of so many bytes, all zero; whoever maps it sees what the others write."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("pass-gateway", os.MFD_CLOEXEC)
    else:  # macOS: a file whose name is gone
        descriptor, name = tempfile.mkstemp()
        os.unlink(name)  # noqa: PTH108  # a name of this function's own
    os.ftruncate(descriptor, size)
    return descriptor


def mapped(descriptor: int) -> mmap.mmap:
    """Return the memory behind a descriptor."""
    return mmap.mmap(descriptor, os.fstat(descriptor).st_size)
