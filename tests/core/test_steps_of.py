"""The steps for a call are the ones that each check's own key gives."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.adobe.call import Call
from gateway.core.audit import Audit
from gateway.core.checking import OverTimeCheck
from gateway.core.checks import CHECKS
from gateway.core.kinds import LIKE
from gateway.core.over_time import SEEN
from gateway.core.steps_of import MARKED
from tests.core.checks.calls import LOGOUT, call
from tests.core.test_over_time import OTHERS, again

CHECKED = [check for check in CHECKS if isinstance(check, OverTimeCheck)]
AUDIT = Audit(CHECKS)
PROVIDERS = ("REF30", "{sp}", "{0}", "%s", "\0device_tag\0", "a\nb", "x" * 40)


def slots_of(made: Call) -> list[str]:
    """Return the slots as the checks name them, one by one."""
    side = "in" if made.inbound else "out"
    return [f"{check.info.id} {side} {key}" for check in CHECKED for key in [check.key(made)] if key is not None]


@given(st.sampled_from(OTHERS), st.sampled_from(PROVIDERS), st.sampled_from(["a", "curl/8"]), st.booleans())
def test_slots_are_the_same_from_a_form_and_from_the_checks(
    judged: Any, provider: str, device: str, inbound: bool
) -> None:
    """The audit is the same one in all examples, so it has met most kinds of calls."""
    request = judged.request
    changed = replace(
        judged,
        request=replace(request, target=request.target.replace("REF30", provider)),
        device=device,
        inbound=inbound,
    )
    for _ in range(3):  # a kind has a form when it comes for the second time
        prepared = AUDIT._prepared(again(changed))
        assert list(prepared.over_time.all.slots) == slots_of(prepared.call)


def test_steps_are_shared_by_calls_that_are_equal_in_all_that_steps_see() -> None:
    assert {*SEEN} <= {*LIKE, *MARKED, "code"}


def test_a_kind_whose_keys_are_made_of_other_parts_has_no_form() -> None:
    """The key of THR004 has the code of the path, and THR005's has the target."""
    audit = Audit(CHECKS)
    forms = []
    for target in (LOGOUT, "/api/v2/REF30/profiles/code/ABC", "/api/v2/REF30/configuration"):
        for number in range(2):
            prepared = audit._prepared(call(target, client=f"93.184.216.{number}"))
        assert prepared.kind is not None
        forms.append([bool(form.steps) for form in prepared.kind.forms.values()])
    assert forms == [[True], [False], [False]]
