"""Adds a suggestion to a problem, if only the whole configuration tells what was meant."""

from collections.abc import Iterable, Mapping

from gateway.config.model import BUILT_IN_UPSTREAMS
from gateway.config.problems import Loc
from gateway.config.reading import Complaint
from gateway.core.suggestions import suggestion


def told(complaints: Iterable[Complaint], data: Mapping[str, object]) -> list[Complaint]:
    """Return the problems of `data`, with suggestions for missing keys."""
    return [
        Complaint(complaint.loc, complaint.message + _misspelt_upstream(complaint.loc, data))
        if complaint.is_missing
        else complaint
        for complaint in complaints
    ]


def _misspelt_upstream(loc: Loc, data: Mapping[str, object]) -> str:
    """Suggest a known upstream if an unknown upstream has no origin."""
    entries = data.get("upstreams")
    if loc[:1] != ("upstreams",) or not isinstance(entries, dict):
        return ""
    complete = [str(name) for name, entry in entries.items() if isinstance(entry, dict) and "origin" in entry]
    return suggestion(str(loc[1]), [*BUILT_IN_UPSTREAMS, *complete])
