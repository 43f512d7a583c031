"""Example apps: the same television app in Python and in JavaScript, to try the gateway with. Neither needs a library."""
