"""The pytest plugin: the fixture `gateway`, the marker `cassette`, and what is said of them in reports.

Facts
-----
* It is loaded into every pytest run of the environment, so nothing heavy is imported before a test asks for the fixture.
* No Python warning is issued: with warnings as errors it would fail whom it should tell.
* What a test is to say at the end of the session rides on its report, which pytest-xdist brings home from its workers.
"""

# ruff: noqa: PLC0415  # see the first fact
from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.offline.told import REPORT, Told

if TYPE_CHECKING:
    from gateway.core.model import Finding
    from gateway.offline.outcome import Outcome
    from gateway.offline.running import Offline, Session, State
    from gateway.offline.settings import Settings, Wanted


@dataclass
class Used:
    """The gateway of a test, and what was told of it."""

    gateway: Offline
    wanted: Wanted
    alone: bool
    """Whether no other test has its cassette."""
    later: bool = False
    """Whether something may be asked after the test itself, so that what was not played is known only then."""
    misses: int = 0
    """How many of its misses have been told."""
    told: bool = False
    """Whether the test's report has its findings."""
    judged: set[Finding] = field(default_factory=set)
    """Those that it has failed for."""
    state: State | None = None
    """What was known of it when the test itself had ended."""


USED = pytest.StashKey[Used]()
TOLD = pytest.StashKey[Told]()
SETTINGS = pytest.StashKey["Settings"]()


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
    config.stash[TOLD] = Told(config)
    config.pluginmanager.register(config.stash[TOLD], "pass-gateway-told")
    config.addinivalue_line(
        "markers",
        "cassette(name, *, mode, audit, unplayed, upstream, record, match, device, on_exhausted, rules, config): "
        "the cassette of the fixture `gateway`, and what is other than config.yaml says; "
        'audit="error" fails the test where such a thing is found',
    )


@pytest.fixture(scope="session")
def _gateway_session() -> Iterator[Session]:
    from gateway.offline.running import Session

    session = Session()
    yield session
    session.close()


@pytest.fixture(scope="session")
def gateway_url(_gateway_session: Session) -> str:
    """Give the address of the fixture `gateway`, the same for every test, to what is started once for many."""
    return _gateway_session.url


@pytest.fixture
def gateway(request: pytest.FixtureRequest, _gateway_session: Session) -> Iterator[Offline]:
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
        offline = Offline(_gateway_session, config, path, _shown(path, request.config))
    except CassetteMissingError:
        wrong = missing(name, request.node.path.parent, settings.project)
    except MarkerError as error:
        wrong = f"@pytest.mark.cassette: {error}"
    except (Mistake, OSError, ValueError) as error:
        wrong = str(error)
    if wrong:  # failing within an `except` would show both
        pytest.fail(wrong, pytrace=False)
    alone = not wanted.shared and request.config.stash[TOLD].claims.get(str(path), 1) == 1
    used = request.node.stash[USED] = Used(offline, wanted, alone, _asks_later(request.node))
    yield offline
    offline.stop()
    if used.later or used.state is None or used.state.heard != offline.heard:
        _judge(request.node, used, ended=True)


def _asks_later(item: pytest.Item) -> bool:
    """Whether a fixture of the test has the gateway too, and may ask something when it ends."""
    definitions = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).values()
    return any("gateway" in of_a_name[-1].argnames for of_a_name in definitions if of_a_name)


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

    said = wanted([(mark.args, mark.kwargs, node is item) for node, mark in item.iter_markers_with_node("cassette")])
    cls = getattr(item, "cls", None)
    test = f"{cls.__qualname__}.{item.name}" if cls is not None else item.name
    name = said.name or default_name(item.path.stem, test)
    return said, name, place(name, item.path.parent, _settings(item.config).project)


def _shown(path: Path, config: pytest.Config) -> str:
    return str(path.relative_to(config.rootpath)) if path.is_relative_to(config.rootpath) else str(path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose request had no answer, though its client may have swallowed that."""
    try:
        result = yield
    except BaseException:
        if (used := item.stash.get(USED, None)) is not None:
            used.state = used.gateway.state
            _tell(item, used, used.state.outcome)
        raise
    if (used := item.stash.get(USED, None)) is not None:
        _judge(item, used, ended=False)
    return result


def _judge(item: pytest.Item, used: Used, *, ended: bool) -> None:
    """Fail for what is new since the last look: after the test itself, and when its other fixtures have ended as well."""
    state = used.gateway.state
    outcome = state.outcome
    wrong = list(outcome.misses[used.misses :])
    if wrong:
        wrong.insert(0, f"no answer in {outcome.cassette}:")
        wrong.append("--gateway-mode=auto records what is missing, of the routes in cassettes.record")
    if used.gateway.mode == "replay" and state.upstream_connections:
        wrong.append(f"expected no connection to an upstream in a replay, found {state.upstream_connections}")
    used.state = state
    if ended is used.later:
        wrong += [f"expected a request, found none: {entry}" for entry in state.unmet]
    bad = [found for found in outcome.failing(used.wanted.fail_on) if found.finding not in used.judged]
    wrong += [f"audit={used.wanted.audit!r}: {found}" for found in bad]
    used.judged.update(found.finding for found in bad)
    if not wrong and ended is used.later and used.alone and outcome.unplayed and _on_unplayed(item, used) == "fail":
        wrong.append(outcome.not_played())
    _tell(item, used, outcome)
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def _tell(item: pytest.Item, used: Used, outcome: Outcome) -> None:
    """Put into the test's report what the gateway has to say, once."""
    if outcome.misses and not used.misses:
        item.add_report_section("call", "gateway misses", outcome.missed())
    if outcome.findings and not used.told:
        item.add_report_section("call", "gateway findings", outcome.found())
        used.told = True
    used.misses = len(outcome.misses)


def _on_unplayed(item: pytest.Item, used: Used) -> str:
    return str(used.wanted.unplayed or item.config.getoption("gateway_unplayed"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report of a test bring home what is said of it at the end of the session."""
    report = yield
    used = item.stash.get(USED, None)
    if used is not None and used.state is not None and call.when != "setup":
        outcome = used.state.outcome
        said = {
            "when": call.when,
            "cassette": str(used.gateway.cassette),
            "played": used.state.played,
            "unplayed": {} if _on_unplayed(item, used) == "ignore" else dict(used.state.unplayed),
            "fails_alone": used.alone and _on_unplayed(item, used) == "fail",
            "findings": [f"{found.finding.severity} {found.finding.id}" for found in outcome.findings],
            "warnings": list(outcome.warnings),
        }
        setattr(report, REPORT, said)
    if used is not None and call.when == "teardown":
        del item.stash[USED]  # pytest keeps each test to the end of the session, and a gateway holds its cassette
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note whose cassette is whose, before anything is deselected."""
    using = [item for item in items if "gateway" in getattr(item, "fixturenames", ()) and _is_ours(item)]
    if not using:
        return
    from gateway.core.mistake import Mistake
    from gateway.offline.settings import FOLDER

    told = config.stash[TOLD]
    folders = dict.fromkeys(item.path.parent / FOLDER for item in using)
    for item in using:
        try:
            _, _, path = _cassette_of(item)
            folders[_settings(config).project] = None
        except (Mistake, OSError, ValueError):  # a name that no file can have is one of the latter
            told.unclear = True  # the fixture says it
            continue
        told.claims[str(path)] = told.claims.get(str(path), 0) + 1
    told.folders = [str(folder) for folder in folders]


def _is_ours(item: pytest.Item) -> bool:
    """Whether the fixture of that name is this plugin's, and not one of the suite's own."""
    named = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).get("gateway", ())
    return bool(named) and named[-1].func.__module__ == __name__
