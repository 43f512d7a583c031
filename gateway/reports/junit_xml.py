"""JUnit XML that both published schemas accept: suites, their test cases, and the outcome of each case.

Facts
-----
* Nobody owns the format. There are two published schemas. Ant's JUnit.xsd requires id, package, timestamp, hostname, properties,
  system-out and system-err, and allows one element in a test case. The other is Jenkins' junit-10.xsd.
* XML 1.0 cannot contain most control characters, not even as a reference. They are written as escapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct

from gateway.core.text import printable

Kind: TypeAlias = Literal["failure", "error", "skipped"]
NO_TIME = "1970-01-01T00:00:00"


class Ending(Struct, frozen=True):
    """The outcome of a test case that did not pass."""

    kind: Kind
    message: str
    text: str = ""
    """The details, in several lines."""
    type: str = "failure"
    """The type of a failure or an error."""


class Case(Struct, frozen=True):
    """One test case."""

    name: str
    classname: str
    ending: Ending | None = None
    """None if it passed."""
    seconds: float = 0.0

    def lines(self) -> list[str]:
        """Return the XML element of the test case."""
        about = {"name": self.name, "classname": self.classname, "time": _seconds(self.seconds)}
        opening = f"    <testcase{_attributes(about)}"
        if self.ending is None:
            return [f"{opening}/>"]
        kind, ending = self.ending.kind, self.ending
        said = {"message": ending.message} if kind == "skipped" else {"message": ending.message, "type": ending.type}
        inner = f"      <{kind}{_attributes(said)}"
        text = _text(ending.text)
        return [f"{opening}>", f"{inner}>{text}</{kind}>" if text else f"{inner}/>", "    </testcase>"]


class Suite(Struct, frozen=True):
    """Test cases that belong together."""

    name: str
    package: str
    cases: Sequence[Case]
    told: str = ""
    """The text of its system-out."""
    timestamp: str = NO_TIME
    """A time such as `2026-11-27T01:43:40`. The schemas allow no zone and no fraction."""
    seconds: float = 0.0
    untold: int = 0
    """Number of failed cases that are not written, since there are too many."""

    def lines(self, number: int) -> list[str]:
        """Return the XML element of the suite. `number` is its place among the suites, from 0."""
        endings = [case.ending.kind for case in self.cases if case.ending is not None]
        about = {
            "name": self.name,
            "tests": len(self.cases) + self.untold,
            "failures": endings.count("failure") + self.untold,
            "errors": endings.count("error"),
            "skipped": endings.count("skipped"),
            "time": _seconds(self.seconds),
            "timestamp": self.timestamp,
            "hostname": "localhost",
            "id": number,
            "package": self.package,
        }
        return [
            f"  <testsuite{_attributes(about)}>",
            "    <properties/>",
            *(line for case in self.cases for line in case.lines()),
            f"    <system-out>{_text(self.told)}</system-out>",
            "    <system-err/>",
            "  </testsuite>",
        ]


def document(suites: Sequence[Suite]) -> str:
    """Return suites as an XML document."""
    lines = [line for number, suite in enumerate(suites) for line in suite.lines(number)]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *lines, "</testsuites>", ""])


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}" if seconds else "0"


def _text(text: str) -> str:
    return escape("\n".join(map(printable, text.splitlines())))


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f" {name}={quoteattr(printable(str(value)))}" for name, value in values.items())
