"""The secrets that were met, in their order, for another process that must know them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice

from gateway.core.secrets.seen import CHARACTERS, SECRETS, Seen


class MetSecrets(Seen):
    """Also knows the order of its secrets, for another process that must know them."""

    def __init__(self) -> None:
        super().__init__()
        self._log: deque[tuple[str, str]] = deque()
        self._logged = 0
        self.tell: Callable[[str, str], None] = lambda *_: None

    def add(self, secret: str, replacement: str, *, is_told: bool = False) -> None:
        """Remember a secret, and note that it is new; `is_told`: everybody knows it."""
        before = self.generation
        super().add(secret, replacement)
        if self.generation == before:
            return
        if not is_told:
            self.tell(secret, replacement)
        self._log.append((secret, replacement))
        self._logged += len(secret) + len(replacement)
        while len(self._log) > SECRETS or self._logged > CHARACTERS:
            self._logged -= sum(map(len, self._log.popleft()))

    def since(self, generation: int) -> list[tuple[str, str]]:
        """Return what came after so many others; of very many the last."""
        first = len(self._log) - (self.generation - generation)
        return list(islice(self._log, max(first, 0), None))
