"""`gateway init`: writes the files that a gateway needs into a folder."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.shared import fail, steps

IGNORED = (
    ".gateway-key",
    ".gateway-state*",
    ".gateway-control*",
    ".gateway-fleet-key",
    "history.sqlite*",
    "*.yaml.lock",
    "*.findings.jsonl",
    "*.yaml.damaged*",
    "*.imported*",
    "/lab/",
)
"""Files that a gateway makes, and that you do not commit: keys, tokens, locks, history, findings, copies of a repair or an import, the lab's authority."""
NEXT = (
    ("gateway run", "start it; in your app, replace https://api.auth.adobe.com by http://127.0.0.1:8080"),
    ("gateway config show", "the settings, and the source of each value"),
    ("gateway audit cassettes", "what is wrong with the recorded calls"),
)


def init(
    folder: Annotated[Path, typer.Argument(help="The folder. It is made if it does not exist.")] = Path(),
) -> None:
    """Write a commented config.yaml and a .gitignore, and print the next steps."""
    from gateway.system.files import make_folder

    config, ignore = folder / "config.yaml", folder / ".gitignore"
    if config.exists() or config.is_symlink():
        fail(f"{config}: the file exists already, and was not changed; `gateway config check {config}` checks it")
    make_folder(folder)
    with config.open("xb") as file:
        file.write(files("gateway.config").joinpath("starter.yaml").read_bytes())
    typer.echo(f"{config}: written")
    added = _ignore(ignore)
    typer.echo(f"{ignore}: {f'{len(added)} lines added' if added else 'complete, not changed'}")
    typer.echo(
        steps(
            [*([(f"cd {folder}", "the commands below look for config.yaml here")] if folder != Path() else []), *NEXT]
        )
    )
    typer.echo("to reach Adobe's staging, set `upstream: staging` in config.yaml")


def _ignore(file: Path) -> list[str]:
    """Add the missing lines to a file, and return them."""
    content = file.read_bytes() if file.exists() else b""
    known = {line.strip() for line in content.splitlines()}
    missing = [entry for entry in IGNORED if entry.encode() not in known]
    if missing:
        gap = b"\n" if content and not content.endswith(b"\n") else b""
        with file.open("ab") as appending:
            appending.write(gap + "".join(f"{entry}\n" for entry in missing).encode())
    return missing
