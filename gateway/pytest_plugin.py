"""The pytest plugin: the fixture `gateway`, the marker `cassette`, and what is said of them in reports.

Facts
-----
* It is loaded into every pytest run of the environment. So nothing heavy is imported before a test that uses the fixture was collected.
* No Python warning is issued: with warnings as errors it would fail whom it should tell.
* What a test is to say at the end of the session rides on its report, which pytest-xdist brings home from its workers.
"""

# ruff: noqa: PLC0415  # see the first fact
from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.offline.importing import import_quickly, set_aside
from gateway.offline.judging import Used, explain, judge, raised_in_unittest, stops_early
from gateway.offline.told import REPORT, Told

if TYPE_CHECKING:
    from gateway.offline.drafts import Drafts
    from gateway.offline.running import Offline
    from gateway.offline.session import Session
    from gateway.offline.settings import Settings, Wanted


OF_A_TEST = ("gateway.offline.running", "gateway.offline.log")
"""The modules that a test with the fixture needs, with all that they import."""

USED = pytest.StashKey[Used]()
TOLD = pytest.StashKey[Told]()
SETTINGS = pytest.StashKey["Settings"]()
SESSION = pytest.StashKey["Session"]()
DRAFTS = pytest.StashKey["Drafts"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("pass-gateway", "offline tests of Adobe Pass calls")
    group.addoption(
        "--gateway-mode", choices=("replay", "record", "auto"), default="replay",
        help="replay: cassettes answer, without a network; record: the upstream answers; auto: the upstream answers if the cassette does not",
    )  # fmt: skip
    group.addoption(
        "--gateway-re-record", action="store_true",
        help="record each cassette again; the new cassette replaces the older one when the session ends, if all its tests finished",
    )  # fmt: skip
    group.addoption("--gateway-upstream", metavar="NAME", help="the upstream that recordings are made from")
    group.addoption(
        "--gateway-config", metavar="FILE", help="the configuration; default: config.yaml in the root folder"
    )
    group.addoption(
        "--gateway-unplayed", choices=("fail", "warn", "ignore"), default="warn",
        help="for unplayed interactions of a cassette: fail, warn, or ignore them",
    )  # fmt: skip
    group.addoption(
        "--gateway-orphans", action="store_true", help="fail if a cassette is used by no test, and list these cassettes"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    if config.getoption("gateway_re_record"):
        if config.getoption("gateway_mode") == "auto":
            message = "--gateway-re-record: expected no other --gateway-mode than record with it, found auto"
            raise pytest.UsageError(message)
        if getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput"):
            message = "--gateway-re-record: expected one process, which replaces its cassettes at its end, found -n of pytest-xdist"
            raise pytest.UsageError(message)
    config.stash[TOLD] = Told(config, lambda: _settings(config).project)
    config.pluginmanager.register(config.stash[TOLD], "pass-gateway-told")
    config.addinivalue_line(
        "markers",
        "cassette(name, *, mode, audit, unplayed, upstream, record, match, device, on_exhausted, time, rules, faults, config): "
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
    import_quickly(*OF_A_TEST)
    from gateway.cassettes.errors import CassetteMissingError
    from gateway.offline.log import KeptLog
    from gateway.offline.running import Offline
    from gateway.offline.settings import MarkerError, missing

    wrong = ""
    try:
        wanted, name, path = _cassette_of(request.node)
        settings = _settings(request.config)
        config = settings.config(wanted.overrides)
        log = KeptLog(config.log.level)
        drafts = _drafts(request.config)
        draft = drafts.file(path) if drafts is not None and config.mode == "record" else None
        offline = Offline(_session(request.config), config, path, _shown(path, request.config), draft=draft, sink=log)
    except CassetteMissingError:
        wrong = missing(name, request.node.path, settings.project)
    except MarkerError as error:
        wrong = f"@pytest.mark.cassette: {error}"
    except (OSError, ValueError) as error:  # a Mistake is the latter
        wrong = str(error)
    if wrong:  # failing within an `except` would show both
        pytest.fail(wrong, pytrace=False)
    used = request.node.stash[USED] = Used(
        offline,
        wanted,
        log,
        unplayed=wanted.unplayed or request.config.getoption("gateway_unplayed"),
        alone=not wanted.shared and request.config.stash[TOLD].collected.is_alone(str(path)),
    )
    yield offline
    used.final = offline.stop(whole=used.whole)
    if drafts is not None and draft is not None:
        lost = sum(used.final.lost.values())
        drafts.ended(path, recorded=offline.recorded, lost=lost, whole=used.whole)


def _session(config: pytest.Config) -> Session:
    """Return the address that all tests share; it is no fixture, which each test would be asked for."""
    from gateway.offline.session import Session

    if SESSION not in config.stash:
        config.stash[SESSION] = Session(config.stash[TOLD].started)
    return config.stash[SESSION]


def _drafts(config: pytest.Config) -> Drafts | None:
    """Return the cassettes that are recorded again; None where that is not asked for."""
    if not config.getoption("gateway_re_record"):
        return None
    from gateway.offline.drafts import Drafts

    if DRAFTS not in config.stash:
        config.stash[DRAFTS] = Drafts()
    return config.stash[DRAFTS]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the address back."""
    if (session := config.stash.get(SESSION, None)) is not None:
        del config.stash[SESSION]
        session.close()


def _settings(config: pytest.Config) -> Settings:
    from gateway.offline.settings import Settings

    if SETTINGS not in config.stash:
        given = config.getoption("gateway_config")
        mode = "record" if config.getoption("gateway_re_record") else config.getoption("gateway_mode")
        base = {"mode": mode, "upstream": config.getoption("gateway_upstream")}
        file = config.invocation_params.dir / given if given else None
        config.stash[SETTINGS] = Settings(config.rootpath, file, base)
    return config.stash[SETTINGS]


def _cassette_of(item: pytest.Item) -> tuple[Wanted, str, Path]:
    """Return what a test's markers say, and the name and the place of its cassette."""
    import_quickly("gateway.offline.settings")
    from gateway.offline.settings import default_name, expect_inside, place, wanted

    of_parameter = getattr(getattr(item, "callspec", None), "marks", ())
    markers = sorted(item.iter_markers_with_node("cassette"), key=lambda found: found[1] not in of_parameter)
    said = wanted([(mark.args, mark.kwargs, node is item) for node, mark in markers])
    cls = getattr(item, "cls", None)
    test = f"{cls.__qualname__}.{item.name}" if cls is not None else item.name
    name = said.name or default_name(item.path.stem, test)
    settings = _settings(item.config)
    path = place(name, item.path, settings.project)
    if said.name is not None:
        expect_inside(name, path, (settings.root, item.path.parent, settings.project))
    return said, name, path


def _shown(path: Path, config: pytest.Config) -> str:
    return str(path).removeprefix(f"{config.rootpath}{os.sep}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose request had no answer, though its client may have swallowed that."""
    error: BaseException | None = None
    try:
        return (yield)
    except BaseException as raised:
        error = raised
        raise
    finally:
        if (used := item.stash.get(USED, None)) is not None:
            errors = [error] if error is not None else raised_in_unittest(item)
            used.whole = not errors and not used.partly
            if all(map(stops_early, errors)):
                judge(item, used, used.gateway.outcome, ended=False)
            else:
                explain(item, used, used.gateway.outcome)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Judge a test once more when its fixtures have ended: not in theirs, which end after a run was broken off as well."""
    result = yield
    used = item.stash.get(USED, None)
    if used is not None and used.final is not None:
        judge(item, used, used.final, ended=True)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report of a test bring home what is said of it at the end of the session."""
    report = yield
    used = item.stash.get(USED, None)
    if used is not None and call.when == "call" and not report.passed:
        used.partly = True  # a subtest has its report before the test has
    if used is not None and call.when == "teardown":
        if (outcome := used.final or used.seen) is not None:  # the last look, though another fixture failed after it
            setattr(report, REPORT, item.config.stash[TOLD].brings_home(item.nodeid, used, outcome))
        del item.stash[USED]  # pytest keeps each test to the end of the session, and a gateway holds its cassette
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, object, object]:
    """Note whose cassette is whose: of all tests, those that are deselected as well, when every conftest has had its say."""
    collected = list(items)
    result = yield
    told = config.stash[TOLD]
    for item in collected:
        uses = _uses(item)
        if not uses and item.get_closest_marker("cassette") is None:
            continue
        try:
            wanted, _, path = _cassette_of(item)
        except (OSError, ValueError) as error:  # a Mistake, and a name that no file can have, are the latter
            if uses:
                told.collected.unclear = f"{item.nodeid}: {error}"
            continue
        if uses:
            told.claimers[item.nodeid] = str(path)
            told.collected.claim(str(path), by_name=wanted.name is None)
        else:
            told.collected.possible[str(path)] = True
    if told.collected.claims or told.collected.possible:
        told.collected.project = str(_settings(config).project)
    if not config.getoption("collectonly") and any(map(_uses, items)):
        import_quickly(*OF_A_TEST)
        set_aside()
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Note what came while no test had the gateway, and put what was recorded again in its place."""
    if (gateway := session.config.stash.get(SESSION, None)) is not None:
        session.config.stash[TOLD].idle = gateway.idle
    if (drafts := session.config.stash.get(DRAFTS, None)) is not None:
        session.config.stash[TOLD].recorded_anew = drafts.finish()


def _uses(item: pytest.Item) -> bool:
    """Whether a test has the fixture of that name, and it is this plugin's, or one of the suite's own that may have it."""
    if "gateway" not in getattr(item, "fixturenames", ()):
        return False
    named = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).get("gateway", ())
    return any(definition.func.__module__ == __name__ for definition in named)
