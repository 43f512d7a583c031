"""`scrub` rewrites cassettes, the real vcrpy's and our own: no secret is left, and what had none keeps its bytes."""

from __future__ import annotations

import gzip
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests
import vcr
from msgspec.structs import replace

from gateway.cassettes.errors import CassetteError
from gateway.cassettes.format import HEAD
from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.core.model import Headers
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import Policy
from gateway.scrubbing.lint import lint
from gateway.scrubbing.rewrite import Scrubber, targets
from gateway.system.locking import FileLock
from tests.cassettes.samples import cassette
from tests.legs import again
from tests.scrubbing.plants import ACCESS, BEARER, COOKIE, DEVICE, FINGERPRINT, INFO, REFRESH, betrayed
from tests.scrubbing.test_lint import CLEAN, RANDOM, answers, asks

KEY = bytes(range(32))


class Origin(BaseHTTPRequestHandler):
    """Answers with gzip, a cookie and tokens."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = b'{"access_token": "%s", "mvpd": "Dish", "echo": "%s"}' % (ACCESS.encode(), self.rfile.read(length))
        coded = gzip.compress(body)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(coded)))
        self.send_header("Set-Cookie", f"AWSALB={COOKIE}; Path=/")
        self.end_headers()
        self.wfile.write(coded)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def origin() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Origin) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))  # seconds until it sees that it is to end
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def recorded_by_vcrpy(path: Path) -> None:
    """Let the real vcrpy record two exchanges full of secrets."""
    headers = {
        "Authorization": f"Bearer {BEARER}",
        "AP-Device-Identifier": f"fingerprint {FINGERPRINT}",
        "X-Device-Info": INFO,
    }
    with origin() as url, vcr.use_cassette(path):
        for number in range(2):
            requests.post(
                f"{url}/api/v1/logout?deviceId={DEVICE}&n={number}",
                headers=headers,
                data={"refresh_token": REFRESH},
                timeout=5,
            )


def scrubbed(source: Path, target: Path | None = None, key: bytes = KEY) -> Scrubber:
    scrubber = Scrubber(Redaction(key))
    scrubber.learn(source)
    done = scrubber.rewrite(source, target or source)
    assert list(done.left) == []
    return scrubber


def test_a_recording_of_vcrpy_loses_its_secrets_and_replays(tmp_path: Path) -> None:
    file = tmp_path / "vcr.yaml"
    recorded_by_vcrpy(file)
    assert set(betrayed(file.read_bytes())) >= {BEARER, DEVICE, FINGERPRINT, INFO, COOKIE, ACCESS, REFRESH}
    assert len(lint([file], Policy()).findings) >= 14

    scrubbed(file)
    assert betrayed(file.read_bytes()) == []
    assert lint([file], Policy()).findings == []
    read = load(file)
    assert read.appendable
    first, second = read.interactions
    assert first.request.headers.get("Authorization") == second.request.headers.get("Authorization")
    assert first.recorded_at.endswith(".000Z"), "the answer's own Date"
    assert first.about["redaction"] == {"policy": Policy().number, "key_id": Redaction(KEY).key_id}
    with vcr.use_cassette(file, record_mode="none", match_on=["uri"]):
        answer = requests.get(first.origin + first.request.target, timeout=5)
        assert answer.content == first.response.body
        assert answer.json()["mvpd"] == "Dish"


def test_scrubbing_twice_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "vcr.yaml"
    recorded_by_vcrpy(file)
    scrubbed(file)
    once = file.read_bytes(), file.stat().st_ino
    scrubbed(file)
    scrubbed(file, key=bytes(32))
    assert (file.read_bytes(), file.stat().st_ino) == once


def test_a_device_is_one_device_in_all_cassettes_of_a_key(tmp_path: Path) -> None:
    names = set()
    for name in ("a", "b"):
        file = tmp_path / f"{name}.yaml"
        file.write_bytes(cassette(asks(AP_Device_Identifier=f"fingerprint {FINGERPRINT}")(CLEAN)))
        scrubbed(file)
        names.add(load(file).interactions[0].request.headers.get("AP-Device-Identifier"))
    assert len(names) == 1


def test_what_is_secret_anywhere_goes_everywhere(tmp_path: Path) -> None:
    """An earlier interaction, another file, the notes, and what only looks like a secret."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(cassette(answers(f"you are {ACCESS.encode().hex()}, {RANDOM}")(CLEAN)))
    second.write_bytes(
        cassette(
            CLEAN, replace(asks(Authorization=f"Bearer {ACCESS}")(CLEAN), about={"device": ACCESS, "token": BEARER})
        )
    )
    scrubber = Scrubber(Redaction(KEY))
    for file in (first, second):
        scrubber.learn(file)
    for file in (first, second):
        assert list(scrubber.rewrite(file, file).left) == []
    assert betrayed(first.read_bytes() + second.read_bytes(), ACCESS, BEARER, RANDOM) == []
    assert lint([first, second], Policy()).findings == []


@pytest.mark.parametrize(
    "content", [b"", cassette(CLEAN), b"version: 1\ninteractions: []   # mine\n"], ids=["empty", "own", "vcrpy's"]
)
def test_a_file_that_needs_no_change_is_not_touched(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(content)
    before = file.stat()
    scrubbed(file)
    after = file.stat()
    assert (file.read_bytes(), after.st_ino, after.st_mtime_ns) == (content, before.st_ino, before.st_mtime_ns)
    assert list(tmp_path.iterdir()) == [file]

    scrubbed(file, tmp_path / "out" / "a.yaml")
    assert (tmp_path / "out" / "a.yaml").read_bytes() == content


def test_interactions_without_secrets_stay_as_they_were_and_keys_are_not_mixed_up(tmp_path: Path) -> None:
    theirs = again(Redaction(bytes(32)), asks(AP_Device_Identifier=f"fingerprint {FINGERPRINT}")(CLEAN))
    file = tmp_path / "a.yaml"
    file.write_bytes(cassette(theirs, replace(theirs, response=answers(f'{{"email": "{ACCESS}"}}')(theirs).response)))
    before = load(file).interactions
    scrubbed(file)
    after = load(file).interactions
    assert after[0] == before[0]
    assert after[1].about["redaction"] == before[1].about["redaction"], "its pseudonyms are of the other key still"


@pytest.mark.parametrize(
    ("date", "expected"),
    [("Sun, 22 Nov 2026 05:31:19 GMT", "2026-11-22T05:31:19.000Z"), ("today", ""), (None, "")],
)
def test_an_interaction_without_a_time_gets_that_of_its_answer_or_none(
    tmp_path: Path, date: str | None, expected: str
) -> None:
    headers = Headers.of({"Date": date} if date else {})
    timeless = replace(asks(Cookie=f"a={COOKIE}")(CLEAN), recorded_at="", about={})
    file = tmp_path / "a.yaml"
    file.write_bytes(cassette(replace(timeless, response=replace(timeless.response, headers=headers))))
    scrubbed(file)
    assert [i.recorded_at for i in load(file).interactions] == [expected]
    with Writer(file) as writer:
        writer.check()


def test_permissions_and_links_stay_and_nothing_lies_around(tmp_path: Path) -> None:
    file, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    file.write_bytes(cassette(asks(Cookie=f"a={COOKIE}")(CLEAN)))
    file.chmod(0o640)
    link.symlink_to(file)
    scrubbed(link)
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert betrayed(file.read_bytes()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "real.yaml", "real.yaml.lock"]


def test_what_a_gateway_appends_meanwhile_is_scrubbed_too(tmp_path: Path) -> None:
    """The file is read again under its lock, which the other one held when scrubbing began."""
    file = tmp_path / "a.yaml"
    leaky = asks(Cookie=f"a={COOKIE}")(CLEAN)
    file.write_bytes(cassette(leaky))
    scrubber = Scrubber(Redaction(KEY))
    scrubber.learn(file)
    lock = FileLock(file)
    with lock:
        thread = Thread(target=scrubber.rewrite, args=(file, file))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        file.write_bytes(cassette(leaky, asks(Authorization=f"Bearer {BEARER}")(CLEAN)))
    thread.join()
    lock.close()
    assert len(load(file).interactions) == 2
    assert betrayed(file.read_bytes()) == []


def test_a_disk_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(cassette(asks(Cookie=f"a={COOKIE}")(CLEAN)))
    before = file.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        scrubbed(file)
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "a.yaml.lock"]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(HEAD + b"- request:\n")
    with pytest.raises(CassetteError, match="repair"):
        Scrubber(Redaction(KEY)).learn(file)
    with pytest.raises(CassetteError, match="repair"):
        Scrubber(Redaction(KEY)).rewrite(file, file)


def test_files_keep_their_places_in_the_output_and_none_is_written_over_another(tmp_path: Path) -> None:
    for name in ("a/x.yaml", "a/deep/y.yaml", "b/x.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    out = tmp_path / "out"
    assert [job.target for job in targets([tmp_path / "a"], out)] == [out / "deep/y.yaml", out / "x.yaml"]
    assert [job.target for job in targets([tmp_path / "a/x.yaml"], None)] == [tmp_path / "a/x.yaml"]
    with pytest.raises(ValueError, match="expected one cassette to be written there"):
        targets([tmp_path / "a", tmp_path / "b"], out)
    with pytest.raises(ValueError, match="--in-place"):
        targets([tmp_path / "a"], tmp_path / "a")
