"""Asks a live upstream whether it still answers as a cassette recorded."""
