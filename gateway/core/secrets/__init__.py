"""Secrets, their pseudonyms, and how to find both: the basis of the redactors."""
