"""The gateway between an app and Adobe Pass Authentication: forwards, records, replays, checks."""

__version__ = "0.1.0"
