"""The gateway's own listener: page, API and health. It is separate from the port for apps."""
