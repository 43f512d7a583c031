"""How an exchange with an upstream fails, as the wire sees it. Another module decides which answer follows."""

from __future__ import annotations

from enum import Enum, auto


class Unreached(Enum):
    """Why no connection came about."""

    DESCRIPTORS = auto()
    """This process may open none."""
    CERTIFICATE = auto()
    TLS = auto()
    """The handshake failed otherwise."""
    TIMEOUT = auto()
    NAME = auto()
    """Its name has no address."""
    LOOP = auto()
    """Its address is one on which the gateway itself listens."""
    OTHER = auto()


class UnreachedError(Exception):
    """There is no connection to the upstream."""

    def __init__(self, reason: Unreached, detail: str = "") -> None:
        """`detail` is the system's own text, and quotes nothing."""
        super().__init__(reason.name)
        self.reason = reason
        self.detail = detail


class Unanswered(Enum):
    """Why no answer came, though something may have been sent."""

    SILENT = auto()
    """Nothing came for too long."""
    MALFORMED = auto()
    """The bytes are not an HTTP/1.1 answer, or can be read in two ways."""
    FIELDS = auto()
    """It has more header fields than are read."""
    HEAD = auto()
    """A line of its head is too long, or there is no end of its head or its framing."""
    CLOSED = auto()
    """The connection ended."""
    UPLOAD = auto()
    """The app did not send its request to the end."""


class UnansweredError(Exception):
    """The upstream did not answer."""

    def __init__(self, reason: Unanswered) -> None:
        super().__init__(reason.name)
        self.reason = reason
