"""How old a recording is, and which tokens in its answers have ended: what a replay cannot make young again.

Facts
-----
* A JWT's pseudonym keeps its dates. Those of requests are not looked at: a replay judges no token, and each recorded one ends within
  hours. A token in an answer is handed to the app, which sees that it has ended.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.adobe.tokens import Jwt, read_jwt
from gateway.core.model import Interaction
from gateway.core.recorded import heads_of
from gateway.core.times import date_of, seconds_of

DAY = 86400

Warned = tuple[str, dict[str, object]]
"""An event, and what there is to say about it."""


def warnings_of(interactions: Sequence[Interaction], *, now: float, max_age: float | None) -> list[Warned]:
    """Return the warnings; `now` in seconds since the epoch, `max_age` in seconds, None if any age will do."""
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
