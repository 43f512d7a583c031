"""The demonstration: eight logouts are forwarded, recorded and replayed, and every replay is the live answer."""

# a test may look into a folder of its own
from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from gateway.cassettes.reader import load
from gateway.commands import demo
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.samples import Sample
from tests.harness.for_each import for_each


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working directory; what is temporary goes beside it."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    yield here
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(tmp_path)


async def test_every_replay_equals_its_live_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await demo.demonstrate(speed=100) == 0
    said = capsys.readouterr().out
    rows = [line for line in said.splitlines() if "logout" in line and "│" in line]
    assert len(rows) == 8
    assert [row.split("│")[2].strip() for row in rows] == [
        *("logout", "complete", "logout", "logout", "partner_logout", "complete", "complete", "-"),
    ]
    assert all("yes" in row.split("│")[4] and row.split("│")[6].strip().startswith("yes") for row in rows)
    assert "except $.logouts.Comcast_SSO.url (redacted)" in said
    (cassette,) = folder.parent.glob("pass-gateway-demo-*/logout.yaml")
    assert f"gateway run --mode replay --cassette {cassette}" in said
    assert len(load(cassette).interactions) == 8
    assert "the app says the same 16 lines" in said
    assert list(folder.iterdir()) == []


def test_a_narrow_terminal_gets_a_whole_table_with_fewer_columns(capsys: pytest.CaptureFixture[str]) -> None:
    sample = Sample("x", Request("GET", "/api/v2/REF30/logout/a-provider-with-a-very-long-name"))
    row = demo.Row(sample, response(), response(), ("AUTH003",), Redaction(b"k" * 32))
    for width, columns in ((80, 5), (139, 5), (140, 7)):
        demo._print_rows(Console(width=width), [row])
        table = [line for line in capsys.readouterr().out.splitlines() if "│" in line]
        assert {line.count("│") - 1 for line in table} == {columns}
        assert max(map(len, table)) <= width


def test_what_to_type_next_is_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`make demo` leaves the command in .venv/bin, which is on nobody's path."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", [".venv/bin/gateway", "demo"])
    demo._print_next(Console(), Path("logout.yaml"), Path("audit.html"))
    assert "  .venv/bin/gateway run --mode replay --cassette logout.yaml" in capsys.readouterr().out


async def test_a_replay_that_differs_is_told_and_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    send, asked = demo.send, []

    async def sometimes_wrong(url: str, request: Request) -> Response:
        asked.append(request)
        answer = await send(url, request)
        return replace(answer, status=500) if len(asked) == 10 else answer  # the first that is replayed

    monkeypatch.setattr(demo, "send", sometimes_wrong)
    assert await demo.demonstrate(speed=100) == 1
    assert "no: status" in capsys.readouterr().out
    assert list(folder.iterdir()) == []


def response(body: bytes = b"{}", status: int = 200, **fields: str) -> Response:
    return Response(status, "OK", Headers.of({name.replace("_", "-"): text for name, text in fields.items()}), body)


@for_each(
    ("left", "right", "where"),
    [
        (response(), response(), []),
        (response(status=200), response(status=204), ["status"]),
        (response(Date="1", Content_Length="2", Connection="close"), response(Date="2"), []),
        (response(X_A="1"), response(x_a="1"), []),
        (response(X_A="1"), response(), ["x-a"]),
        (response(b'{"a": {"b": 1, "c": 2}}'), response(b'{"a": {"b": 1, "c": 3}, "d": 4}'), ["$.a.c", "$.d"]),
        (response(b'{"a": 1}'), response(b'{"a":1}'), ["body"]),
        (response(b"text"), response(b"other"), ["body"]),
        (response(b"\xff"), response(b""), ["body"]),
    ],
)
def test_equal_is_what_the_cassette_format_says(left: Response, right: Response, where: list[str]) -> None:
    """Status, reason, body, and end-to-end fields but for those that describe a transmission."""
    assert demo.differences(left, right) == where


def test_what_redaction_replaced_is_equal_and_named() -> None:
    live = response(b'{"userID": "somebody-with-a-long-name", "x": 1}', Content_Type="application/json")
    redaction = Redaction(b"k" * 32)
    sample = Sample("x", Request("GET", "/"))
    replayed = redaction.redacted(sample.request, live)[1]
    row = demo.Row(sample, live, replayed, (), redaction)
    assert (row.equal, row.replaced) == (True, ["$.userID"])
    other = replace(replayed, body=b'{"userID": "another-long-name-entirely", "x": 1}')
    assert not replace(row, replayed=other).equal
