"""Tests with no network: a gateway for each test, or for one command, and what is said of it in the end."""
