"""The gateway's own client: its secrets in files or in the environment, and the state file that keeps its registration."""

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
"""The environment variables for the secrets of clients.default. They are used before its files."""


REGISTERING = 60.0
"""Longest time to wait for another process that registers, in seconds. By default an upstream may take less."""


class ClientError(Mistake):
    """The client cannot be used. The text says why, without its secrets."""

    def __init__(self, where: str, expected: str, found: str) -> None:
        super().__init__(f"{where}: expected {expected}, found {found}")


def read_client(files: Mapping[str, Path | None], environ: Mapping[str, str]) -> Client | None:
    """Return the client of the environment or of `files`. None if there is no value at all.

    `files` are the keys of clients.default, such as `client_id_file`.
    """
    said = {
        name: environ.get(variable) or _content(f"{name}_file", files.get(f"{name}_file"))
        for name, variable in VARIABLES.items()
    }
    if bool(said["client_id"]) != bool(said["client_secret"]):
        missing, there = sorted(("client_id", "client_secret"), key=lambda name: bool(said[name]))
        raise ClientError(where="clients.default", expected=f"also a {missing} beside the {there}", found="none")
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
    """A JSON file that only its owner can read. It is replaced as a whole, so a crash leaves the old file or the new one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = f"clients.state_file ({path})"

    def load(self, key: str) -> Entry:
        """Return the entry under `key`. ClientError if the file has another form; such a file is never overwritten."""
        entry = self._read().get(key, {})
        return entry if isinstance(entry, dict) else {}

    def save(self, key: str, entry: Entry) -> Entry:
        """Store `entry`. If two processes register the same client, the credentials of the first one stay."""
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
        why = "without this file the gateway would register again, and log every user out"
        return ClientError("clients.state_file", f"the gateway's own JSON at {self._path} ({why})", found)

    def _write(self, document: Mapping[str, object]) -> None:
        replace_file(self._path, (json.dumps(document, indent=2) + "\n").encode(), mode=PRIVATE)

    def registering(self) -> AbstractAsyncContextManager[None]:
        """Let one process at a time register. The next process finds the stored credentials. TimeoutError after `REGISTERING`.

        This lock is not the file's lock: a registration takes as long as the upstream, and tokens are stored meanwhile.
        """
        return locked_for(self._path, "registering", seconds=REGISTERING, mode=PRIVATE)

    def renewing(self, key: str) -> AbstractAsyncContextManager[bool]:
        """Let every process enter: each one gets its own token, and all tokens are valid."""
        del key
        return nullcontext(enter_result=False)


class Forgetful:
    """A state in memory, which ends with the process. The emulator uses it, since it accepts every client."""

    def __init__(self) -> None:
        self._held: dict[str, Entry] = {}
        self.place = "this run"

    def load(self, key: str) -> Entry:
        """Return the entry under `key`."""
        return self._held.get(key, {})

    def save(self, key: str, entry: Entry) -> Entry:
        """Keep it."""
        self._held[key] = entry
        return entry

    @asynccontextmanager
    async def registering(self) -> AsyncIterator[None]:
        """Enter at once: no other process uses this state."""
        yield

    def renewing(self, key: str) -> AbstractAsyncContextManager[bool]:
        """Enter at once."""
        del key
        return nullcontext(enter_result=False)
