"""Import and scrub: a large cassette of vcrpy's is made ours in little more time than PyYAML alone needs to read it."""

from __future__ import annotations

import base64
import json
import uuid
from hashlib import shake_256
from pathlib import Path

import pytest
import yaml
from pytest_benchmark.fixture import BenchmarkFixture
from vcr.request import Request
from vcr.serialize import serialize
from vcr.serializers import yamlserializer

from gateway.scrubbing.importing import ImportRedactor, bring_in
from gateway.scrubbing.rewrite import Scrubber
from tests.bench import traffic
from tests.bench.rows import Ratio, Row
from tests.bench.timing import each

ROWS: tuple[Row, ...] = (
    Ratio("import a large cassette of vcrpy : CSafeLoader alone", "import_theirs", "load_theirs", at_most=1.5),
    Ratio("scrub a large cassette of vcrpy : CSafeLoader alone", "scrub_theirs", "load_theirs", at_most=1.5),
)
DEVICES_OF = 20
"""Interactions of one device: each has a token, an identifier and a user of its own."""


@pytest.fixture(autouse=True)
def _once(turn: int) -> None:
    if turn:
        pytest.skip("many seconds long: one turn is enough")


@pytest.fixture(scope="session")
def theirs(tmp_path_factory: pytest.TempPathFactory, many: int) -> Path:
    """A cassette as vcrpy writes it: profiles, logouts, decisions and configurations, each with another answer."""
    asked, answered = [], []
    for number in range(many):
        request, response = _exchange(number, shake_256(b"device %d" % (number // DEVICES_OF)).digest(400))
        asked.append(request)
        answered.append(response)
    path = tmp_path_factory.mktemp("theirs") / "theirs.yaml"
    path.write_text(str(serialize({"requests": asked, "responses": answered}, yamlserializer)), "utf-8")
    return path


def _exchange(number: int, of: bytes) -> tuple[Request, dict[str, object]]:
    mvpd = f"Mvpd{number % 500}"
    claims = json.dumps({"sub": str(uuid.UUID(bytes=of[:16], version=4)), "exp": 1790000000}).encode()
    token = ".".join(_url64(part) for part in (b'{"alg":"RS256"}', claims, of[16:272]))
    paths = (
        f"profiles/{mvpd}",
        f"logout/{mvpd}?redirectUrl=https%3A%2F%2Fadobe.com%2F{number}",
        f"decisions/authorize/{mvpd}",
        f"configuration?n={number}",
    )
    posted = json.dumps({"resources": [f"channel{number % 90}"]}).encode() if number % 4 == 2 else None
    request = Request(
        "POST" if posted else "GET",
        f"{traffic.ORIGIN}/api/v2/REF30/{paths[number % 4]}",
        posted,
        {
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": "okhttp/4.12.0",
            "Authorization": f"Bearer {token}",
            "AP-Device-Identifier": "fingerprint " + base64.b64encode(of[272:300].hex().encode()).decode(),
            "X-Device-Info": base64.b64encode(b'{"model":"TV5","osName":"Android","vendor":"Sony"}').decode(),
        },
    )
    attributes = {
        name: {"value": base64.b64encode(of[at : at + 24]).decode(), "state": "plain"}
        for name, at in (("userID", 300), ("upstreamUserID", 330))
    }
    mvpds = [{"id": f"M{k}", "displayName": f"MVPD {k}", "logoUrl": f"https://x.example/{k}.png"} for k in range(8)]
    said = (
        {"requestor": {"id": "REF30", "displayName": f"Reference {number}", "mvpds": mvpds}}
        if number % 4 == 3
        else {"profiles": {mvpd: {"notAfter": 1800000000000 + number, "issuer": mvpd, "attributes": attributes}}}
    )
    text = json.dumps(said)
    fields = {
        "Content-Type": ["application/json;charset=UTF-8"],
        "Content-Length": [str(len(text))],
        "Date": [f"Sat, 21 Nov 2026 {number // 60 % 24:02}:{number % 60:02}:05 GMT"],
        "Cache-Control": ["no-store"],
        "X-Request-Id": [str(uuid.UUID(int=number * 7919, version=4))],
        "Set-Cookie": [f"sess={_url64(shake_256(b'%d' % number).digest(18))}; Path=/; Secure"],
    }
    return request, {"status": {"code": 200, "message": "OK"}, "headers": fields, "body": {"string": text.encode()}}


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def bench_load_theirs(benchmark: BenchmarkFixture, theirs: Path) -> None:
    each(benchmark, lambda: yaml.load(theirs.read_bytes(), yaml.CSafeLoader), rounds=1)


def bench_import_theirs(benchmark: BenchmarkFixture, theirs: Path, tmp_path: Path) -> None:
    redactor = ImportRedactor(traffic.redaction())
    each(benchmark, bring_in, theirs, None, tmp_path / "ours.yaml", redactor, traffic.ORIGIN, rounds=1)


def bench_scrub_theirs(benchmark: BenchmarkFixture, theirs: Path, tmp_path: Path) -> None:
    def scrub() -> None:
        scrubber = Scrubber(traffic.redaction())
        scrubber.learn(theirs)
        assert scrubber.rewrite(theirs, tmp_path / "ours.yaml").changed

    each(benchmark, scrub, rounds=1)
