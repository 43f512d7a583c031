"""pytest-benchmark's exact mode with types: so many rounds, each of one call."""

from __future__ import annotations

from collections.abc import Callable

from pytest_benchmark.fixture import BenchmarkFixture


def each(
    benchmark: BenchmarkFixture,
    function: Callable[..., object],
    *arguments: object,
    made: Callable[[], tuple[object, ...]] | None = None,
    rounds: int,
) -> None:
    """Time single calls with `arguments`, or with those that `made` makes for each of them, which is not timed."""
    if made is None:
        benchmark.pedantic(function, arguments, rounds=rounds)  # type: ignore[no-untyped-call]
    else:
        benchmark.pedantic(function, setup=lambda: (made(), {}), rounds=rounds)  # type: ignore[no-untyped-call]
