"""How an exchange with an upstream fails, as the wire sees it. Another module decides which answer follows."""

from __future__ import annotations

from enum import Enum, auto


class Unreached(Enum):
    """The reason why there is no connection to an upstream."""

    DESCRIPTORS = auto()
    """This process has no file descriptor left."""
    CERTIFICATE = auto()
    TLS = auto()
    """The TLS handshake failed for another reason."""
    TIMEOUT = auto()
    NAME = auto()
    """The host name has no address."""
    LOOP = auto()
    """The gateway itself listens at this address."""
    OTHER = auto()


class UnreachedError(Exception):
    """There is no connection to the upstream."""

    def __init__(self, reason: Unreached, detail: str = "") -> None:
        """`detail`: the system's own text. It quotes nothing of a request."""
        super().__init__(reason.name)
        self.reason = reason
        self.detail = detail


class Unanswered(Enum):
    """The reason why no answer came. The request, or a part of it, may have been sent."""

    SILENT = auto()
    """The upstream sent nothing for too long."""
    MALFORMED = auto()
    """The bytes are not an HTTP/1.1 answer, or can be read in two ways."""
    FIELDS = auto()
    """The answer has too many header fields."""
    HEAD = auto()
    """A line of the head is too long, or the head or the framing has no end."""
    CLOSED = auto()
    """The upstream closed the connection."""
    UPLOAD = auto()
    """The app did not send its whole request."""


class UnansweredError(Exception):
    """The upstream did not answer."""

    def __init__(self, reason: Unanswered) -> None:
        super().__init__(reason.name)
        self.reason = reason
