"""Where an error was raised: all that is told of a defect, since its text may quote what was sent."""

from __future__ import annotations


def place_of(error: BaseException) -> str:
    """Return the file's name and the line where `error` was raised; empty for one that never was."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_filename.replace(chr(92), '/').rpartition('/')[2]}:{trace.tb_lineno}"
