"""Everything that implements `send(Request) -> Response`; a mode only decides which of these are put together."""
