"""Values by kind: what is wrapped is unwrapped, and what is no secret keeps its spelling."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

import pytest

from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms, is_pseudonym, is_pseudonym_bytes, unb64
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.values import redact_embedded, redact_json, redact_url, redact_value
from tests.harness.for_each import for_each
from tests.planting import BROKEN, KEY, SIGNED, WHOLE, b64, jwt, nested, untailed

P = r"[A-Za-z0-9+/_-]+"
TOKEN = "2YotnFZFEjr1zCsicMWpAA"


def scrub() -> Scrub:
    return Scrub(Pseudonyms(KEY), Policy())


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


@for_each(
    ("url", "expected"),
    [
        ("/api/v2/REF30/logout/Cablevision?redirectUrl=https%3a%2f%2fadobe.com", None),
        ("/api/v2/REF30/sessions/8BLW4RW", "/api/v2/REF30/sessions/REDACTED-CODE"),
        ("/api/v2/sessions/REF30/8BLW4RW", "/api/v2/sessions/REF30/REDACTED-CODE"),
        ("/api/v2/REF30/sessions/sso/Apple", None),
        ("/api/v2/REF30/profiles/Cablevision", None),
        ("/api/v2/REF30/profiles/code/8BLW4RW?x=1", "/api/v2/REF30/profiles/code/REDACTED-CODE?x=1"),
        ("/api/v2/authenticate/REF30/8BLW4RW", "/api/v2/authenticate/REF30/REDACTED-CODE"),
        ("/reggie/v1/REF30/regcode/8BLW4RW.json", "/reggie/v1/REF30/regcode/REDACTED-CODE.json"),
        ("/api/v1/checkauthn/8BLW4RW.xml?a", "/api/v1/checkauthn/REDACTED-CODE.xml?a"),
        ("/api/v1/authenticate/freepreview", None),
        ("/x?DeviceID=logout&mvpd=Dish&&=&b", "/x?DeviceID=REDACTED-DEVICE&mvpd=Dish&&=&b"),
        ("https://u:p@mvpd.example/a@b?x", "https://REDACTED-USER:REDACTED-TOKEN@mvpd.example/a@b?x"),
        ("https://u:p@q@mvpd.example/", "https://REDACTED-USER:REDACTED-TOKEN@mvpd.example/"),
        ("/x?a=b#ast=1", "/x?a=b#ast=REDACTED-TOKEN"),
        ("/x?next=%2Fapi%2Fv1%2Fcheckauthn%2F8BLW4RW", "/x?next=%2Fapi%2Fv1%2Fcheckauthn%2FREDACTED-CODE"),
        ("/x?redirectUrl=app://x/?ast=1", "/x?redirectUrl=app://x/?ast%3DREDACTED-TOKEN"),
        ("/x?redirectUrl=app://x/a+b?ast=1", "/x?redirectUrl=app://x/a%20b?ast%3DREDACTED-TOKEN"),
        ("/x?redirectUrl=app://x/a+b", None),
    ],
)
def test_a_url_changes_where_it_is_secret_and_keeps_its_spelling(url: str, expected: str | None) -> None:
    redacted = redact_url(url, scrub())
    assert untailed(redacted) == (expected or url)
    assert redact_url(redacted, scrub()) == redacted


def test_what_is_nested_too_deep_is_a_secret_as_a_whole() -> None:
    url = "/x?redirect_url=secret-in-the-middle"
    for _ in range(12):
        url = f"/x?redirect_url={quote(url, safe='')}"
    assert "secret-in-the-middle" not in redact_url(url, scrub())
    text = json.dumps("x")
    for _ in range(9):
        text = json.dumps({"a": text, "access_token": "t"})
    assert redact_json(text, scrub())


def test_twice_nested_is_read() -> None:
    redacted = redact_url(f"/x?redirectUrl={quote(nested('secret-in-the-middle'), safe='')}", scrub())
    assert "secret" not in redacted
    assert "app.example%252Fdone" in redacted


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


def test_urls_are_found_inside_other_text() -> None:
    for text in (
        "<https://a/x?access_token=%s>; rel=next, </y?token=%s>; rel=prev",
        "</x?token=%s>",
        "0; url=/cb?token=%s",
        "0;URL=https://a/x?b=1&token=%s",
        "Open https://x/cb?token=%s. Then go on (https://x/?token=%s)",
        '<p>Open <a href="/x?token=%s">x</a> https://x/cb?token=%s</p>',
        '<meta http-equiv="refresh" content="0; url=https://x/cb?token=%s&amp;a=1">',
        '{"message":"Open https://x/cb?token=%s to continue"}',
        "/a;jsessionid=%s/b;v=1?x=1",
        "https://a/b;JSESSIONID=%s",
    ):
        made = scrub().replace("token", TOKEN)
        assert redact_embedded(text.replace("%s", TOKEN), scrub()) == text.replace("%s", made), text
    for text in (
        "a=1; b=/x",
        "and/or = neither/nor",
        "</p>",
        "<a>, <b>",
        "text/html; q=0.5, */*",
        "see https://x/y?lang=en.",
    ):
        assert redact_embedded(text, scrub()) == text


def test_a_pair_of_a_name_and_a_value_is_one_in_any_spelling() -> None:
    for name, value in (("name", "value"), ("key", "value"), ("Key", "Value"), ("header", "value"), ("FIELD", "VALUE")):
        for about, secret in (("Authorization", f"Bearer {TOKEN}"), ("password", TOKEN), ("Cookie", f"a={TOKEN}")):
            for pair in ({name: about, value: secret}, {value: secret, name: about}):
                after = json.loads(redact_json(json.dumps([pair, {name: "lang", value: "en"}]), scrub()))
                assert TOKEN not in after[0][value], pair
                assert after[1] == {name: "lang", value: "en"}
    both = {"name": "password", "key": "k", "value": TOKEN}
    assert TOKEN not in redact_json(json.dumps(both), scrub())


@for_each(
    ("url", "secret"),
    [
        ("/users/jane%40doe.example/profile", "jane%40doe.example"),
        ("/users/jane@doe.example/a%2Fb", "jane@doe.example"),
        (f"/x?next=https%253A%252F%252Fa.example%252F%253Faccess_token%253D{TOKEN}", TOKEN),
        (f"/x?a=1;access_token={TOKEN}", TOKEN),
        (f"/x?payload=a%3D1%26access_token%3D{TOKEN}", TOKEN),
    ],
)
def test_a_secret_in_a_url_is_found_in_its_spellings(url: str, secret: str) -> None:
    redacted = redact_url(url, scrub())
    assert secret not in redacted
    assert redact_url(redacted, scrub()) == redacted


@for_each("url", ["/a%2Fb/c%20d?e=f%2Fg", "/%7Bsp%7D/x", "/x?q=100%25&r=a%3Db", "/caf%C3%A9/x%3By"])
def test_a_url_without_a_secret_keeps_its_spelling(url: str) -> None:
    assert redact_url(url, scrub()) == url


def test_the_name_around_a_value_counts() -> None:
    """A user's metadata are maps of `value` and `state`, also those that no list names."""
    text = '{"profiles": {"Dish": {"attributes": {"subscriberId": {"value": "82451100", "state": "plain"}}}}}'
    assert "82451100" not in redact_json(text, scrub())
    assert (
        redact_json('{"token": {"type": "x1234567", "value": null}}', scrub())
        == '{"token": {"type": "x1234567", "value": null}}'
    )
