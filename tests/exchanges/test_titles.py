"""Each finding has a title, whoever found it."""

from __future__ import annotations

import inspect
import re

from gateway.core.adobe import rewriting
from gateway.core.checks import CHECKS
from gateway.exchanges.titles import title_of


def test_each_finding_of_a_check_and_of_a_rule_has_a_title() -> None:
    of_rules = re.findall(r'^ +"(RW[0-9]{3})",$', inspect.getsource(rewriting), re.MULTILINE)
    assert of_rules, "the findings of rules are made there"
    assert [check for check in of_rules if not title_of(check)] == []
    assert {check.info.id: title_of(check.info.id) for check in CHECKS} == {
        check.info.id: check.info.title for check in CHECKS
    }
    assert title_of("X001") == ""
