"""The command that checks whether the lab works for the machine on which it runs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from gateway.commands.shared import FOUND, ConfigOption, fail, load_config, one_of
from gateway.core.hostport import read_host, read_host_port
from gateway.core.text import printable

if TYPE_CHECKING:
    from gateway.lab.device_side import LookUp
    from gateway.lab.self_check import CheckRow

FORMATS = {"table": None, "json": None}


def check(
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Address of the lab's pages, such as http://192.168.0.2. Default: lab.pages of the configuration.",
        ),
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            help="Host that apps use. May be given several times. Default: the hosts that the gateway names.",
        ),
    ] = None,
    resolver: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS[:PORT]", help="Resolver to ask about the host. Default: this machine's resolver."
        ),
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option(
            "--ca",
            metavar="FILE",
            help="The lab's root as PEM. The check trusts it, and the machine's own authorities.",
        ),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="Format: {checked}.")] = "table",
    config: ConfigOption = None,
) -> None:
    """Check whether the lab works for this machine: it reaches the gateway, names lead to the gateway, the certificate is trusted, the clocks agree, and Adobe is reachable. The exit status is 1 if a check fails."""
    one_of("--format", form, FORMATS)
    base = _base(url, config)
    look_up = _look_up(resolver)
    hosts = tuple(read_host(one) or fail(f"--host: expected a host name, found {one!r}") for one in host or ())
    if ca_file is not None and not ca_file.is_file():
        fail(f"--ca: expected a file, found none at {str(ca_file)!r}")
    from msgspec.structs import replace

    from gateway.lab import device_side
    from gateway.lab.self_check import CheckRow, rows_of

    rows: Sequence[CheckRow]
    try:
        asked = device_side.ask(base)
    except device_side.NotReachedError as error:
        hint = "Is lab.pages configured, and does the gateway run? This machine must be in the lab's network."
        rows = (CheckRow("reached", "Gateway reached", "no", f"{base}: {error}", hint),)
    else:
        if hosts:
            asked = replace(asked, check=replace(asked.check, hosts=hosts))
        try:
            told = device_side.rows_of_device(
                asked, look_up or device_side.by_system, str(ca_file) if ca_file else None, f"{base}/"
            )
        except OSError:  # also an SSLError
            fail(f"--ca: expected certificates in PEM form, found something else in {str(ca_file)!r}")
        rows = [
            replace(row, found=base) if row.id == "reached" else row for row in rows_of(asked.check, f"{base}/", told)
        ]
    typer.echo(_json(rows) if form == "json" else _table(rows))
    if any(row.verdict == "no" for row in rows):
        raise SystemExit(FOUND)


def _base(url: str | None, config: Path | None) -> str:
    """Return the address of the pages, without a slash at its end. End the command with a message if it is invalid, or not configured."""
    if url is None:
        from gateway.wiring.lab_pages import base_of

        base = base_of(load_config(config))
        if not base:
            fail(
                "--url: expected the address of the lab's pages, found none, and no lab.pages in the configuration (give --url http://ADDRESS)"
            )
        return base
    written = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(written)
        is_one = (
            parts.scheme == "http"
            and read_host(parts.hostname if ":" not in (parts.hostname or "") else f"[{parts.hostname}]") is not None
            and parts.port != 0
            and parts.path in {"", "/"}
            and not parts.query
        )
    except ValueError:
        is_one = False
    if not is_one:
        fail(f"--url: expected the address of the lab's pages such as http://192.168.0.2, found {url!r}")
    return written.rstrip("/")


def _look_up(resolver: str | None) -> LookUp | None:
    """Return the function that asks this resolver. None for this machine's own resolver."""
    if resolver is None:
        return None
    import ipaddress

    from gateway.lab.device_side import by_resolver

    read = read_host_port(resolver)
    try:
        address = str(ipaddress.ip_address(read[0] if read is not None else ""))
    except ValueError:
        fail(f"--resolver: expected an address such as 192.168.0.2, or 192.168.0.2:5353, found {resolver!r}")
    if find_spec("dns") is None:
        fail("--resolver: expected the extra for it (pip install '.[lab]'), found it missing")
    return by_resolver(address, (read[1] if read is not None else None) or 53)


def _table(rows: Sequence[CheckRow]) -> str:
    """Return a line for each row. The hint, if any, is on the next line."""
    from gateway.lab.self_check import WORDS

    wide = max(len(row.title) for row in rows)
    lines = []
    for row in rows:
        lines.append(f"{WORDS[row.verdict]:<4} {row.title:<{wide}}  {printable(row.found)}")
        if row.hint and row.verdict != "yes":
            lines.append(f"{'':<4} {'':<{wide}}  {printable(row.hint)}")
    return "\n".join(lines)


def _json(rows: Sequence[CheckRow]) -> str:
    import json

    shown = [
        {"id": row.id, "title": row.title, "verdict": row.verdict, "found": row.found, "hint": row.hint} for row in rows
    ]
    return json.dumps({"ok": all(row.verdict != "no" for row in rows), "rows": shown}, indent=2)
