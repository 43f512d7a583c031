"""The command line: every command under its name. `gateway/commands/` has their functions."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import gateway
from gateway.commands import (
    audit,
    cassettes,
    config,
    emulator,
    faults,
    init,
    lab,
    lab_check,
    offline,
    redaction,
    rewriting,
    running,
)
from gateway.commands.lists import Command
from gateway.commands.shared import DEFECT, fail
from gateway.core.mistake import Mistake
from gateway.core.secrets.budget import OverBudgetError

_TOO_MUCH: dict[type[Exception], str] = {
    OverBudgetError: "expected input that can be searched for secrets, found some that is too much work",
    RecursionError: "expected input of reasonable depth, found some that is nested too deeply",
    MemoryError: "expected input that fits into memory, found more",
}
"""Errors that input can cause, though it is no mistake and no defect, with their messages."""


class _Commands(TyperGroup):
    """Prints a person's mistake as one message, for every command."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):  # a name of a file may hold what no encoding says
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except Mistake as mistake:
            fail(str(mistake))
        except BrokenPipeError:  # whoever read has enough: typer knows
            raise
        except OSError as error:
            fail(f"{error.filename or 'standard output'}: {error.strerror or error}")
        except tuple(_TOO_MUCH) as error:
            fail(next(text for kind, text in _TOO_MUCH.items() if isinstance(error, kind)))
        except Exception as error:  # its text and its traceback may quote what was read
            if type(error).__module__.partition(".")[0] in {"typer", "click"}:  # usage, and the end of a command
                raise
            if isinstance(error, ValueError) and "null byte" in str(error):  # raised where typer looks for a file
                fail("expected a file name without a NUL, found one with a NUL")
            fail(f"a defect in the gateway: {type(error).__name__} at {_place(error)}", DEFECT)


def _place(error: BaseException) -> str:
    """Return the innermost place in our code that an error came through."""
    from traceback import extract_tb  # noqa: PLC0415  # needed of a defect alone

    ours = [frame for frame in extract_tb(error.__traceback__) if f"{os.sep}gateway{os.sep}" in frame.filename]
    return f"{ours[-1].filename}:{ours[-1].lineno}" if ours else "an unknown place"


def _group(about: str) -> typer.Typer:
    return typer.Typer(help=about, no_args_is_help=True)


app = typer.Typer(
    cls=_Commands,
    help="A gateway between an app and Adobe Pass Authentication. It forwards, records and replays calls.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pass-gateway {gateway.__version__}")
        raise typer.Exit


@app.callback()
def _about(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options before a command."""


app.command("init")(init.init)
app.command("run", cls=Command)(running.run)
app.command("exec", cls=Command, context_settings={"allow_interspersed_args": False})(offline.execute)
app.command("demo")(running.demo)
app.command("emulator")(emulator.emulator)
app.command("audit", cls=Command)(audit.audit)
app.command("verify")(offline.verify)
app.command("explain")(audit.explain)
app.command("explain-rewrite")(rewriting.explain_rewrite)
app.command("redact")(redaction.redact)

app.add_typer(of_config := _group("Check and show the configuration."), name="config")
of_config.command("check")(config.check)
of_config.command("show")(config.show)
of_config.command("schema")(config.print_schema)

app.add_typer(of_cassettes := _group("Look at cassettes, change them, and convert them."), name="cassette")
of_cassettes.command("ls")(cassettes.ls)
of_cassettes.command("show")(cassettes.show)
of_cassettes.command("diff")(cassettes.diff)
of_cassettes.command("import", cls=Command)(cassettes.bring_in)
of_cassettes.command("export", cls=Command)(cassettes.send_out)
of_cassettes.command("rm")(cassettes.remove)
of_cassettes.command("repair")(cassettes.repair)
of_cassettes.command("lint")(redaction.lint)
of_cassettes.command("scrub")(redaction.scrub)

app.add_typer(of_redaction := _group("The redaction of secrets."), name="redaction")
of_redaction.command("key")(redaction.print_key)

app.add_typer(of_lab := _group("A lab of devices: its certificates, and lines for its network."), name="lab")
of_lab.command("init")(lab.init)
of_lab.command("ca", cls=Command)(lab.ca)
of_lab.command("cert")(lab.cert)
of_lab.command("dns", cls=Command)(lab.dns)
of_lab.command("redirect", cls=Command)(lab.redirect)
of_lab.command("check", cls=Command)(lab_check.check)

app.add_typer(of_lists := _group("List the checks and the faults."), name="list")
of_lists.command("checks")(audit.list_checks)
of_lists.command("faults")(faults.list_faults)


def main() -> None:
    """Run the command that the command line names."""
    _open_closed_streams()
    app()


def _open_closed_streams() -> None:
    """Open what is closed of standard input, output and error on /dev/null: the next file would take its place."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with suppress(OSError):
                os.fstat(descriptor)
                continue
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w", closefd=False))
