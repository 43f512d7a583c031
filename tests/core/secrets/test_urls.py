"""A URL changes where it is secret, and keeps its spelling."""

from __future__ import annotations

from urllib.parse import quote

from gateway.core.secrets.urls import redact_url
from tests.core.secrets.test_values import TOKEN, scrub
from tests.harness.for_each import for_each
from tests.planting import nested, untailed


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


def test_twice_nested_is_read() -> None:
    redacted = redact_url(f"/x?redirectUrl={quote(nested('secret-in-the-middle'), safe='')}", scrub())
    assert "secret" not in redacted
    assert "app.example%252Fdone" in redacted


@for_each(
    ("url", "secret"),
    [
        ("/users/jane%40doe.example/profile", "jane%40doe.example"),
        ("/users/jane@doe.example/a%2Fb", "jane@doe.example"),
        (f"/x?next=https%253A%252F%252Fa.example%252F%253Faccess_token%253D{TOKEN}", TOKEN),
        (f"/x?redirectUrl=https%253A%252F%252Fa.example%252F%253Ftoken%253D{TOKEN}", TOKEN),
        (f"/x?redirectUrl=https%25253A%25252F%25252Fa.example%25252F%252523t%25253D{TOKEN}", TOKEN),
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
