"""Numbers for Prometheus, and spans for OpenTelemetry: both are extras, and cost nothing if nobody asks for them."""
