"""The baseline of an audit, as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.auditing.known import compared, read_baseline
from gateway.reports.baseline import BaselineError
from tests.reports.recordings import audited, call, recorded


def test_nothing_is_new_once_the_baseline_was_written(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    result = audited(tmp_path, recorded(call(Accept="*/*")))
    assert any(result.count().values())

    written = compared(result, file, update=True)
    assert not any(written.count(new=True).values())
    assert read_baseline(file) == {reported.fingerprint for _, reported in result.findings}

    more = audited(tmp_path, recorded(call(Accept="*/*")), recorded(call(Authorization="Basic x")))
    assert any(compared(more, file).count(new=True).values())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "expected a baseline, found: No such file or directory; --update-baseline writes one"),
        (b"interactions:", "expected a baseline, found text that is no JSON"),
        (b"\xff\xfe", "expected UTF-8, found other bytes"),
    ],
)
def test_what_is_no_baseline_is_told(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "known.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BaselineError, match=said):
        read_baseline(file)
