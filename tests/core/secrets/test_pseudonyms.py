"""What stands for a secret: of its shape, the same every time, and known by anybody as what it is."""

from __future__ import annotations

import json
import re
import string
import uuid
from ipaddress import ip_address

import pytest

from gateway.core.secrets.pseudonyms import (
    Pseudonyms,
    claims,
    is_pseudonym,
    is_pseudonym_bytes,
    is_pseudonymous_address,
    unb64,
    unwrapped,
)
from tests.harness.for_each import for_each
from tests.planting import ALNUM, KEY, KINDS, b64, b64url, jwt, secret_of, seeded

PSEUDONYM = Pseudonyms(KEY)
SIGNED = b64url('{"alg":"RS256"}')
UUID = "ba23d141-d715-561c-94f4-e9e4c966b1eb"
SHAPES = {
    "a UUID of version 5": ("device", UUID, r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"),
    "a UUID of version 4": ("device", str(uuid.UUID(int=7, version=4)), r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8.*"),
    "a UUID in capitals": ("device", UUID.upper(), r"[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-8[0-9A-F]{3}-[0-9A-F]{12}"),
    "a UUID in both": ("device", "Ba23d141-d715-561c-94f4-e9e4c966b1eb", r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-5[0-9a-fA-F-]{21}"),
    "hexadecimal": ("device", "c54fa2c80652b10abea58c", r"[0-9a-f]{22}"),
    "digits": ("user", "123456789012345", r"[0-9]{15}"),
    "Base64": ("token", "nH2uZ3kJbWm0sPp6v1Lx7eRtY9o=", r"[A-Za-z0-9+/]{27}="),
    "capitals and digits": ("token", "ABCD-EFGH-1234-XYZ9", r"[A-Z0-9]{4}(-[A-Z0-9]{4}){3}"),
    "an e-mail address": ("user", "ada@lovelace.example", r"[0-9]{16}@redacted\.example"),
    "a short e-mail address": ("email", "a@b.c", r"[0-9]{16}@redacted\.example"),
    "MIME's lines": ("token", f"{'Ab1+' * 19}\r\n{'Zz9/' * 19}\r\nAAA=", r"[A-Za-z0-9+/]{155}="),
    "letters beyond ASCII": ("user", "Küche-日本-123456789", r"[A-Za-z0-9]{5}-[A-Za-z0-9]{2}-[A-Za-z0-9]{9}"),
    "eleven letters": ("token", "abcdefghijk", r"REDACTED-TOKEN-[0-9a-f]{6}"),
    "a zip": ("zip", "94107", r"REDACTED-ZIP-[0-9a-f]{6}"),
    "a kind of two words": ("partner_account", "x1", r"REDACTED-PARTNERACCOUNT-[0-9a-f]{6}"),
    "no letter at all": ("cookie", "--------------", r"REDACTED-COOKIE-[0-9a-f]{6}"),
    "no address": ("ip", "device.local.example", r"REDACTED-IP-[0-9a-f]{6}"),
    "five parts": ("token", "eyJhbGciOiJkaXIifQ..aXYxMjM0.Y2lwaGVy.dGFn", r"[A-Za-z0-9]+\.\.[A-Za-z0-9]{8}\.\w{8}\.\w{4}"),
}  # fmt: skip


@for_each(("kind", "value", "shape"), SHAPES.values(), ids=SHAPES)
def test_a_pseudonym_has_the_shape_of_what_it_stands_for(kind: str, value: str, shape: str) -> None:
    pseudonym = PSEUDONYM(kind, value)
    assert re.fullmatch(shape, pseudonym)
    assert pseudonym != value
    assert is_pseudonym(pseudonym)
    assert PSEUDONYM(kind, pseudonym) == Pseudonyms(bytes(32))(kind, pseudonym) == pseudonym


@for_each(
    "address", ["203.45.101.20", "8.8.8.8", "10.0.0.1", "2a02:8071:5f0::1234", "::1", "fe80::1%eth0", "::ffff:8.8.8.8"]
)
def test_an_address_becomes_one_of_the_ranges_that_documentation_has(address: str) -> None:
    pseudonym = ip_address(PSEUDONYM("ip", address))
    assert pseudonym.version == ip_address(address).version
    assert is_pseudonymous_address(pseudonym)
    assert is_pseudonym(str(pseudonym))


def test_the_zone_of_an_address_is_no_pseudonym() -> None:
    assert not is_pseudonym("2001:db8::1%what-a-secret")


def test_a_web_token_stays_one() -> None:
    """Header and dates stay, what names somebody does not, and the signature says what it is."""
    token = jwt(
        sub=UUID, aud="adobe", email="ada@lovelace.example", groups=["a", {"home": "x" * 20}], admin=True, age=42
    )
    header, payload, signature = PSEUDONYM("token", token).split(".")
    says = json.loads(unb64(payload))
    assert header == token.split(".")[0]
    assert (says["iss"], says["aud"], says["scopes"]) == ("auth.adobe.com", "adobe", "api:client:v2")
    assert (says["exp"], says["iat"], says["admin"], says["age"]) == (1724109468, 1724087868, True, 0)
    assert says["sub"] == PSEUDONYM("sub", UUID)
    assert ("sub", UUID) in list(claims(token))
    assert says["email"].endswith("@redacted.example")
    assert "x" * 20 not in json.dumps(says)
    assert unb64(signature).startswith(b"pass-gateway pseudonym, not a signature ")
    assert is_pseudonym(f"{header}.{payload}.{signature}")


@pytest.mark.parametrize(
    "payload",
    ["not-json-at-all-1234567890", b64url("[1, 2]"), b64url('{"a":' * 100_000), b64url('{"a":' * 60 + "1" + "}" * 60)],
    ids=["no JSON", "no object", "no end", "no claims"],
)
def test_a_web_token_whose_claims_cannot_be_read_keeps_its_header_alone(payload: str) -> None:
    pseudonym = PSEUDONYM("token", f"{SIGNED}.{payload}.c2lnbmF0dXJl")
    assert pseudonym.startswith(f"{SIGNED}.")
    assert payload not in pseudonym
    assert is_pseudonym(pseudonym)


def test_what_only_begins_like_a_web_token_is_replaced_as_a_whole() -> None:
    assert not PSEUDONYM("token", "eyJsb29rcyBsaWtl.b25lLCBidXQ.aXMgbm9uZQ").startswith("eyJsb29rcyBsaWtl")


def test_what_a_web_tokens_header_says_beside_its_algorithm_goes() -> None:
    said = b64url('{"alg":"RS256","kid":"k1","x5t":"a-thumbprint-of-somebody"}')
    header = json.loads(unb64(PSEUDONYM("token", f"{said}.{b64url('{}')}.x").split(".")[0]))
    assert (header["alg"], header["kid"]) == ("RS256", "k1")
    assert is_pseudonym(header["x5t"])


def test_bytes_that_are_no_text_stay_as_many() -> None:
    raw = seeded(1).randbytes(32)
    pseudonym = PSEUDONYM.of_bytes("device", raw)
    assert len(pseudonym) == 32
    assert pseudonym != raw
    assert is_pseudonym_bytes(pseudonym)
    assert not is_pseudonym_bytes(raw)
    assert PSEUDONYM.of_bytes("device", pseudonym) == pseudonym
    assert PSEUDONYM.of_bytes("device", raw[:8] + b"\xff").startswith(b"REDACTED-DEVICE-")


def test_bytes_that_are_text_are_that_text() -> None:
    """v1 sends the identifier itself, v2 its Base64: one device."""
    for value in (UUID, "a-b-c-d-e-f-g-h", "Küche-日本-123456789"):
        assert PSEUDONYM.of_bytes("device", value.encode()) == PSEUDONYM("device", value).encode()


def test_a_placeholder_in_base64_position_is_not_decoded() -> None:
    assert unwrapped(b64("a device")) == b"a device"
    assert unwrapped("REDACTED-DEVICE") == b""
    assert unwrapped("no base64!") == b""


@for_each("kind", KINDS)
def test_different_values_differ(kind: str) -> None:
    """But for what is too short to tell: those become placeholders."""
    chance = seeded(kind)
    values = {secret_of(kind, chance) for _ in range(500)}
    pseudonyms = {PSEUDONYM("token", value) for value in values}
    pseudonyms.discard("REDACTED-TOKEN")
    assert len(pseudonyms) >= len(values) * (0.95 if kind in {"digits", "marks"} else 1)


def test_kind_and_key_make_a_difference_and_time_does_not() -> None:
    assert PSEUDONYM("device", UUID) == Pseudonyms(KEY)("device", UUID) == "10c5bf74-3d53-5e5f-87ec-2b4b592e0811"
    assert len({PSEUDONYM("device", UUID), PSEUDONYM("user", UUID), Pseudonyms(bytes(32))("device", UUID)}) == 3


@for_each(
    ("alphabet", "length"),
    [
        (string.digits, 15),
        ("0123456789abcdef", 32),
        ("0123456789ABCDEF", 32),
        (string.ascii_lowercase + string.digits, 24),
        (ALNUM, 12),
        (ALNUM + "+/", 44),
        (ALNUM + "-_", 22),
    ],
)
def test_what_comes_from_elsewhere_is_no_pseudonym(alphabet: str, length: int) -> None:
    chance = seeded(alphabet)
    assert sum(is_pseudonym("".join(chance.choices(alphabet, k=length))) for _ in range(5_000)) <= 1


def test_what_people_and_machines_write_is_no_pseudonym() -> None:
    assert not any(
        map(is_pseudonym, ("", "Cablevision", "application/json", UUID, "203.45.101.20", "a@b.example", "REDACTED"))
    )
    assert not any(is_pseudonym(jwt(sub=str(number))) for number in range(50))


def test_the_key_has_a_name_that_says_nothing_of_it() -> None:
    assert re.fullmatch("[0-9a-f]{6}", PSEUDONYM.key_id)
    assert PSEUDONYM.key_id != Pseudonyms(bytes(32)).key_id
