"""The demonstration: eight documented logouts are recorded, and replayed without the upstream; then the same with a whole app."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from itertools import compress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from gateway import config
from gateway.auditing.recorded import write_report
from gateway.cassettes.reader import load
from gateway.commands.demo_app import show_journey
from gateway.commands.shared import console_for
from gateway.core.json_diff import differs, places, written
from gateway.core.model import Interaction, Request, Response
from gateway.core.redaction import Redaction
from gateway.emulator import Emulator
from gateway.emulator.app import serve
from gateway.samples import Sample, samples
from gateway.transports.bodies import gather
from gateway.transports.upstream import Destination, Upstream
from gateway.wiring import serving

V1_LOGOUT = {"v1_logout": {"redirect_url": "https://example.com/signed-out"}}
LONGEST_ANSWER = 1 << 20
NO_FILE = Path(os.devnull)
"""An empty configuration, so that the demonstration is the same in every folder."""
WIDE = 140
"""Characters in a line that has space for all columns of the table, and for whole paths."""
OF_EQUAL = {"recorded", "replayed"}
"""Columns that a narrower terminal leaves out: an answer that equals the live answer was recorded and replayed."""
ON_A_LINE = {"connection", "date", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}
"""Header fields about the transmission, in lower case. They are not compared."""


class Row(Struct, frozen=True):
    """The result of one request."""

    sample: Sample
    live: Response
    replayed: Response
    findings: tuple[str, ...] | None
    """The ids of the findings in the recording. None if the request was not recorded."""
    redaction: Redaction

    @property
    def recorded(self) -> bool:
        """Whether the request was recorded."""
        return self.findings is not None

    @property
    def replaced(self) -> list[str]:
        """The places that redaction changed."""
        return differences(self.live, self.replayed)

    @property
    def equal(self) -> bool:
        """Whether the replay equals the live answer, except for redacted values."""
        return not differences(self.redaction.redacted(self.sample.request, self.live)[1], self.replayed)


async def demonstrate(speed: float = 1) -> int:
    """Run and print the demonstration. Return the exit status: 0 only if every replay equals its live answer.

    `speed`: how many times faster the app of the second part waits than a real app.
    """
    folder = Path(tempfile.mkdtemp(prefix="pass-gateway-demo-"))
    cassette, rewritten, page = folder / "logout.yaml", folder / "v1-app.yaml", folder / "audit.html"
    upstream = await serve(Emulator())
    try:
        recording = await _gateway("record", cassette, upstream.port)
        live = [await send(recording.url, sample.request) for sample in samples()]
        await recording.stop()
        old_app = another_device([sample.request for sample in samples()][-1])
        speaking = await _gateway("record", rewritten, upstream.port, rules=[V1_LOGOUT])
        reply = await send(speaking.url, old_app)
        await speaking.stop()
    finally:
        await upstream.close()
    replaying = await _gateway("replay", cassette, upstream.port)
    replayed = [await send(replaying.url, sample.request) for sample in samples()]
    await replaying.stop()
    replaying = await _gateway("replay", rewritten, upstream.port, rules=[V1_LOGOUT])
    reply_again = await send(replaying.url, old_app)
    await replaying.stop()
    audited = write_report(cassette, page, redaction=recording.gateway.redaction)
    found = dict(enumerate(tuple(reported.finding.id for reported in entry.findings) for entry in audited.interactions))
    rows = [
        Row(sample, answer, again, found.get(number), recording.gateway.redaction)
        for number, (sample, answer, again) in enumerate(zip(samples(), live, replayed, strict=True))
    ]
    console = console_for(WIDE)
    _print_rows(console, rows)
    _print_conversation(console, old_app, load(rewritten).interactions, reply)
    came_out = await show_journey(console, folder, _gateway, speed)
    _print_next(console, cassette, page)
    equal = (
        came_out
        and all(row.equal and row.recorded for row in rows)
        and (reply.status, reply_again.status) == (204, 204)
    )
    return 0 if equal and len(found) == len(rows) else 1


def another_device(request: Request) -> Request:
    """Return v1's documented logout, as a logged-in device sends it."""
    return replace(request, target=re.sub("deviceId=[^&]*", "deviceId=the-television-in-the-hall", request.target))


async def _gateway(mode: str, cassette: Path, port: int, **more: object) -> serving.Serving:
    overrides = {
        "mode": mode,
        "listen.port": 0,
        "cassettes.name": str(cassette),
        "redaction.key_file": str(cassette.with_name(".gateway-key")),
        "upstreams.emulator.origin": f"emulator://127.0.0.1:{port}",
        "clients.state_file": str(cassette.with_name("state.json")),
        **more,
    }
    return await serving.start(config.load(NO_FILE, {}, overrides), {}, io.StringIO())


async def send(url: str, request: Request) -> Response:
    """Send a documented request, byte for byte, over its own connection."""
    app = Upstream(Destination(name="gateway", origin=url))
    try:
        answer = await app.send(request)
        return replace(answer, body=await gather(answer.body, LONGEST_ANSWER))
    finally:
        await app.aclose()


def differences(left: Response, right: Response) -> list[str]:
    """Return the places where two answers differ: status, reason, end-to-end fields, and JSON paths of the body."""
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
    except (TypeError, ValueError, RecursionError):
        return ["body"]
    return [written(place.path) for place in places(*pair) if differs(place)] or ["body"]


def _print_rows(console: Console, rows: list[Row]) -> None:
    table = Table(title="Eight documented logouts, recorded, then replayed without the upstream", title_justify="left")
    columns = ("request", "action", "status", "recorded", "replayed", "equal", "findings")
    fits = [console.width >= WIDE or column not in OF_EQUAL for column in columns]
    for column in compress(columns, fits):
        table.add_column(column, overflow="fold", no_wrap=column == "request" and console.width >= WIDE)
    for row in rows:
        request = row.sample.request
        but = f", except {', '.join(row.replaced)} (redacted)" if row.equal and row.replaced else ""
        cells = (
            f"{request.method} {request.path}",
            _action(row.live),
            str(row.live.status),
            "yes" if row.recorded else "no",
            str(row.replayed.status),
            f"yes{but}" if row.equal else f"no: {', '.join(row.replaced)}",
            " ".join(dict.fromkeys(row.findings or ())),
        )
        table.add_row(*compress(cells, fits))
    console.print(table)


def _print_conversation(console: Console, request: Request, legs: Sequence[Interaction], reply: Response) -> None:
    console.print(
        f"\nThe same app with the rule [bold]v1_logout[/bold]: it sends {request.method} {request.path}, and the gateway speaks v2"
    )
    for leg in legs:
        console.print(
            f"  ▶ {leg.request.method} {leg.request.path}  ◀ {leg.response.status} {_action(leg.response)}",
            highlight=False,
        )
    console.print(
        f"  ◀ {reply.status} {reply.reason} to the app; replayed without a network: the same\n", highlight=False
    )


def _print_next(console: Console, cassette: Path, page: Path) -> None:
    say = partial(console.print, soft_wrap=True, highlight=False)
    say(f"The cassette:               [bold]{cassette}[/bold]\nThe findings of the checks: [bold]{page}[/bold]\nNext:")
    typed = sys.argv[0]  # .venv/bin/gateway, of `make demo`
    gateway = typed if Path(typed).name == "gateway" and shutil.which("gateway") is None else "gateway"
    say("  # answer your app without a network")
    say(f"  {gateway} run --mode replay --cassette {cassette}")
    say("  # the mistakes in each call, and how to correct them")
    say(f"  {gateway} audit {cassette}")


def _action(response: Response) -> str:
    body = response.body
    if not isinstance(body, bytes) or not body:
        return "-"
    answer = json.loads(body)
    return ", ".join(
        [*answer.get("profiles", {}), *(entry["actionName"] for entry in answer.get("logouts", {}).values())]
    )
