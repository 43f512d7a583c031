"""Header fields that number or trace a call: a head that differs from an earlier one only in these is had again, with its own fields.

Facts
-----
* An app may send another `X-Request-Id` or `traceparent` with each call. No check, no redactor by name and no step of an exchange reads these
  fields, so the exchange comes to the same. Observers see each call with the fields that it brought.
* Such a field may repeat a secret, by its shape or by a rule of the configuration. What the log and the findings say would then depend on it. A head with such
  a field is found as it is.
* Rules and matchers of a configuration may read every field. Where there are any that do, each head is found as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gateway.core.bounded import remembered
from gateway.core.model import Headers, Request
from gateway.core.redaction import Redaction

NAMES = frozenset(
    {
        *(b"traceparent", b"tracestate", b"x-request-id", b"x-correlation-id", b"x-trace-id", b"x-amzn-trace-id"),
        *(b"x-cloud-trace-context", b"x-b3-parentspanid", b"x-b3-sampled", b"x-b3-spanid", b"x-b3-traceid"),
        *(b"x-datadog-parent-id", b"x-datadog-trace-id", b"sentry-trace"),
    }
)
"""Names of these fields, in lower case (W3C Trace Context, and what is usual)."""
LONGEST = 256
"""Bytes of a value that is looked at."""


class Traced(NamedTuple):
    """The fields of a call that is had again, where they differ from those of the earlier one."""

    headers: Headers
    """As they came."""
    look: Callable[[], tuple[Headers, Headers]]
    """Returns the fields of the request in origin form, and of what is sent on."""


def untraced_by(redaction: Redaction) -> Callable[[Headers], Headers | None]:
    """Return what leaves out the fields that number or trace a call; None for fields without any, and where one may be a secret."""

    def untraced(headers: Headers) -> Headers | None:
        raw = headers.raw
        places = _places(tuple([name for name, _ in raw]))
        if not places:
            return None
        traces = tuple([raw[place] for place in places])
        for _, value in traces:
            if len(value) > LONGEST:
                return None
        if redaction.suspected_in(Request("", "", Headers(traces))):
            return None
        return Headers(tuple([line for place, line in enumerate(raw) if place not in places]))

    return untraced


def as_it_is(_: Headers) -> None:
    """Leave out nothing: each head is found as it is."""


@remembered(limit=1 << 20, size=lambda names, _: 500 + sum(map(len, names)) + 100 * len(names))
def _places(names: tuple[bytes, ...]) -> tuple[int, ...]:
    """Return the places of these fields: an app sends the same names in each of its requests."""
    return tuple([place for place, name in enumerate(names) if name.lower() in NAMES])
