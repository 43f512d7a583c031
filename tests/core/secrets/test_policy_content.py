"""The policy's number and its content change together."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.core.redactors import REDACTORS
from gateway.core.secrets import policy, pseudonyms
from tests.core.secrets import policy_content
from tests.core.secrets.policy_content import kinds, lists, names, redacted, shapes
from tests.harness.for_each import for_each


def test_the_content_is_what_the_number_stands_for() -> None:
    digest = policy_content.digest()
    assert digest == policy.CONTENT, (
        f"the policy's content has changed, so NUMBER in gateway/core/secrets/policy.py has to (it is {policy.NUMBER!r}), "
        f"and CONTENT has to be {digest!r}: `python -m tests.core.secrets.policy_content` prints it"
    )


CHANGES: dict[str, tuple[Callable[[], object], Callable[[pytest.MonkeyPatch], None]]] = {
    "a name more": (lists, lambda patch: patch.setitem(policy.HEADERS, "x-partner-id", "token")),
    "another kind": (lists, lambda patch: patch.setitem(policy.NAMES, "userid", "household")),
    "a kind more": (kinds, lambda patch: patch.setitem(policy.NAMES, "userid", "somebody")),
    "a list more": (lists, lambda patch: patch.setattr(policy, "MORE", frozenset({"x"}), raising=False)),
    "a path less": (lists, lambda patch: patch.setattr(policy, "PATHS", policy.PATHS[1:])),
    "another length of what is a look-alike": (shapes, lambda patch: patch.setattr(pseudonyms, "LEAST", 16)),
    "another domain": (shapes, lambda patch: patch.setattr(pseudonyms, "_EMAIL_DOMAIN", "example.org")),
    "another domain in a message": (redacted, lambda patch: patch.setattr(pseudonyms, "_EMAIL_DOMAIN", "example.org")),
    "a redactor less": (names, lambda patch: patch.setattr(policy_content, "REDACTORS", REDACTORS[:-1])),
    "fewer public words": (lists, lambda patch: patch.setattr(policy, "PUBLIC_VALUES", frozenset(sorted(policy.PUBLIC_VALUES)[1:]))),
}  # fmt: skip
"""What may change, and the part of the content that shows it."""


@for_each("change", CHANGES)
def test_each_change_of_the_content_is_seen(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    part, make = CHANGES[change]
    assert part in policy_content.PARTS
    before = part()
    make(monkeypatch)
    assert part() != before
