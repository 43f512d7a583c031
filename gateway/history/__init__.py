"""A history of exchanges and findings in a file: `history` of the configuration."""
