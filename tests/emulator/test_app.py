"""The emulator over a real socket."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from gateway.emulator import Call, Emulator, Options
from gateway.emulator.app import Serving, run, serve
from tests.emulator.calls import logout, sample

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    served = await serve(Emulator(), "127.0.0.1", 0)
    yield served
    await served.close()


def wire(call: Call, *more: str) -> bytes:
    """Return the call's bytes."""
    fields = [f"{name}: {value}" for name, value in call.headers]
    return (
        "\r\n".join([f"{call.method} {call.target} HTTP/1.1", "Host: x", *fields, *more, "", ""]).encode("latin-1")
        + call.body
    )


async def exchange(serving: Serving, sent: bytes) -> tuple[str, list[str], bytes]:
    """Send bytes, and return the status line, the header lines and the body that come back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    writer.write(sent)
    async with asyncio.timeout(5):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    first, *fields = head.decode("latin-1").split("\r\n")
    return first, fields, body


def names(fields: list[str]) -> list[str]:
    return sorted(field.partition(":")[0] for field in fields)


async def test_a_sample_is_answered_over_a_socket(serving: Serving) -> None:
    request, _, content, body = sample(1)
    first, fields, got = await exchange(serving, wire(request, "Connection: close"))

    assert first == "HTTP/1.1 200 OK"
    assert json.loads(got) == json.loads(body)
    assert f"Content-Type: {content}" in fields
    assert names(fields) == ["Connection", "Content-Length", "Content-Type", "Date", "Server"]


async def test_a_204_has_neither_body_nor_content_fields(serving: Serving) -> None:
    first, fields, got = await exchange(serving, wire(sample(8)[0], "Connection: close"))
    assert (first, names(fields), got) == ("HTTP/1.1 204 No Content", ["Connection", "Date", "Server"], b"")


async def test_the_target_arrives_as_it_was_written(serving: Serving) -> None:
    """Nothing is decoded on the way: the placeholder, a `%2F` and an invalid `%zz` are the emulator's to read."""
    request, *_ = sample(6)
    first, _, got = await exchange(serving, wire(request, "Connection: close"))
    assert (first, list(json.loads(got)["logouts"])) == ("HTTP/1.1 200 OK", ["ATTOTT"])

    mixed = logout("Cablevision")
    target = "http://anywhere" + mixed.target + "%2f%2F;+%zz"
    _, _, got = await exchange(serving, wire(Call("GET", target, mixed.headers), "Connection: close"))
    assert json.loads(got)["logouts"]["Cablevision"]["url"].endswith("http%3A%2F%2Fadobe.com%2F%2F%3B%20%25zz")


async def test_a_head_is_answered_without_a_body(serving: Serving) -> None:
    request = logout("Dish")
    first, fields, got = await exchange(
        serving, wire(Call("HEAD", request.target, request.headers), "Connection: close")
    )
    assert (first, got) == ("HTTP/1.1 405 Method Not Allowed", b"")
    assert "Allow: GET" in fields


async def test_a_form_is_read_after_its_100_continue(serving: Serving) -> None:
    body = b"client_id=c&client_secret=s&grant_type=client_credentials"
    request = Call("POST", "/o/client/token", (("Content-Length", str(len(body))),), body)
    first, _, rest = await exchange(serving, wire(request, "Expect: 100-continue", "Connection: close"))
    assert first == "HTTP/1.1 100 Continue"
    assert rest.startswith(b"HTTP/1.1 201 Created\r\n")


async def test_a_body_of_more_than_a_mebibyte_is_refused(serving: Serving) -> None:
    large = b"x" * (1 << 20)
    for size, line in ((len(large), "HTTP/1.1 400 Bad Request"), (len(large) + 1, "HTTP/1.1 413 Content Too Large")):
        body = large + b"x" * (size - len(large))
        request = Call("POST", "/o/client/register", (("Content-Length", str(size)),), body)
        first, *_ = await exchange(serving, wire(request, "Connection: close"))
        assert first == line


async def test_a_long_device_info_in_the_url_is_read(serving: Serving) -> None:
    """v1 lets device_info stand in the query, where 8,190 bytes are soon too few."""
    request = Call("DELETE", "/api/v1/logout?deviceId=x&device_info=" + "QUFB" * 5_000)
    first, *_ = await exchange(serving, wire(request, "Connection: close"))
    assert first == "HTTP/1.1 204 No Content"


async def test_the_cookies_of_a_429_stay_apart(serving: Serving) -> None:
    _, fields, got = await exchange(serving, wire(logout("Dish", {"X-Emulator-Status": "429"}), "Connection: close"))
    assert len([field for field in fields if field.startswith("Set-Cookie: AWSALB")]) == 2
    assert len(got) == 166


async def test_a_line_that_cannot_be_parsed_reaches_no_log(serving: Serving, caplog: pytest.LogCaptureFixture) -> None:
    first, *_ = await exchange(serving, b"GET /api secret HTTP/9\r\nHost: x\r\n\r\n")
    assert first.startswith(("HTTP/1.0 400", "HTTP/1.1 400"))
    assert "secret" not in caplog.text


async def test_a_port_that_is_taken_is_an_oserror(serving: Serving) -> None:
    with pytest.raises(OSError, match="in use"):
        await serve(Emulator(Options()), "127.0.0.1", serving.port)


async def test_it_says_where_it_listens_and_serves_until_it_is_told_to_stop() -> None:
    stop, said = asyncio.Event(), asyncio.Queue[str]()
    running = asyncio.create_task(run(Emulator(), "127.0.0.1", 0, stop, said.put_nowait))
    line = await said.get()
    assert line.startswith("emulator listening on http://127.0.0.1:")
    port = int(line.rpartition(":")[2])
    (await asyncio.open_connection("127.0.0.1", port))[1].close()
    stop.set()
    await running
    with pytest.raises(OSError, match=r"refused|failed"):
        await asyncio.open_connection("127.0.0.1", port)
