"""The checks run: on live traffic, and on what was recorded."""
