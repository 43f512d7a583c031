"""Exchanges are kept redacted, in batches, and whatever becomes of the file, no exchange pays for it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.history import keeping
from gateway.history.reading import History, HistoryQuery
from tests.harness.for_each import for_each
from tests.harness.lab import Lab, Running
from tests.harness.sockets import OK
from tests.legs import DISH, device_header

SECRET = "q8Zt4LmW7xKc2VbN9pRs3YdF6hJ1aG5u"
FILE = Path("history.sqlite")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keeping, "GATHERING", 0.01)


def asked(target: str = DISH, more: str = "", body: str = "", method: str = "GET") -> bytes:
    fields = f"AP-Device-Identifier: {device_header('roku')}\r\nAuthorization: Bearer {SECRET}\r\n{more}"
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nHost: gateway\r\n{fields}{length}\r\n{body}".encode()


def answered(body: str, kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def entries(running: Running, query: HistoryQuery | None = None) -> list[dict[str, object]]:
    await running.stop()
    with History(FILE) as history:
        return [kept.entry for kept in history.page(query or HistoryQuery()).kept]


@for_each("mode", ["passthrough", "record", "auto", "replay", "passthrough", "record"])
async def test_each_mode_keeps_what_it_answered_without_its_secrets(lab: Lab, mode: str) -> None:
    FILE.unlink(missing_ok=True)
    if mode == "replay" and not Path("cassettes/logout.yaml").exists():
        pytest.fail("the row before records")
    origin = await lab.origin(answered(json.dumps({"url": "https://example.com/x", "token": SECRET})))
    running = await lab.run(mode, origin, history={"file": str(FILE)})
    assert (await running.ask(asked())).status == 200
    (entry,) = await entries(running)
    said = FILE.read_bytes() + b"".join(path.read_bytes() for path in Path().glob("history.sqlite-*"))
    assert SECRET.encode() not in said
    assert device_header("roku").encode() not in said
    assert entry["device"] == running.events("exchange")[0]["device"]
    assert (entry["status"], entry["source"]) == (200, "cassette" if mode in {"replay", "auto"} else "upstream")
    assert "response_body" not in entry
    assert [finding["id"] for finding in entry["findings"]] == [one["id"] for one in running.findings()]  # type: ignore[attr-defined]
    assert ["Content-Type", "application/json"] in entry["response_headers"]  # type: ignore[operator]


@for_each(
    ("target", "method", "body", "kept", "answer"),
    [
        (DISH, "GET", "", False, answered('{"a": 1}')),
        ("/api/v2/REF30/sessions", "POST", "mvpd=Dish", True, answered('{"a": 1}')),
        ("/o/client/token", "POST", "client_id=abcdefghijkl", False, answered('{"access_token": "abcdefghijkl"}')),
        ("/api/v2/REF30/sessions", "POST", f"password={SECRET}x", True, answered("ok", "text/plain")),
        ("/api/v2/REF30/sessions", "POST", "mvpd=Dish", True, answered("x" * 70_000, "text/plain")),
        ("/api/v2/REF30/sessions", "POST", "mvpd=Dish", True, OK.replace(b"OK\r\n", b"OK\r\nContent-Encoding: gzip\r\n")),
    ],
)  # fmt: skip
async def test_bodies_are_kept_where_that_is_asked_for_but_never_those_of_clients(
    lab: Lab, target: str, method: str, body: str, kept: bool, answer: bytes
) -> None:
    FILE.unlink(missing_ok=True)
    running = await lab.run("passthrough", await lab.origin(answer), history={"file": str(FILE), "bodies": True})
    await running.ask(
        asked(target, "Content-Type: application/x-www-form-urlencoded\r\n" if body else "", body, method)
    )
    (entry,) = await entries(running)
    assert SECRET not in json.dumps(entry)
    assert running.serving.gateway.counts.history_lost == 0
    if "/o/client/" in target:
        assert not {"body", "response_body"} & entry.keys()
    elif b"x" * 70_000 in answer:
        assert entry["left_out"] == {"response_body": 70_000}
    elif b"gzip" not in answer:
        assert bool(entry.get("body")) == kept
        assert entry["response_body"]


async def test_a_rewritten_call_says_what_was_sent_for_it(lab: Lab) -> None:
    rules = [{"set_header": {"name": "X-Lab", "value": "1", "scope": "request"}}, {"v1_logout": {"redirect_url": "https://example.com/bye"}}]  # fmt: skip
    running = await lab.run("passthrough", history={"file": str(FILE)}, rules=rules)
    await running.ask(asked("/api/v1/logout?requestor=REF30&deviceId=abcdefghijkl", method="DELETE"))
    (entry,) = await entries(running)
    legs = entry.get("legs", [])
    assert legs == running.events("exchange")[0].get("legs", [])
    assert legs


def broken() -> None:
    FILE.write_bytes(b"nothing that SQLite reads")


def folder_is_gone() -> None:
    for path in Path().glob("history.sqlite*"):
        path.unlink()
    FILE.mkdir()


def disk_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*_: object) -> None:
        message = "database or disk is full"
        raise sqlite3.OperationalError(message)

    monkeypatch.setattr("gateway.history.database.Database.write", write)


@pytest.mark.parametrize("spoil", [broken, folder_is_gone, None], ids=["broken", "no file", "full disk"])
async def test_a_broken_file_or_a_full_disk_costs_no_exchange_and_is_counted(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[], None] | None
) -> None:
    running = await lab.run("passthrough", await lab.origin(OK), history={"file": str(FILE)})
    if spoil is None:
        disk_is_full(monkeypatch)
    else:
        spoil()
    for _ in range(5):
        assert (await running.ask(asked())).status == 200
        await asyncio.sleep(0.02)
    await running.stop()
    assert running.serving.gateway.counts.history_lost == 5
    assert running.serving.health.complaints == ["history: 5 exchanges lost"]
    said = running.events("history not written")
    lost = [event["lost"] for event in said]  # how many come together depends on the machine
    assert lost == sorted(set(lost))
    assert 0 < len(lost) <= 3
    assert all(event["why"] for event in said)


async def test_more_than_may_wait_is_lost_and_said(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "WAITING", 3)
    monkeypatch.setattr(keeping, "GATHERING", 30)
    running = await lab.run("passthrough", await lab.origin(OK), history={"file": str(FILE)})
    for _ in range(5):
        await running.ask(asked())
    assert len(await entries(running)) == 3  # and the end does not wait until more have gathered
    assert running.serving.gateway.counts.history_lost == 2
    assert running.events("history not written")[0]["why"] == "too many wait to be written"


async def test_without_a_lasting_key_nothing_is_kept(lab: Lab) -> None:
    running = await lab.run(
        "passthrough", await lab.origin(OK), history={"file": str(FILE)}, redaction__key_file="none/key"
    )
    assert (await running.ask(asked())).status == 200
    await running.stop()
    assert "expected to make a key there" in running.events("history not written")[0]["why"]
    assert not FILE.exists()


async def test_the_audit_answers_about_yesterday(lab: Lab) -> None:
    running = await lab.run("passthrough", await lab.origin(OK), history={"file": str(FILE)})
    await running.ask(asked())
    (entry,) = await entries(running)

    def audited(*options: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["audit", "--history", str(FILE), *options])
        return done.exit_code, done.output

    status, said = audited("--since", "2d", "--device", str(entry["device"]), "--format", "json")
    assert status == 0  # nothing that is an error
    report = json.loads(said)
    assert (report["summary"]["calls"], report["summary"]["devices"]) == (1, 1)
    assert SECRET not in said
    assert audited("--since", "2100-01-01T00:00:00Z")[1] == "No calls.\n"
    for options, problem in (
        (("--device", "roku-1"), f"expected one of the history's devices ({entry['device']}), found 'roku-1'"),
        (("--since", "soon"), '--since: expected a time such as 2026-11-21T22:17:05Z, or an age such as 2d or 12h, found "soon"'),
        (("logout",), "--history: expected no cassettes beside it, found some"),
        (("--now", "2026-11-21T22:17:05Z"), "--history: expected no --now beside it"),
    ):  # fmt: skip
        assert audited(*options)[0] == 2
        assert problem in audited(*options)[1]
    for words in (["audit"], ["audit", "x", "--since", "2d"]):
        assert CliRunner().invoke(app, words).exit_code == 2
