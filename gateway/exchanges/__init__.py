"""The path of an exchange, and its observers."""
