"""vcrpy with four clients, and pytest-recording: they replay our cassettes, and we replay theirs."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from gateway.cassettes.format import dump
from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.core.model import Headers, Interaction, Request, Response
from tests.interop.conftest import BODIES, GATEWAY, SCRIPTS, expect_bodies, replaying, run

CLIENTS = ("requests", "httpx", "aiohttp", "urllib")
UPSTREAM = "https://api.auth.adobe.com"


def ours(path: Path, origin: str = UPSTREAM) -> Path:
    """Write a cassette of our form with every kind of body."""
    with Writer(path) as writer:
        for target, body in BODIES.items():
            headers = Headers.of([("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            answer = Response(200, "OK", headers, body, "cassette")
            recorded = Interaction(origin, Request("GET", target), answer, "2026-11-21T22:17:05.120Z", {"id": target})
            writer.append([dump(recorded)])
    return path


def through(clients: Path, client: str, mode: str, cassette: Path, base: str) -> list[tuple[int, bytes]]:
    """Ask for everything through vcrpy; return what the client got."""
    said = run(clients, SCRIPTS / "through_vcrpy.py", client, mode, cassette, base, *BODIES)
    got = [(status, bytes.fromhex(body)) for status, body in json.loads(said.splitlines()[-1])]
    # urllib hands on what it gets, compressed too
    return [(status, gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body) for status, body in got]


@pytest.mark.parametrize("client", CLIENTS)
def test_vcrpy_replays_our_cassette(client: str, clients: Path, tmp_path: Path) -> None:
    cassette = ours(tmp_path / "ours.yaml")
    assert through(clients, client, "none", cassette, UPSTREAM) == [(200, body) for body in BODIES.values()]


@pytest.mark.parametrize("client", CLIENTS)
def test_the_gateway_replays_what_vcrpy_recorded(client: str, clients: Path, origin: str, tmp_path: Path) -> None:
    """Stale Content-Encoding, compressed bodies and wrong lengths are put right on the way."""
    cassette = tmp_path / "theirs.yaml"
    assert through(clients, client, "once", cassette, origin) == [(200, body) for body in BODIES.values()]
    with replaying(cassette) as url:
        expect_bodies(url)


@pytest.mark.parametrize("client", CLIENTS)
def test_what_vcrpy_recorded_is_imported_and_replayed(client: str, clients: Path, origin: str, tmp_path: Path) -> None:
    """Imported, it is of our form, is appended to, is replayed by us, and still by vcrpy."""
    cassette = tmp_path / "theirs.yaml"
    through(clients, client, "once", cassette, origin)
    said = run(GATEWAY, "cassette", "import", cassette, folder=tmp_path)
    assert "4 interactions, read as vcr" in said
    assert "theirs.yaml.imported" in said
    assert load(cassette).appendable
    with replaying(cassette) as url:
        expect_bodies(url)
    assert through(clients, client, "none", cassette, origin) == [(200, body) for body in BODIES.values()]


def test_a_rewrite_by_vcrpy_still_replays_and_an_append_is_refused_with_the_way_out(
    clients: Path, tmp_path: Path
) -> None:
    cassette = ours(tmp_path / "ours.yaml")
    through(clients, "requests", "new_episodes", cassette, UPSTREAM)
    assert not load(cassette).appendable
    with replaying(cassette) as url:
        expect_bodies(url)
    command = [GATEWAY, "run", "--mode", "record", "--upstream", "emulator", "--cassette", cassette, "--port", "0"]
    assert f"`gateway cassette import {cassette}`" in run(*command, folder=tmp_path, status=2)
    run(GATEWAY, "cassette", "import", cassette, folder=tmp_path)
    with Writer(cassette) as writer:
        writer.append([dump(load(cassette).interactions[0])])
    assert [recorded.about["id"] for recorded in load(cassette).interactions] == [*BODIES, next(iter(BODIES))]


def test_what_we_export_for_vcrpy_is_replayed(clients: Path, tmp_path: Path) -> None:
    cassette, exported = ours(tmp_path / "ours.yaml"), tmp_path / "exported.yaml"
    run(GATEWAY, "cassette", "export", cassette, "--format", "vcr", "--output", exported, folder=tmp_path)
    assert through(clients, "httpx", "none", exported, UPSTREAM) == [(200, body) for body in BODIES.values()]


def test_pytest_recording_runs_over_our_files(clients: Path, tmp_path: Path) -> None:
    """Its default place, its marker, the network blocked."""
    folder = tmp_path / "cassettes" / "test_sign_out"
    folder.mkdir(parents=True)
    ours(folder / "test_complete.yaml")
    (tmp_path / "test_sign_out.py").write_text(
        "import pytest, requests\n"
        "@pytest.mark.vcr\n"
        "def test_complete():\n"
        f"    answer = requests.get('{UPSTREAM}/json?n=1', timeout=5)\n"
        "    assert answer.json()['logouts']['Dish']['actionName'] == 'complete'\n"
    )
    said = run(clients, "-m", "pytest", "-q", "--record-mode=none", "--block-network", folder=tmp_path)
    assert "1 passed" in said
