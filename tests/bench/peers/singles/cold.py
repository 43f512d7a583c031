"""Each recorded target asked once, by a device and with a token that come once, in a gateway that has just started; then the same again, warm."""

from __future__ import annotations

from tests.bench.peers import workloads
from tests.bench.peers.contests import replaying
from tests.bench.peers.load import load
from tests.bench.peers.measuring import Results, progress
from tests.bench.peers.systems import Ground

WARM_PASSES = 2


def measure(ground: Ground, results: Results, *, many: int, rounds: int) -> None:
    """Put seconds of processor time a request into `results.singles`: `cold` and `warm`, a value a round."""
    system = replaying(many)
    file = ground.folder / "newcomers.requests"
    for turn in range(rounds):
        progress(f"cold: {many:,} targets once, round {turn + 1} of {rounds}")
        file.write_text(workloads.on_the_wire(workloads.newcomers(many, turn)), "latin-1", newline="")
        with system.started(ground, ground.cores.tested) as process:
            results.add("cold", load(ground, process, file, "once", first=0, seconds=0).cpu)
            for _ in range(WARM_PASSES):
                warm = load(ground, process, file, "once", first=0, seconds=0).cpu
            results.add("warm", warm)
