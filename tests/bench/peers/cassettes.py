"""The cassettes of the benchmarks: what the recorder writes, and fast to make, whatever their size."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from gateway.core.model import Headers, Request, Response
from tests.bench import traffic
from tests.bench.peers import workloads

BEGAN = datetime(2026, 11, 21, tzinfo=UTC)
MVPDS = ("Cablevision", "Dish")
"""The profiles of the device that logs out by the rule."""


def write(path: Path, count: int) -> None:
    """Write `count` interactions, each of another target, of twenty devices in turn.

    The recorder makes the first forty; a further one is the one of its device with another number in target, id and time.
    """
    many = traffic.DEVICES
    made = [dump(entry).decode() for entry in traffic.interactions(min(count, 2 * many))]
    for number in range(2 * many, count):
        model = many + number % many
        block = made[model].replace(f"Mvpd{model:05}", f"Mvpd{number:05}")
        block = block.replace(f"5f1c9a2b-{model}'", f"5f1c9a2b-{number}'")
        made.append(block.replace(_when(model), _when(number)))
    with Writer(path) as writer:
        for at in range(0, count, 1_000):
            writer.append([block.encode() for block in made[at : at + 1_000]])


def _when(number: int) -> str:
    return (BEGAN + timedelta(milliseconds=number)).isoformat(timespec="milliseconds").removesuffix("+00:00")


def of_deletes(path: Path) -> None:
    """Write the v1 logouts of the workload."""
    _legs(path, [(asked, traffic.response()) for asked in workloads.deletes()])


def of_the_rule(path: Path) -> None:
    """Write what the rule `v1_logout` asks for one v1 logout: the profiles, and a logout of each of two."""
    about = {"notBefore": 1700000000000, "notAfter": 4000000000000, "issuer": "Adobe", "type": "regular"}
    profiles = json.dumps({"profiles": dict.fromkeys(MVPDS, about)}).encode()
    headers = Headers.of({"Content-Type": "application/json;charset=UTF-8", "Content-Length": str(len(profiles))})
    asked = workloads.seven()[0]
    legs = [(_to(asked, "/api/v2/REF30/profiles"), replace(traffic.response(), headers=headers, body=profiles))]
    for name in MVPDS:
        target = f"/api/v2/REF30/logout/{name}?redirectUrl=https%3A%2F%2Fexample.com%2Fsigned-out"
        legs.append((_to(asked, target), traffic.response()))
    _legs(path, legs)


def _to(asked: Request, target: str) -> Request:
    return replace(asked, target=target)


def _legs(path: Path, legs: Sequence[tuple[Request, Response]]) -> None:
    redaction = traffic.redaction()
    at = "2026-11-21T22:17:05.120Z"
    with Writer(path) as writer:
        for number, (asked, answer) in enumerate(legs):
            about: dict[str, object] = {"id": f"5f1c9a2b-{number}", "source": "upstream"}
            writer.append(
                [dump(redaction.interaction(asked, answer, origin=traffic.ORIGIN, recorded_at=at, about=about))]
            )
