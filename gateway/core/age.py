"""The age of a recording, and the tokens in its answers that have expired. A replay cannot renew either.

Facts
-----
* A JWT's pseudonym keeps its dates. Tokens in requests are not read: a replay does not judge them, and every recorded token expires
  within hours. A token in an answer goes to the app, and the app sees that the token has expired.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.adobe.tokens import Jwt, read_jwt
from gateway.core.model import Interaction
from gateway.core.recorded import heads_of
from gateway.core.times import date_of, seconds_of

DAY = 86400

Warned = tuple[str, dict[str, object]]
"""An event of the log, and its details."""


def warnings_of(interactions: Sequence[Interaction], *, now: float, max_age: float | None) -> list[Warned]:
    """Return the warnings. `now` is in seconds since the epoch, `max_age` in seconds; None allows any age."""
    heads = heads_of(interactions)
    found: list[Warned] = []
    if max_age is not None:
        ages = [
            (now - at, one.recorded_at) for one in heads if (at := seconds_of(one.recorded_at, zoned=True)) is not None
        ]
        old = [entry for entry in ages if entry[0] > max_age]
        if old:
            age, recorded_at = max(old)
            about: dict[str, object] = {"interactions": len(old), "oldest": recorded_at, "days": int(age // DAY)}
            found.append(("old cassette", {**about, "max_age_days": round(max_age / DAY, 2)}))
    ended = [expires for one in heads for expires in one.expires if expires <= now]
    if ended:
        found.append(("expired tokens in recorded answers", {"tokens": len(ended), "first": date_of(min(ended))}))
    return found


def token_warnings_of(token: str, *, now: float) -> list[Warned]:
    """Return the warnings about an access token that is about to be used."""
    read = read_jwt(token)
    if isinstance(read, Jwt) and read.expires is not None and read.expires <= now:
        return [("the access token has expired", {"at": date_of(read.expires)})]
    return []
