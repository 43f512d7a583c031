"""The token's file: its owner's alone, the same from run to run, and refused when it is open to others."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.control.token import ControlTokenError, find_or_make_token
from tests.harness.for_each import for_each

FILE = Path(".gateway-control-token")


def test_it_is_made_once_for_its_owner_alone() -> None:
    token = find_or_make_token(FILE)
    assert len(token) >= 32
    assert stat.S_IMODE(FILE.stat().st_mode) == 0o600
    assert find_or_make_token(FILE) == token


def test_gateways_that_start_at_once_have_one_token() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: find_or_make_token(FILE), range(8)))) == 1


@for_each(
    "content", ["short", "x" * 31, "with a blank in it, and long enough as it is", "\0" * 40, "x" * 1000, "\u00e9" * 40]
)
def test_what_is_no_token_is_said_without_it(content: str) -> None:
    FILE.unlink(missing_ok=True)
    FILE.touch(0o600)
    FILE.write_text(content, "utf-8")
    with pytest.raises(ControlTokenError, match="expected 32 or more letters") as refused:
        find_or_make_token(FILE)
    assert content not in str(refused.value)


def test_a_file_that_others_may_read_is_refused() -> None:
    find_or_make_token(FILE)
    FILE.chmod(0o644)
    with pytest.raises(ControlTokenError, match="chmod 600"):
        find_or_make_token(FILE)


def test_a_folder_that_is_not_there_is_the_systems_error() -> None:
    with pytest.raises(FileNotFoundError):
        find_or_make_token(Path("nowhere/token"))
