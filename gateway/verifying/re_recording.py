"""Replaces recorded answers with the answers of a live upstream. The requests stay.

Facts
-----
* An interaction keeps its recorded answer if its request was not sent, or was not answered by the API. Half a cassette must not
  replace a whole one.
* The requests stay as they were recorded, with their pseudonyms, and with the name of the key that made the pseudonyms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import time

from msgspec.structs import replace

from gateway.cassettes.editing import Changes, edit
from gateway.cassettes.format import dump
from gateway.core.model import Interaction
from gateway.core.redaction import Redaction
from gateway.core.times import stamp
from gateway.core.wording import many
from gateway.verifying.verifier import Verification, Verified


def re_recorded(path: Path, done: Verification, redaction: Redaction, *, origin: str, refuse: bool) -> str:
    """Replace a cassette in one step, and return what changed. `refuse`: an answer with a remaining secret is not written."""
    leaks = 0

    def change(held: Sequence[Interaction]) -> Changes:
        nonlocal leaks
        blocks: dict[int, bytes | None] = {}
        for position, (interaction, outcome) in enumerate(zip(held, done.outcomes, strict=False)):
            if outcome.live is None or outcome.reason is not None or interaction != outcome.interaction:
                continue  # if the interactions differ, another process has recorded into the file meanwhile
            block = _anew(outcome, redaction, origin, refuse=refuse)
            leaks += block is None
            if block is not None:
                blocks[position] = block
        return blocks

    held, changes = edit(path, change)
    left = f"; {many(leaks, 'answer')} with a remaining secret refused" if leaks else ""
    if not changes:
        return f"{path} was not replaced: nothing was recorded{left}"
    return f"{path}: {len(changes)} of {many(len(held), 'interaction')} recorded again{left}"


def _anew(outcome: Verified, redaction: Redaction, origin: str, *, refuse: bool) -> bytes | None:
    """Return the block of a live answer to a recorded request. None if a secret remains in it, and `refuse` is set."""
    old, live = outcome.interaction, outcome.live
    assert live is not None  # noqa: S101  # the caller has looked
    about = {**old.about, "source": live.source, "elapsed_ms": round(outcome.elapsed_ms)}
    now = stamp(time())
    made = redaction.leg(old.request, live, origin=origin, recorded_at=now, about={**about, "recorded_at": now})
    if made.leaks and refuse:
        return None
    return dump(_of_its_key(made.interaction, old))


def _of_its_key(made: Interaction, old: Interaction) -> Interaction:
    """Return an interaction that names the key of the pseudonyms in its request."""
    before, now = old.about.get("redaction"), made.about["redaction"]
    if not isinstance(before, Mapping) or not before.get("key_id") or not isinstance(now, Mapping):
        return made
    return replace(made, about={**made.about, "redaction": {**now, "key_id": before["key_id"]}})
