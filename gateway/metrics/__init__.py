"""Numbers for Prometheus, and spans for OpenTelemetry. Both are extras, and cost nothing if they are not used."""
