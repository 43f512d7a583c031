"""Redaction that holds nobody up: what is small is redacted at once, what is larger by a process of its own."""
