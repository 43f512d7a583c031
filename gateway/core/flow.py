"""Chains rules into one flow: the first rule's requests pass through the second, and so on to the wire."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.model import Flow, Request, Rule


def chain(rules: Sequence[Rule], request: Request) -> Flow:
    """Return the conversation of `request` with all `rules`, in order. After the last rule the request is sent."""
    if not rules:
        return (yield request)
    conversation = rules[0](request)
    try:
        outbound = next(conversation)
        while True:
            outbound = conversation.send((yield from chain(rules[1:], outbound)))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a Flow's return value is its reply
