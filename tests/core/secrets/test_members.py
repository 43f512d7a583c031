"""JSON changes at its leaves, by the names that lead to them and the names beside them."""

from __future__ import annotations

import json

from gateway.core.secrets.members import redact_json
from tests.core.secrets.test_values import TOKEN, scrub
from tests.harness.for_each import for_each
from tests.planting import untailed


@for_each(
    ("text", "expected"),
    [
        ('{"code": "invalid_parameter_mvpd", "trace": "8eb6eaa9-2d9d-4a8c-a9c6-0b1ce3c0f1a1"}', None),
        ('{"userID": {"value": "u", "state": "enc"}}', '{"userID": {"value": "REDACTED-USER", "state": "enc"}}'),
        ('{"zip": ["94107", 94108], "x": 1}', '{"zip": ["REDACTED-ZIP", 0], "x": 1}'),
        ('{"connection": {"port": 443}, "port": 443}', '{"connection": {"port": 0}, "port": 443}'),
        ('{"URL": "/x?pt_device_id=1&mso_id=2"}', '{"URL": "/x?pt_device_id=REDACTED-DEVICE&mso_id=2"}'),
        ('{"a": "{\\"zip\\": \\"94107\\"}"}', '{"a": "{\\"zip\\": \\"REDACTED-ZIP\\"}"}'),
        ('{"url": null, "email": true, "jws": ""}', None),
    ],
)
def test_json_changes_at_its_leaves(text: str, expected: str | None) -> None:
    redacted = redact_json(text, scrub())
    assert untailed(redacted) == (expected or text)
    assert redact_json(redacted, scrub()) == redacted


def test_a_pair_of_a_name_and_a_value_is_one_in_any_spelling() -> None:
    for name, value in (("name", "value"), ("key", "value"), ("Key", "Value"), ("header", "value"), ("FIELD", "VALUE")):
        for about, secret in (("Authorization", f"Bearer {TOKEN}"), ("password", TOKEN), ("Cookie", f"a={TOKEN}")):
            for pair in ({name: about, value: secret}, {value: secret, name: about}):
                after = json.loads(redact_json(json.dumps([pair, {name: "lang", value: "en"}]), scrub()))
                assert TOKEN not in after[0][value], pair
                assert after[1] == {name: "lang", value: "en"}
    both = {"name": "password", "key": "k", "value": TOKEN}
    assert TOKEN not in redact_json(json.dumps(both), scrub())


def test_the_name_around_a_value_counts() -> None:
    """A user's metadata are maps of `value` and `state`, also those that no list names."""
    text = '{"profiles": {"Dish": {"attributes": {"subscriberId": {"value": "82451100", "state": "plain"}}}}}'
    assert "82451100" not in redact_json(text, scrub())
    assert (
        redact_json('{"token": {"type": "x1234567", "value": null}}', scrub())
        == '{"token": {"type": "x1234567", "value": null}}'
    )
