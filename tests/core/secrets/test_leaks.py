"""The leak gate: what must not be written is seen, and what may be is let through."""

from __future__ import annotations

import base64
import json
import time
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.leaks import Leak, _shape, _sort_of, are_surely_clean, leaks_of_places
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.seen import Seen
from gateway.samples import samples
from tests.harness.for_each import for_each
from tests.planting import ALNUM, KEY, KINDS, b64, b64url, disguises, examples, jwt, recorded, secret_of, seeded, some

CHANCE = seeded("leaks")
SECRET = "a-secret-that-was-seen-before/+="
LOGOUT = Request("GET", "/api/v2/REF30/logout/Cablevision")
CLEAN = Interaction("https://api.auth.adobe.com", LOGOUT, Response(200, "OK"), "2026-01-02T03:04:05.678Z")


def holding(where: str, text: str) -> Interaction:
    """Return an interaction that has `text` in one place, as if redaction had overlooked it."""
    latin = text.encode().decode("latin-1")
    header = Headers(((b"X-Debug", text.encode()),))
    request, response = CLEAN.request, CLEAN.response
    changed = {
        "request.uri": lambda: replace(CLEAN, request=replace(request, target=f"/x?y={latin}")),
        "request.headers.X-Debug": lambda: replace(CLEAN, request=replace(request, headers=header)),
        "response.headers.X-Debug": lambda: replace(CLEAN, response=replace(response, headers=header)),
        "request.body": lambda: replace(CLEAN, request=replace(request, body=f"say {text}".encode())),
        "response.body": lambda: replace(
            CLEAN, response=replace(response, body=json.dumps({"m": text}, ensure_ascii=False).encode())
        ),
        "response.status.message": lambda: replace(CLEAN, response=replace(response, reason=f"No {latin}")),
        "x_gateway.findings[0].found": lambda: replace(CLEAN, about={"findings": [{"found": text}]}),
    }
    return changed[where]()


PLACES = (
    "request.uri", "request.headers.X-Debug", "response.headers.X-Debug", "request.body", "response.body",
    "response.status.message", "x_gateway.findings[0].found",
)  # fmt: skip


@examples(150)
@given(st.sampled_from(PLACES), st.sampled_from(KINDS), st.integers(0, 2**32), st.integers(0, 25))
def test_a_secret_of_this_leg_or_of_an_earlier_one_is_seen_in_each_of_its_disguises(
    where: str, kind: str, seed: int, later: int
) -> None:
    chance = seeded(seed)
    secret = secret_of(kind, chance)
    redaction = Redaction(KEY)
    request = replace(LOGOUT, headers=Headers.of({"AP-Device-Identifier": f"fingerprint {b64(secret)}"}))
    recorded(redaction, request, Response(200))
    for _ in range(later):
        recorded(redaction, replace(LOGOUT, target=f"{LOGOUT.target}?ast={secret_of('alnum', chance)}"), Response(200))
    disguise = chance.choice(sorted(set(disguises(secret))))
    assert where in {leak.where for leak in redaction.leaks(holding(where, disguise))}


@for_each("where", PLACES)
def test_what_is_short_stops_no_recording(where: str) -> None:
    """A client that sends deviceId=logout would, otherwise."""
    redaction = Redaction(KEY)
    recorded(redaction, Request("DELETE", "/api/v1/logout?deviceId=logout&ast=interactive"), Response(204))
    assert redaction.leaks(holding(where, "logout interactive")) == []


@pytest.mark.parametrize(
    "word", ["application/json", "partner_logout", "partner_interactive", "------------", "%20" * 14]
)
def test_neither_does_a_word_of_the_api(word: str) -> None:
    """What it stands for elsewhere is no secret: the next answer still says what it said."""
    redaction = Redaction(KEY)
    recorded(redaction, Request("DELETE", f"/api/v1/logout?deviceId={word}"), Response(204))
    answer = Response(
        200, "OK", Headers.of({"Content-Type": "application/json"}), b'{\n             "actionName": "partner_logout"}'
    )
    interaction = recorded(redaction, LOGOUT, answer)
    assert (interaction.response.body, interaction.response.headers) == (answer.body, answer.headers)
    assert redaction.leaks(interaction) == []


@for_each("where", PLACES)
@for_each(
    ("text", "kind"),
    [
        (jwt(sub="x"), "a JSON Web Token"),
        (f"t={jwt(sub='x')}.", "a JSON Web Token"),
        (b64(seeded(3).randbytes(48)), "a long random text"),
        (b64url(seeded(4).randbytes(64)), "a long random text"),
        (b64(json.dumps({"a": b64(seeded(5).randbytes(48))})), "a long random text"),
    ],
    ids=["JWT", "JWT in prose", "base64", "base64url", "wrapped"],
)
def test_what_looks_like_a_secret_is_one_where_none_belongs(where: str, text: str, kind: str) -> None:
    assert [leak.kind for leak in Redaction(KEY).leaks(holding(where, text))] == [kind]


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08\x00the rest", b"\x28\xb5\x2f\xfd and the rest"])
def test_what_nobody_could_look_into_is_not_written(body: bytes) -> None:
    interaction = replace(CLEAN, response=replace(CLEAN.response, body=body))
    assert Redaction(KEY).leaks(interaction) == [Leak("response.body", "a compressed body")]


PUBLIC_HEADERS = {
    "ETag": 'W/"a3f-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MEFCQ0RFRkdISUpLTE1OT1A"',
    "X-Amz-Cf-Id": "nU5EvV6eCkXHzQjBhJ8rQ2yTq0w3o7bJ4mXl9KcZsDfGhRtYuIoPaA==",
    "Via": "1.1 6b0e3f6a9c4d2e8b7a1f5c3d9e0b4a68.cloudfront.net (CloudFront)",
    "X-Request-Id": "8eb6eaa9-2d9d-4a8c-a9c6-0b1ce3c0f1a1",
    "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "User-Agent": "Mozilla/5.0 (Apple TV; U; CPU AppleTV5,3 OS 11.0 like Mac OS X; en_US)",
    "P3P": 'CP="NOI DSP COR CURa ADMa DEVa OUR BUS IND UNI COM NAV STA"',
    "Access-Control-Allow-Headers": "ap_11,ap_42,ap_z,ap_19,ap_21,ap_23,authorization,content-type,pass_sfp,AP-Session-Identifier",
    "Content-Type": "application/json;charset=UTF-8",
    "Date": "Mon, 19 Aug 2024 17:17:48 GMT",
    "Set-Cookie": "AWSALB=kR3vZxQ0mN8sW1yT5uB7cD9fG2hJ4kL6pO0qR3sV5xY7zA1bC3dE5fG7hJ9kL1m+/; Expires=Mon, 26 Aug 2024 17:17:48 GMT; Path=/",
}
CONFIGURATION = {
    "requestor": {
        "id": "REF30",
        "mvpds": [
            {
                "id": "Comcast_SSO",
                "displayName": "XFINITY",
                "logoUrl": "https://entitlement.auth.adobe.com/entitlement/mvpd/static_images/logos/Comcast_SSO_112x33_White_v2.png",
                "isProxy": False,
                "boardingStatus": "SUPPORTED",
                "trace": "8eb6eaa9-2d9d-4a8c-a9c6-0b1ce3c0f1a1",
            }
        ],
    }
}
PROFILES = {
    "profiles": {
        "Cablevision": {
            "notBefore": 1724087868000,
            "notAfter": 1724109468000,
            "issuer": "Cablevision",
            "type": "regular",
            "attributes": {
                "userID": {"value": "BASE64u5er1d+/1234567890abcdEFGH==", "state": "plain"},
                "householdID": {"value": "abc123", "state": "plain"},
                "zip": {"value": ["94107", "94108"], "state": "enc"},
                "maxRating": {"value": {"MPAA": "PG-13", "VCHIP": "TV-Y7"}, "state": "plain"},
            },
        }
    }
}
SESSION = {
    "actionName": "authenticate",
    "actionType": "interactive",
    "reasonType": "none",
    "url": "/api/v2/authenticate/REF30/8BLW4RW",
    "code": "8BLW4RW",
    "sessionId": "1b614390-6610-4d14-9421-6565f6e75958",
    "mvpd": "Cablevision",
    "serviceProvider": "REF30",
    "notBefore": "1733735289035",
    "notAfter": "1733737089035",
}
DECISIONS = {
    "decisions": [
        {
            "resource": "REF30",
            "serviceProvider": "REF30",
            "mvpd": "Cablevision",
            "source": "mvpd",
            "authorized": True,
            "token": {
                "issuedAt": 1697094207324,
                "notBefore": 1697094207324,
                "notAfter": 1697094802367,
                "serializedToken": b64("<signatureInfo>Mxz1Cf7zwFV5aRz+a/Ab12==</signatureInfo>" * 9),
            },
        },
        {
            "resource": "R2",
            "authorized": False,
            "error": {
                "action": "none",
                "status": 403,
                "code": "authorization_denied_by_mvpd",
                "message": 'The MVPD has returned a "Deny" decision when requesting authorization for the specified resource.',
                "helpUrl": "https://experienceleague.adobe.com/docs/primetime/authentication/auth-features/error-reportn/enhanced-error-codes.html",
                "trace": str(uuid.UUID(int=9**40 % 2**128, version=4)),
            },
        },
    ]
}  # fmt: skip
THROTTLED = "<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body><center><h1>429</h1></center><hr>openresty</body></html>"
REGCODE = {
    "id": "678f9fea-a1cafec8-1ff0-4a26-8564-f6cd020acf13",
    "code": "TJJCFK",
    "requestor": "REF30",
    "mvpd": "Cablevision",
    "generated": 1348039846647,
    "info": {
        "deviceId": "VFYgNXRoIEdlbiBvZiBzb21lYm9keQ==",
        "deviceInfo": b64(
            '{"type":"TV","model":"TV 5th Gen","connection":{"ipAddress":"203.45.101.20","port":443},"osName":"tvOS"}'
        ),
    },
}


@for_each(
    "body",
    [CONFIGURATION, PROFILES, SESSION, DECISIONS, THROTTLED, REGCODE, ""],
    ids=["configuration", "profiles", "session", "decisions", "429", "regcode", "none"],
)
def test_what_adobe_answers_is_recorded(body: object) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    redaction = Redaction(KEY)
    answer = Response(200, "OK", Headers.of(PUBLIC_HEADERS), text.encode())
    assert redaction.leaks(recorded(redaction, LOGOUT, answer)) == []


def test_the_documented_samples_are_recorded() -> None:
    redaction = Redaction(KEY)
    answers = sorted((Path(__file__).parents[2] / "samples").glob("*.response.http"))
    for sample, answer in zip(samples(), answers, strict=True):
        body = answer.read_bytes().partition(b"\n\n")[2].partition(b"\n\n")[2]
        assert redaction.leaks(recorded(redaction, sample.request, Response(200, "OK", body=body))) == []


@for_each(
    "text",
    [
        "/api/v2/REF30/decisions/authorize/Comcast_SSO_TempPass_5mins",
        "/adobe-services/1.0/authenticate/saml/SAMLAssertionConsumer/REF30",
        "https://experienceleague.adobe.com/en/docs/pass/authentication/integration-guide-programmers/rest-apis/rest-api-v2/RestApiV2",
        "invalid_header_pfs_permission_access_not_determined",
        "org.apache.http.conn.HttpHostConnectException2AtLineNumber42InSomeClass",
        base64.b64encode(b'{"model":"TV 5th Gen","osName":"tvOS","version":"5,3","connectionType":"WiFi"}').decode(),
        "A" * 60 + "a1",
        "c54fa2c80652b10abea58c" * 4,
    ],
)
@for_each("where", PLACES)
def test_names_paths_and_prose_are_no_secrets(where: str, text: str) -> None:
    assert Redaction(KEY).leaks(holding(where, text)) == []


def test_what_a_configuration_keeps_is_not_refused_for_its_looks() -> None:
    token = jwt(sub="x")
    policy = Policy(
        headers={"ad-service-token": ""},
        parameters={"ast": ""},
    )
    redaction = Redaction(KEY, policy)
    request = Request(
        "GET", f"/x?a=1&ast={token}", Headers.of({"AD-Service-Token": token}), f"b=2&ast={token}".encode()
    )
    interaction = recorded(redaction, request, Response(200))
    assert (interaction.request.target, interaction.request.headers, interaction.request.body) == (
        request.target,
        request.headers,
        request.body,
    )
    assert redaction.leaks(interaction) == []


FORM = Headers.of({"Content-Type": "multipart/form-data; boundary=b"})


def form(name: str, value: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'.encode()


def test_what_a_multipart_form_said_is_seen_where_it_is_left() -> None:
    redaction = Redaction(KEY)
    request = Request("POST", "/x", FORM, form("client_secret", SECRET))
    answer = Response(400, body=f"no such client: {SECRET}".encode())
    interaction = recorded(redaction, request, answer)
    for body in (interaction.request.body, interaction.response.body):
        assert isinstance(body, bytes)
        assert SECRET.encode() not in body
    assert redaction.leaks(interaction) == []
    left = replace(interaction, request=replace(interaction.request, body=request.body))
    assert redaction.leaks(left) == [Leak("request.body", "a secret that was seen")]
    assert {leak.where for leak in redaction.leaks(holding("response.body", SECRET))} == {"response.body"}


def test_a_boundary_is_no_secret_for_its_looks() -> None:
    """A browser's is random; what stands at a delimiter's place but is none is looked at."""
    boundary = "----WebKitFormBoundaryB8dE3xKJm8GAF0wA"
    body = form("mvpd", "Dish").replace(b"--b", f"--{boundary}".encode())
    fields = Headers.of({"Content-Type": f"multipart/form-data; boundary={boundary}"})
    redaction = Redaction(KEY)
    interaction = recorded(redaction, Request("POST", "/x", fields, body), Response(200))
    assert redaction.leaks(interaction) == []
    random = b64(seeded(3).randbytes(48))
    for line in (f"--{boundary}{random}", f"--{random}", random):
        left = replace(interaction.request, body=body + line.encode())
        assert redaction.leaks(replace(interaction, request=left)) == [Leak("request.body", "a long random text")]


@pytest.mark.parametrize(
    ("policy", "name", "value"),
    [
        (Policy(parameters={"ast": ""}), "ast", jwt(sub="x")),
        (Policy(parameters={"ast": ""}), "%61st", b64(seeded(3).randbytes(48))),
    ],
)
def test_a_part_that_a_configuration_keeps_is_not_refused_for_its_looks(policy: Policy, name: str, value: str) -> None:
    redaction = Redaction(KEY, policy)
    kept, other = (Request("POST", "/x", FORM, form(field, value)) for field in (name, "other"))
    interaction = recorded(redaction, kept, Response(200))
    assert interaction.request.body == kept.body
    assert redaction.leaks(interaction) == []
    assert redaction.leaks(replace(interaction, request=other)) != []


def test_the_gate_takes_no_longer_for_ten_thousand_secrets_than_for_ten() -> None:
    redaction = Redaction(KEY)
    for number in range(10_100):
        redaction._seen.add(f"secret-number-{number:06}", "stands-for-it")
    interaction = recorded(redaction, LOGOUT, Response(200, body=json.dumps(CONFIGURATION).encode()))
    began = time.process_time()
    for number in range(100):
        redaction.leaks(replace(interaction, about={"id": str(number)}))
    assert time.process_time() - began < 1
    assert redaction.leaks(holding("response.body", "secret-number-010099"))


def test_a_bad_calls_own_finding_does_not_lose_its_recording() -> None:
    """The words of a check are nobody's secret, even where a client sends them in a secret's place; what was found is judged."""
    fields = {
        "AP-Device-Identifier": "fingerprint <Base64 of the device's identifier>",
        "Cookie": "h=experienceleague.adobe.com",
        "Authorization": "Bearer api:client:v2",
    }
    redaction = Redaction(KEY)
    finding = {
        "id": "AUTH004",
        "expected": "api:client:v2, fingerprint <Base64 of the device's identifier>",
        "source": "https://experienceleague.adobe.com/x",
        "found": "none",
    }
    request = replace(LOGOUT, headers=Headers.of(fields))
    about = {"findings": [finding]}
    leg = redaction.leg(request, Response(200), origin=CLEAN.origin, recorded_at=CLEAN.recorded_at, about=about)
    assert leg.leaks == ()
    told = replace(CLEAN, about={"findings": [{**finding, "found": "h=experienceleague.adobe.com"}]})
    assert [leak.where for leak in redaction.leaks(told)] == ["x_gateway.findings[0].found"]
    assert redaction.leaks(replace(CLEAN, about={"expected": "api:client:v2"})) != []


def web_token(alg: str, claims: str, signature: str) -> str:
    header = json.dumps({"alg": alg})
    return f"{b64url(header)}.{b64url(claims)}.{signature}"


def test_tokens_whose_claims_all_stay_are_recorded() -> None:
    """An unsigned one is the beginning of its own pseudonym; the scopes of one are no secret under any of their names."""
    tokens = (
        web_token("none", '{"iss":"auth.adobe.com","exp":1900000000,"scopes":"api:client:v2"}', ""),
        web_token("RS256", '{"iss":"auth.adobe.com","scope":"api:client:v2"}', "c2lnbmF0dXJl"),
        web_token("RS256", '{"scp":["api:client:v2"]}', "c2lnbmF0dXJl"),
    )
    lost = []
    for token in tokens:
        for name, value in (
            ("Authorization", f"Bearer {token}"),
            ("Authorization", token),
            ("AD-Service-Token", token),
        ):
            redaction = Redaction(KEY)
            answer = Response(200, "OK", Headers(), b'{"scope": "api:client:v2"}')
            interaction = recorded(redaction, replace(LOGOUT, headers=Headers.of({name: value})), answer)
            again = redaction.leaks(interaction)
            if again or interaction.response.body != answer.body or value == interaction.request.headers[name]:
                lost.append((name, value, again))
    assert lost == []


def test_a_random_text_in_a_redirect_is_refused_like_the_one_in_the_request_that_follows_it() -> None:
    random = "k3Xq9ZpL7vTn2WbR8sYd4MfH6jCg1QxE5uAo0KiPzNlVtGmBw3Jr7S2a9D"
    refused = []
    for target in (f"/r/b12?q9={random}", f"/r/{random}/b12"):
        for name in ("Location", "Content-Location", "Referer", "X-Gateway-Logout-Url"):
            for where in (target, f"https://mvpd.example{target}"):
                fields = Headers.of({name: where})
                message = replace(CLEAN, response=Response(302, "Found", fields))
                refused += [leak.where for leak in Redaction(KEY).leaks(message)]
        assert [leak.kind for leak in Redaction(KEY).leaks(replace(CLEAN, request=Request("GET", target)))] == [
            "a long random text"
        ]
    assert len(refused) == 16


PIECES = [
    "/api/v2/REF30/logout/", "Mvpd0000001", "redirectUrl=https%3A%2F%2Fadobe.com", "&x=", "?", "=", "/", "%2F", " ", "-----BEGIN PRIVATE KEY-----",
    b64("a text of somebody who says a lot"), some(CHANCE, ALNUM, 24, 24), some(CHANCE, ALNUM, 44, 44), jwt(sub="somebody"),
    "ghp_" + some(CHANCE, ALNUM, 36, 36), str(uuid.UUID(int=CHANCE.getrandbits(128), version=4)), "REDACTED-ZIP-1a2b3c", "http://",
]  # fmt: skip


@examples(300)
@given(st.lists(st.sampled_from(PIECES), max_size=8), st.lists(st.sampled_from(PIECES), max_size=6))
def test_a_target_is_judged_the_same_by_its_path_as_in_whole(path: list[str], query: list[str]) -> None:
    text = f"/{''.join(path)}?{''.join(query)}"
    assert _sort_of(text) == _shape(text)


SHORT = [
    [],
    [""],
    ["abc-1", "a3f2c1-11170"],
    [f"a3f2c1-{number:x}" for number in range(70_000, 70_032)],
    ["0a1b2c3d4e5f"],
    ["abc-1", "0a1b2c3d4e5f-1"],
    ["0a1b2c", "3d4e5f"],
    ["93.184.216.34"],
    ["a93.184.216.34"],
    ["eyJ0eXA.a.b", "abc-1"],
    ["%30a1b2c3d4e5f"],
    ["MGExYjJjM2Q0ZTVm"],
    ["x" * 15],
    ["abc-1", "9f" * 30],
]


@for_each("texts", SHORT)
def test_short_texts_are_surely_clean_only_if_each_of_them_is(texts: list[str]) -> None:
    seen = Seen()
    for secret in ("0a1b2c3d4e5f", "93.184.216.34"):
        seen.add(secret, "x" * len(secret))
    found = any(leaks_of_places([("x_gateway.id", text, "")], seen, Policy()) for text in texts)
    assert not (found and are_surely_clean(texts, seen))


def test_ids_of_the_gateway_are_surely_clean() -> None:
    seen = Seen()
    seen.add("0a1b2c3d4e5f", "x" * 12)
    assert are_surely_clean([f"a3f2c1-{number:x}" for number in range(70_000, 70_032)], seen)
