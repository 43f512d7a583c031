"""Removes secrets from existing cassettes and from pasted text."""
