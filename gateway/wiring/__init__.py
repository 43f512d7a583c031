"""A configuration becomes a running gateway."""
