"""Rules for entries of lists whose keys are valid one by one, and wrong together: rules, faults, and redaction."""

from collections.abc import Iterator

from gateway.config.clash import Clash
from gateway.config.model import Config
from gateway.config.of_devices import faults_said, rules_said
from gateway.config.problems import Loc, found, unexpected
from gateway.config.reading import keys_of, said
from gateway.core.adobe.error_answers import dialect_of
from gateway.core.faults.error import ApiErrorFault
from gateway.core.planned_fault import PlannedFault
from gateway.core.suggestions import suggestion


def each_rule_names_one_place(config: Config) -> Iterator[Clash]:
    """Require one place in each redaction rule and in each exception."""
    for key, entries in (("rules", config.redaction.rules), ("keep", config.redaction.keep)):
        for number, entry in enumerate(entries):
            named = [name for name in said(entry) if name not in {"as", "reason"}]
            if len(named) != 1:
                places = "header, query, json or pattern" if key == "rules" else "header, query or json"
                message = f"expected one of {places}, found {' and '.join(named) or 'none'}"
                yield Clash(("redaction", key, number), message)


def each_rule_is_one(config: Config) -> Iterator[Clash]:
    """Require a single key, the rule's name, in each entry of `rules`."""
    for place, rules in rules_said(config):
        for number, rule in enumerate(rules):
            names = list(said(rule))
            if len(names) != 1:
                known = ", ".join(keys_of(type(rule)))
                yield Clash((*place, number), f"expected one of {known}, found {' and '.join(names) or 'none'}")


def faults_can_happen(config: Config) -> Iterator[Clash]:
    """Require faults that name known upstreams, that end, and that can happen to each of their routes."""
    for faults, entries in faults_said(config):
        for number, entry in enumerate(entries):
            yield from _why_it_cannot(entry.planned("", 0.0), (*faults, number, "when"), config)


def _why_it_cannot(made: PlannedFault, at: Loc, config: Config) -> Iterator[Clash]:
    for place, name in enumerate(made.when.upstream):
        if name not in config.upstreams:
            known = ", ".join(config.upstreams)
            message = (
                f"expected the name of an upstream ({known}), found {found(name)}{suggestion(name, config.upstreams)}"
            )
            yield Clash((*at, "upstream", place), message, (("upstreams", name),))
    if made.when.schedule.never_ends:
        expected = "more seconds than lasts, and lasts above 0, so that the fault ends"
        lasts = (*at, "schedule", "lasts")
        yield Clash((*at, "schedule", "every"), unexpected(expected, made.when.schedule.every), (lasts,))
    for place, route in enumerate(made.when.route):
        if not isinstance(made.fault, ApiErrorFault):
            continue
        path = route.text.partition(" ")[2]
        if dialect_of(path) is not None and not made.fault.is_documented_at(path):
            expected = f"a route of an API that documents {made.fault.code}"
            yield Clash((*at, "route", place), unexpected(expected, route.text))
