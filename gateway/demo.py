"""The demonstration: eight documented logouts go through the gateway, are recorded, and are replayed with the upstream gone."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table
from yarl import URL

from gateway import assembly
from gateway.config import load
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.emulator import Emulator
from gateway.emulator.app import serve
from gateway.samples import Sample, samples

ON_A_LINE = {"connection", "date", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}
"""What belongs to a transmission and not to the answer: cassette-format's meaning of equal, in lower case."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one request."""

    sample: Sample
    live: Response
    replayed: Response
    recorded: bool
    redaction: Redaction

    @property
    def replaced(self) -> list[str]:
        """Where redaction put something else."""
        return differences(self.live, self.replayed)

    @property
    def equal(self) -> bool:
        """Whether the replay is the live answer, but for what redaction replaced."""
        return not differences(self.redaction.redacted(self.sample.request, self.live)[1], self.replayed)


async def demonstrate() -> int:
    """Run the demonstration, print its table, and return the exit status: 0 only if every replay equals its live answer."""
    folder = Path(tempfile.mkdtemp(prefix="pass-gateway-demo-"))
    cassette = folder / "logout.yaml"
    upstream = await serve(Emulator())
    try:
        recording = await _gateway("record", cassette, upstream.port)
        live = [await send(recording.url, sample.request) for sample in samples()]
        await recording.stop()
    finally:
        await upstream.close()
    replaying = await _gateway("replay", cassette, upstream.port)
    replayed = [await send(replaying.url, sample.request) for sample in samples()]
    await replaying.stop()
    rows = [
        Row(sample, answer, again, recorded=number < recording.counts.recorded, redaction=recording.redaction)
        for number, (sample, answer, again) in enumerate(zip(samples(), live, replayed, strict=True))
    ]
    _print(rows, cassette)
    return 0 if all(row.equal and row.recorded for row in rows) else 1


async def _gateway(mode: str, cassette: Path, port: int) -> assembly.Gateway:
    overrides = {
        "mode": mode,
        "listen.port": 0,
        "cassettes.name": str(cassette),
        "redaction.key_file": str(cassette.with_name(".gateway-key")),
        "upstreams.emulator.origin": f"emulator://127.0.0.1:{port}",
    }
    return await assembly.start(load(None, {}, overrides), {}, io.StringIO())


async def send(url: str, request: Request) -> Response:
    """Send a documented request as it is printed, over a socket of its own."""
    async with (
        aiohttp.ClientSession(
            auto_decompress=False, skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent")
        ) as session,
        session.request(
            request.method, URL(url + request.target, encoded=True), headers=list(request.headers.items())
        ) as answer,
    ):
        return Response(answer.status, answer.reason or "", Headers(answer.raw_headers), await answer.read())


def differences(left: Response, right: Response) -> list[str]:
    """Return where two answers differ: status, reason, end-to-end fields, and the body by its JSON paths."""
    found = []
    if (left.status, left.reason) != (right.status, right.reason):
        found.append("status")
    names = dict.fromkeys(name.lower() for side in (left, right) for name in side.headers)
    found += [
        name for name in names if name not in ON_A_LINE and left.headers.getall(name) != right.headers.getall(name)
    ]
    if left.body != right.body:
        found += _body_differences(left.body, right.body)
    return found


def _body_differences(left: object, right: object) -> list[str]:
    try:
        pair = json.loads(str(left, "utf-8")), json.loads(str(right, "utf-8"))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return ["body"]
    return _json_differences(*pair) or ["body"]


def _json_differences(left: object, right: object, path: str = "$") -> list[str]:
    if isinstance(left, dict) and isinstance(right, dict):
        keys = dict.fromkeys([*left, *right])
        return [found for key in keys for found in _json_differences(left.get(key), right.get(key), f"{path}.{key}")]
    return [] if left == right else [path]


def _print(rows: list[Row], cassette: Path) -> None:
    table = Table(title="Logouts through the gateway", title_justify="left")
    for column in ("request", "action", "status", "recorded", "replayed", "equal"):
        table.add_column(column, overflow="fold")
    for row in rows:
        request = row.sample.request
        but = f", but for {', '.join(row.replaced)} (redacted)" if row.equal and row.replaced else ""
        table.add_row(
            f"{request.method} {request.path}",
            _action(row.live),
            str(row.live.status),
            "yes" if row.recorded else "no",
            str(row.replayed.status),
            f"yes{but}" if row.equal else f"no: {', '.join(row.replaced)}",
        )
    console = Console()
    console.width = max(console.width, 120)  # a narrow or absent terminal would fold each path
    console.print(table)
    console.print(f"The cassette is [bold]{cassette}[/bold]. Replay it with no network:", soft_wrap=True)
    console.print(f"  gateway run --mode replay --cassette {cassette}", soft_wrap=True, highlight=False)


def _action(response: Response) -> str:
    body = response.body
    if not isinstance(body, bytes) or not body:
        return "-"
    logouts = json.loads(body).get("logouts", {})
    return ", ".join(entry["actionName"] for entry in logouts.values())
