"""Redaction that blocks nobody: small messages are redacted at once, large ones by another process."""
