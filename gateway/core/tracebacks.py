"""The place where an error was raised. Only the place of a defect is reported, since its text may quote a message."""

from __future__ import annotations


def place_of(error: BaseException) -> str:
    """Return the file's name and the line where `error` was raised. Empty if it was never raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_filename.replace(chr(92), '/').rpartition('/')[2]}:{trace.tb_lineno}"
