"""Runs the checks on live traffic and on recordings."""
