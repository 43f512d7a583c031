"""A request without a body on a free connection. A callback gets its answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from msgspec import Struct

from gateway.core.asking import Asker
from gateway.core.model import Early, Response
from gateway.wire.pool import Pool
from gateway.wire.upstream_connection import UpstreamConnection

Rest: TypeAlias = Callable[[UpstreamConnection, BaseException | None, Early | None], Coroutine[Any, Any, Response]]
"""Reads an answer that does not come whole. If there is an error, it raises the reason why no answer comes."""


class Awaited(Struct, eq=False):
    """A request that was sent on and waits for its answer."""

    asker: Asker | None
    pool: Pool
    peer: UpstreamConnection
    rest: Rest

    def heard(self, answer: Response | None, error: BaseException | None) -> None:
        """Pass a whole answer to the asker. Without a whole answer, the asker awaits the rest."""
        asker, self.asker = self.asker, None
        if asker is None:
            return
        if answer is not None:
            self.pool.give_back(self.peer)
            asker.answered(answer)
        else:
            asker.goes_on(self.rest(self.peer, error, asker.outbound.early))

    def abandon(self) -> None:
        """Close the connection. The asker is not called."""
        self.asker = None
        self.peer.held.close()
