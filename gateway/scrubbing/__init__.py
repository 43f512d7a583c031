"""What exists already, without its secrets: cassettes that are looked through and rewritten, and text that was pasted."""
