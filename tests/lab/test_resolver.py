"""The lab's resolver, asked over real sockets: hosts of the API, everything else, and whoever means it ill."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import dns.asyncquery
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from gateway.lab import resolver as module
from gateway.lab.dns_lines import Names
from gateway.lab.resolver import Resolver, own_answer, read_question, refusal
from tests.harness.for_each import for_each

HOST = "api.auth.adobe.com"
NAMES = Names((HOST,), (ipaddress.ip_address("192.168.0.2"), ipaddress.ip_address("fd00::2")))
HERE = "127.0.0.1"


class Elsewhere(asyncio.DatagramProtocol):
    """The network's own resolver: answers everything with one address, after what `wrongly` sends first."""

    def __init__(self, wrongly: Callable[[bytes], Iterable[bytes]] = lambda _: ()) -> None:
        self.asked: list[bytes] = []
        self._wrongly = wrongly

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.asked.append(data)
        for wrong in self._wrongly(answered(data)):
            self._transport.sendto(wrong, address)
        self._transport.sendto(answered(data), address)


def answered(data: bytes) -> bytes:
    asked = dns.message.from_wire(data)
    response = dns.message.make_response(asked)
    response.answer.append(dns.rrset.from_text(asked.question[0].name, 60, "IN", "A", "203.0.113.9"))
    return response.to_wire()


@asynccontextmanager
async def elsewhere(
    wrongly: Callable[[bytes], Iterable[bytes]] = lambda _: (),
) -> AsyncIterator[tuple[Elsewhere, tuple[str, int]]]:
    made = Elsewhere(wrongly)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: made, local_addr=(HERE, 0))
    try:
        yield made, transport.get_extra_info("sockname")
    finally:
        transport.close()


@asynccontextmanager
async def running(
    *before: tuple[str, int], names: Callable[[str], Names | None] = lambda _: NAMES
) -> AsyncIterator[int]:
    warned: list[str] = []
    resolver = Resolver(names, before, lambda text, **_: warned.append(text))
    port = await resolver.start(HERE, 0)
    try:
        yield port
    finally:
        await resolver.stop()


async def ask(port: int, name: str, kind: str, *, tcp: bool = False) -> dns.message.Message:
    query = dns.message.make_query(name, kind)
    how = dns.asyncquery.tcp if tcp else dns.asyncquery.udp
    return await how(query, HERE, port=port, timeout=5)


@pytest.mark.parametrize("tcp", [False, True])
async def test_a_host_of_the_api_leads_to_the_gateway(tcp: bool) -> None:
    async with running() as port:
        found = {
            kind: (await ask(port, "API.auth.adobe.com", kind, tcp=tcp)).answer for kind in ("A", "AAAA", "HTTPS", "MX")
        }
    assert {kind: [str(record) for rrset in answer for record in rrset] for kind, answer in found.items()} == {
        "A": ["192.168.0.2"],
        "AAAA": ["fd00::2"],
        "HTTPS": ['1 . ipv4hint="192.168.0.2" ipv6hint="fd00::2"'],
        "MX": [],
    }


async def test_everything_else_is_asked_of_the_resolver_before_each_time_anew() -> None:
    async with elsewhere() as (other, address), running(address) as port:
        for _ in range(2):
            response = await ask(port, "news.example", "A")
            assert [str(record) for record in response.answer[0]] == ["203.0.113.9"]
    assert len(other.asked) == 2
    assert len({data[:2] for data in other.asked}) == 2, "each has an id of its own"


async def test_only_the_answer_to_the_question_counts() -> None:
    def wrongly(right: bytes) -> Iterable[bytes]:
        yield bytes([right[0] ^ 1]) + right[1:]
        yield right.replace(b"news", b"ews?")
        yield right[:11]
        yield b""

    async with elsewhere(wrongly) as (_, address), running(address) as port:
        assert (await ask(port, "news.example", "A")).answer


async def test_silence_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    silent, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=(HERE, 0)
    )
    async with elsewhere() as (_, address), running(silent.get_extra_info("sockname"), address) as port:
        assert (await ask(port, "news.example", "A")).answer
    async with running(silent.get_extra_info("sockname")) as port:
        assert (await ask(port, "news.example", "A")).rcode() == dns.rcode.SERVFAIL
        assert (await ask(port, HOST, "A")).answer, "and goes on"
    silent.close()


async def test_a_device_may_be_told_the_truth() -> None:
    async with elsewhere() as (_, address), running(address, names=lambda _: None) as port:
        assert str((await ask(port, HOST, "A")).answer[0][0]) == "203.0.113.9"


@for_each(
    ("client", "private"),
    [
        ("192.168.0.7", True),
        ("127.0.0.1", True),
        ("::ffff:10.0.0.1", True),
        ("fe80::1%eth0", True),
        ("fd12::1", True),
        ("203.0.113.7", False),
        ("::ffff:203.0.113.7", False),
        ("2001:db8::1", False),
        ("nonsense", False),
    ],
)
def test_only_private_networks_are_answered(client: str, private: bool) -> None:
    data = dns.message.make_query(HOST, "A").to_wire()
    assert (read_question(data, client, over_tcp=False) is not None) is private


@for_each(
    "data",
    [
        b"",
        b"\0" * 11,
        b"\0" * 12,
        b"\xff" * 512,
        dns.message.make_response(dns.message.make_query(HOST, "A")).to_wire(),
        dns.message.make_query(HOST, "A").to_wire()[:-1],
        dns.message.make_query(HOST, "A").to_wire()[:12] + b"\xc0\x0c\0\1\0\1",
    ],
)
def test_what_is_no_question_gets_no_answer(data: bytes) -> None:
    assert read_question(data, HERE, over_tcp=False) is None


def test_an_answer_is_never_much_longer_than_its_question() -> None:
    """Whoever forges a device's address gains nothing."""
    many = Names((HOST,), NAMES.addresses)
    for kind in ("A", "AAAA", "HTTPS", "ANY", "TXT"):
        data = dns.message.make_query(HOST, kind).to_wire()
        question = read_question(data, HERE, over_tcp=False)
        assert question is not None
        own = own_answer(question, many)
        assert own is not None
        assert len(own) <= len(data) + 64
        assert len(refusal(question, dns.rcode.SERVFAIL)) <= len(data)


async def test_too_many_questions_at_once_are_refused_and_ours_are_still_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_ASKED", 1)
    silent, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=(HERE, 0)
    )
    async with running(silent.get_extra_info("sockname")) as port:
        waiting = asyncio.create_task(ask(port, "a.example", "A"))
        await asyncio.sleep(0.02)
        assert (await ask(port, "b.example", "A")).rcode() == dns.rcode.SERVFAIL
        assert (await ask(port, HOST, "A")).answer
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    silent.close()
