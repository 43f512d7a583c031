"""The secrets that were found, in their order. Another process gets them from here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice

from gateway.core.secrets.seen import CHARACTERS, SECRETS, Seen


class MetSecrets(Seen):
    """Secrets whose order is known, so that another process can get the new ones."""

    def __init__(self) -> None:
        super().__init__()
        self._log: deque[tuple[str, str]] = deque()
        self._logged = 0
        self.tell: Callable[[str, str], None] = lambda *_: None

    def add(self, secret: str, replacement: str, *, is_told: bool = False) -> None:
        """Remember a secret. A new secret is told to others, unless `is_told`: then they know it already."""
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
        """Return the secrets after the first `generation` ones. If there are very many, return only the last."""
        first = len(self._log) - (self.generation - generation)
        return list(islice(self._log, max(first, 0), None))
