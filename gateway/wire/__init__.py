"""HTTP/1.1 bytes, both directions, and all that knows aiohttp: the connections of apps, and those to upstreams."""
