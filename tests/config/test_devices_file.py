"""A device that is added to devices.yaml: what stands there stays, however it is written."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import yaml12
from gateway.config.devices_file import NotAddedError, with_device
from tests.harness.for_each import for_each

TV: Mapping[str, str] = {"address": "192.168.0.9"}
ENTRY = 'tv: {match: {address: "192.168.0.9"}}'
SHELF = """# the shelf
devices:
  roku: {match: {address: 192.168.0.7}} # left

  # the one that is broken
  fire:
    match:
      identifier: é # as it says
    faults:
    - reset
# the end
"""


@for_each(
    ("text", "made"),
    [
        ("", f"devices:\n  {ENTRY}\n"),
        ("# mine", f"# mine\ndevices:\n  {ENTRY}\n"),
        ("devices:\n", f"devices:\n  {ENTRY}\n"),
        ("devices: # none yet\n", f"devices:\n  {ENTRY} # none yet\n"),
        ("devices: null # none\n", f"devices:\n  {ENTRY} # none\n"),
        ("devices: {}\n", f"devices: {{{ENTRY}}}\n"),
        ("{}", f"{{devices: {{{ENTRY}}}}}"),
        ('{"devices": {"a": {}}}', f'{{"devices": {{"a": {{}}, {ENTRY}}}}}'),
        ("devices: {\n  a: {}, # one\n}\n", f"devices: {{\n  a: {{}}, {ENTRY}, # one\n}}\n"),
        (SHELF, SHELF.replace("# the end", f"  {ENTRY}\n# the end")),
        ("devices:\n    a:\n        match: {}", f"devices:\n    a:\n        match: {{}}\n    {ENTRY}\n"),
        ("devices:\r\n  a: {}\r\n# end", f"devices:\r\n  a: {{}}\r\n  {ENTRY}\r\n# end"),
        ("---\ndevices:\n  a: {}\n...\n", f"---\ndevices:\n  a: {{}}\n  {ENTRY}\n...\n"),
        ("devices:\n  a: {match: {identifier: |\n", None),
        ("devices:\n  a:\n    match:\n      identifier: |\n        x\n", f"devices:\n  a:\n    match:\n      identifier: |\n        x\n  {ENTRY}\n"),
        ("mode: replay", None),
        ("devices: [", None),
        ("devices: []", None),
        ("devices: {tv: {}}", None),
        ("- a", None),
    ],
)  # fmt: skip
def test_an_entry_is_added_and_nothing_else_changes(text: str, made: str | None) -> None:
    if made is not None:
        assert with_device(text, "tv", TV) == made
        return
    with pytest.raises(NotAddedError, match=r"yourself|already"):
        with_device(text, "tv", TV)


@given(st.text(max_size=40), st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True))
def test_whatever_an_identifier_is_it_is_read_as_it_is(identifier: str, name: str) -> None:
    made = yaml12.read(
        with_device("devices:\n  a-b: {}\n", name, {"identifier": identifier.encode().decode("latin-1")})
    )
    assert made.data == {"devices": {"a-b": {}, name: {"match": {"identifier": identifier.encode().decode("latin-1")}}}}
