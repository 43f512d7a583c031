"""Lists in help texts, taken from the code when somebody asks for help: their modules take long to import."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any, get_args

from typer.core import TyperCommand

LISTS: Mapping[str, tuple[str, str]] = {
    "certificates": ("gateway.lab.formats", "FORMATS"),
    "checked": ("gateway.commands.lab_check", "FORMATS"),
    "converters": ("gateway.cassettes.converters", "CONVERTERS"),
    "failing": ("gateway.reports", "SEVERITY_OF"),
    "modes": ("gateway.config.model", "Mode"),
    "redirects": ("gateway.lab.redirects", "FORMS"),
    "reports": ("gateway.reports", "REPORTS"),
    "resolvers": ("gateway.lab.dns_lines", "FORMS"),
    "writers": ("gateway.cassettes.converters", "WRITERS"),
}
"""The module and the name of each list: a map, whose keys are listed, or a Literal."""
_NAMED = re.compile(r"\{([a-z]+)\}")


def filled(text: str) -> str:
    """Return a help text with each `{name}` of LISTS as a list of words: `table, json or html`."""
    return _NAMED.sub(lambda named: _words(named[1]) if named[1] in LISTS else named[0], text)


def _words(name: str) -> str:
    module, table = LISTS[name]
    try:
        listed = getattr(import_module(module), table)
    except ImportError:  # an extra that is not installed
        return "its formats need pip install '.[lab]'"
    words = list(listed) if isinstance(listed, Mapping) else [str(word) for word in get_args(listed)]
    return f"{', '.join(words[:-1])} or {words[-1]}"


class Command(TyperCommand):
    """A command whose help has its lists filled in."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for one in self.params:
            if text := getattr(one, "help", None):
                one.help = filled(text)  # type: ignore[attr-defined]  # an option or an argument
        super().format_help(ctx, formatter)
