"""The key of the pseudonyms comes from the environment, else from its file, and is made where it is first needed."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from gateway.wiring.keys import VARIABLE, RedactionKeyError, find, find_or_make

KEY = "0123456789abcdef" * 4


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".gateway-key"


def test_without_a_key_none_is_found_and_none_is_made(file: Path) -> None:
    assert find(file, {}) is None
    assert not file.exists()


def test_a_key_that_is_made_is_found_again_and_only_its_owner_reads_it(file: Path) -> None:
    before = os.umask(0)
    try:
        key = find_or_make(file, {})
    finally:
        os.umask(before)
    assert len(key) == 32
    assert find(file, {}) == find_or_make(file, {}) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text("ascii") == key.hex() + "\n"


def test_the_environment_beats_the_file_and_makes_none(file: Path) -> None:
    assert find_or_make(file, {VARIABLE: KEY}) == bytes.fromhex(KEY)
    assert not file.exists()
    made = find_or_make(file, {})
    assert find(file, {VARIABLE: f" {KEY}\n"}) == bytes.fromhex(KEY)
    assert find(file, {VARIABLE: ""}) == made


@pytest.mark.parametrize("text", [KEY[:-1], KEY + "0", KEY.upper(), "x" * 64, "\udc80"])
def test_what_is_no_key_is_told_without_it(file: Path, text: str) -> None:
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    for environ, where in (({VARIABLE: text}, VARIABLE), ({}, str(file))):
        for look in (find, find_or_make):
            with pytest.raises(RedactionKeyError) as caught:
                look(file, environ)
            assert str(caught.value) == f"{where}: expected 64 hexadecimal digits, found something else"


def test_a_file_that_was_begun_and_not_written_holds_none(file: Path) -> None:
    file.touch()
    assert find(file, {}) is None
    assert find_or_make(file, {}) == find(file, {})
    assert file.stat().st_size == 65


def test_where_no_key_can_be_made_or_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(RedactionKeyError, match=r"expected to make a key there, found: No such file or directory$"):
        find_or_make(tmp_path / "none" / "key", {})
    with pytest.raises(RedactionKeyError, match=r"expected a readable key, found: Is a directory$"):
        find(tmp_path, {})


@pytest.mark.long
def test_gateways_that_start_at_once_have_one_key(file: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.starmap(find_or_make, [(file, {})] * 40)
    assert len(set(keys)) == 1
