"""Commands about the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.shared import load_config


def check(file: Annotated[Path, typer.Argument(help="The file to check.")] = Path("config.yaml")) -> None:
    """Say everything that is wrong with a configuration file."""
    from gateway.config import deprecated
    from gateway.config.to_core import rules_of
    from gateway.core.adobe.rewriting import whose_logins
    from gateway.core.rules.v1_logout import V1Logout

    config = load_config(file, environ={})
    typer.echo(f"{file}: fine")
    for place, instead in deprecated(config):
        typer.echo(f"{file} {place}: deprecated; write {instead}")
    for number, rule in enumerate(rules_of(config)):
        if isinstance(rule, V1Logout):
            logins = whose_logins(rule.authorization, sso=rule.passes_sso)
            typer.echo(f"{file} rules[{number}].v1_logout: {logins}")


def print_schema() -> None:
    """Print the JSON Schema of the configuration file."""
    import json

    from gateway.config.json_schema import schema

    typer.echo(json.dumps(schema(), indent=2))
