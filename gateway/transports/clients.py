"""The gateway's own client: its secrets from files or the environment, and the state file in which its registration survives."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

from gateway.core.mistake import Mistake
from gateway.system.files import PRIVATE, replace_file
from gateway.system.locking import locked, locked_for
from gateway.transports.token_holder import Client, Entry

VARIABLES = {
    "software_statement": "GATEWAY_SOFTWARE_STATEMENT",
    "client_id": "GATEWAY_CLIENT_ID",
    "client_secret": "GATEWAY_CLIENT_SECRET",
}
"""The environment's names for the secrets of clients.default; they go before its files."""


REGISTERING = 60.0
"""Seconds for which a process waits for another one that registers: longer than an upstream may take by default."""


class ClientError(Mistake):
    """A client that cannot be used, said without its secrets."""

    def __init__(self, where: str, expected: str, found: str) -> None:
        super().__init__(f"{where}: expected {expected}, found {found}")


def read_client(files: Mapping[str, Path | None], environ: Mapping[str, str]) -> Client | None:
    """Return the client that the environment or `files` give; None where neither says a thing.

    `files` are the keys of clients.default, such as `client_id_file`.
    """
    said = {
        name: environ.get(variable) or _content(f"{name}_file", files.get(f"{name}_file"))
        for name, variable in VARIABLES.items()
    }
    if bool(said["client_id"]) != bool(said["client_secret"]):
        missing, there = sorted(("client_id", "client_secret"), key=lambda name: bool(said[name]))
        raise ClientError(where="clients.default", expected=f"a {missing} with the {there}", found="none")
    return Client(**said) if any(said.values()) else None


def _content(key: str, file: Path | None) -> str:
    if file is None:
        return ""
    where = f"clients.default.{key}"
    try:
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ClientError(where, f"a text at {file}", type(error).__name__) from None
    if not text or not text.isascii() or not text.isprintable():
        raise ClientError(where, f"one line of text at {file}", "something else" if text else "none")
    return text


class StateFile:
    """A JSON file that only its owner may read. It is replaced as a whole: a crash leaves the old one or the new one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = f"clients.state_file ({path})"

    def load(self, key: str) -> Entry:
        """Return what is kept under `key`; a file that holds something else is a ClientError, and nothing is written over it."""
        entry = self._read().get(key, {})
        return entry if isinstance(entry, dict) else {}

    def save(self, key: str, entry: Entry) -> Entry:
        """Keep `entry`; of two processes that register the same client, the first one's credentials stay."""
        with locked(self._path, mode=PRIVATE):
            held = self._read()
            before = held.get(key)
            if isinstance(before, dict) and before.get("made_for") == entry.get("made_for"):
                theirs = before.get("client_id")
                entry = dict(before) if theirs and entry.get("client_id") not in {None, theirs} else {**before, **entry}
            self._write({**held, key: entry})
        return entry

    def _read(self) -> dict[str, object]:
        try:
            document = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise self._unreadable(type(error).__name__) from None
        if not isinstance(document, dict):
            raise self._unreadable()
        return document

    def _unreadable(self, found: str = "other JSON") -> ClientError:
        why = "without it the gateway would register again, which logs every user out"
        return ClientError("clients.state_file", f"the gateway's own JSON at {self._path} ({why})", found)

    def _write(self, document: Mapping[str, object]) -> None:
        replace_file(self._path, (json.dumps(document, indent=2) + "\n").encode(), mode=PRIVATE)

    def registering(self) -> AbstractAsyncContextManager[None]:
        """Let one process at a time register: who comes next finds what the first has kept. TimeoutError after `REGISTERING`.

        It is a lock of its own: a registration takes as long as the upstream does, and tokens are kept meanwhile.
        """
        return locked_for(self._path, "registering", seconds=REGISTERING, mode=PRIVATE)

    def renewing(self, key: str) -> AbstractAsyncContextManager[bool]:
        """Keep nobody out: a token that another process asks for is another one, and as good."""
        del key
        return nullcontext(enter_result=False)


class Forgetful:
    """A state that ends with the process: for the emulator, which takes any client."""

    def __init__(self) -> None:
        self._held: dict[str, Entry] = {}
        self.place = "this run"

    def load(self, key: str) -> Entry:
        """Return what is kept under `key`."""
        return self._held.get(key, {})

    def save(self, key: str, entry: Entry) -> Entry:
        """Keep it."""
        self._held[key] = entry
        return entry

    @asynccontextmanager
    async def registering(self) -> AsyncIterator[None]:
        """Keep nobody out: no other process has it."""
        yield

    def renewing(self, key: str) -> AbstractAsyncContextManager[bool]:
        """Keep nobody out."""
        del key
        return nullcontext(enter_result=False)
