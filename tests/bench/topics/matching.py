"""Matching: what a replay does with a request, however large the cassette is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_benchmark.fixture import BenchmarkFixture

from gateway.core.matching import Index, Matcher
from gateway.core.model import Interaction, Request, Response
from gateway.core.state import MemoryState
from gateway.redacting.redactor import BackgroundRedactor
from gateway.transports.player import Player
from tests.bench import traffic
from tests.bench.rows import Ratio, Row, Time

ROWS: tuple[Row, ...] = (
    Ratio(
        "match: 10,000 interactions : 7, the same requests", "match_seven_of_ten_thousand", "match_seven", at_most=1.2
    ),
    Ratio(
        "match: 1,000 requests in turn : 7, beyond the CPU's caches", "match_thousand_of_ten_thousand", "match_seven"
    ),
    Time("match: Player.find, 7 interactions", "match_seven"),
    Time("a miss among 10,000: what is nearest", "miss_of_ten_thousand", at_most=5000),
    Time("match: what replay needs of a request, device seen before", "needed_of_a_request", at_most=5),
)


def player(interactions: Sequence[Interaction]) -> Player:
    redaction = traffic.redaction()
    return Player(
        interactions,
        redaction=redaction,
        redactor=BackgroundRedactor(redaction),
        matcher=Matcher(),
        device="prefer",
        on_exhausted="last",
        state=MemoryState(),
        origins=lambda _: traffic.ORIGIN,
        max_body=1 << 20,
        warn=lambda *_, **__: None,
    )


def finder(interactions: Sequence[Interaction], different: int) -> Callable[[], Response | None]:
    """Return what finds the answers to that many different requests in turn, spread over all the interactions."""
    awaited = player(interactions).send

    def find(request: Request) -> Response | None:
        """Run it to its end: nothing small is waited for."""
        try:
            awaited(request).send(None)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]
        message = "expected an answer at once"
        raise AssertionError(message)

    spread = range(0, len(interactions), len(interactions) // different)
    asked = [traffic.request(number, number % traffic.DEVICES) for number in spread]
    found = [find(request) for request in asked]
    assert all(answer is not None and answer.source == "cassette" for answer in found)
    numbers = traffic.numbers()
    return lambda: find(asked[next(numbers) % len(asked)])


def bench_match_seven(benchmark: BenchmarkFixture, ten_thousand: Sequence[Interaction]) -> None:
    benchmark(finder(ten_thousand[:7], 7))


def bench_match_thousand_of_ten_thousand(benchmark: BenchmarkFixture, ten_thousand: Sequence[Interaction]) -> None:
    benchmark(finder(ten_thousand, 1000))


def bench_match_seven_of_ten_thousand(benchmark: BenchmarkFixture, ten_thousand: Sequence[Interaction]) -> None:
    benchmark(finder(ten_thousand, 7))


def bench_miss_of_ten_thousand(benchmark: BenchmarkFixture, ten_thousand: Sequence[Interaction]) -> None:
    """Another parameter in each, as an app that sends a new one has."""
    matcher, redaction, numbers = Matcher(), traffic.redaction(), traffic.numbers()
    index = Index(matcher, ten_thousand, lambda request: redaction.compared(request, whole=False))
    index.nearest(matcher.key(traffic.request(), traffic.ORIGIN))

    def miss() -> None:
        target = f"/api/v2/REF30/logout/Mvpd{next(numbers) % 10_000:05}x?redirectUrl=https%3A%2F%2Fexample.com&more=1"
        assert index.nearest(matcher.key(redaction.compared(Request("GET", target), whole=False), traffic.ORIGIN))

    benchmark(miss)


def bench_needed_of_a_request(benchmark: BenchmarkFixture) -> None:
    redaction = traffic.redaction()

    def needed(request: Request) -> None:
        redaction.compared(request, whole=False)
        redaction.device(request)
        redaction.target(request.target)

    benchmark(needed, traffic.request())
