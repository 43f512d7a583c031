"""Redaction that does not block the event loop: small messages are redacted at once, large ones by another process."""
