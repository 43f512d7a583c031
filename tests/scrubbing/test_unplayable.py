"""A recording that no live request finds is told with a rule, and with the rule it is found."""

from __future__ import annotations

import json
from pathlib import Path

from msgspec.structs import replace
from typer.testing import CliRunner

from gateway.cassettes.reader import load
from gateway.cli import app
from gateway.config import load as load_config
from gateway.config.to_core import policy_of
from gateway.core.model import Request
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import Policy
from gateway.scrubbing.unplayable import rules_for
from tests.cassettes.converters.test_har import entry, har
from tests.planting import KEY
from tests.scrubbing.test_lint import RANDOM

OTHER = "Zk0Xw3Qb8Tn5Lp1RvYc6Hd9JfM2sGaV7tEeU4xKz3BiOyC"
CASES: dict[str, tuple[str, ...]] = {
    "/api/v2/x?a=1": (),
    f"/api/v2/x?access_token={RANDOM}": (),  # its name says what it is
    f"/api/v2/x?pq={RANDOM}&a=1": ("{query: pq, as: token}",),
    f"/api/v2/x?a=1&p%5Bq%5D={RANDOM}": ('{query: "p[q]", as: token}',),
    f"/seg/{RANDOM}/y": (rf"{{pattern: {json.dumps(chr(92) + 'b[0-9A-Za-z_-]{60}' + chr(92) + 'b')}, as: token}}",),
    f"/seg/{OTHER}/y?pq={RANDOM}": (
        rf"{{pattern: {json.dumps(chr(92) + 'b[0-9A-Za-z_-]{46}' + chr(92) + 'b')}, as: token}}",
        "{query: pq, as: token}",
    ),
}


def imported(folder: Path, target: str, config: str) -> tuple[str, Request]:
    """Import a HAR with one request of that target; return what was said, and what was recorded."""
    asked = entry()
    asked["request"] |= {"url": f"https://api.auth.adobe.com{target}"}
    (folder / "a.har").write_text(json.dumps(har(asked)))
    (folder / "config.yaml").write_text(config)
    made = folder / "a.yaml"
    made.unlink(missing_ok=True)
    arguments = ["cassette", "import", str(folder / "a.har"), "--config", str(folder / "config.yaml")]
    ran = CliRunner().invoke(app, arguments, env={"GATEWAY_REDACTION_KEY": KEY.hex()})
    assert ran.exit_code == 0, ran.output
    return ran.output, load(made).interactions[0].request


def test_an_import_says_the_rule_and_with_the_rule_the_recording_is_found(tmp_path: Path) -> None:
    wrong = []
    for target, rules in CASES.items():
        live = Request("GET", target)
        said, recorded = imported(tmp_path, target, "{}")
        if rules_for(live, recorded, Redaction(KEY, Policy())) != rules or any(rule not in said for rule in rules):
            wrong.append((target, said))
        if not rules and "no live request" in said:
            wrong.append((target, said))
        config = f"redaction: {{rules: [{', '.join(rules)}]}}"
        again, after = imported(tmp_path, target, config)
        under = Redaction(KEY, policy_of(load_config(tmp_path / "config.yaml", {}, {}).redaction))
        found = {under.compared(held, whole=False).target for held in (live, recorded, after)}
        if len(found) != 1:  # both that which there is, and that which is made anew
            wrong.append((target, f"is not found with the rule: {found}"))
        if "no live request" in again or RANDOM in after.target:
            wrong.append((target, again))
    assert wrong == []


def test_a_secret_that_only_a_url_repeats_is_told_too() -> None:
    redaction = Redaction(KEY)
    before = Request("GET", "/a?tag=5f3a9c1e77b04d2f")
    assert rules_for(before, replace(before, target="/a?tag=REDACTED-X"), redaction) == ("{query: tag, as: token}",)
    assert rules_for(before, before, redaction) == ()
