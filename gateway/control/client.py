"""A Python client for the control API: typed, blocking, made of the standard library and msgspec alone.

```python
client = ControlClient.of_environment(os.environ)
with client.session(cassette="logout", label="test_logout") as session:
    run_my_app(session.url)
    session.client.expect(status=503, path="/api/v2/*")
print(session.ended.report.misses)
```
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from gateway.control.cassette_model import CassetteDetail, CassetteShown
from gateway.control.emulator_model import EmulatorLogin, EmulatorLogout, EmulatorOptions, EmulatorState
from gateway.control.fault_model import FaultShown
from gateway.control.model import (
    ApiProblem,
    CassetteWanted,
    DeviceNameWanted,
    DeviceShown,
    ExchangeDetail,
    ExchangePage,
    ExchangeQuery,
    Expectation,
    ExpectationShown,
    FindingRow,
    ModeWanted,
    SessionEnded,
    SessionShown,
    SessionWanted,
    SettingShown,
    UpstreamWanted,
)
from gateway.control.steering import GatewayMode, KnownBy
from gateway.core.fault_words import fault_entry

T = TypeVar("T")

TIMEOUT = 30.0
"""Seconds to wait for an answer. With exchanges in flight, the end of a session may take ten."""
URL, TOKEN = "ADOBE_PASS_CONTROL_URL", "ADOBE_PASS_CONTROL_TOKEN"
"""The environment variables in which `gateway exec` gives its command the address and the token of the API."""


class ControlRequestError(Exception):
    """The API refused a request; `problem` says why."""

    def __init__(self, problem: ApiProblem) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.message}")
        self.problem = problem


class ControlClient:
    """Asks the control API about one gateway: the main one, or a session's."""

    def __init__(self, url: str, token: str, *, session: str = "") -> None:
        """Take the listener's address, the token, and the id of a session; an empty id means the main gateway."""
        self.url = url
        self.token = token
        self._where = urlsplit(url)
        self._of = f"/api/sessions/{quote(session, safe='')}" if session else "/api"

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> Self:
        """Return the client for the variables that `gateway exec` has set. Raises KeyError if they are missing."""
        return cls(environ[URL], environ[TOKEN])

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which another process finds the API."""
        return {URL: self.url, TOKEN: self.token}

    def setting(self) -> SettingShown:
        """Return the present setting."""
        return self._ask("GET", f"{self._of}/setting", SettingShown)

    def config(self) -> dict[str, Any]:
        """Return the effective configuration."""
        return self._ask("GET", "/api/config", dict[str, Any])

    def exchanges(self, query: ExchangeQuery | None = None) -> ExchangePage:
        """Return exchanges, the newest first."""
        wanted = {name: value for name, value in msgspec.to_builtins(query or ExchangeQuery()).items() if value}
        return self._ask("GET", f"{self._of}/exchanges?{urlencode(wanted)}", ExchangePage)

    def exchange(self, exchange: str) -> ExchangeDetail:
        """Return one exchange by its id."""
        return self._ask("GET", f"{self._of}/exchanges/{quote(exchange, safe='')}", ExchangeDetail)

    def devices(self) -> list[DeviceShown]:
        """Return the devices of the kept exchanges."""
        return self._ask("GET", f"{self._of}/devices", list[DeviceShown])

    def name_device(self, device: str, name: str, by: KnownBy | None = None) -> list[DeviceShown]:
        """Give `name` to a device. `by`: how to recognise it; None: by its identifier if it sends one, otherwise by its address."""
        target = f"/api/devices/{quote(device, safe='')}/name"
        return self._ask("PUT", target, list[DeviceShown], DeviceNameWanted(name, by))

    def findings(self) -> list[FindingRow]:
        """Return the findings, by device and check."""
        return self._ask("GET", f"{self._of}/findings", list[FindingRow])

    def cassettes(self) -> list[CassetteShown]:
        """Return the cassettes of the folder."""
        return self._ask("GET", f"{self._of}/cassettes", list[CassetteShown])

    def cassette(self, name: str) -> CassetteDetail:
        """Return the content of a cassette."""
        return self._ask("GET", f"{self._of}/cassettes/{quote(name, safe='')}", CassetteDetail)

    def set_mode(self, mode: GatewayMode) -> SettingShown:
        """Change the mode."""
        return self._ask("PUT", f"{self._of}/mode", SettingShown, ModeWanted(mode))

    def set_cassette(self, name: str) -> SettingShown:
        """Change the cassette."""
        return self._ask("PUT", f"{self._of}/cassette", SettingShown, CassetteWanted(name))

    def set_upstream(self, name: str) -> SettingShown:
        """Change the upstream."""
        return self._ask("PUT", f"{self._of}/upstream", SettingShown, UpstreamWanted(name))

    def rewind(self) -> None:
        """Let every sequence play from its start."""
        self._done("POST", f"{self._of}/rewind")

    def expect(self, **about: Any) -> list[ExpectationShown]:
        """Answer the next request that fits; the arguments are the fields of `Expectation`."""
        return self._ask("POST", f"{self._of}/expectations", list[ExpectationShown], Expectation(**about))

    def expectations(self) -> list[ExpectationShown]:
        """Return the expectations that still wait for requests."""
        return self._ask("GET", f"{self._of}/expectations", list[ExpectationShown])

    def forget(self) -> None:
        """Forget every expectation."""
        self._done("DELETE", f"{self._of}/expectations")

    def faults(self) -> list[FaultShown]:
        """Return the faults in force."""
        return self._ask("GET", f"{self._of}/faults", list[FaultShown])

    def fault(self, name: str, option: object = None, /, **said: object) -> list[FaultShown]:
        """Add a fault, as in `fault("status", 503, nth=2)`: its name, its first option, then other options and conditions by keyword."""
        return self._ask("POST", f"{self._of}/faults", list[FaultShown], fault_entry(name, option, said))

    def end_faults(self, fault: str = "") -> None:
        """End the fault of this id; without an id, all faults that the API has added."""
        self._done("DELETE", f"{self._of}/faults/{quote(fault, safe='')}".rstrip("/"))

    def emulator(self) -> EmulatorState:
        """Return the state of the emulator behind the gateway."""
        return self._ask("GET", f"{self._of}/emulator/state", EmulatorState)

    def emulator_reset(self) -> None:
        """Let the emulator forget every device and login."""
        self._done("POST", f"{self._of}/emulator/reset")

    def emulator_log_in(self, device: str, mvpd: str, **about: Any) -> None:
        """Log a device in; the arguments are the fields of `EmulatorLogin`."""
        self._done("POST", f"{self._of}/emulator/log_in", EmulatorLogin(device, mvpd, **about))

    def emulator_log_out(self, device: str, **about: Any) -> None:
        """Log a device out; the arguments are the fields of `EmulatorLogout`."""
        self._done("POST", f"{self._of}/emulator/log_out", EmulatorLogout(device, **about))

    def emulator_change(self, **options: Any) -> None:
        """Change options of the emulator; the arguments are the fields of `EmulatorOptions`."""
        self._done("PATCH", f"{self._of}/emulator/options", EmulatorOptions(**options))

    @contextmanager
    def session(self, **about: Any) -> Iterator[ControlSession]:
        """Open a session, which ends with the block. The arguments are the fields of `SessionWanted`."""
        with ControlSession(self, self._ask("POST", "/api/sessions", SessionShown, SessionWanted(**about))) as session:
            yield session

    def of_session(self, session: str) -> ControlClient:
        """Return the client for the gateway of a session."""
        return ControlClient(self.url, self.token, session=session)

    def end(self, session: str) -> SessionEnded:
        """End a session, and return its report."""
        return self._ask("DELETE", f"/api/sessions/{quote(session, safe='')}", SessionEnded)

    def _ask(self, method: str, target: str, gives: type[T], body: object = None) -> T:
        return msgspec.json.decode(self._done(method, target, body), type=gives)

    def _done(self, method: str, target: str, body: object = None) -> bytes:
        data = msgspec.json.encode(body) if body is not None else b""
        fields = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(self._where.hostname or "", self._where.port or 80, timeout=TIMEOUT)
        try:
            connection.request(method, target, body=data, headers=fields)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:  # noqa: PLR2004  # HTTP's errors
            raise ControlRequestError(_problem(answer.status, content))
        return content


class ControlSession:
    """A session that is open until its block ends."""

    def __init__(self, client: ControlClient, shown: SessionShown) -> None:
        self.id = shown.id
        self.url = shown.url
        """The address of its gateway, for the app."""
        self.client = client.of_session(shown.id)
        """A client for its gateway."""
        self.ended: SessionEnded | None = None
        """Its report, once the block has ended."""
        self._client = client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self.ended = self._client.end(self.id)
            return
        with suppress(OSError, ControlRequestError):  # the error of the block is the one to raise
            self.ended = self._client.end(self.id)


def _problem(status: int, content: bytes) -> ApiProblem:
    try:
        return msgspec.json.decode(content, type=ApiProblem)
    except msgspec.DecodeError:
        return ApiProblem("none", status, "unknown", "The answer does not come from the control API.")
