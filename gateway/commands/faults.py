"""The command that lists the faults."""

from __future__ import annotations

import typer


def list_faults() -> None:
    """List the faults of `faults` in config.yaml, each with its options."""
    from msgspec.structs import fields

    from gateway.core.faults import FAULTS

    width = max(map(len, FAULTS))
    for name, fault in FAULTS.items():
        about = (fault.__doc__ or "").partition("\n")[0]
        options = ", ".join(option.name for option in fields(fault))
        typer.echo(f"{name:<{width}}  {about}{f' Options: {options}.' if options else ''}")
