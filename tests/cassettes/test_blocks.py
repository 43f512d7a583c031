"""A cassette of our own form is read as the strict reader reads it, or left to that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.cassettes import blocks
from gateway.cassettes.blocks import Blocks, read_blocks
from gateway.cassettes.errors import CassetteError
from gateway.cassettes.format import HEAD, dump
from gateway.cassettes.parsing import parse
from gateway.cassettes.reader import grown, load
from gateway.core.model import Headers, Interaction
from gateway.core.recorded import RecordedHead
from tests.cassettes.samples import INTERACTIONS, cassette, logout
from tests.planting import examples

A_FILE = Path("a.yaml")
FINDING = {
    "id": "HDR001",
    "severity": "error",
    "where": "request.headers.Accept",
    "found": "it's",
    "expected": "\U0001f600",
}
TYPICAL = (
    replace(
        logout(1), about={"elapsed_ms": 84, "source": "upstream", "redaction": {"policy": "2", "key_id": "5f1c9a"}}
    ),
    replace(
        logout(2, b'{\n "it\'s": "\xf0\x9f\x98\x80 \\\\U0001F600"}\n'),
        about={"elapsed_ms": 7, "findings": [FINDING, FINDING]},
    ),
    replace(
        logout(3, b"\xff\xfe"),
        request=replace(
            logout().request, method="POST", body=b"code=eyJ&deviceId=x", headers=Headers.of({"X": "caf\xe9 \t"})
        ),
    ),
    replace(logout(5), response=replace(logout().response, reason="", headers=Headers(), body=b"")),
)
"""What our gateways record."""
HARD = (
    *TYPICAL,
    replace(logout(4), about={"elapsed_ms": 84, "rewritten_from": None, "late": True, "text": "a, elapsed_ms: 5, b"}),
)
"""And a note that says what is looked for."""


def strict(data: bytes) -> tuple[Interaction, ...] | None:
    """What the strict reader says; None where it refuses."""
    try:
        return parse(A_FILE, data)
    except CassetteError:
        return None


def agree(data: bytes) -> bool:
    """Whether what is read here, at once and late, is what the strict reader reads; return whether anything was."""
    read = both(data)
    if read is None:
        return False
    expected = strict(data)
    assert expected is not None, data
    for way in read:
        assert tuple(way) == expected, data
        assert way.heads == [
            replace(RecordedHead.of(one), size=head.size) for one, head in zip(expected, way.heads, strict=True)
        ], data
    return True


def both(data: bytes) -> tuple[Blocks, Blocks] | None:
    at_once, kept = read_blocks(data), blocks.KEPT
    blocks.KEPT = 0
    try:
        late = read_blocks(data)
    finally:
        blocks.KEPT = kept
    assert (at_once is None) == (late is None), data
    return (at_once, late) if at_once is not None and late is not None else None


@given(st.lists(INTERACTIONS, min_size=1, max_size=3))
def test_what_dump_writes_is_read_as_the_strict_reader_reads_it(interactions: list[Interaction]) -> None:
    agree(cassette(*interactions))


def test_what_a_gateway_records_needs_no_other_reader() -> None:
    for interaction in TYPICAL:
        assert agree(cassette(interaction)), interaction
    assert agree(cassette(*TYPICAL, *TYPICAL))
    assert agree(cassette(logout()))


PIECES = (
    *(
        "'",
        "''",
        '"',
        "\\",
        "\n",
        "\t",
        "\r",
        " ",
        "  ",
        ": ",
        ", ",
        "#",
        " # ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "!!binary ",
        "|",
        ">",
    ),
    *(
        "- request:\n",
        "elapsed_ms: 5",
        ", elapsed_ms: 5, ",
        "'5'",
        "m1m",
        "'m0m'",
        "\0",
        "\1",
        "\x7f",
        "caf\xe9",
        "...\n",
        "---\n",
        "\\u0000",
    ),
    *(
        "\\ud83d",
        "\\U0001F600",
        "\\x41",
        "x_gateway: {}",
        "    body: null\n",
        "Content-Encoding",
        "gzip",
        "null",
        "~",
        "0x3B9ACA01",
    ),
)


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A cassette of ours in which some places are other ones."""
    data = cassette(*draw(st.lists(st.sampled_from(HARD), min_size=1, max_size=3)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        piece = draw(st.sampled_from(PIECES).map(lambda text: text.encode("latin-1")) | st.binary(max_size=2))
        data = data[:at] + piece + data[at + draw(st.integers(0, 4)) :]
    return data


@examples(300)
@given(changed())
def test_a_changed_file_reads_equal_or_is_left_to_the_strict_reader(data: bytes) -> None:
    agree(data)


def mutants(data: bytes, others: bytes) -> Iterator[bytes]:
    for at in range(len(data)):
        yield data[:at] + data[at + 1 :]
        for other in others:
            if data[at] != other:
                yield data[:at] + bytes([other]) + data[at + 1 :]


@pytest.mark.long
def test_no_byte_can_be_changed_unseen() -> None:
    for interaction in HARD:
        for data in mutants(cassette(interaction), b"\0\n '\"\\#:,-0a{}!\xe9"):
            agree(data)


def test_the_last_lines_of_a_block_can_not_be_changed_unseen() -> None:
    """The same for the part in which most depends on a byte, so that each run of the tests looks at it."""
    data = cassette(TYPICAL[0])
    begin = data.index(b"    x_gateway")
    for mutant in mutants(data[begin:], b"\n'\"#, 5"):
        agree(data[:begin] + mutant)


def test_what_is_another_form_is_left_to_the_strict_reader() -> None:
    own = cassette(TYPICAL[0])
    table = {
        "nothing": b"",
        "a head alone": HEAD,
        "a comment before it": b"# a note\n" + own,
        "a comment behind it": own + b"# a note\n",
        "a mark in the place of a time": own.replace(b"elapsed_ms: 84", b"elapsed_ms: 1000000012"),
        "a time in quotes": own.replace(b"elapsed_ms: 84", b"elapsed_ms: '84'"),
        "a coded body": own.replace(b"Date:", b"Content-Encoding:").replace(b"'today'", b"'snappy'"),
        "a space in the target": own.replace(b"/logout/", b"/log out/"),
        "a field twice": own.replace(b"      Date:", b"      Content-Type:"),
        "no last line feed": own[:-1],
        "a key behind the list": own + b"more: 1\n",
        "another document": own + b"---\n",
    }
    for name, data in table.items():
        assert read_blocks(data) is None, name


def test_a_file_of_too_many_layouts_is_not_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "FEW", 2)
    different = [replace(logout(), request=replace(logout().request, method=f"M{number}")) for number in range(4)]
    assert read_blocks(cassette(*different)) is None
    assert read_blocks(cassette(*different[:2])) is not None


def test_it_is_a_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "KEPT", 0)
    data = cassette(*TYPICAL)
    read, expected = read_blocks(data), strict(data)
    assert read is not None
    assert expected is not None
    assert (len(read), read[0], read[-1], read[1:3]) == (len(TYPICAL), expected[0], expected[-1], expected[1:3])
    assert read == expected
    assert read != expected[1:]
    assert expected[2] in read
    with pytest.raises(IndexError):
        _ = read[len(TYPICAL)]


@pytest.mark.parametrize("kept", [0, 1 << 20])
def test_what_was_appended_is_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    """And so where the file outgrows what is kept."""
    path = tmp_path / "a.yaml"
    path.write_bytes(cassette(*TYPICAL[:2]))
    before = load(path)
    monkeypatch.setattr(blocks, "KEPT", kept)
    with path.open("ab") as file:
        file.write(b"".join(map(dump, TYPICAL[2:])))
    after = grown(before)
    assert after is not None
    assert isinstance(after.interactions, Blocks)
    assert after.interactions == strict(path.read_bytes()) == load(path).interactions
    assert len(before.interactions) == 2
