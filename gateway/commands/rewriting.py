"""The command that shows how the rules treat a request."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.commands.shared import ConfigOption, load_config


def explain_rewrite(
    request: Annotated[str, typer.Argument(help="Method and target, such as 'DELETE /api/v1/logout?requestor=…'.")],
    header: Annotated[
        list[str] | None, typer.Option("-H", "--header", help="A header field, as 'Name: value'.")
    ] = None,
    data: Annotated[str, typer.Option("-d", "--data", help="The body, a form.")] = "",
    profile: Annotated[
        list[str] | None,
        typer.Option(help="An MVPD at which the device is assumed to be logged in. Default: Cablevision."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Print the conversation that the rules would have for a request. Nothing is sent."""
    from gateway.commands.conversation import told, typed_request
    from gateway.config.to_core import rules_of
    from gateway.core.adobe.rewriting import whose_logins
    from gateway.core.rules.v1_logout import V1Logout

    rules = rules_of(load_config(config))
    if not any(isinstance(rule, V1Logout) for rule in rules):
        redirect_url = "https://example.com/signed-out"
        typer.echo(f"rules: no v1_logout is configured, so this shows one with redirect_url {redirect_url}\n")
        rules = (V1Logout(redirect_url), *rules)
    asked = typed_request(request, header or (), data)
    conversation = list(told(rules, asked, profile or ["Cablevision"]))
    without = list(told(rules, asked, ())) if profile is None else conversation
    typer.echo("\n".join(conversation))
    if without != conversation:
        typer.echo("\n".join(["", "and if v2 knows no profile:", "", *without]))
    for rule in rules:
        if isinstance(rule, V1Logout) and rule.concerns(asked):
            typer.echo(f"\nwhose logins: {whose_logins(rule.authorization, sso=rule.passes_sso)}")
