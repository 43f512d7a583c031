"""The client for Python, against a listener in another thread."""

from __future__ import annotations

import asyncio
import urllib.request
from asyncio import to_thread

import pytest

from gateway.control.client import TOKEN as TOKEN_VARIABLE
from gateway.control.client import URL, ControlClient, ControlRequestError
from gateway.control.model import ExchangeQuery
from tests.control_lab import TOKEN, Steerable, steerable


def client_of(lab: Steerable) -> ControlClient:
    return ControlClient.of_environment({URL: lab.listener.url, TOKEN_VARIABLE: TOKEN})


async def test_it_reads_what_the_gateway_knows() -> None:
    async with await steerable() as lab:
        await lab.app(Accept="text/html")
        client = client_of(lab)

        def work() -> None:
            (exchange,) = client.exchanges(ExchangeQuery(finding="HDR004")).exchanges
            assert client.exchange(exchange.id).exchange == exchange
            assert client.exchanges(ExchangeQuery(status="5")).exchanges == []
            assert [device.name for device in client.devices()] == [exchange.device]
            assert "HDR004" in [row.finding.id for row in client.findings()]
            assert [cassette.name for cassette in client.cassettes()] == ["logout"]
            assert len(client.cassette("logout").interactions) == 1
            assert client.setting().mode == client.config()["mode"] == "auto"

        await to_thread(work)


async def test_it_steers() -> None:
    async with await steerable() as lab:
        await lab.app()
        client = client_of(lab)

        def work() -> None:
            assert client.set_cassette("logout").cassette == "logout"
            assert client.set_upstream("emulator").upstream == "emulator"
            assert client.expect(status=503)[0].status == 503
            client.rewind()
            assert client.set_mode("replay").mode == "replay"
            with pytest.raises(ControlRequestError, match=r"403 not_allowed: To leave mode replay") as refused:
                client.set_mode("auto")
            assert refused.value.problem.action == "none"

        await to_thread(work)


async def test_it_names_a_device() -> None:
    async with await steerable() as lab:
        await lab.app()
        client = client_of(lab)

        def work() -> None:
            (device,) = client.devices()
            (named,) = client.name_device(device.name, "living-room", by="address")
            assert (named.name, named.named, named.exchanges) == ("living-room", True, 1)
            assert client.config()["devices"]["living-room"]["match"]["address"] == ["127.0.0.1"]
            with pytest.raises(ControlRequestError, match=r"409 not_possible: The device has a name already"):
                client.name_device("living-room", "bedroom")

        await to_thread(work)


async def test_a_session_is_open_for_a_block_and_then_says_what_became_of_it() -> None:
    async with await steerable() as lab:
        client = client_of(lab)

        def work() -> None:
            with client.session(cassette="one", label="a test") as session:
                session.client.expect(status=201, body="hello")
                with urllib.request.urlopen(f"{session.url}/api/v2/x", timeout=5) as answer:  # noqa: S310  # http, ours
                    assert (answer.status, answer.read()) == (201, b"hello")
                assert session.client.exchanges().newest == 1
            assert session.ended is not None
            assert (session.ended.label, session.ended.report.exchanges) == ("a test", 1)

        await to_thread(work)


async def test_a_session_ends_with_a_test_that_fails() -> None:
    async with await steerable() as lab:
        client = client_of(lab)

        def work() -> None:
            with pytest.raises(ZeroDivisionError), client.session(cassette="one") as session:
                assert len(session.url) / 0

        await to_thread(work)
        await asyncio.sleep(0)
        assert await lab.get("/api/sessions") == []
