"""Cassettes of a suite that are recorded again, and when the older ones stay."""

from __future__ import annotations

from pathlib import Path

from gateway.cassettes.format import dump
from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.offline.drafts import Drafts
from tests.cassettes.samples import cassette, logout
from tests.offline.suites import SHARED, Suite
from tests.offline_suite import CABLEVISION, DISH


def record(drafts: Drafts, path: Path) -> None:
    with Writer(drafts.file(path)) as writer:
        writer.append([dump(logout(7))])


def test_each_takes_its_place_where_all_its_tests_came_to_their_end(tmp_path: Path) -> None:
    drafts = Drafts()
    paths = {name: tmp_path / f"{name}.yaml" for name in ("fine", "broken", "lost", "idle")}
    for path in paths.values():
        path.write_bytes(cassette(logout(1)))
    for name in ("fine", "broken", "lost"):
        record(drafts, paths[name])
        drafts.ended(paths[name], recorded=1, lost=name == "lost", whole=True)
    record(drafts, paths["broken"])
    drafts.ended(paths["broken"], recorded=1, lost=0, whole=False)
    drafts.file(paths["idle"])
    assert drafts.finish() == [
        f"{paths['fine']}: recorded again, 1 interaction",
        f"{paths['broken']} was not replaced: one of its tests did not finish",
        f"{paths['lost']} stays as it was: 1 recording of the new one lost",
        f"{paths['idle']} was not replaced: nothing was recorded",
    ]
    held = {name: path.read_bytes() for name, path in paths.items()}
    assert held == {name: cassette(logout(7 if name == "fine" else 1)) for name in paths}
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []
    assert drafts.finish() == []


def test_a_suite_is_recorded_anew(suite: Suite) -> None:
    shared, other = suite.cassette("shared.yaml", CABLEVISION), suite.cassette("other.yaml", CABLEVISION)
    suite.test(f"""
    {SHARED.replace(chr(10), chr(10) + "    ")}
    @pytest.mark.cassette("shared")
    def test_again(gateway):
        ask(gateway.url)
    @pytest.mark.cassette("other")
    def test_other(gateway):
        ask(gateway.url)
        assert not "fine"
    """)  # fmt: skip
    before = other.read_bytes()
    result = suite.run("--gateway-re-record")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "cassettes/shared.yaml: recorded again, 2 interactions",
            "cassettes/other.yaml was not replaced: one of its tests did not finish",
        ]
    )
    assert [one.request.target for one in load(shared).interactions] == [DISH, DISH]
    assert other.read_bytes() == before
    suite.run("-k", "not other").assert_outcomes(passed=2, deselected=1)
    wrong = suite.run("--gateway-re-record", "--gateway-mode=auto")
    wrong.stderr.fnmatch_lines(
        ["*--gateway-re-record: expected no other --gateway-mode than record with it, found auto"]
    )
