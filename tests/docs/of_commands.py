"""The commands with their arguments and options, and the exit statuses."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import typer

from gateway.cli import app
from gateway.commands import shared
from gateway.commands.lists import filled
from tests.docs.tables import code, table


def commands() -> str:
    """Return a section for each command."""
    return "\n".join(_sections(typer.main.get_command(app), "gateway"))


def _sections(command: Any, name: str) -> Iterator[str]:
    if hasattr(command, "commands"):
        for part, of_part in command.commands.items():
            yield from _sections(of_part, f"{name} {part}")
        return
    yield f"## {name}\n\n{inspect.cleandoc(command.help or '')}\n"
    rows = [_row(one) for one in command.params if not getattr(one, "hidden", False)]
    if rows:
        yield table(("argument or option", "default", "meaning"), rows)


def _row(one: Any) -> tuple[str, str, str]:
    said = filled(getattr(one, "help", None) or "")
    default = (
        ""
        if one.default is None or one.default is False or callable(one.default) or one.default == []
        else code(one.default)
    )
    if one.param_type_name == "option":
        takes = "" if one.is_flag else f" {one.metavar or one.opts[0].lstrip('-').upper()}"
        return code(f"{'`, `'.join(one.opts)}{takes}"), default, said
    return code(one.metavar or (one.name or "").upper()), default, said


def exit_statuses() -> str:
    """Return the exit statuses that a command may end with, and what each means."""
    rows = [("0", "Done.")]
    for assigned, text in pairwise(ast.parse(inspect.getsource(shared)).body):
        match assigned, text:
            case ast.Assign(value=ast.Constant(int(status))), ast.Expr(ast.Constant(str(said))):
                meaning = said.removeprefix("Exit status: ")
                rows.append((str(status), meaning[:1].upper() + meaning[1:]))
    return table(("exit status", "meaning"), rows)
