"""Cassettes on disk: the format, the reader, the appending writer, repair."""
