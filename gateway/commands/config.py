"""Commands about the configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.shared import ConfigOption, is_empty, load_config, print_bytes


def check(file: Annotated[Path, typer.Argument(help="The file to check.")] = Path("config.yaml")) -> None:
    """Report all mistakes in a configuration file, and in the environment variables that change it."""
    from msgspec.structs import replace

    from gateway.config.of_devices import deprecated_of_all, rules_said
    from gateway.config.problems import dotted
    from gateway.config.to_core import rules_of
    from gateway.core.adobe.rewriting import whose_logins
    from gateway.core.rules.v1_logout import V1Logout

    config = load_config(file)
    if config.emulator.needs_a_look:
        from gateway.wiring.emulator import emulator_of

        emulator_of(config.emulator)
    if any(listen.tls is not None and listen.tls.lab for listen in config.all_listeners.values()):
        from gateway.wiring.lab import authority_of

        authority_of(config)
    typer.echo(f"{file}: valid{', but empty: every key has its default' if is_empty(file) else ''}")
    for place, instead in deprecated_of_all(config):
        typer.echo(f"{file} {place}: deprecated; write {instead}")
    for at, rules in rules_said(config):
        for number, rule in enumerate(rules_of(replace(config, rules=tuple(rules)))):
            if isinstance(rule, V1Logout):
                logins = whose_logins(rule.authorization, sso=rule.passes_sso)
                typer.echo(f"{file} {dotted((*at, number))}.v1_logout: {logins}")


def show(config: ConfigOption = None) -> None:
    """Print the configuration that `gateway run` would use, and the source of each value. Secrets are left out."""
    from gateway.config import load_with_sources
    from gateway.config.showing import text_of

    print_bytes(text_of(load_with_sources(config, os.environ, {}), os.environ).encode("utf-8", "backslashreplace"))


def print_schema() -> None:
    """Print the JSON Schema of the configuration file."""
    import json

    from gateway.config.json_schema import schema

    typer.echo(json.dumps(schema(), indent=2))
