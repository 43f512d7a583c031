"""A cassette that attacks its reader is refused, quickly and with its line."""

from __future__ import annotations

from pathlib import Path
from time import thread_time

import pytest

from gateway.cassettes import reader, strict
from gateway.cassettes.errors import CassetteError
from gateway.cassettes.parsing import parse
from gateway.cassettes.reader import load
from tests.cassettes.samples import cassette, logout
from tests.harness.for_each import for_each

A_FILE = Path("a.yaml")
LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))


@for_each(
    ("text", "told"),
    [
        (LAUGHS, "a.yaml:1: expected no anchors and no aliases"),
        ("interactions: &a []\n", "a.yaml:1: expected no anchors and no aliases"),
        ("interactions:\n- &a {b: *a}\n", "a.yaml:2: expected no anchors and no aliases"),
        ("interactions: *a\n", "a.yaml:1: expected no anchors and no aliases"),
        ("interactions: !!python/object/apply:os.system ['true']\n", "a.yaml:1: expected no tag but !!binary"),
        ("interactions: !!python/tuple []\n", "a.yaml:1: expected no tag but !!binary"),
        ("interactions:\n- !own {}\n", "a.yaml:2: expected no tag but !!binary"),
        ("version: !!str 1\n", "a.yaml:1: expected no tag but !!binary"),
        ("interactions: !!binary []\n", "a.yaml:1: expected no tag but !!binary"),
        ("!!binary a: b\n", "a.yaml:1: expected text as key"),
        ("x:\n- {!!binary a: b}\n", "a.yaml:2: expected text as key"),
        ("x:\n- {[a]: b}\n", "a.yaml:2: expected text as key"),
        ("x: " + "[" * 100_000, "a.yaml:1: expected at most 16 maps and lists within one another"),
        ("interactions:\n- " + "{a: " * 100_000, "a.yaml:2: expected at most 16 maps and lists within one another"),
        ("- " * 100_000, "a.yaml:1: expected a map"),
        ("x: [" + "a," * 10_001 + "]", "a.yaml:1: expected at most 10000 entries"),
        ("interactions: []\ninteractions: []\n", "a.yaml:2: expected each key once"),
        ("<<: {}\ninteractions: []\nversion: {}", "a.yaml:3: version: expected 1"),
        ("", None),
        ("# nothing\n", "a.yaml:1: expected a map with `version` and `interactions`, found no document"),
        ("text", "a.yaml:1: expected a map with `version` and `interactions`, found text"),
        ("x: '\ud800'", "a.yaml:1: expected UTF-8"),
        ('x: "\\ud83d\\ude00"', "a.yaml:1: expected YAML"),
    ],
)
def test_attacks(text: str, told: str | None) -> None:
    started = thread_time()
    data = text.encode("utf-8", "surrogatepass")
    if told is None:
        assert parse(A_FILE, data) == ()
        return

    with pytest.raises(CassetteError) as raised:
        parse(A_FILE, data)

    assert str(raised.value).startswith(told)
    assert thread_time() - started < 2


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size and number of interactions are bounded."""
    path = tmp_path / "a.yaml"
    path.write_bytes(cassette(logout(1), logout(2), logout(3)))

    monkeypatch.setattr(strict, "MAX_INTERACTIONS", 2)
    with pytest.raises(CassetteError, match="expected at most 2 interactions"):
        load(path)
    monkeypatch.setattr(reader, "MAX_FILE", 100)
    with pytest.raises(CassetteError, match="expected at most 100 bytes"):
        load(path)


def test_messages_quote_no_values() -> None:
    """What stands in a recording may be private, so a message names the place and the kind, not the value."""
    text = cassette(logout()).decode().replace("'fingerprint pseudonym'", '"fingerprint secret\\n"')

    with pytest.raises(CassetteError) as raised:
        parse(A_FILE, text.encode())

    assert "secret" not in str(raised.value)
    assert raised.value.where == "request.headers.AP-Device-Identifier"
