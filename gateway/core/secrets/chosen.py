"""What a configuration chooses by name or by JSONPath: values that are secrets, and values that are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.core.secrets import json_text, multipart
from gateway.core.secrets.lookup import is_kept
from gateway.core.secrets.policy import Policy

KEPT = "kept"
"""In place of a kind: the configuration keeps the value."""


def chosen_in(text: str, policy: Policy) -> dict[json_text.Path, str]:
    """Return the results of a configuration's JSONPath queries, by path: the kind of a secret, KEPT for an exception."""
    queries = [*policy.paths, *((query, KEPT) for query in policy.kept_paths)]
    data = json_text.rebuilt(text) if queries else None
    return {match.parts: kind for query, kind in queries for match in query.finditer(data)}


def choice_of(leaf: json_text.Leaf, chosen: dict[json_text.Path, str]) -> str | None:
    """Return the choice for a leaf, or for an object around it. The nearest counts."""
    return next((chosen[leaf.path[:end]] for end in range(len(leaf.path), -1, -1) if leaf.path[:end] in chosen), None)


def kept_in(text: str, policy: Policy, boundary: str = "") -> Iterator[str]:
    """Yield the values of a target or a body that the configuration keeps, as they are written there. They may look like secrets.

    `boundary`: the boundary of a multipart form. If it is empty, a body that begins like a form is read as one.
    """
    parts = multipart.parts(text, boundary or multipart.boundary_in(text)) or [multipart.Part(0, len(text))]
    for part in parts:
        content = text[part.start : part.end]
        if not part.is_file and part.name and is_kept(part.name, policy):
            yield content
        else:
            yield from _kept_outside_forms(content, policy)


def _kept_outside_forms(text: str, policy: Policy) -> Iterator[str]:
    if "" in policy.parameters.values():
        for pair in re.split("[?&#]", text):
            name, _, value = pair.partition("=")
            if is_kept(name, policy):
                yield value
    if policy.kept_paths:
        chosen = chosen_in(text, policy)
        yield from (leaf.text for leaf in json_text.leaves(text) if choice_of(leaf, chosen) == KEPT)
