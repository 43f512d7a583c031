"""One environment for all templates: what is put into a page is text, whatever it is."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from gateway.templating import environment


def test_a_text_is_escaped_and_what_does_not_print_is_written_out(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text("{{ word }} {{ given }}")
    shown = environment(tmp_path, word="a").get_template("one.html").render(given="<b>\x1b\u202e")
    assert shown == r"a &lt;b&gt;\x1b\u202e"


def test_a_name_that_nobody_gave_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text("{{ nobody }}")
    with pytest.raises(jinja2.UndefinedError):
        environment(tmp_path).get_template("one.html").render()
