"""The file of findings: what is written is read, a run begins it anew, and it takes so much and no more."""

from __future__ import annotations

import json
import os
from pathlib import Path
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cassettes import findings
from gateway.cassettes.errors import CassetteError, CassetteMissingError
from gateway.cassettes.findings import (
    FULL,
    Findings,
    FindingsFile,
    interactions_of,
    line_of,
    lines_of,
    load_findings,
    parse_findings,
)
from gateway.cassettes.format import RECORDED_AT
from gateway.core.model import Headers, Interaction, Request, Response

PATH = Path("c.findings.jsonl")
CALL = Interaction(
    "https://api.auth.adobe.com",
    Request("DELETE", "/api/v2/REF30/logout/Dish?a=b", Headers.of([("Accept", "*/*"), ("accept", "x")])),
    Response(405),
    "2026-11-21T22:17:05.120Z",
    {"id": "x-1", "device": "roku-02c1f7", "findings": [{"id": "ROUTE001", "found": "DELETE"}]},
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"))
TARGET = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"))
TOKEN = st.from_regex(r"[A-Za-z-]{1,8}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


ABOUT = st.dictionaries(st.text().filter(lambda name: name not in findings._OWN and name != "left_out"), JSON)
CALLS = st.builds(
    lambda origin, method, target, fields, status, at, about: Interaction(
        origin, Request(method, target, Headers.of(fields)), Response(status), at, about, 1
    ),
    TARGET,
    TOKEN,
    TARGET,
    st.lists(st.tuples(TOKEN, LATIN)),
    st.integers(100, 999),
    st.from_regex(RECORDED_AT, fullmatch=True),
    ABOUT,
)


@given(call=CALLS, full=st.booleans())
def test_a_line_reads_back_equal(call: Interaction, *, full: bool) -> None:
    data = lines_of(Findings((call,), full))
    assert data.isascii()
    assert data.count(b"\n") == 1 + full
    assert parse_findings(PATH, data) == Findings((call,), full)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_read_or_refused_with_its_place(line: bytes) -> None:
    try:
        parse_findings(PATH, line_of(CALL) + line + b"\n")
    except CassetteError as error:
        assert str(error).startswith("c.findings.jsonl:")  # noqa: PT017  # it may also be read


def test_what_is_refused() -> None:
    entry = json.loads(line_of(CALL))
    for changed, said in (
        (b"{", "no JSON"),
        (b"[" * 5000, "no JSON"),
        (b"[1]", "JSON that is a list"),
        (json.dumps({**entry, "status": "200"}).encode(), "JSON without"),
        (json.dumps({name: entry[name] for name in entry if name != "target"}).encode(), "JSON without target"),
        (json.dumps({**entry, "headers": [["a"]]}).encode(), "header fields that HTTP does not have"),
        (json.dumps({**entry, "headers": [["a", "b\r\nc"]]}).encode(), "header fields that HTTP does not have"),
        (json.dumps({**entry, "method": "A B"}).encode(), "a request line"),
        (json.dumps({**entry, "target": "/\u20ac"}).encode(), "a target or header fields"),
        (json.dumps({**entry, "origin": "x\x1b[2J"}).encode(), "a request line"),
        (json.dumps({**entry, "at": "\x1b[2J"}).encode(), "a time"),
    ):
        with pytest.raises(CassetteError, match=r"c\.findings\.jsonl:2: expected a call and its findings") as raised:
            parse_findings(PATH, line_of(CALL) + changed + b"\n")
        assert said in str(raised.value), changed


def test_half_a_line_at_the_end_and_blank_lines_are_passed_over() -> None:
    assert len(parse_findings(PATH, line_of(CALL) + b"\n" + line_of(CALL) + line_of(CALL)[:40]).interactions) == 2
    assert parse_findings(PATH, b"") == Findings(())


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(CassetteMissingError):
        load_findings(PATH)
    PATH.write_bytes(line_of(CALL))
    assert [call.line for call in interactions_of(PATH)] == [1]


def old(path: Path) -> None:
    os.utime(path, (time() - 60, time() - 60))


def test_a_run_begins_the_file_anew_and_others_of_the_run_go_on_behind() -> None:
    PATH.write_bytes(b"of an earlier run\n")
    old(PATH)
    began = time()
    one, other = FindingsFile(PATH, began), FindingsFile(PATH, began)
    one.append([b"1\n"])
    one.append([b"2\n", b"3\n"])
    other.append([b"4\n"])
    one.append([b"5\n"])
    assert PATH.read_bytes() == b"1\n2\n3\n4\n5\n"


def test_to_begin_makes_no_file_and_takes_out_what_is_there_once() -> None:
    file = FindingsFile(PATH, time())
    file.begin()
    assert not PATH.exists()
    PATH.write_bytes(b"kept\n")
    old(PATH)
    file.begin()
    assert PATH.read_bytes() == b"kept\n"
    FindingsFile(PATH, time()).begin()
    assert PATH.read_bytes() == b""


def test_a_full_file_says_so_and_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    line = line_of(CALL)
    monkeypatch.setattr(findings, "LIMIT", 3 * len(line))
    file = FindingsFile(PATH, time())
    file.append([line])
    with pytest.raises(OSError, match="the file takes no more than"):
        file.append([line, line, line])
    with pytest.raises(OSError, match="the file takes no more than"):
        file.append([line])
    assert PATH.read_bytes() == 3 * line + json.dumps(FULL).encode() + b"\n"
    read = load_findings(PATH)
    assert (len(read.interactions), read.full) == (3, True)


def test_a_disk_that_takes_half_leaves_the_file_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    file = FindingsFile(PATH, time())
    file.append([b"whole\n"])
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
        with pytest.raises(OSError, match="the disk took 3 of"):
            file.append([b"more of it\n"])
    assert PATH.read_bytes() == b"whole\n"


def test_a_line_that_a_killed_process_of_the_same_run_left_is_cut_off() -> None:
    one, other = (FindingsFile(PATH, 0.0, shared=True) for _ in range(2))
    one.append([line_of(CALL)])
    with PATH.open("ab") as stream:
        stream.write(line_of(CALL)[:-20])
    other.append([line_of(CALL)])
    one.append([line_of(CALL)])
    assert PATH.read_bytes() == line_of(CALL) * 3
