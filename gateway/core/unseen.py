"""Which checks cannot be answered from a recording: what they found live is written down with it.

Facts
-----
* A check is unseen if the gateway changes on the way what it is about (`inbound`), if it looks at other calls (over time: not all
  of them are recorded), or if it is about a value that redaction replaces. The last is told by what the check declares (`reads`,
  `reads_target`) and by the policy, so that a header which a configuration calls secret counts, too.
* Whether a header is there can be seen in any recording (`presence`).
* A recording names the set of unseen checks that judged it, by a digest. Where an audit has the same set, what was found live is
  all that there is to find by them.
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
    """Return six hexadecimal digits that tell sets of checks apart, by their ids."""
    return blake2b(" ".join(sorted(checks)).encode(), digest_size=3).hexdigest()


def _is_unseen(check: Check, policy: Policy) -> bool:
    if check.info.inbound or isinstance(check, OverTimeCheck):
        return True
    if isinstance(check, AnswerCheck):
        return False
    secret = any(policy.field(name.rstrip("*"), "") for name in check.info.reads)
    return (secret and not check.info.presence) or check.info.reads_target or bool(policy.patterns)
