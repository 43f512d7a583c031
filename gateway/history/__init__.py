"""What was sent, answered and found, kept in a file to be asked later: `history` of the configuration."""
