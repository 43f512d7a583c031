"""A day of exchanges in a history: generated, and as uneven as a lab's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from gateway.core.times import stamp
from gateway.history.database import Database, HistoryRow

DAY = 86_400
BEGAN = 1_794_000_000.0
ROUTES = (
    ("GET", "/api/v2/{sp}/profiles", 60),
    ("GET", "/api/v2/{sp}/configuration", 25),
    ("GET", "/api/v2/{sp}/logout/{mvpd}", 10),
    ("POST", "/api/v2/{sp}/sessions", 5),
    ("DELETE", "/api/v1/logout{.json,.xml,}", 1),
    ("GET", "other", 1),
)
CHECKS = (("AUTH001", 0, 0.02), ("DEV003", 0, 0.3), ("HDR004", 1, 0.6), ("XFF002", 1, 0.001), ("THR004", 2, 0.1))
DEVICES = [f"{kind}-{number:06x}" for number, kind in enumerate(["roku", "apple-tv", "fire-tv", "tizen", "web"] * 40)]


def rows(count: int, seed: int = 1) -> Iterator[HistoryRow]:
    random = Random(seed)  # noqa: S311  # no secret
    weights = [weight for *_, weight in ROUTES]
    shares = [1 / (place + 1) for place in range(len(DEVICES))]
    for number in range(count):
        (method, template, _), (device,) = random.choices(ROUTES, weights)[0], random.choices(DEVICES, shares)
        found = [(check, severity) for check, severity, share in CHECKS if random.random() < share]
        target = template.replace("{sp}", f"REF{random.randrange(30)}").replace(
            "{mvpd}", random.choice(["Dish", "Cox"])
        )
        at = BEGAN + number * DAY / count
        status = random.choices((200, 401, 404, 429, 502), (900, 60, 30, 9, 1))[0]
        headers = [
            ["AP-Device-Identifier", "fingerprint " + "x" * 60],
            ["Accept", "application/json"],
            ["User-Agent", "y" * 80],
        ]
        entry = {
            "at": stamp(at), "device": device, "method": method, "origin": "https://api.auth.adobe.com", "target": target, "headers": headers, "status": status,
            "response_headers": [["Content-Type", "application/json"], ["Date", "z" * 30]],
            "findings": [{"id": check, "severity": ("error", "warning", "info")[rank], "where": "header Accept", "found": "no such header", "expected": "application/json", "source": "page"} for check, rank in found],
        }  # fmt: skip
        worst = min((rank for _, rank in found), default=3)
        names = tuple(check for check, _ in found)
        source = random.choices(("upstream", "cassette", "gateway"), (80, 19, 1))[0]
        yield HistoryRow(at, device, method, target, template, status, source, worst, names, json.dumps(entry).encode())


def generate(file: Path, count: int) -> None:
    """Write as a gateway would, in larger batches."""
    database = Database(file, max_age=7 * DAY, max_size=1 << 40)
    every = rows(count)
    while batch := list(islice(every, 5000)):
        database.write(batch, BEGAN + DAY)
    database.close()
