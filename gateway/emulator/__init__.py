"""A stand-in for the Adobe Pass Authentication API: pure answers, a catalogue of logins, and a small server."""

from gateway.emulator.catalogue import Catalogue, CatalogueError
from gateway.emulator.emulator import Emulator
from gateway.emulator.model import Answer, Call, Options

__all__ = ["Answer", "Call", "Catalogue", "CatalogueError", "Emulator", "Options"]
