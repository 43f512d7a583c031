"""Parental ratings: whether a resource is above what a profile's maxRating allows."""

from __future__ import annotations

import re
from collections.abc import Mapping

SCALES: Mapping[str, tuple[str, ...]] = {
    "VCHIP": ("TV-Y", "TV-Y7", "TV-G", "TV-PG", "TV-14", "TV-MA"),
    "MPAA": ("G", "PG", "PG-13", "R", "NC-17"),
}
"""Ratings from the mildest to the strictest, by the scheme's name in maxRating (user-metadata page)."""

# An MRSS resource contains its rating (MRSS page): <media:rating scheme="urn:v-chip">tv-pg</media:rating>.
_OF_MRSS = re.compile(r"<media:rating(?=[\s>])[^<>]*+>([^<>]{1,16})</media:rating>", re.IGNORECASE)


def rating_of(resource: str) -> str:
    """Return the rating in an MRSS resource. Empty if there is no rating."""
    found = _OF_MRSS.search(resource) if "<" in resource else None
    return found[1].strip() if found else ""


def is_above(rating: str, most: object) -> bool:
    """Return whether a rating is above a profile's maxRating. False if they cannot be compared."""
    if not isinstance(most, dict):
        return False
    for scheme, scale in SCALES.items():
        allowed = most.get(scheme)
        if rating.upper() in scale and isinstance(allowed, str) and allowed.upper() in scale:
            return scale.index(rating.upper()) > scale.index(allowed.upper())
    return False
