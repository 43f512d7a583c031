"""What was found is quoted short and printable."""

from __future__ import annotations

from tests.config.reading import said


def test_what_is_found_is_quoted_short_and_printable() -> None:
    (line,) = said('mode: "\\e[31m\\u202e' + "x" * 500 + '"')
    assert line.startswith('config.yaml mode: expected passthrough, record, replay or auto, found "\\x1b[31m\\u202exxx')
    assert line.endswith('xxx…"')
    assert len(line) < 200
