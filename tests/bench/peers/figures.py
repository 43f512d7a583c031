"""The promises of speed: each a goal, a floor, and what a run showed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.peers import contests as known
from tests.bench.peers.contests import Entry
from tests.bench.peers.load import Round
from tests.bench.peers.measuring import Results
from tests.bench.peers.workloads import DELETES, SEVEN, THOUSAND_DEVICES, UNMET, targets

KIB, MIB = 1 << 10, 1 << 20


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table."""

    title: str
    goal: float
    floor: float
    """What must be reached at least, for the promise to be kept."""
    unit: str
    value: float | None
    """None: it was not measured."""
    low: float | None = None
    high: float | None = None
    """The smallest and the largest of the rounds."""
    higher_is_better: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """`goal`, `floor`, `missed` or `not measured`."""
        if self.value is None:
            return "not measured"
        sign = -1 if self.higher_is_better else 1
        if sign * self.value <= sign * self.goal:
            return "goal"
        return "floor" if sign * self.value <= sign * self.floor else "missed"


def figures(results: Results, many: int) -> list[Figure]:
    """Return every line, measured or not."""
    return list(_figures(results, many))


def _figures(results: Results, many: int) -> Iterator[Figure]:
    def cpu(of: Entry, to: Entry, contest: str) -> list[float]:
        return _paired(results, of, to, contest, lambda entry: entry.cpu)

    def single(of: str, to: str) -> list[float]:
        return _ratios(results.singles.get(of, ()), results.singles.get(to, ()))

    replay, passthrough, record = "Replay", "Passthrough", "Record"
    seven = Entry(known.REPLAY)
    forwarded, recorded = Entry(known.PASSTHROUGH), Entry(known.RECORD)
    large = Entry(known.replaying(many), targets(many))
    yield _figure("replay, 7, against bare aiohttp", 0.6, 0.85, cpu(seven, Entry(known.BARE), replay))
    yield _figure(f"replay, {many:,} different recorded targets, against the 7", 1.1, 1.4, cpu(large, seven, replay))
    for system, caches in ((known.REPLAY, "caches as shipped"), (known.REPLAY_SMALL, "caches for forty devices")):
        found = cpu(Entry(system, THOUSAND_DEVICES), seven, replay)
        yield _figure("replay, 1,000 devices, against the 7", 1.5, 2.5, found, note=caches)
    yield _figure(
        "replay, each of 1,000 targets asked once by a new device with a new token, against warm",
        *(4, 6, single("cold", "warm")),
    )
    yield _figure("passthrough against nginx `proxy_pass`", 2.5, 3.3, cpu(forwarded, Entry(known.PROXY), passthrough))
    yield _figure("passthrough against Go's ReverseProxy", 0.65, 0.9, cpu(forwarded, Entry(known.GO), passthrough))
    alone = (Entry(known.PASSTHROUGH, SEVEN, 1), Entry(known.PROXY, SEVEN, 1))
    above = _paired(results, *alone, passthrough, lambda entry: entry.p50 * 1e6, lambda of, to: of - to)
    yield _figure("passthrough, p50 at one connection above nginx's", 150, 250, above, unit="µs")
    beside = Entry(known.BESIDE)
    yield _figure("record against own passthrough, same calls", 1.33, 1.7, cpu(recorded, beside, record))
    others = Entry(known.RECORD, UNMET), Entry(known.TALKBACK_RECORD, UNMET)
    yield _figure("record against talkback, different targets", 1 / 6, 1 / 3, cpu(*others, record))
    late = _paired(results, recorded, beside, record, lambda entry: entry.p99)
    yield _figure("record, p99, against own passthrough's, same calls", 2, 2, late)
    three = [ratio / 3 for ratio in cpu(Entry(known.REWRITING, DELETES), seven, replay)]
    yield _figure("v1 → v2 rule, three legs from a cassette, against three replays", 1.5, 2.5, three)
    yield _figure(
        f"{many:,} interactions ready, against CSafeLoader alone",
        *(0.1, 0.15, single(f"ready {many}", f"CSafeLoader {many}")),
    )
    memory = [value / MIB for value in results.singles.get(f"ready {many} memory", ())]
    yield _figure(f"{many:,} interactions ready, memory above the empty process", 40, 70, memory, unit="MB")
    yield _figure(
        f"{10 * many:,} interactions ready, against {many:,}", 10.5, 12, single(f"ready {10 * many}", f"ready {many}")
    )
    yield _figure(
        '`gateway run` to its first answer, against `python -c "import aiohttp"`',
        *(2, 3, single("gateway run", "import aiohttp")),
    )
    yield _figure(
        '`gateway --help`, against `python -c "import aiohttp"`', 1, 1.3, single("gateway --help", "import aiohttp")
    )
    yield _figure("a suite of 300 tests against vcrpy's", 1, 1.1, single("suite, plugin", "suite, vcrpy"))
    for way in ("down", "up"):
        throughput = single(f"large {way} gateway", f"large {way} nginx")
        yield _figure(f"large bodies {way}, throughput against nginx's", 0.7, 0.5, throughput, higher=True)
    above = [value / MIB for value in results.singles.get("large memory gateway", ())]
    yield _figure("large bodies, memory above idle", 30, 50, above, unit="MB")
    idle = [value / KIB for value in results.singles.get("idle connection", ())]
    yield _figure("memory of an idle keep-alive connection", 10, 25, idle, unit="KiB")
    yield _figure(
        "memory after mixed traffic, against when all devices had been met", 1.05, 1.1, single("soak, end", "soak, met")
    )


def _paired(
    results: Results,
    of: Entry,
    to: Entry,
    contest: str,
    value: Callable[[Round], float],
    compared: Callable[[float, float], float] = lambda of, to: of / to,
) -> list[float]:
    """Compare two entries round by round: what ran in the same minute."""
    both = zip(results.rounds(of, contest), results.rounds(to, contest), strict=False)
    return [compared(value(one), value(other)) for one, other in both if value(other)]


def _ratios(of: Sequence[float], to: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(of, to, strict=False) if other]


def _figure(
    title: str,
    goal: float,
    floor: float,
    values: Sequence[float],
    unit: str = "×",
    *,
    higher: bool = False,
    note: str = "",
) -> Figure:
    if not values:
        return Figure(title, goal, floor, unit, None, higher_is_better=higher, note=note)
    return Figure(
        title, goal, floor, unit, median(values), min(values), max(values), higher_is_better=higher, note=note
    )
