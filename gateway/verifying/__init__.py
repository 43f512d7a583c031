"""Whether a live upstream still answers as a cassette holds it."""
