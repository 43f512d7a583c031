"""Answers later."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, exp, log, pi, sqrt
from typing import Annotated, Any, TypeAlias

from msgspec import Struct

from gateway.core.fault import Effect, Fault, Occasion
from gateway.core.fault_options import LONGEST, number_in, seconds_in
from gateway.core.options import AsWritten


class Fixed(Struct, frozen=True):
    """The same delay for each answer."""

    seconds: float

    def of(self, drawn: float, other: float) -> float:
        """Return the seconds. `drawn` and `other` are random numbers from 0 to below 1."""
        del drawn, other
        return self.seconds

    def __str__(self) -> str:
        return f"{self.seconds:.9f}".rstrip("0").rstrip(".") + "s"


class Uniform(Struct, frozen=True):
    """A delay between two values. All delays are equally likely."""

    lower: float
    upper: float

    def of(self, drawn: float, other: float) -> float:
        """Return the seconds. `drawn` and `other` are random numbers from 0 to below 1."""
        del other
        return self.lower + drawn * (self.upper - self.lower)


class LogNormal(Struct, frozen=True):
    """Times as networks have them: most are near the median, and few are very long."""

    median: float
    sigma: float
    """The standard deviation of the logarithm."""

    def of(self, drawn: float, other: float) -> float:
        """Return the seconds, an hour at most. `drawn` and `other` are random numbers from 0 to below 1."""
        normal = sqrt(-2 * log(1 - drawn)) * cos(2 * pi * other)  # Box and Muller (1958)
        return min(LONGEST, self.median * exp(self.sigma * normal))  # 10 sigma of 8.6 at most


Distribution: TypeAlias = Fixed | Uniform | LogNormal


def _distribution(value: object) -> Distribution | None:
    """Read seconds, `{lower, upper}` or `{median, sigma}`. None for any other value."""
    if not isinstance(value, Mapping):
        seconds = seconds_in(value)
        return Fixed(seconds) if seconds is not None else None
    if value.keys() == {"lower", "upper"}:
        lower, upper = seconds_in(value["lower"]), seconds_in(value["upper"])
        return Uniform(lower, upper) if lower is not None and upper is not None and lower <= upper else None
    if value.keys() == {"median", "sigma"}:
        median, sigma = seconds_in(value["median"]), number_in(value["sigma"], 0, 10)
        return LogNormal(median, sigma) if median is not None and sigma is not None else None
    return None


_EXPECTED = (
    "seconds such as 2 or 500ms, {lower: 1, upper: 3} for any time between, or {median: 1, sigma: 0.4} for a log-normal one, "
    "an hour at most"
)
_TIME: dict[str, Any] = {"type": ["number", "string"]}
_SCHEMA = {
    "anyOf": [
        _TIME,
        {
            "type": "object",
            "properties": {"lower": _TIME, "upper": _TIME},
            "required": ["lower", "upper"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"median": _TIME, "sigma": {"type": "number", "minimum": 0, "maximum": 10}},
            "required": ["median", "sigma"],
            "additionalProperties": False,
        },
    ]
}


class Delay(Fault, frozen=True):
    """Answers later: the request is sent after a fixed, a uniform or a log-normal time, and answered as usual."""

    seconds: Annotated[Distribution, AsWritten(_EXPECTED, _distribution, _SCHEMA)]
    """How long: `2`, `500ms`, `{lower: 1, upper: 3}` (uniform) or `{median: 1, sigma: 0.4}` (log-normal)."""

    async def strike(self, occasion: Occasion) -> Effect | None:
        """Wait for the drawn time."""
        return Effect(delay=self.seconds.of(occasion.draw("how long"), occasion.draw("how long, too")))
