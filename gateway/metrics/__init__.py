"""Numbers for Prometheus, and spans for OpenTelemetry: both are extras, and cost nothing where nobody asks for them."""
