"""A request without a body on a free connection. A callback gets its answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from gateway.core.asking import Asker
from gateway.core.model import Early, Response
from gateway.wire.pool import Pool
from gateway.wire.upstream_connection import UpstreamConnection

Rest: TypeAlias = Callable[[UpstreamConnection, BaseException | None, Early | None], Coroutine[Any, Any, Response]]
"""Reads an answer that does not come whole. If there is an error, it raises the reason why no answer comes."""


class Awaited:
    """A request that was sent on and waits for its answer."""

    __slots__ = ("_asker", "_early", "_peer", "_pool", "_rest")

    def __init__(self, asker: Asker, pool: Pool, peer: UpstreamConnection, rest: Rest, early: Early | None) -> None:
        self._asker: Asker | None = asker
        self._pool = pool
        self._peer = peer
        self._rest = rest
        self._early = early

    def heard(self, answer: Response | None, error: BaseException | None) -> None:
        """Pass a whole answer to the asker. Without a whole answer, the asker awaits the rest."""
        asker, self._asker = self._asker, None
        if asker is None:
            return
        if answer is not None:
            self._pool.give_back(self._peer)
            asker.answered(answer)
        else:
            asker.goes_on(self._rest(self._peer, error, self._early))

    def abandon(self) -> None:
        """Close the connection. The asker is not called."""
        self._asker = None
        self._peer.held.close()
