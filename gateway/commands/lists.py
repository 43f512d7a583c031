"""Lists in help texts. They are read from the code only when somebody asks for help, since their modules take long to import."""

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
    "offline": ("gateway.offline.settings", "MODES"),
    "redirects": ("gateway.lab.redirects", "FORMS"),
    "reports": ("gateway.reports", "REPORTS"),
    "resolvers": ("gateway.lab.dns_lines", "FORMS"),
    "times": ("gateway.transports.played_times", "Times"),
    "writers": ("gateway.cassettes.converters", "WRITERS"),
}
"""The module and the name of each list. It is a map, whose keys are listed, a tuple or a Literal."""
_NAMED = re.compile(r"\{([a-z]+)\}")


def filled(text: str) -> str:
    """Return a help text in which each `{name}` of LISTS is replaced by its words: `table, json or html`."""
    return _NAMED.sub(lambda named: _words(named[1]) if named[1] in LISTS else named[0], text)


def _words(name: str) -> str:
    module, table = LISTS[name]
    try:
        listed = getattr(import_module(module), table)
    except ImportError:  # an extra that is not installed
        return "the formats need pip install '.[lab]'"
    words = [str(word) for word in (listed if isinstance(listed, Mapping | tuple) else get_args(listed))]
    return f"{', '.join(words[:-1])} or {words[-1]}"


class Command(TyperCommand):
    """A command whose help text contains lists."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for one in self.params:
            if text := getattr(one, "help", None):
                one.help = filled(text)  # type: ignore[attr-defined]  # an option or an argument
        super().format_help(ctx, formatter)
