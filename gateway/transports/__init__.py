"""All implementations of `send(Request) -> Response`. A mode only decides which of them are combined."""
