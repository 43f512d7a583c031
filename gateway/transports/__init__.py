"""Everything that implements `send(Request) -> Response`; a mode is nothing but which of these are put together."""
