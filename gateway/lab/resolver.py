"""A small DNS resolver for a lab. It answers the API's hosts with the gateway's address, and forwards all other questions.

Facts
-----
* It answers only private networks. Others get no answer, since an open resolver can be abused for attacks (RFC 5358).
* It has no cache. A forwarded question changes only its id, and has its own socket. An answer is accepted only if it comes from
  the resolver that was asked, with the same id and question.
* For a host of ours, the HTTPS record (type 65, RFC 9460) has the gateway's addresses, no other target, and no ECH key.
  Adobe's own record would send a device past the gateway. Any other type gets an empty answer.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from secrets import randbelow

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from msgspec import Struct

from gateway.lab.dns_lines import TTL_SECONDS, Names
from gateway.lab.private import is_private
from gateway.system.tasks import Tasks

WAIT_SECONDS = 2.0
"""If a resolver is silent for so many seconds, the next one is asked."""
MOST_ASKED = 512
"""Largest number of questions in flight. Further questions are answered SERVFAIL."""
MOST_CONNECTIONS = 64
IDLE_SECONDS = 10.0
"""Longest silence of a TCP connection, in seconds (RFC 7766 section 6.2.3 asks for a few)."""
_PLAIN_UDP = 512
_LARGEST = 65535
_LEAST = 12
_TRIES = 8
_LENGTH = struct.Struct("!H")


class Question(Struct, frozen=True):
    """A question that gets an answer."""

    data: bytes
    message: dns.message.Message
    client: str
    over_tcp: bool


Warn = Callable[..., None]


def read_question(data: bytes, client: str, *, over_tcp: bool) -> Question | None:
    """Read a question. None if it is invalid, or does not come from a private network: then there is no answer."""
    if not is_private(client) or len(data) < _LEAST:
        return None
    try:
        message = dns.message.from_wire(data)
    except (dns.exception.DNSException, ValueError, struct.error):
        return None
    if message.flags & dns.flags.QR or len(message.question) != 1 or message.opcode() != dns.opcode.QUERY:
        return None
    return Question(data, message, client, over_tcp)


def own_answer(question: Question, names: Names) -> bytes | None:
    """Return the answer about a host of ours. None for every other name."""
    (asked,) = question.message.question
    host = asked.name.to_text(omit_final_dot=True).lower()
    if host not in names.hosts or asked.rdclass != dns.rdataclass.IN:
        return None
    response = dns.message.make_response(question.message, recursion_available=True)
    response.flags |= dns.flags.AA
    if (text := _record(dns.rdatatype.RdataType(asked.rdtype), names)) is not None:
        response.answer.append(dns.rrset.from_text(asked.name, TTL_SECONDS, "IN", asked.rdtype, text))
    return _wire(response, question)


def refusal(question: Question, code: dns.rcode.Rcode) -> bytes:
    """Return an answer that only has an error code."""
    response = dns.message.make_response(question.message, recursion_available=True)
    response.set_rcode(code)
    return _wire(response, question)


def _record(kind: dns.rdatatype.RdataType, names: Names) -> str | None:
    if kind == dns.rdatatype.HTTPS:
        hints = (f"ipv{4 if kind == 'A' else 6}hint={address}" for kind, address in names.by_type.items())
        return " ".join(("1", ".", *hints))
    return names.by_type.get(dns.rdatatype.to_text(kind))


def _wire(response: dns.message.Message, question: Question) -> bytes:
    """Return an answer as bytes. If it is too long for UDP, it says so, and the client asks over TCP (RFC 1035 section 4.2.1)."""
    largest = _LARGEST if question.over_tcp else max(_PLAIN_UDP, min(question.message.payload, 1232))
    try:
        return response.to_wire(max_size=largest)
    except dns.exception.TooBig:
        short = dns.message.make_response(question.message, recursion_available=True)
        short.flags |= dns.flags.TC
        return short.to_wire()


class Resolver:
    """Answers on one address, over UDP and TCP."""

    def __init__(self, names: Callable[[str], Names | None], before: Sequence[tuple[str, int]], warn: Warn) -> None:
        """`names` returns the answers about our hosts for a client; None: Adobe's addresses. `before` are the resolvers for other questions."""
        self._names = names
        self._before = tuple(before)
        self._warn = warn
        self._tasks = Tasks()
        self._connections: set[asyncio.Task[None]] = set()
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self.port = 0
        """The port on which it listens. 0 before it listens."""

    async def start(self, host: str, port: int) -> int:
        """Listen on an address, and return the port. OSError if the address is in use, or not this machine's."""
        loop = asyncio.get_running_loop()
        for left in reversed(range(1 if port else _TRIES)):
            self._udp, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self._asked_by_udp), local_addr=(host, port)
            )
            free = int(self._udp.get_extra_info("sockname")[1])
            try:
                self._tcp = await asyncio.start_server(self._connected, host, free)
            except OSError:  # the port is free for UDP, and in use for TCP
                self._udp.close()
                if not left:
                    raise
            else:
                self.port = free
                return free
        raise AssertionError

    def lead(self, names: Callable[[str], Names | None]) -> None:
        """Answer with other names from now on."""
        self._names = names

    async def stop(self) -> None:
        """End at once. Clients ask their questions again."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        tasks = [*self._tasks, *self._connections]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def answer(self, question: Question) -> bytes:
        """Return the answer to a question. SERVFAIL if no resolver answers."""
        names = self._names(question.client)
        if names is not None and (own := own_answer(question, names)) is not None:
            return own
        ask = _ask_by_tcp if question.over_tcp else _ask_by_udp
        for server in self._before:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                return await self._ask(ask, server, question)
        if self._before:
            self._warn(
                "no resolver answers", asked=len(self._before), hint="name other resolvers in lab.dns.forward_to"
            )
        return refusal(question, dns.rcode.SERVFAIL)

    async def _ask(
        self, ask: Callable[[tuple[str, int], bytes], Awaitable[bytes]], server: tuple[str, int], question: Question
    ) -> bytes:
        number = randbelow(1 << 16)
        async with asyncio.timeout(WAIT_SECONDS):
            answered = await ask(server, _LENGTH.pack(number) + question.data[2:])
        return question.data[:2] + answered[2:]

    def _asked_by_udp(self, data: bytes, address: tuple[str, int]) -> None:
        question = read_question(data, address[0], over_tcp=False)
        if question is None or self._udp is None:
            return
        names = self._names(question.client)
        own = own_answer(question, names) if names is not None else None
        if own is None and len(self._tasks) >= MOST_ASKED:
            own = refusal(question, dns.rcode.SERVFAIL)
        if own is not None:
            self._udp.sendto(own, address)
            return
        self._tasks.start(self._answer_by_udp(question, address))

    async def _answer_by_udp(self, question: Question, address: tuple[str, int]) -> None:
        answered = await self.answer(question)
        if self._udp is not None and not self._udp.is_closing():
            self._udp.sendto(answered, address)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._connections.add(task)
        try:
            peer = writer.get_extra_info("peername")[0]
            while True:
                async with asyncio.timeout(IDLE_SECONDS):
                    data = await _read_framed(reader)
                question = read_question(data, peer, over_tcp=True)
                if question is None:
                    return
                answered = await self.answer(question)
                writer.write(_LENGTH.pack(len(answered)) + answered)
                async with asyncio.timeout(IDLE_SECONDS):
                    await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return
        finally:
            self._connections.discard(task)
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes, tuple[str, int]], None]) -> None:
        self.datagram_received = received  # type: ignore[method-assign,assignment]  # one function, without a class for it


class _Waiting(asyncio.DatagramProtocol):
    """Waits for the answer to one question. The answer comes from the resolver that was asked, since the socket is connected to it."""

    def __init__(self, asked: bytes, answered: asyncio.Future[bytes]) -> None:
        self._asked = asked
        self._answered = answered

    def datagram_received(self, data: bytes, _address: object) -> None:
        if data[:2] == self._asked[:2] and _asks_the_same(data, self._asked) and not self._answered.done():
            self._answered.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answered.done():
            self._answered.set_exception(exc)


def _asks_the_same(answered: bytes, asked: bytes) -> bool:
    """Whether an answer repeats the question. The case of letters does not matter."""
    end = asked.find(b"\0", _LEAST) + 5
    return answered[2] & 0x80 > 0 and answered[_LEAST:end].lower() == asked[_LEAST:end].lower()


async def _ask_by_udp(server: tuple[str, int], data: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bytes] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Waiting(data, answered), remote_addr=server)
    try:
        transport.sendto(data)
        return await answered
    finally:
        transport.close()


async def _ask_by_tcp(server: tuple[str, int], data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*server)
    try:
        writer.write(_LENGTH.pack(len(data)) + data)
        while True:
            answered = await _read_framed(reader)
            if answered[:2] == data[:2]:
                return answered
    finally:
        writer.close()


async def _read_framed(reader: asyncio.StreamReader) -> bytes:
    (length,) = _LENGTH.unpack(await reader.readexactly(2))
    return await reader.readexactly(length)
