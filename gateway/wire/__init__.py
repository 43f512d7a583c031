"""HTTP/1.1 bytes, both directions: heads, framing, the connections of apps."""
