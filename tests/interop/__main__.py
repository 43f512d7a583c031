"""`python -m tests.interop`: the real tools, in environments of their own; a tool that is missing is skipped with its reason."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

if __name__ == "__main__":
    sys.exit(pytest.main(["-c", str(HERE / "pytest.ini"), str(HERE), *sys.argv[1:]]))
