"""AP-Device-Identifier and X-Device-Info are read, with what is wrong and where."""

from __future__ import annotations

import base64

from gateway.core.adobe.device_identifier import DeviceIdentifier, read_device_identifier
from gateway.core.adobe.device_info import RESTRICTED, V2_REQUIRED, DeviceInfo, read_device_info
from gateway.core.adobe.malformed import Malformed
from tests.harness.for_each import for_each

DOCUMENTED = (
    "ewoJInByaW1hcnlIYXJkd2FyZVR5cGUiOiAiU2V0VG9wQm94IiwKCSJtb2RlbCI6ICJUViA1dGggR2VuIiwKCSJtYW51ZmFjdHVyZXIiOiAiQXBwbGUiLAoJIm9zTmFtZSI6ICJ0dk9TIgoJ"
    "Im9zVmVuZG9yIjogIkFwcGxlIiwKCSJvc1ZlcnNpb24iOiAiMTEuMCIKfQ=="
)
MINIMAL = (
    "eyJwcmltYXJ5SGFyZHdhcmVUeXBlIjoiU2V0VG9wQm94IiwibW9kZWwiOiJUViA1dGggR2VuIiwidmVyc2lvbiI6IjUsMyIsIm1hbnVmYWN0dXJlciI6IkFwcGxlIiwidmVuZG9yIjoiQXBw"
    "bGUiLCJvc05hbWUiOiJ0dk9TIiwib3NGYW1pbHkiOiJ0dk9TIiwib3NWZW5kb3IiOiJBcHBsZSIsIm9zVmVyc2lvbiI6IjExLjAiLCJjb25uZWN0aW9uVHlwZSI6IldpRmkiLCJjb25uZWN0"
    "aW9uU2VjdXJlIjp0cnVlfQ=="
)


def test_the_documented_identifier_is_a_uuid() -> None:
    identifier = read_device_identifier("fingerprint YmEyM2QxNDEtZDcxNS01NjFjLTk0ZjQtZTllNGM5NjZiMWVi")
    assert identifier == DeviceIdentifier(b"ba23d141-d715-561c-94f4-e9e4c966b1eb")
    assert isinstance(identifier, DeviceIdentifier)
    assert identifier.shape == "fingerprint <base64 of 36 bytes>"
    assert identifier.placeholder == ""
    assert "ba23" not in repr(identifier)


@for_each(
    ("value", "part"),
    [
        ("YmEy", "type"),
        ("fingerprint", "type"),
        ("fingerprint ", "type"),
        ("FINGERPRINT YmEy", "type"),
        ("fingerprint\tYmEy", "type"),
        ("fingerprint YmEyM", "base64"),
        ("fingerprint ba23d141-d715-561c-94f4-e9e4c966b1eb", "base64"),
        ("fingerprint YmEy YmEy", "base64"),
        ("fingerprint <base64_device_id>", "placeholder"),
        ("fingerprint ${id}", "placeholder"),
    ],
)
def test_an_identifier_that_is_none_is_said_where(value: str, part: str) -> None:
    wrong = read_device_identifier(value)
    assert isinstance(wrong, Malformed)
    assert wrong.part == part


def test_the_documented_info_breaks_off_where_its_comma_is_missing() -> None:
    info = read_device_info(DOCUMENTED)
    assert isinstance(info, DeviceInfo)
    assert info.malformed is not None
    assert info.malformed.found == "JSON that breaks off at line 6, column 2: expecting ',' delimiter"


def test_the_minimal_info_has_all_that_v2_requires_and_nothing_else() -> None:
    info = read_device_info(MINIMAL)
    assert isinstance(info, DeviceInfo)
    assert info.malformed is None
    assert all(info.text(name) for name in V2_REQUIRED)
    assert all(info.text(name) in values for name, values in RESTRICTED.items() if info.text(name))
    assert info.text("connectionSecure") == "true"
    assert info.text("no such member") == ""


def test_v1s_form_is_the_same_info() -> None:
    plain, encoded = read_device_info(MINIMAL), read_device_info(MINIMAL.replace("=", "%3D"))
    assert isinstance(plain, DeviceInfo)
    assert isinstance(encoded, DeviceInfo)
    assert encoded.members == plain.members
    assert (list(plain.flaws), list(encoded.flaws)) == ([], ["percent-encoded"])


def test_a_number_is_text_and_an_object_is_none() -> None:
    info = read_device_info(base64.b64encode(b'{"a": 5, "b": {}, "c": null}').decode())
    assert isinstance(info, DeviceInfo)
    assert [info.text(name) for name in "abc"] == ["5", "", ""]
