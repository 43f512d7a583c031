"""Finds the checks that a recording cannot answer. Their live findings are recorded with the call.

Facts
-----
* A check is unseen in three cases: it judges a value that the gateway changes (`inbound`); it looks at other calls (over time), and not
  all of them are recorded; or it judges a value that redaction replaces. The check's declarations (`reads`, `reads_target`) and the
  policy tell the third case. So a header that a configuration calls secret counts, too.
* Every recording shows whether a header is there (`presence`).
* A recording has a digest of the set of unseen checks that judged it. If an audit has the same set, the recorded live findings are all
  findings of these checks.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from gateway.core.checking import AnswerCheck, Check, OverTimeCheck
from gateway.core.secrets.policy import Policy


def unseen_of(checks: Iterable[Check], policy: Policy) -> frozenset[str]:
    """Return the ids of the checks that a redacted recording cannot answer under this policy."""
    return frozenset(check.info.id for check in checks if _is_unseen(check, policy))


def digest_of(checks: Iterable[str]) -> str:
    """Return six hexadecimal digits that identify a set of checks, by their ids."""
    return blake2b(" ".join(sorted(checks)).encode(), digest_size=3).hexdigest()


def _is_unseen(check: Check, policy: Policy) -> bool:
    if check.info.inbound or isinstance(check, OverTimeCheck):
        return True
    if isinstance(check, AnswerCheck):
        return False
    secret = any(policy.field(name.rstrip("*"), "") for name in check.info.reads)
    return (secret and not check.info.presence) or check.info.reads_target or bool(policy.patterns)
