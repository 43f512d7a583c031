"""The documented codes of each API."""

from __future__ import annotations

import re

from gateway.core.adobe.error_codes import CODES, DCR, DIALECTS, V1, V2
from gateway.core.adobe.errors import MEANINGS


def test_there_are_as_many_as_the_pages_list() -> None:
    assert {dialect: len(codes) for dialect, codes in DIALECTS.items()} == {"v2": 47, "v1": 25, "dcr": 7}


def test_each_has_a_documented_action_and_status_and_a_message() -> None:
    for code, said in {**V1, **V2}.items():
        assert re.fullmatch("[a-z_]+", code)
        assert said.action in MEANINGS
        assert said.status in {400, 401, 403, 404, 405, 410, 412, 500}
        assert said.message.endswith(".")
    assert all(said.status == 400 for said in DCR.values())


def test_codes_are_read_as_words_of_an_error() -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]{0,79}", code) for code in CODES)
