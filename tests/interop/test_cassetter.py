"""What cassetter recorded becomes a cassette that the gateway replays."""

from __future__ import annotations

from pathlib import Path

from gateway.cassettes.reader import load
from tests.interop.conftest import BODIES, GATEWAY, ask, replaying, run


def test_we_read_what_cassetter_recorded(cassetter: Path, origin: str, tmp_path: Path) -> None:
    """It keeps JSON as values, so those bytes are written anew; text, bytes and nothing are the same."""
    (tmp_path / "test_it.py").write_text(
        "import httpx, pytest\n"
        "@pytest.mark.vcr\n"
        "def test_it(cassette):\n"
        f"    for target in {list(BODIES)!r}:\n"
        f"        assert httpx.get({origin!r} + target).status_code == 200\n"
    )
    run(cassetter, "-m", "pytest", "-q", "--record-mode=all", "-p", "no:cacheprovider", folder=tmp_path)
    recorded = next(tmp_path.glob("cassettes/**/*.yaml"))
    said = run(GATEWAY, "cassette", "import", recorded, "--output", tmp_path / "ours.yaml", folder=tmp_path)
    assert "4 interactions, read as cassetter" in said
    assert [held.request.target for held in load(tmp_path / "ours.yaml").interactions] == list(BODIES)
    with replaying(tmp_path / "ours.yaml") as url:
        assert ask(url, "/binary")[2] == BODIES["/binary"]
        assert ask(url, "/empty")[2] == b""
        assert b'"compressed":true' in ask(url, "/gzip?n=2")[2]
