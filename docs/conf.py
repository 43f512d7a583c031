"""How Sphinx makes a site of the documentation: `make docs`. Nothing in the site needs a network.

`make docs` turns each warning into a failure. So a link or an anchor that leads nowhere fails the build.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).parent.parent))

from gateway import __version__
from tests.docs.links import without_sources

project = "pass-gateway"
release = __version__
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # a page may leave out a level of headings
html_theme = "furo"
html_title = f"pass-gateway {release}"
html_show_copyright = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "monokai"


def _read(app: Any, name: str, source: list[str]) -> None:  # noqa: ARG001  # Sphinx's own signature
    source[0], missing = without_sources(source[0], str(Path(name).parent))
    for target in missing:
        logging.getLogger(__name__).warning("a link to %s, which does not exist", target, location=name)


def setup(app: Any) -> None:
    """Show links to source files as text, and check that the files exist."""
    app.connect("source-read", _read)
