"""What is secret, what stands in its place, and how both are found again: the vocabulary of the redactors."""
