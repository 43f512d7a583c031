"""What the plugin imports comes without what pytest does for modules of tests, and leaves no trace of that."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from gateway.offline.importing import REWRITING, import_quickly


def test_what_is_imported_is_not_rewritten_and_pytest_goes_on_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finder is back at its place, and garbage is collected again; after a module that fails, too."""
    monkeypatch.syspath_prepend(tmp_path)
    seen = "import gc, sys\nCOLLECTS = gc.isenabled()\nFINDERS = [type(each).__module__ for each in sys.meta_path]\n"
    tmp_path.joinpath("test_quick_one.py").write_text(seen, "utf-8")  # a name whose asserts pytest rewrites
    tmp_path.joinpath("test_quick_two.py").write_text("raise ValueError\n", "utf-8")
    before = sys.meta_path[:]
    assert REWRITING in [type(finder).__module__ for finder in before]

    import_quickly("test_quick_one")
    with pytest.raises(ValueError, match=r"^$"):
        import_quickly("test_quick_one", "test_quick_two")

    module = sys.modules.pop("test_quick_one")
    assert (module.COLLECTS, REWRITING in module.FINDERS) == (False, False)
    assert sys.meta_path == before
    assert gc.isenabled()
