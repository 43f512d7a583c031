"""Reading: vcrpy's recordings as well as ours, and one sentence about whatever is wrong."""

from __future__ import annotations

import gzip
import zlib
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import brotli
import pytest
from backports import zstd
from msgspec.structs import replace

from gateway.cassettes.errors import CassetteError, CassetteMissingError
from gateway.cassettes.files import available
from gateway.cassettes.format import HEAD
from gateway.cassettes.parsing import parse
from gateway.cassettes.reader import load
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.system.locking import FileLock
from tests.cassettes.samples import cassette, logout
from tests.harness.for_each import for_each

A_FILE = Path("a.yaml")

VCRPY = """\
interactions:
- request:
    body: '{"a": 1}'
    headers:
      Accept:
      - '*/*'
      Single: plain
    method: POST
    uri: http://localhost:8080?x=1
  response:
    body:
      string: caf\u00e9
    headers:
      Content-Length: ['5']
      Set-Cookie:
      - a=b
      - c=d
    status:
      code: 201
      message: Created
- request: {body: null, headers: {}, method: GET, uri: 'https://example.com/b'}
  response:
    body: {string: ''}
    headers: {}
    status: {code: 204, message: null}
version: 1
"""


def test_what_vcrpy_records() -> None:
    """A file as vcrpy writes it: keys sorted, version last, plain scalars, a header's value alone, a URI without a path."""
    first, second = parse(A_FILE, VCRPY.encode())

    assert first == Interaction(
        origin="http://localhost:8080",
        request=Request("POST", "/?x=1", Headers.of({"Accept": "*/*", "Single": "plain"}), b'{"a": 1}'),
        response=Response(
            201,
            "Created",
            Headers.of([("Content-Length", "5"), ("Set-Cookie", "a=b"), ("Set-Cookie", "c=d")]),
            "café".encode(),
            "cassette",
        ),
        recorded_at="",
        line=2,
    )
    assert (second.request.target, second.response.status, second.response.reason, second.line) == ("/b", 204, "", 21)


def test_what_vcrpy_recorded_of_httpx_before_6() -> None:
    (found,) = parse(
        A_FILE,
        b"interactions:\n- request: {body: '', headers: {host: [a]}, method: GET, uri: 'https://a/b'}\n"
        b"  response: {content: hello, headers: {content-type: text/plain}, http_version: HTTP/1.1, status_code: 200}\n"
        b"version: 1\n",
    )

    assert found.response == Response(200, "", Headers.of({"content-type": "text/plain"}), b"hello", "cassette")


def test_notes_survive_a_rewrite(tmp_path: Path) -> None:
    """vcrpy keeps `x_gateway` and drops what stands on the interaction; the time of recording is in both."""
    text = cassette(logout()).decode()
    path = tmp_path / "a.yaml"
    path.write_text(
        text.replace("  recorded_at: '2026-11-21T22:17:05.120Z'\n", "").replace("# recorded", "# rewritten")
    )

    found = load(path)

    assert found.interactions == (replace(logout(), line=4),)
    assert not found.appendable


DECODED = '{"caf\u00e9": true}'.encode() * 20


def raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


@for_each(
    ("coding", "body"),
    [
        ("gzip", DECODED),
        ("gzip", gzip.compress(DECODED, mtime=0)),
        ("GZip", gzip.compress(DECODED, mtime=0)),
        ("x-gzip", gzip.compress(DECODED, mtime=0)),
        ("deflate", DECODED),
        ("deflate", zlib.compress(DECODED)),
        ("deflate", raw_deflate(DECODED)),
        ("br", DECODED),
        ("br", brotli.compress(DECODED)),
        ("zstd", DECODED),
        ("zstd", zstd.compress(DECODED)),
        ("identity", DECODED),
        ("gzip, br", brotli.compress(gzip.compress(DECODED, mtime=0))),
    ],
)
def test_codings(coding: str, body: bytes) -> None:
    """A body is decoded when it is compressed, not when a header says so; the header goes and the length is true."""
    found = recorded({"content-encoding": coding, "content-length": "17", "transfer-encoding": "chunked"}, body)

    assert found == Response(200, "OK", Headers.of({"content-length": str(len(DECODED))}), DECODED, "cassette")


@pytest.mark.parametrize("coding", ["deflate", "br", "gzip", "zstd"])
def test_other_bytes_under_a_stale_header(coding: str) -> None:
    """A picture that was decoded before it was recorded stays that picture."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))

    assert recorded({"content-encoding": coding}, picture).body == picture


@for_each(
    ("coding", "made", "found"),
    [
        ("gzip", lambda: gzip.compress(DECODED, mtime=0)[:-9], "a body that is not gzip"),
        ("gzip", lambda: gzip.compress(bytes(65 * 1024 * 1024), 1, mtime=0), "more bytes"),
        ("deflate", lambda: zlib.compress(bytes(65 * 1024 * 1024), 1), "more bytes"),
        ("compress", lambda: b"\x1f\x9d", "an unknown content coding"),
    ],
)
def test_bodies_that_do_not_decode(coding: str, made: Callable[[], bytes], found: str) -> None:
    """Damage, a bomb and an unknown coding are told."""
    with pytest.raises(CassetteError, match=rf"a.yaml:2: response.body: expected a body that decodes, found {found}"):
        recorded({"content-encoding": coding}, made())


def recorded(headers: dict[str, str], body: bytes) -> Response:
    fields = "".join(f"      {name}: ['{value}']\n" for name, value in headers.items())
    text = (
        "interactions:\n- request: {body: null, headers: {}, method: GET, uri: 'https://a/b'}\n"
        f"  response:\n    status: {{code: 200, message: OK}}\n    headers:\n{fields}"
        f"    body: {{string: !!binary '{b64encode(body).decode()}'}}\n"
    )
    return parse(A_FILE, text.encode())[0].response


GOOD = (
    "version: 1\ninteractions:\n- request: {body: null, headers: {A: ['b']}, method: GET, uri: 'https://a/b'}\n"
    "  response:\n    status: {code: 200, message: 'OK'}\n    headers: {}\n    body: {string: ''}\n"
)


@for_each(
    ("old", "new", "told"),
    [
        ("version: 1", "version: 3", "a.yaml:1: version: expected 1, found 3"),
        ("version: 1", "version: 2", "a.yaml:1: version: expected 1, found 2; `gateway cassette import` reads the form of go-vcr 3 and 4"),
        ("uri: ", "url: ", "a.yaml:3: request: expected vcrpy's `uri`, found `url`; `gateway cassette import` reads the form of go-vcr"),
        ("version: 1", "log: {}", "a.yaml:1: expected vcrpy's `interactions`, found `log`; `gateway cassette import` reads the form of HAR"),
        ("interactions:", "http_interactions:", ("a.yaml:2: expected vcrpy's `interactions`, found `http_interactions`; "
         "`gateway cassette import` reads the form of Ruby's VCR")),
        ("interactions:", "other:", "a.yaml:1: expected a list under `interactions`, found no such key"),
        ("method: GET", "method: G T", "a.yaml:3: request.method: expected a token, found other characters"),
        ("method: GET", "method: [G]", "a.yaml:3: request.method: expected text, found a list"),
        ("method: GET, ", "", "a.yaml:3: request.method: expected text, found nothing"),
        ("'https://a/b'", "/b", "a.yaml:3: request.uri: expected an absolute URI, found another form"),
        ("'https://a/b'", '"https://a/\\r\\nb"', "a.yaml:3: request.uri: expected a URL without spaces and control characters, found one of them"),
        ("'https://a/b'", "'https://a/ b'", "a.yaml:3: request.uri: expected a URL without spaces and control characters, found one of them"),
        ("['b']", "[null]", "a.yaml:3: request.headers.A: expected text, found null"),
        ("['b']", "[[b]]", "a.yaml:3: request.headers.A: expected text, found a list"),
        ("['b']", '["b\\r\\nC: d"]', "a.yaml:3: request.headers.A: expected a value without CR, LF and NUL, found one of them"),
        ("['b']", '["\\0"]', "a.yaml:3: request.headers.A: expected a value without CR, LF and NUL, found one of them"),
        ("{A: ['b']}", "{'A B': ['b']}", "a.yaml:3: request.headers: expected names that are tokens, found other characters"),
        ("{A: ['b']}", '{"A\\r\\nB": [b]}', "a.yaml:3: request.headers: expected names that are tokens, found other characters"),
        ("{A: ['b']}", "[A]", "a.yaml:3: request.headers: expected a map of names, found a list"),
        ("{A: ['b']}", "{A: [b], A: [c]}", "a.yaml:3: expected each key once, found 'A' again"),
        ("code: 200", "code: 101", "a.yaml:5: response.status.code: expected a number from 200 to 999, found 101"),
        ("code: 200", "code: true", "a.yaml:5: response.status.code: expected a number from 200 to 999, found true"),
        ("code: 200", "code: '101'", "a.yaml:5: response.status.code: expected a number from 200 to 999, found text"),
        ("code: 200", "code: 8245110023456789", "a.yaml:5: response.status.code: expected a number from 200 to 999, found a number"),
        ("version: 1", "version: 1\nversion: 1", "a.yaml:2: expected each key once, found 'version' again"),
        ("code: 200", "code: many", "a.yaml:5: response.status.code: expected a number from 200 to 999, found text"),
        ("message: 'OK'", 'message: "OK\\n"', "a.yaml:5: response.status.message: expected a value without CR, LF and NUL, found one of them"),
        ("string: ''", "string: [1]", "a.yaml:7: response.body.string: expected text, !!binary or null, found a list"),
        ("string: ''", "string: !!binary '?'", "a.yaml:7: response.body.string: expected Base64 after !!binary, found something else"),
        ("body: {string: ''}", "body: text", "a.yaml:7: response.body: expected a map, found text"),
        ("body: null", "body: {a: b}", "a.yaml:3: request.body: expected text, !!binary or null, found a map"),
        ("  response:", "  reply:", "a.yaml:3: response: expected a map, found nothing"),
        ("'OK'}", "'OK'", "a.yaml:6: expected YAML, found other text: did not find expected ',' or '}'"),
        ("'OK'", "\x01", "a.yaml:5: expected YAML, found other text: control characters are not allowed"),
        ("{}\n", "{}\n    x_gateway: text\n", "a.yaml:7: response.x_gateway: expected a map, found text"),
        ("version: 1\n", "---\nversion: 1\n---\n", "a.yaml:3: expected one YAML document, found another one behind it"),
        ("version: 1\n", "a: b\nrecorded_at\n", "a.yaml:3: expected YAML, found other text: could not find expected ':'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(old: str, new: str, told: str) -> None:
    """File, line, what was found, what was expected."""
    assert parse(A_FILE, GOOD.encode())
    assert old in GOOD

    with pytest.raises(CassetteError) as raised:
        parse(A_FILE, GOOD.replace(old, new, 1).encode())

    assert str(raised.value) == told


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(CassetteError, match=r"a.yaml:2: expected UTF-8, found the byte 0xff"):
        parse(A_FILE, b"version: 1\n\xff")


def test_no_such_cassette(tmp_path: Path) -> None:
    """Who asks for a cassette that is not there is told which are."""
    for name in ("one.yaml", "two.yaml", "two.yaml.lock", "notes.txt"):
        (tmp_path / name).touch()

    with pytest.raises(
        CassetteMissingError, match=r"three.yaml: expected a cassette, found no such file; .*: one, two$"
    ):
        load(tmp_path / "three.yaml")
    assert available(tmp_path) == ["one", "two"]
    assert available(tmp_path / "nowhere") == []
    (tmp_path / "cassettes" / "node").mkdir(parents=True)
    (tmp_path / "cassettes" / "node" / "one.yaml").write_bytes(HEAD)
    for folder, there in (
        ("cassettes", r"cassettes below .*cassettes: .*cassettes/node/one.yaml$"),
        ("nowhere", r"there is no folder .*nowhere; cassettes below .*cassettes/node/one.yaml$"),
    ):
        with pytest.raises(CassetteMissingError, match=there):
            load(tmp_path / folder / "two.yaml")


def test_an_empty_file_is_an_empty_cassette(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").touch()

    assert load(tmp_path / "a.yaml").interactions == ()


def test_a_folder_is_no_cassette(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="expected a readable file, found Is a directory"):
        load(tmp_path)


def test_lines(tmp_path: Path) -> None:
    """An interaction knows the line on which it begins."""
    path = tmp_path / "a.yaml"
    path.write_bytes(cassette(*[logout(number) for number in range(5)]))

    loaded = load(path)

    lines = path.read_text().splitlines()
    assert [lines[interaction.line - 1] for interaction in loaded.interactions] == ["- request:"] * 5
    assert loaded.appendable


def test_a_write_that_is_on_its_way(tmp_path: Path) -> None:
    """A file that looks damaged while another process writes to it is read again when that has ended."""
    path = tmp_path / "a.yaml"
    data = cassette(logout(1), logout(2))
    path.write_bytes(data[:-60])
    lock = FileLock(path)
    with ThreadPoolExecutor() as pool:
        with lock:
            loading = pool.submit(load, path)
            sleep(0.05)
            assert not loading.done()
            path.write_bytes(data)
        assert len(loading.result(timeout=5).interactions) == 2
    lock.close()


def test_a_damaged_tail_is_told_before_anything_else(tmp_path: Path) -> None:
    """The message names the first line of what is not whole, and the command that cures it."""
    path = tmp_path / "a.yaml"
    data = cassette(logout(1), logout(2))
    path.write_bytes(data[:-60])
    line = HEAD.count(b"\n") + cassette(logout(1)).count(b"\n") - HEAD.count(b"\n") + 1

    with pytest.raises(CassetteError, match=rf"a.yaml:{line}: .*damaged tail.*`gateway cassette repair {path}`"):
        load(path)


def test_each_interaction_is_counted_once_whatever_form_it_has(tmp_path: Path) -> None:
    """That another hand has edited the second one is seen when the first was counted already."""
    own, path = cassette(logout(1), logout(2), logout(3)), tmp_path / "a.yaml"
    for data in (own, own.replace(b"n=2'\n", b"n=2' # edited\n"), own.replace(b"method: GET", b"method: 'GET'")):
        counted: list[None] = []
        path.write_bytes(data)
        assert len(load(path, lambda counted=counted: counted.append(None)).interactions) == len(counted) == 3  # type: ignore[misc]
