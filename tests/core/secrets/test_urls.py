"""A URL changes where it is secret, and keeps its spelling."""

from __future__ import annotations

from urllib.parse import quote

from gateway.core.secrets.urls import redact_url
from tests.core.secrets.test_values import scrub
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
