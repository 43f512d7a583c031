"""A span of OpenTelemetry for each exchange, with a child for each leg. The OTEL_… variables name the receiver.

Facts
-----
* A span is made after an exchange has ended, with the times of the exchange. So it delays nothing. An exchange knows how long each leg
  took, but not when it began. So the first leg's span begins with the exchange, and each other one at the end of the leg before it.
* With `traceparent` in a request (W3C Trace Context), its span is part of the app's trace. The field is sent on unchanged.
* Attributes have the names of OpenTelemetry's HTTP conventions. Their values are names from our own lists, or redacted texts.
"""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from gateway.core.adobe.routes import OTHER, template_of
from gateway.core.model import Exchange, Leg, Request
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying
from gateway.metrics.labels import error_of, method_of, upstream_of

SERVER_ERROR = 500
LONGEST_PARENT = 128
"""Longest `traceparent` that is read, in characters. A valid one has 55."""
_PROPAGATOR = TraceContextTextMapPropagator()


class Tracing:
    """The sender of spans, for the whole run."""

    def __init__(self, version: str, environ: Mapping[str, str], exporter: SpanExporter | None = None) -> None:
        """Send spans by `exporter`, or as OTLP over HTTP."""
        name = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": "pass-gateway"}
        self._provider = TracerProvider(
            resource=Resource.create({**name, "service.version": version}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self.tracer = self._provider.get_tracer("pass-gateway", version)

    def close(self) -> None:
        """Send the waiting spans. This blocks as long as the receiver takes."""
        self._provider.shutdown()


class Spans:
    """An observer that makes the spans of one gateway's exchanges."""

    def __init__(self, tracing: Tracing, redaction: Redaction) -> None:
        self._tracer = tracing.tracer
        self._redaction = redaction

    def began(self, exchange: Exchange) -> None:
        """Do nothing: a span is made when an exchange has ended."""

    def warn(self, event: str, **about: object) -> None:
        """Do nothing: a warning gets no span."""

    def ended(self, exchange: Exchange) -> None:
        """Make the span of an exchange, and the spans of its legs."""
        began = int(exchange.at * 1e9)
        received, reply = exchange.received, exchange.reply
        parent = received.headers.get("traceparent")
        carrier = {"traceparent": parent} if parent and len(parent) <= LONGEST_PARENT else {}
        attributes: dict[str, AttributeValue] = {
            **self._request(received),
            "http.response.status_code": reply.status,
            "gateway.device": exchange.device.name,
            "gateway.source": reply.source,
            "gateway.findings": tuple(dict.fromkeys(finding.id for finding in exchange.findings)),
        }
        if upstream := upstream_of(exchange):
            attributes["gateway.upstream"] = upstream
        error = error_of(exchange)
        if error:
            attributes["error.type"] = error
        span = self._tracer.start_span(
            _name(received), _PROPAGATOR.extract(carrier), SpanKind.SERVER, attributes, start_time=began
        )
        if reply.status >= SERVER_ERROR:
            span.set_status(Status(StatusCode.ERROR, error or None))
        context = set_span_in_context(span)
        at = began
        for leg in exchange.legs:
            until = at + int(leg.elapsed_ms * 1e6)
            child = self._tracer.start_span(_name(leg.request), context, SpanKind.CLIENT, self._leg(leg), start_time=at)
            if leg.response.status >= SERVER_ERROR:
                child.set_status(Status(StatusCode.ERROR))
            child.end(until)
            at = until
        span.end(began + int(exchange.elapsed_ms * 1e6))

    def _request(self, request: Request) -> dict[str, AttributeValue]:
        return {
            "http.request.method": method_of(request.method),
            "http.route": template_of(request.method, request.path),
            "url.path": Saying(self._redaction, request).path,
        }

    def _leg(self, leg: Leg) -> dict[str, AttributeValue]:
        return {
            **self._request(leg.request),
            "http.response.status_code": leg.response.status,
            "gateway.source": leg.response.source,
            "gateway.upstream": leg.request.upstream,
        }


def _name(request: Request) -> str:
    """Return the name of a span. There are few different names, as the conventions require."""
    route = template_of(request.method, request.path)
    method = method_of(request.method)
    return f"{'HTTP' if method == OTHER else method}{'' if route == OTHER else f' {route}'}"
