"""The audit as one HTML page: a matrix of devices and checks. Behind each cell are its findings, with their exchanges.

Facts
-----
* The page is one file, and loads nothing. Its policy (CSP 3) allows only its own style and script, by their hashes. A link to a
  documentation page is followed when a person clicks it.
* The document contains everything. Without its script, each cell is a link to its findings.
* A large audit is shortened, and the page says so. The JSON report has all of it.
"""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.core.severity import GLYPHS, SEVERITIES
from gateway.core.wording import many, paragraphs
from gateway.reports.exchange import exchange
from gateway.reports.model import Result, Sheet, family, tally
from gateway.reports.view import View, short, when
from gateway.templating import environment

if TYPE_CHECKING:
    import jinja2

GROUPS = 20
"""Largest number of different findings that a cell shows."""
PLACES = 24
"""Largest number of lines that are named for one finding."""
FOLDER = Path(__file__).parent / "page"


def render(result: Result, _: Sheet) -> str:
    """Return the report as an HTML document."""
    view = View(result)
    return _template().render(
        view=view,
        result=result,
        policy=_policy(),
        style=_part("style.css"),
        script=_part("script.js"),
    )


@cache
def _template() -> jinja2.Template:
    made = environment(
        FOLDER,
        family=family,
        glyphs=GLYPHS,
        many=many,
        tally=tally,
        short=short,
        brief=brief,
        severities=SEVERITIES,
        exchange=exchange,
        paragraphs=paragraphs,
        places=PLACES,
        groups=GROUPS,
        when=when,
    )
    return made.get_template("page.html")


@cache
def _part(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8").strip()


@cache
def _policy() -> str:
    style, script = (
        f"'sha256-{base64.b64encode(sha256(_part(name).encode()).digest()).decode()}'"
        for name in ("style.css", "script.js")
    )
    return f"default-src 'none'; style-src {style}; script-src {script}; img-src data:; base-uri 'none'; form-action 'none'"


def brief(place: str) -> str:
    """Return the name of a file without its folders, if it is outside the working directory."""
    return place.rpartition("/")[2] if place.startswith("../") else place
