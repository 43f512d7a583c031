"""Where the documented times of an answer stand, and the answer as it would be later: a table of both, and what never changes."""

from __future__ import annotations

import json
import time

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.moments import DAY, ends_of, later, moments_in
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.pseudonyms import is_pseudonym
from tests.core.checks.calls import jwt

V2, V1 = "/api/v2/REF30/profiles", "/api/v1/tokens/authn"
AT = 1_700_000_000
HOUR = 3600


def shifted(path: str, body: bytes | str, by: float = HOUR, *fields: tuple[str, str]) -> Response:
    data = body.encode("latin-1") if isinstance(body, str) else body
    return later(Response(200, "OK", Headers.of(fields), data), moments_in(path, data), by=by, recorded_at=AT)


BODIES = (
    (
        V2,
        '{"notBefore":1700000000000,"notAfter": "1700000000123"}',
        '{"notBefore":1700003600000,"notAfter": "1700003600123"}',
    ),
    (V2, '{"notAfter" :\n1700000000000,}', '{"notAfter" :\n1700003600000,}'),  # the page's sample has such a comma
    (V2, '{"token":{"issuedAt":1700000000000}}', '{"token":{"issuedAt":1700003600000}}'),
    (
        V2,
        '{"expiration_date":{"state":"plain","value":1700000000000}}',
        '{"expiration_date":{"state":"plain","value":1700003600000}}',
    ),
    (V1, '{"expires":"1700000000000","userId":"x"}', '{"expires":"1700003600000","userId":"x"}'),
    (V1, "<authn><expires>1700000000000</expires></authn>", "<authn><expires>1700003600000</expires></authn>"),
    (
        "/reggie/v1/R/regcode",
        '{"generated":1700000000000,"expires":1700000000000}',
        '{"generated":1700003600000,"expires":1700003600000}',
    ),
    ("/o/client/register", '{"client_id_issued_at":1700000000}', '{"client_id_issued_at":1700003600}'),
    (
        "/o/client/token",
        '{"created_at":1700000000000,"expires_in":21600}',
        '{"created_at":1700003600000,"expires_in":21600}',
    ),
    (V2, '{"active":true,"exp":1700000000}', '{"active":true,"exp":1700003600}'),
)
SAME = (
    (V2, '{"expires":1700000000000,"generated":1700000000000}'),  # names that the v2 pages do not have
    (V2, '{"notAfter":17000000000000,"notBefore":170000000,"issuedAt":1700000000.5,"exp":null}'),
    (V2, '{"other":1700000000000,"text":"notAfter 1700000000000","quoted":"\\"notAfter\\":1700000000000"}'),
    (V2, '{"expires_in":1700000000}'),
    (V2, "<expires>1700000000000</expires>"),
    (V2, "eyJhbGciOiJub25lIn0.bm90IEpTT04.c2ln"),
    (V2, b"\x89PNG\xff\x00"),
    (V2, ""),
)


def test_documented_times_move_and_nothing_else() -> None:
    for path, body, expected in BODIES:
        assert shifted(path, body).body == expected.encode(), body
        assert shifted(path, body, by=0).body == body.encode(), body
    for path, same in SAME:
        assert shifted(path, same).body == (same.encode() if isinstance(same, str) else same), same


def test_the_dates_of_a_token_move_and_a_pseudonym_stays_one() -> None:
    token = jwt(exp=AT + 21600, nbf=AT, iat=AT)
    kept = json.dumps({"access_token": token, "note": f"x {token}"})
    _, response = Redaction(b"k" * 32).redacted(Request("GET", V2), Response(200, body=kept.encode()))
    assert isinstance(response.body, bytes)
    moved = shifted(V2, response.body, by=DAY).body
    assert isinstance(moved, bytes)
    tokens = json.loads(moved)
    assert is_pseudonym(tokens["access_token"])
    for text, by in ((json.loads(response.body)["access_token"], 0), (tokens["access_token"], DAY)):
        assert [*ends_of(moments_in(V2, text.encode()))] == [AT + 21600 + by]
    assert [*ends_of(moments_in(V2, moved))] == [AT + 21600 + DAY] * 2


def test_dates_of_header_fields() -> None:
    table = {
        ("Date", "Tue, 14 Nov 2023 22:13:20 GMT"): "Tue, 14 Nov 2023 23:13:20 GMT",
        ("Expires", "Tue, 14 Nov 2023 22:13:20 GMT"): "Tue, 14 Nov 2023 23:13:20 GMT",
        ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"): "Thu, 01 Jan 1970 00:00:00 GMT",  # it says: never fresh
        ("Expires", "0"): "0",
        ("Retry-After", "Tue, 14 Nov 2023 22:13:21 GMT"): "Tue, 14 Nov 2023 23:13:21 GMT",
        ("Retry-After", "120"): "120",
        ("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT"): "Tue, 14 Nov 2023 22:13:20 GMT",
        (
            "Set-Cookie",
            "a=b; Expires=Tue, 14 Nov 2023 22:13:20 GMT; Path=/",
        ): "a=b; Expires=Tue, 14 Nov 2023 23:13:20 GMT; Path=/",
        ("Set-Cookie", "a=; expires=Thu, 01 Jan 1970 00:00:00 GMT"): "a=; expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ("Cache-Control", "max-age=60"): "max-age=60",
    }
    for (name, value), expected in table.items():
        assert shifted(V2, "", HOUR, (name, value)).headers[name] == expected, (name, value)


def test_a_length_stays_true() -> None:
    answer = shifted("/o/client/register", '{"exp":9999999999}', HOUR, ("Content-Length", "18"))
    assert (answer.body, answer.headers["Content-Length"]) == (b'{"exp":10000003599}', "19")


@given(st.binary(max_size=200), st.integers(-(10**9), 10**9))
def test_any_body_is_moved_there_and_back(body: bytes, by: int) -> None:
    assert shifted(V1, shifted(V1, body, by).body, -by).body == body  # type: ignore[arg-type]


def test_finding_times_takes_milliseconds() -> None:
    for body in (
        b'"exp":{' * 100_000,
        b'"notAfter":"1700000000000",' * 30_000,
        b"<expires>" * 100_000,
        b'"exp" ' + b" " * 900_000,
    ):
        began = time.thread_time()
        moments_in(V1, body)
        assert time.thread_time() - began < 0.5
