"""What `gateway lab check` prints, and how it ends."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.lab.authority import make
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.ports import free_port
from tests.wiring.test_lab_pages import pages_at


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def check(*options: str) -> tuple[int, str, str]:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["lab", "check", *options])
    return done.exit_code, done.stdout, done.stderr


async def test_all_is_right_where_the_machine_trusts_the_lab_and_asks_its_resolver(lab: Lab) -> None:
    """The configuration says where the pages are; on another machine `--url` does."""
    make(Path("lab"), ["auth.adobe.com", "auth-staging.adobe.com", "gateway.lab"], "ec", datetime.now(UTC))
    port, dns = free_port(), free_port()
    pages = pages_at(port, dns={"listen": f"127.0.0.1:{dns}", "forward_to": "192.0.2.1"})
    Path("config.yaml").write_text(json.dumps({"lab": pages}))
    await lab.run("passthrough", lab=pages, listen__tls="lab")
    resolver = ("--resolver", f"127.0.0.1:{dns}")
    status, table, _ = await check(*resolver, "--ca", "lab/ca.pem")
    assert (status, [line[:3] for line in table.splitlines()]) == (0, [*["yes"] * 6, "?  "])
    assert f"Gateway reached            http://127.0.0.1:{port}" in table
    status, text, _ = await check(
        *resolver, "--url", f"127.0.0.1:{port}/", "--host", "api.auth.adobe.com", "--format", "json"
    )
    said = json.loads(text)
    assert (status, said["ok"]) == (1, False)
    wrong = [row for row in said["rows"] if row["verdict"] == "no"]
    assert [(row["id"], row["found"]) for row in wrong] == [
        ("tls", "api.auth.adobe.com: unable to get local issuer certificate")
    ]
    assert wrong[0]["hint"] == f"Give the device the lab's certificate: http://127.0.0.1:{port}/"
    Path("none.pem").write_text("no certificate")
    assert (await check("--ca", "none.pem"))[::2] == (
        2,
        "--ca: expected certificates in PEM form, found something else in 'none.pem'\n",
    )


@for_each(
    ("options", "status", "said"),
    [
        ((), 2, "--url: expected the address of the lab's pages, found none, and no lab.pages in the configuration (give --url http://ADDRESS)\n"),
        (("--url", "https://x"), 2, "--url: expected the address of the lab's pages such as http://192.168.0.2, found 'https://x'\n"),
        (("--url", "http://x/y"), 2, "--url: expected the address of the lab's pages such as http://192.168.0.2, found 'http://x/y'\n"),
        (("--url", "x:port"), 2, "--url: expected the address of the lab's pages such as http://192.168.0.2, found 'x:port'\n"),
        (("--url", "http://a..b"), 2, "--url: expected the address of the lab's pages such as http://192.168.0.2, found 'http://a..b'\n"),
        (("--url", "http://[::1]:9", "--host", "a..b"), 2, "--host: expected a host name, found 'a..b'\n"),
        (("--url", "x", "--format", "xml"), 2, "--format: expected one of table, json, found 'xml'\n"),
        (("--url", "x", "--ca", "nowhere"), 2, "--ca: expected a file, found none at 'nowhere'\n"),
        (("--url", "x", "--resolver", "x"), 2, "--resolver: expected an address such as 192.168.0.2, or 192.168.0.2:5353, found 'x'\n"),
        (("--url", "x", "--resolver", "10.0.0.1:0"), 2, "--resolver: expected an address such as 192.168.0.2, or 192.168.0.2:5353, found '10.0.0.1:0'\n"),
        (("--url", "gateway.invalid"), 1, ""),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_call_is_said(options: tuple[str, ...], status: int, said: str) -> None:
    assert (await check(*options))[::2] == (status, said)
