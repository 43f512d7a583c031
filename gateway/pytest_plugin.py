"""The pytest plugin: the fixture `gateway`, the marker `cassette`, and what is said of them in reports.

Facts
-----
* It is loaded into every pytest run of the environment, so nothing heavy is imported before a test asks for the fixture.
* No Python warning is issued: with warnings as errors it would fail whom it should tell.
* What a test is to say at the end of the session rides on its report, which pytest-xdist brings home from its workers.
"""

# ruff: noqa: PLC0415  # see the first fact
from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.offline.told import REPORT, Told

if TYPE_CHECKING:
    from gateway.offline.running import Offline, Session, State
    from gateway.offline.settings import Settings, Wanted


@dataclass
class Used:
    """The gateway of a test, and what was told of it."""

    gateway: Offline
    wanted: Wanted
    unplayed: str
    """What becomes of interactions that were not played."""
    alone: bool
    """Whether no other test has its cassette."""
    later: bool
    """Whether something may be asked after the test itself, so that what was not asked for is known only then."""
    whole: bool = False
    """Whether the test itself came to its end: of one that stopped early it says nothing that something was not asked for."""
    failed: bool = False
    """Whether it has been failed already."""
    seen: State | None = None
    """What was known at the last look: it has been judged, and is in a report."""
    reported: State | None = None
    """What was known when the session was last told."""


AUTO = "--gateway-mode=auto"
USED = pytest.StashKey[Used]()
TOLD = pytest.StashKey[Told]()
SETTINGS = pytest.StashKey["Settings"]()
SESSION = pytest.StashKey["Session"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("pass-gateway", "offline tests of Adobe Pass calls")
    group.addoption(
        "--gateway-mode", choices=("replay", "record", "auto"), default="replay",
        help="replay: cassettes answer, with no network; record: the upstream does; auto: the upstream, where a cassette does not",
    )  # fmt: skip
    group.addoption("--gateway-upstream", metavar="NAME", help="the upstream that recordings are made from")
    group.addoption(
        "--gateway-config", metavar="FILE", help="the configuration; default: config.yaml in the root folder"
    )
    group.addoption(
        "--gateway-unplayed", choices=("fail", "warn", "ignore"), default="warn",
        help="what becomes of interactions in a cassette that no test asked for",
    )  # fmt: skip
    group.addoption(
        "--gateway-orphans", action="store_true", help="fail, and list them, when no test uses some cassettes"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.stash[TOLD] = Told(config, lambda: _settings(config).project)
    config.pluginmanager.register(config.stash[TOLD], "pass-gateway-told")
    config.addinivalue_line(
        "markers",
        "cassette(name, *, mode, audit, unplayed, upstream, record, match, device, on_exhausted, rules, config): "
        "the cassette of the fixture `gateway`, and what is other than config.yaml says; "
        'audit="error" fails the test where such a thing is found',
    )


@pytest.fixture(scope="session")
def gateway_url(pytestconfig: pytest.Config) -> str:
    """Give the address of the fixture `gateway`, the same for every test, to what is started once for many."""
    return _session(pytestconfig).url


@pytest.fixture
def gateway(request: pytest.FixtureRequest) -> Iterator[Offline]:
    """Start a gateway that answers from this test's cassette."""
    from gateway.cassettes.errors import CassetteMissingError
    from gateway.core.mistake import Mistake
    from gateway.offline.running import Offline
    from gateway.offline.settings import MarkerError, missing

    wrong = ""
    try:
        wanted, name, path = _cassette_of(request.node)
        settings = _settings(request.config)
        config = settings.config(wanted.overrides)
        offline = Offline(_session(request.config), config, path, _shown(path, request.config))
    except CassetteMissingError:
        wrong = missing(name, request.node.path, settings.project)
    except MarkerError as error:
        wrong = f"@pytest.mark.cassette: {error}"
    except (Mistake, OSError, ValueError) as error:
        wrong = str(error)
    if wrong:  # failing within an `except` would show both
        pytest.fail(wrong, pytrace=False)
    told = request.config.stash[TOLD]
    used = request.node.stash[USED] = Used(
        offline,
        wanted,
        unplayed=wanted.unplayed or request.config.getoption("gateway_unplayed"),
        alone=not wanted.shared and told.claims.get(str(path)) == 1 and told.knows_all(str(path)),
        later=_asks_later(request.node),
    )
    yield offline
    state = offline.stop(whole=used.whole)
    if used.later or used.seen != state:
        _judge(request.node, used, state, ended=True)


def _asks_later(item: pytest.Item) -> bool:
    """Whether a fixture of the test has the gateway too, and may ask something when it ends."""
    if "gateway" not in getattr(item, "fixturenames", ()):
        return True  # some fixture has asked for it by its name
    definitions = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).values()
    return any("gateway" in of_a_name[-1].argnames for of_a_name in definitions if of_a_name)


def _session(config: pytest.Config) -> Session:
    """Return the address that all tests share; it is no fixture, which each test would be asked for."""
    from gateway.offline.running import Session

    if SESSION not in config.stash:
        config.stash[SESSION] = Session(config.stash[TOLD].started)
    return config.stash[SESSION]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the address back."""
    if (session := config.stash.get(SESSION, None)) is not None:
        del config.stash[SESSION]
        session.close()


def _settings(config: pytest.Config) -> Settings:
    from gateway.offline.settings import Settings

    if SETTINGS not in config.stash:
        given = config.getoption("gateway_config")
        base = {"mode": config.getoption("gateway_mode"), "upstream": config.getoption("gateway_upstream")}
        file = config.invocation_params.dir / given if given else None
        config.stash[SETTINGS] = Settings(config.rootpath, file, base)
    return config.stash[SETTINGS]


def _cassette_of(item: pytest.Item) -> tuple[Wanted, str, Path]:
    """Return what a test's markers say, and the name and the place of its cassette."""
    from gateway.offline.settings import default_name, place, wanted

    of_parameter = getattr(getattr(item, "callspec", None), "marks", ())
    markers = sorted(item.iter_markers_with_node("cassette"), key=lambda found: found[1] not in of_parameter)
    said = wanted([(mark.args, mark.kwargs, node is item) for node, mark in markers])
    cls = getattr(item, "cls", None)
    test = f"{cls.__qualname__}.{item.name}" if cls is not None else item.name
    name = said.name or default_name(item.path.stem, test)
    return said, name, place(name, item.path, _settings(item.config).project)


def _shown(path: Path, config: pytest.Config) -> str:
    return str(path).removeprefix(f"{config.rootpath}{os.sep}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose request had no answer, though its client may have swallowed that."""
    try:
        result = yield
    except (pytest.skip.Exception, pytest.xfail.Exception):  # which no miss may hide behind
        if (used := item.stash.get(USED, None)) is not None:
            _judge(item, used, used.gateway.state, ended=False)
        raise
    except BaseException:
        _explain(item)
        raise
    if getattr(item, "_excinfo", None):  # where pytest's unittest keeps what a TestCase raised
        _explain(item)
    elif (used := item.stash.get(USED, None)) is not None:
        used.whole = True
        _judge(item, used, used.gateway.state, ended=False)
    return result


def _explain(item: pytest.Item) -> None:
    """Say in the report of a test that has failed itself what may well be why."""
    if (used := item.stash.get(USED, None)) is None:
        return
    from gateway.offline.outcome import HOW_TO_RECORD

    used.failed = True
    state = used.gateway.state
    if state.outcome.missed:
        text = f"{state.outcome.no_answer()}\n{HOW_TO_RECORD.format(AUTO)}"
        item.add_report_section("call", "gateway misses", text)
    if state.unmet:
        item.add_report_section("call", "gateway expectations", "\n".join(_unmet(state)))
    _tell(item, used, state)


def _judge(item: pytest.Item, used: Used, state: State, *, ended: bool) -> None:
    """Fail for what is new since the last look: after the test itself, and when its other fixtures have ended as well."""
    before = used.seen
    _tell(item, used, state)
    outcome = state.outcome
    wrong = list(outcome.misses[len(before.outcome.misses) if before else 0 :])
    if wrong:
        from gateway.offline.outcome import HOW_TO_RECORD

        wrong = [f"no answer in {outcome.cassette}:", *wrong, HOW_TO_RECORD.format(AUTO)]
    if used.gateway.mode == "replay" and state.upstream_connections:
        wrong.append(f"expected no connection to an upstream in a replay, found {state.upstream_connections}")
    known = {found.finding for found in before.outcome.findings} if before else set()
    bad = [found for found in outcome.failing(used.wanted.fail_on) if found.finding not in known]
    wrong += [f"audit={used.wanted.audit!r}: {found}" for found in bad]
    if ended is used.later and used.whole and not used.failed:
        wrong += _unmet(state)
        if not wrong and state.unplayed and _fails_itself(used):
            from gateway.offline.outcome import not_played

            wrong.append(not_played(outcome.cassette, list(used.gateway.named(state.unplayed).values())))
    if wrong:
        used.failed = True
        pytest.fail("\n".join(wrong), pytrace=False)


def _unmet(state: State) -> list[str]:
    return [f"expected a request, found none: {entry}" for entry in state.unmet]


def _tell(item: pytest.Item, used: Used, state: State) -> None:
    """Put into the test's report what the checks found, once."""
    before, outcome = used.seen, state.outcome
    if outcome.findings and not (before and before.outcome.findings):
        item.add_report_section("call", "gateway findings", outcome.found())
    used.seen = state


def _fails_itself(used: Used) -> bool:
    """Whether it is the test that fails for what was not played, and not the session: nobody else could have asked for it."""
    return used.alone and used.unplayed == "fail"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report of a test bring home what is said of it at the end of the session."""
    report = yield
    used = item.stash.get(USED, None)
    if used is not None and used.seen is not None and used.seen is not used.reported:
        setattr(report, REPORT, _said(item, used, used.seen))
        used.reported = used.seen
    if used is not None and call.when == "teardown":
        del item.stash[USED]  # pytest keeps each test to the end of the session, and a gateway holds its cassette
    return report


def _said(item: pytest.Item, used: Used, state: State) -> dict[str, object]:
    """Return what the session is told of a test: what is new since it was last told."""
    before, cassette = used.reported, str(used.gateway.cassette)
    findings = {found.finding: None for found in before.outcome.findings} if before else {}
    said = {
        "ran": used.whole and before is None,
        "cassette": cassette,
        "played": state.played,
        "unplayed": {},
        "fails": used.unplayed == "fail",
        "findings": [
            f.finding.severity + " " + f.finding.id for f in state.outcome.findings if f.finding not in findings
        ],
        "warnings": list(state.outcome.warnings[len(before.outcome.warnings) if before else 0 :]),
    }
    if used.whole and used.unplayed != "ignore" and not _fails_itself(used):
        unnamed = item.config.stash[TOLD].unnamed(cassette, state.unplayed)
        said["unplayed"] = used.gateway.named(unnamed)
    return said


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note whose cassette is whose, before anything is deselected."""
    using = [item for item in items if "gateway" in getattr(item, "fixturenames", ()) and _is_ours(item)]
    if not using:
        return
    from gateway.core.mistake import Mistake

    told = config.stash[TOLD]
    for item in using:
        try:
            wanted, _, path = _cassette_of(item)
        except (Mistake, OSError, ValueError):  # a name that no file can have is one of the latter
            told.unclear = f"{item.nodeid} names no cassette that can be"  # the fixture says why
            continue
        told.claim(str(path), by_name=wanted.name is None)


def _is_ours(item: pytest.Item) -> bool:
    """Whether the fixture of that name is this plugin's, or one of the suite's own that may have it."""
    named = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).get("gateway", ())
    return any(definition.func.__module__ == __name__ for definition in named)
