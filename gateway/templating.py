"""How templates become HTML: one jinja2 environment for a folder, escaped whatever the text.

Facts
-----
* Each text is escaped by jinja2, and what does not print is written as an escape: what an app sends acts on no reader.
* A name that a template does not know is an error, not an empty text.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.core.text import printable

if TYPE_CHECKING:
    import jinja2


def environment(folder: Path, **names: object) -> jinja2.Environment:
    """Return what loads the templates of a folder; `names` are known to all of them."""
    import jinja2  # noqa: PLC0415  # who opens a page waits for it; a suite of tests does not

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    made.globals.update(names)
    return made
