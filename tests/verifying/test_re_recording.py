"""`gateway verify --re-record`: live answers take the recorded ones' place, and what was not asked stays."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from gateway.cassettes.format import HEAD, dump
from gateway.cassettes.reader import load
from gateway.core.redaction import Redaction
from gateway.core.secrets.pseudonyms import is_pseudonym
from gateway.verifying.re_recording import re_recorded
from gateway.verifying.verifier import Verification, Verified
from tests.harness.lab import Lab
from tests.legs import JWT, ORIGIN
from tests.verifying.test_verifier import DISH, OTHER, PROFILES, answered, call, emulated, record, recorded

KEY = Redaction(b"another key, of 32 bytes or more")


async def test_live_answers_take_the_place_of_recorded_ones(lab: Lab, tmp_path: Path) -> None:
    held = await record(lab, call(PROFILES), call(DISH), call(f"{PROFILES}/Dish"))
    path = tmp_path / "c.yaml"
    path.write_bytes(HEAD + b"".join(map(dump, held)))
    before = load(path).interactions
    live = await emulated(lab, catalogue=OTHER)
    done = await live.verify(before)
    assert re_recorded(path, done, KEY, origin=ORIGIN, refuse=True) == f"{path}: 1 of 3 interactions recorded again"
    after = load(path).interactions
    assert after[1:] == tuple(replace(one, line=now.line) for one, now in zip(before[1:], after[1:], strict=True))
    assert after[0].request == before[0].request
    assert b"Dish" in bytes(after[0].response.body)  # type: ignore[arg-type]
    assert b"Cablevision" not in bytes(after[0].response.body)  # type: ignore[arg-type]
    assert after[0].recorded_at > before[0].recorded_at
    assert after[0].about["redaction"] == before[0].about["redaction"]
    again = await (await emulated(lab, catalogue=OTHER)).verify(after)
    assert again.summary.endswith("; no drift")


async def test_secrets_of_a_live_answer_become_pseudonyms_and_nothing_new_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(HEAD + dump(recorded(call(PROFILES), answered({"profiles": {}}))))
    (held,) = load(path).interactions
    done = Verification(())
    assert re_recorded(path, done, KEY, origin=ORIGIN, refuse=True) == f"{path} was not replaced: nothing was recorded"
    outcome = Verified(held, "", live=answered({"profiles": {}, "token": JWT}))
    assert "1 of 1 interaction" in re_recorded(path, Verification((outcome,)), KEY, origin=ORIGIN, refuse=True)
    text = path.read_text("ascii")
    assert JWT not in text
    body = load(path).interactions[0].response.body
    assert isinstance(body, bytes)
    assert is_pseudonym(body.decode().partition('"token": "')[2].partition('"')[0])
