"""The gateway's own listener: its page, its API and its health, apart from the port for apps."""
