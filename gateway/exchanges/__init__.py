"""The path of an exchange, and who hears of it."""
