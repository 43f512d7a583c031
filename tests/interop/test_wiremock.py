"""WireMock serves our mappings with the same bytes, and we read its back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.cassettes.format import dump
from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.core.model import Headers, Interaction, Request, Response
from tests.harness.ports import free_port
from tests.interop.conftest import BODIES, GATEWAY, ask, expect_bodies, replaying, run
from tests.interop.test_mitmproxy import wait_for
from tests.interop.test_vcrpy import UPSTREAM, ours

ODD = (
    "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fadobe.com%2Fa%20b",
    "/a%2Fb/caf%C3%A9?q=a+b%20c",
    "/repeated?a=1&a=2&b",
    "/percent%25?x=%25",
)


def test_wiremock_serves_our_mappings(wiremock: Path, tmp_path: Path) -> None:
    """Text, bytes and nothing; odd targets; a sequence whose last answer stays; repeated fields apart."""
    cassette = ours(tmp_path / "ours.yaml")
    with Writer(cassette) as writer:
        for target in ODD:
            writer.append([dump(answered(target, target.encode()))])
        for body in (b"first", b"second"):
            writer.append([dump(answered("/sequence", body))])
    folder = tmp_path / "wiremock" / "mappings"
    folder.mkdir(parents=True)
    run(
        GATEWAY,
        "cassette",
        "export",
        cassette,
        "--format",
        "wiremock",
        "--output",
        folder / "ours.json",
        folder=tmp_path,
    )
    with serving(wiremock, folder.parent) as url:
        for target, body in BODIES.items():
            assert ask(url, target)[::2] == (200, body)
        for target in ODD:
            assert ask(url, target)[::2] == (200, target.encode()), target
        assert [ask(url, "/sequence")[2] for _ in range(3)] == [b"first", b"second", b"second"]
        assert ask(url, "/sequence")[1]["content-type"] == "text/plain"
        listed = tmp_path / "listed.json"
        listed.write_bytes(ask(url, "/__admin/mappings")[2])
    said = run(GATEWAY, "cassette", "import", listed, folder=tmp_path)
    assert "10 interactions, read as wiremock" in said
    found = {recorded.request.target for recorded in load(tmp_path / "listed.yaml").interactions}
    assert found == {*BODIES, *ODD, "/sequence"}
    with replaying(tmp_path / "listed.yaml") as url:
        expect_bodies(url)
        assert [ask(url, "/sequence")[2] for _ in range(3)] == [b"first", b"second", b"second"]


def answered(target: str, body: bytes) -> Interaction:
    """Return a recording of an answer in plain text."""
    headers = Headers.of([("Content-Type", "text/plain"), ("X-Repeated", "one"), ("X-Repeated", "two")])
    return Interaction(
        UPSTREAM, Request("GET", target), Response(200, "OK", headers, body, "cassette"), "2026-11-21T22:17:05.120Z"
    )


@contextmanager
def serving(jar: Path, folder: Path) -> Iterator[str]:
    """Run WireMock over a folder of mappings."""
    port = free_port()
    command = ["java", "-jar", str(jar), "--port", str(port), "--bind-address", "127.0.0.1", "--root-dir", str(folder)]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            wait_for(port, 60)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)
