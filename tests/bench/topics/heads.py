"""Heads: what each exchange pays for reading, changing and writing header fields."""

from __future__ import annotations

from ipaddress import ip_network

from aiohttp.http import HttpVersion11, RawRequestMessage
from msgspec.structs import replace
from multidict import CIMultiDict, CIMultiDictProxy
from pytest_benchmark.fixture import BenchmarkFixture
from yarl import URL

from gateway.core.headers import ForwardedFor, end_to_end
from gateway.core.model import Headers
from gateway.wire.http1 import request_head, response_head
from gateway.wire.reading import read_head
from tests.bench import traffic
from tests.bench.rows import Row, Time

ROWS: tuple[Row, ...] = (
    Time("head: read a request that aiohttp has parsed", "read_head"),
    Time("head: end-to-end fields of a request", "end_to_end"),
    Time("head: X-Forwarded-For, a client's own", "forwarded_for"),
    Time("head: X-Forwarded-For, behind two trusted proxies", "forwarded_for_trusted"),
    Time("head: write a request's", "write_request"),
    Time("head: write a response's", "write_response"),
)


def bench_read_head(benchmark: BenchmarkFixture) -> None:
    asked = traffic.request()
    raw = ((b"Host", b"127.0.0.1"), *asked.headers.raw)
    fields = CIMultiDictProxy(CIMultiDict(Headers(raw).items()))
    message = RawRequestMessage("GET", asked.target, HttpVersion11, fields, raw, False, None, False, False, URL())
    assert read_head(message, 1 << 16).refusal is None
    benchmark(read_head, message, 1 << 16)


def bench_end_to_end(benchmark: BenchmarkFixture) -> None:
    benchmark(end_to_end, traffic.request().headers)


def bench_forwarded_for(benchmark: BenchmarkFixture) -> None:
    benchmark(ForwardedFor().look, traffic.request().headers, "192.168.1.20")


def bench_forwarded_for_trusted(benchmark: BenchmarkFixture) -> None:
    asked = traffic.request()
    asked = replace(asked, headers=asked.headers.with_("X-Forwarded-For", "203.0.113.7, 10.0.0.1"))
    benchmark(ForwardedFor(trusted=(ip_network("10.0.0.0/8"),)).look, asked.headers, "10.0.0.2")


def bench_write_request(benchmark: BenchmarkFixture) -> None:
    asked = traffic.request()
    benchmark(request_head, asked.method, asked.target, asked.headers.raw)


def bench_write_response(benchmark: BenchmarkFixture) -> None:
    answer = traffic.response()
    benchmark(response_head, answer.status, answer.reason, answer.headers.raw)
