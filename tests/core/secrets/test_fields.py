"""Of a value that wraps its secret, only the secret changes: its scheme, its names and its form stay."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

import pytest

from gateway.core.secrets.pseudonyms import is_pseudonym, is_pseudonym_bytes, unb64
from gateway.core.secrets.urls import redact_url
from gateway.core.secrets.values import redact_value
from tests.core.secrets.test_values import TOKEN, P, scrub
from tests.harness.for_each import for_each
from tests.planting import BROKEN, SIGNED, WHOLE, b64, jwt, untailed


@for_each(
    ("kind", "value", "expected"),
    [
        ("authorization", f"Bearer {TOKEN}", f"Bearer {P}"),
        ("authorization", f"bearer  {TOKEN}", f"bearer  {P}"),
        ("authorization", TOKEN, P),
        ("authorization", f"{TOKEN} {TOKEN}", f"{P} {P}"),
        ("authorization", "Bearer abc", "Bearer REDACTED-TOKEN"),
        ("authorization", "Bearer", "REDACTED-TOKEN"),
        ("cookie", f"a=1; AWSALB={TOKEN}; c", f"a=REDACTED-COOKIE; AWSALB={P}; REDACTED-COOKIE"),
        ("cookie", f'a="{TOKEN}"; b=', f'a="{P}"; b='),
        ("cookie", f'a=x"{TOKEN}', f'a={P}"{P}'),
        (
            "set_cookie",
            f"AWSALB={TOKEN}; Expires=Mon, 26 Aug 2024; Path=/",
            f"AWSALB={P}; Expires=Mon, 26 Aug 2024; Path=/",
        ),
        (
            "set_cookie",
            f"a={TOKEN}; Expires=Mon, 26 Aug 2024; Path=/, b={TOKEN}; Path=/x",
            f"a={P}; Expires=Mon, 26 Aug 2024; Path=/, b={P}; Path=/x",
        ),
        ("forwarded", "for=8.8.8.8;proto=https;by=gw", r"for=[0-9.]+;proto=https;by=REDACTED-IP"),
        ("forwarded", 'for="[2a02::5]:4711", for=unknown', r'for="\[2001:db8:[0-9a-f:]+\]:4711", for=unknown'),
        ("forwarded", "not a forwarded field at all", ".*"),
        ("code", "8BLW4RW", "REDACTED-CODE"),
        ("code", "invalid_parameter_mvpd", "invalid_parameter_mvpd"),
        ("device_info", "no base64", "REDACTED-TOKEN"),
        ("device_info", '{"model":"AppleTV5,3"}', re.escape('{"model":"AppleTV5,3"}')),
        ("device_identifier", "fingerprint dGlueQ==", f"fingerprint {b64('REDACTED-DEVICE')[:20]}{P}=*"),
        ("device_identifier", f"{TOKEN} {TOKEN}", f"{P} {P}"),
    ],
)
def test_each_kind_keeps_what_is_no_secret(kind: str, value: str, expected: str) -> None:
    redacted = redact_value(kind, value, scrub())
    assert re.fullmatch(expected, untailed(redacted))
    assert TOKEN not in redacted
    assert redact_value(kind, redacted, scrub()) == redacted


@for_each(
    ("value", "expected"),
    [
        ("203.45.101.20", "<4>"),
        (" 203.45.101.20", " <4>"),
        ("203.45.101.20:4711", "<4>:4711"),
        ("203.45.101.20, 10.0.0.1,10.0.0.2", "<4>, <4>,<4>"),
        ("2a02:8071:5f0::1234", "<6>"),
        ("[2a02:8071:5f0::1234]", "[<6>]"),
        ("[2a02:8071:5f0::1234]:80", "[<6>]:80"),
        ('"[2a02:8071:5f0::1234]:80"', '"[<6>]:80"'),
        ("unknown, 203.45.101.20", "unknown, <4>"),
        ("tv.home", "REDACTED-IP"),
        (",,", ",,"),
    ],
)
def test_each_address_of_a_list_is_replaced_where_it_stands(value: str, expected: str) -> None:
    redacted = redact_value("addresses", value, scrub())
    shape = re.escape(expected).replace("<4>", r"[0-9]+(\.[0-9]+){3}").replace("<6>", "2001:db8:[0-9a-f:]+")
    assert re.fullmatch(shape, untailed(redacted))
    assert redact_value("addresses", redacted, scrub()) == redacted


def test_of_v1s_signed_authorization_stays_what_says_which_request_it_was() -> None:
    redacted = redact_value("authorization", SIGNED.format("0c5bf743-d53e-4e5f-87ec-2b4b592e0811"), scrub())
    parts = dict(part.strip().split("=", 1) for part in redacted.removeprefix("DELETE ").split(","))
    assert parts["requestor_id"] == "REF30"
    assert parts["request_time"] == "1724087868000"
    assert parts["request_uri"] == "/api/v1/logout"
    assert untailed(parts["public_key"]) == "REDACTED-TOKEN"
    assert all(is_pseudonym(parts[name]) for name in ("nonce", "signature"))


def test_another_line_of_the_field_behind_v1s_signed_form_is_redacted_by_its_scheme() -> None:
    both = f"{SIGNED.format('0c5bf743-d53e-4e5f-87ec-2b4b592e0811')}, Basic {b64('app:LZuTRd4nXiHf')}"
    redacted = redact_value("authorization", both, scrub())
    assert unb64(redacted.rpartition("Basic ")[2]).decode().startswith("REDACTED-USER-")
    assert redact_value("authorization", redacted, scrub()) == redacted


def test_basic_keeps_its_form_and_says_neither_user_nor_password() -> None:
    hand = scrub()
    redacted = redact_value("authorization", f"Basic {b64('a-client-id-of-ours:correct horse battery')}", hand)
    user, password = unb64(redacted.removeprefix("Basic ")).decode().split(":")
    assert is_pseudonym(user)
    assert is_pseudonym(password)
    assert "correct horse battery" in hand.found
    assert redact_value("authorization", redacted, scrub()) == redacted


@pytest.mark.parametrize(
    "identifier", ["ba23d141-d715-561c-94f4-e9e4c966b1eb", "Küche-日本-123456789", "c54fa2c80652b10abea58c"]
)
def test_the_device_of_v1_and_of_v2_is_one(identifier: str) -> None:
    v2 = redact_value("device_identifier", f"fingerprint {b64(identifier)}", scrub())
    v1 = redact_url(f"/api/v1/logout?deviceId={quote(identifier)}", scrub())
    assert unb64(v2.removeprefix("fingerprint ")).decode() == v1.partition("=")[2]


def test_a_raw_hash_stays_one_of_the_same_length() -> None:
    raw = bytes(range(100, 132))
    v2 = redact_value("device_identifier", f"fingerprint {b64(raw)}", scrub())
    v1 = redact_url(f"/api/v1/logout?deviceId={quote(raw)}", scrub())
    replaced = unb64(v2.removeprefix("fingerprint "))
    assert len(replaced) == 32
    assert is_pseudonym_bytes(replaced)
    assert v1.partition("=")[2] == quote(replaced, safe="*")


@pytest.mark.parametrize("text", [WHOLE, BROKEN], ids=["whole", "broken"])
@pytest.mark.parametrize("percent", [False, True], ids=["v2", "v1"])
def test_of_device_info_only_the_secret_members_change(text: str, *, percent: bool) -> None:
    plain = text.replace("SECRET", '"TV/5.0 (of somebody)"')
    value = quote(b64(plain), safe="") if percent else b64(plain)
    redacted = redact_value("device_info", value, scrub())
    assert ("%" in redacted) == ("%" in value)
    after = unb64(redacted.replace("%3D", "=")).decode()
    assert re.sub(r'"userAgent": ?"[^"]*"|"connectionPort": ?[0-9]+', "", after) == re.sub(
        r'"userAgent": ?"[^"]*"|"connectionPort": ?[0-9]+', "", plain
    )
    assert "somebody" not in after
    assert redact_value("device_info", redacted, scrub()) == redacted


def test_device_info_without_secrets_keeps_its_spelling() -> None:
    value = base64.urlsafe_b64encode(b'{"model":"TV >>>??? 5"}').decode().rstrip("=")
    assert redact_value("device_info", value, scrub()) == value


def test_what_a_token_wraps_is_a_secret_elsewhere_too() -> None:
    hand = scrub()
    redact_value("token", b64('{"email":"ada@lovelace.example"}'), hand)
    redact_value("token", jwt(sub="the-subject-of-the-token"), hand)
    assert {"ada@lovelace.example", "the-subject-of-the-token"} <= hand.found.keys()
