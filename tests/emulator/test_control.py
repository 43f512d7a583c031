"""The emulator's own API over a real socket: for who has the token, on this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.emulator import Emulator, Options
from gateway.emulator.app import run
from gateway.emulator.control import Control, answer, control
from gateway.emulator.listening import Serving
from tests.emulator.apps import App
from tests.harness.for_each import for_each


class Panel:
    """An emulator at which nobody is logged in, and its control API."""

    def __init__(self, emulator: Emulator, serving: Serving, token: str) -> None:
        self.emulator = emulator
        self.serving = serving
        self.token = token

    async def ask(self, line: str, body: object = None, token: str | None = None) -> tuple[int, Any]:
        """Return the status and the document of an answer."""
        content = b"" if body is None else json.dumps(body).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.serving.port)
        head = [f"{line} HTTP/1.1", "Host: x", "Connection: close", f"Content-Length: {len(content)}"]
        head += [f"Authorization: Bearer {self.token if token is None else token}"]
        writer.write("\r\n".join([*head, "", ""]).encode() + content)
        async with asyncio.timeout(5):
            first, _, rest = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        return int(first.split()[1]), json.loads(rest) if rest else None


@pytest.fixture
async def panel() -> AsyncIterator[Panel]:
    emulator, where = Emulator(Options(logged_in="none")), Control(0)
    serving = await control(emulator, where)
    yield Panel(emulator, serving, where.token)
    await serving.close()


async def test_state_is_set_read_and_reset(panel: Panel) -> None:
    app = App(panel.emulator)
    assert await panel.ask("POST /log_in", {"device": "tv-1", "mvpd": "Dish", "lasts": 1e8}) == (204, None)
    assert app.profiles() == {"Dish": "regular"}
    status, state = await panel.ask("GET /state")
    assert (status, state["devices"][0]["profiles"][0]["mvpd"]) == (200, "Dish")
    assert await panel.ask("POST /log_out", {"device": "tv-1"}) == (204, None)
    assert app.profiles() == {}
    assert await panel.ask("PATCH /options", {"logged_in": "all"}) == (204, None)
    assert await panel.ask("POST /reset") == (204, None)
    assert app.profiles() == {"Cablevision": "regular", "Dish": "regular"}


async def test_without_the_token_nothing_is_done_or_told(panel: Panel) -> None:
    for token in ("", "another", panel.token[:-1], "\u00e9"):
        status, told = await panel.ask("POST /log_in", {"device": "tv-1", "mvpd": "Dish"}, token)
        assert (status, list(told)) == (401, ["error"])
    assert App(panel.emulator).profiles() == {}


@for_each(
    ("line", "body", "status", "told"),
    [
        (
            "GET /nothing",
            b"",
            404,
            "expected one of GET /state, POST /reset, POST /log_in, POST /log_out, PATCH /options",
        ),
        ("GET /reset", b"", 405, "found GET /reset"),
        ("POST /log_in", b"[]", 400, "expected a JSON object"),
        ("POST /log_in", b"{", 400, "expected a JSON object"),
        ("POST /log_in", b"{}", 400, "device: expected a value, found none\nmvpd: expected a value, found none"),
        ("POST /log_in", b'{"device": 1, "mvpd": "Dish", "lasts": "x", "who": 1}', 400, "who: unknown parameter"),
        (
            "POST /log_in",
            b'{"device": "tv", "mvpd": "Dish", "lasts": true}',
            400,
            "lasts: expected a number of seconds, found True",
        ),
        ("POST /log_in", b'{"device": "tv", "mvpd": "Nobody"}', 400, "mvpd: expected an MVPD of the catalogue"),
        (
            "PATCH /options",
            b'{"logged_in": {"tv": 7}}',
            400,
            "logged_in: expected all, none, or MVPDs by device, found {'tv': 7}",
        ),
        (
            "PATCH /options",
            b'{"logged_in": {"tv": [[], "Dsih"]}}',
            400,
            "logged_in.tv: expected MVPDs of the catalogue, found []",
        ),
        ("PATCH /options", b'{"logged_in": null}', 400, "logged_in: expected all, none"),
        ("PATCH /options", b'{"strict": 1}', 400, "strict: expected true or false, found 1"),
    ],
)
def test_what_cannot_be_done_is_told(line: str, body: bytes, status: int, told: str) -> None:
    method, _, path = line.partition(" ")
    answered, document = answer(Emulator(), method, path, body)
    assert answered == status
    assert document is not None
    assert told in str(document["error"])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["Dish", "tv", "all"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["device", "mvpd", "service_provider", "client", "type", "lasts", "strict", "logged_in", "auto_login", "x"]
GIVEN = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5)


@given(st.sampled_from(["POST /log_in", "POST /log_out", "PATCH /options", "POST /reset", "GET /state"]), GIVEN)
def test_whatever_is_asked_for_is_answered(line: str, asked: dict[str, object]) -> None:
    emulator = Emulator()
    method, _, path = line.partition(" ")
    status, document = answer(emulator, method, path, json.dumps(asked).encode())
    assert status in {200, 204, 400}
    json.dumps(document)
    assert App(emulator).profiles() is not None


def test_a_token_that_was_given_is_not_printed() -> None:
    assert Control(1, "secret", is_new=False).told == ""
    fresh = Control(1)
    assert fresh.token in fresh.told
    assert fresh.token not in repr(fresh)


async def test_an_emulator_says_where_it_is_controlled() -> None:
    stop, said = asyncio.Event(), asyncio.Queue[str]()
    running = asyncio.create_task(run(Emulator(), "127.0.0.1", 0, stop, said.put_nowait, controlled=Control(0)))
    assert (await said.get()).startswith("emulator listening on http://127.0.0.1:")
    assert (await said.get()).startswith("the emulator's control API listening on http://127.0.0.1:")
    stop.set()
    await running
