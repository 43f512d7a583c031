"""A port that cannot be listened on is told with the system's reason, and with what to do."""

from __future__ import annotations

from errno import EACCES, EADDRINUSE
from socket import EAI_NONAME, gaierror

from gateway.system.binding import why_not
from tests.harness.for_each import for_each

REASONS = [
    (
        OSError(EADDRINUSE, "error while attempting to bind"),
        True,
        "Address already in use; choose another port (--port), or 0 for a free one",
    ),
    (
        OSError(EADDRINUSE, "error while attempting to bind"),
        False,
        "Address already in use; choose another port (--port)",
    ),
    (OSError(EACCES, "error while attempting to bind"), True, "Permission denied"),
    (gaierror(EAI_NONAME, "Name or service not known"), True, "Name or service not known"),
    (OSError("no more than that"), True, "no more than that"),
]


@for_each(("error", "may_be_zero", "reason"), REASONS)
def test_the_reason_is_the_systems_and_a_taken_port_has_advice(error: OSError, may_be_zero: bool, reason: str) -> None:
    assert why_not(error, "--port", may_be_zero=may_be_zero) == reason
