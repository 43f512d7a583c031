"""What lasts from one gateway of a run to the next is right for each of them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cassettes.errors import CassetteError, CassetteMissingError
from gateway.cassettes.reader import Cassette, load
from gateway.config import load as load_config
from gateway.core.devices import Devices
from gateway.core.matching import Matcher
from gateway.core.model import Request
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState
from gateway.wiring import lasting
from gateway.wiring.lasting import Lasting
from tests.offline_suite import CABLEVISION, DISH, write_cassette


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read, in their order."""
    read: list[Path] = []

    def loaded(path: Path, _: object = None) -> Cassette:
        read.append(path)
        return load(path)

    monkeypatch.setattr(lasting, "load", loaded)
    return read


def test_a_cassette_is_read_again_only_when_its_file_has_changed(tmp_path: Path, reads: list[Path]) -> None:
    path = write_cassette(tmp_path / "a.yaml", DISH)
    last = Lasting()
    first = last.cassette(path)
    assert last.cassette(path) is first
    assert reads == [path]

    write_cassette(path, CABLEVISION)  # appended: only that is read, and is what it would have been
    assert last.cassette(path) == load(path)
    assert len(last.cassette(path).interactions) == 2
    assert reads == [path]

    path.write_bytes(path.read_bytes().replace(b"Dish", b"Fish") + path.read_bytes()[-20:])
    with pytest.raises(CassetteError):
        last.cassette(path)
    assert reads == [path, path]


@given(
    st.lists(st.lists(st.sampled_from([DISH, CABLEVISION, "/api/v1/logout"]), max_size=3), max_size=4), st.booleans()
)
def test_a_cassette_that_grows_is_what_it_is_when_it_is_read_whole(steps: list[list[str]], rewritten: bool) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.yaml")
        path.touch()
        last = Lasting()
        for number, step in enumerate(steps):
            write_cassette(path, *step)
            if rewritten and number == 2:
                path.write_bytes(path.read_bytes().replace(b"Dish", b"Fish"))
            assert last.cassette(path) == load(path)


def test_a_cassette_that_is_gone_or_broken_is_said_each_time(tmp_path: Path) -> None:
    path = write_cassette(tmp_path / "a.yaml", DISH)
    last = Lasting()
    last.cassette(path)
    path.write_text("text", "utf-8")
    for _ in range(2):
        with pytest.raises(CassetteError):
            last.cassette(path)
    path.unlink()
    for _ in range(2):
        with pytest.raises(CassetteMissingError):
            last.cassette(path)
    write_cassette(path, DISH)
    assert len(last.cassette(path).interactions) == 1


def test_an_index_is_made_once_for_what_it_depends_on(tmp_path: Path) -> None:
    """What is compared, the key and the policy, and the file; what nobody redacted is not shared."""
    path = write_cassette(tmp_path / "a.yaml", DISH)
    last = Lasting()
    redaction = last.redaction(load_config(None, {}, {"mode": "replay"}), {})
    last.cassette(path)
    made = last.index(path, Matcher(), redaction)
    assert made is not None
    assert last.index(path, Matcher(), redaction.afresh()) is made
    other = Redaction(b"x" * 32, lasting=False)
    different = [last.index(path, Matcher(("path",)), redaction), last.index(path, Matcher(), other)]
    write_cassette(path, CABLEVISION)
    last.cassette(path)
    different.append(last.index(path, Matcher(), redaction))
    assert None not in different
    assert made not in different
    path.write_bytes(path.read_bytes().replace(b"x_gateway", b"x_another"))
    last.cassette(path)
    assert last.index(path, Matcher(), redaction) is None


def test_the_cassettes_that_are_kept_are_bounded(tmp_path: Path, reads: list[Path]) -> None:
    last = Lasting()
    paths = [write_cassette(tmp_path / f"{number}.yaml", DISH) for number in range(lasting.CASSETTES + 1)]
    for path in paths:
        last.cassette(path)
    last.cassette(paths[-1])
    last.cassette(paths[0])
    assert reads == [*paths, paths[0]]


def test_redactions_of_one_run_agree_and_two_runs_without_a_key_do_not(tmp_path: Path) -> None:
    config = load_config(None, {}, {"mode": "replay", "redaction.key_file": str(tmp_path / "none")})
    one, other = Lasting(), Lasting()
    target = "/api/v1/logout?deviceId=a-device-of-the-lab"
    first, again, apart = (last.redaction(config, {}).target(target) for last in (one, one, other))
    assert first == again != apart
    assert {last.redaction(config, {}).lasting for last in (one, other)} == {False}


def test_a_key_that_appears_is_used_from_then_on(tmp_path: Path) -> None:
    """In auto, the first recording makes one."""
    config = load_config(None, {}, {"mode": "replay", "redaction.key_file": str(tmp_path / "key")})
    last = Lasting()
    assert last.redaction(config, {}).key_id is None
    (tmp_path / "key").write_text("6b" * 32, "utf-8")
    assert last.redaction(config, {}).key_id is not None


def test_a_device_has_one_name_in_every_gateway_of_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a run whose key ends with it too: a suite has a gateway for each test."""
    monkeypatch.chdir(tmp_path)  # where no key file is
    config = load_config(None, {}, {"mode": "replay", "upstream": "emulator"})
    request = Request("DELETE", "/api/v1/logout?deviceId=ba23d141-d715-561c-94f4-e9e4c966b1eb")

    def name(last: Lasting, **environ: str) -> str:
        return Devices(last.redaction(config, environ).key, MemoryState()).of(request, "192.0.2.1").name

    last = Lasting()
    assert name(last) == name(last) != name(Lasting())
    assert name(Lasting(), GATEWAY_REDACTION_KEY="ab" * 32) == name(Lasting(), GATEWAY_REDACTION_KEY="ab" * 32)


def test_a_warning_is_said_once_whichever_gateway_has_it() -> None:
    last = Lasting()
    assert [last.says("this"), last.says("that"), last.says("this")] == [True, True, False]
    assert not last.is_of_suite
