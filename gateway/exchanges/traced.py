"""Header fields that number or trace a call. If two heads differ only in these fields, the earlier exchange is repeated with its own fields.

Facts
-----
* An app may send another `X-Request-Id` or `traceparent` with each call. No check, no redactor and no step of an exchange reads these
  fields, so the result is the same. Observers see each call with its own fields.
* A tracing field may look like a secret. Then the log and the findings depend on it, so no field of this head is left out.
* Rules, redaction patterns and matchers of a configuration may read every field. With one of them, no field is ever left out.
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
"""The names of these fields, in lower case: W3C Trace Context, and the usual names of other systems."""
LONGEST = 256
"""Bytes of the longest value. With a longer value, no field is left out."""

_NUMBER = b"0123456789abcdef-"
"""Characters of the usual values. No secret that is known by its shape has only these."""


class Traced(NamedTuple):
    """The fields of a repeated call that has other tracing fields than the earlier call."""

    headers: Headers
    """The fields as they were received."""
    look: Callable[[], tuple[Headers, Headers]]
    """Returns the fields of the request in origin form, and the fields that are sent on."""


def untraced_by(redaction: Redaction) -> Callable[[Headers], Headers | None]:
    """Return a function that leaves out the tracing fields. It returns None if there are no such fields, or if one may be a secret."""
    policy = redaction.policy
    listed = {name for name in NAMES if policy.patterns or policy.header(name.decode()) is not None}

    def untraced(headers: Headers) -> Headers | None:
        if NAMES.isdisjoint(headers.names):  # the usual case
            return None
        raw = headers.raw
        places = _places(tuple([name for name, _ in raw]))
        traces = tuple([raw[place] for place in places])
        if max([len(value) for _, value in traces]) > LONGEST:
            return None
        doubtful = tuple([line for line in traces if line[1].translate(None, _NUMBER) or line[0].lower() in listed])
        if doubtful and redaction.suspected_in(Request("", "", Headers(doubtful))):
            return None
        return Headers(tuple([line for place, line in enumerate(raw) if place not in places]))

    return untraced


def as_it_is(_: Headers) -> None:
    """Leave out nothing."""


@remembered(limit=1 << 20, size=lambda names, _: 500 + sum(map(len, names)) + 100 * len(names))
def _places(names: tuple[bytes, ...]) -> tuple[int, ...]:
    """Return the positions of the tracing fields. It is remembered, since an app sends the same names in each request."""
    return tuple([place for place, name in enumerate(names) if name.lower() in NAMES])
