"""No parser raises, whatever the bytes, and none shows more than four characters of what it was given."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.accept import read_accept
from gateway.core.adobe.authorization import read_authorization
from gateway.core.adobe.device_identifier import read_device_identifier
from gateway.core.adobe.device_info import read_device_info
from gateway.core.adobe.errors import read_xml_error
from gateway.core.adobe.forwarded import read_forwarded
from gateway.core.adobe.partner_status import read_partner_status
from gateway.core.adobe.redirect_url import read_redirect_url
from gateway.core.adobe.temp_pass import read_temp_pass
from gateway.core.adobe.tokens import read_jwt
from gateway.core.adobe.visitor import read_visitor
from tests.harness.for_each import for_each

PARSERS: list[Callable[[str], object]] = [
    read_accept,
    read_authorization,
    read_device_identifier,
    read_device_info,
    read_forwarded,
    read_jwt,
    read_partner_status,
    read_redirect_url,
    read_temp_pass,
    read_visitor,
    read_xml_error,
]
LATIN = st.text(st.characters(max_codepoint=255))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["exp", "sub", "scopes", "alg", "model", "id"]), inner)
    ),
    max_leaves=8,
)
WRAPPED = JSON.map(lambda value: base64.b64encode(json.dumps(value).encode()).decode())
VALUES = st.one_of(
    LATIN,
    LATIN.map("Bearer {}".format),
    LATIN.map("fingerprint {}".format),
    WRAPPED,
    WRAPPED.map(lambda text: f"Bearer {text}.{text}.{text}".replace("=", "")),
    WRAPPED.map("fingerprint {}".format),
    st.tuples(WRAPPED, WRAPPED).map(lambda two: f"{two[0]}.{two[1]}.".replace("=", "")),
    LATIN.map(lambda text: f"GET requestor_id={text}, request_time={text}"),
)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.__name__)
@given(value=VALUES)
def test_a_parser_returns_a_value_or_says_what_is_wrong(parser: Callable[[str], object], value: str) -> None:
    parser(value)


@for_each("parser", PARSERS, ids=lambda parser: parser.__name__)
@for_each("nested", ["[", '{"a":', "%25", "=", ".", ","])
def test_what_is_deep_or_long_is_no_harm(parser: Callable[[str], object], nested: str) -> None:
    for text in (nested * 20_000, base64.b64encode((nested * 20_000).encode()).decode()):
        parser(text)
        parser(f"Bearer {text}")
        parser(f"fingerprint {text}")
