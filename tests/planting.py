"""Plants secrets in an exchange, in every place that the redaction knows, and says in which disguises each must not be found."""

from __future__ import annotations

import base64
import gzip
import html
import json
import os
import random
import re
import string
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, urlencode

import brotli
from backports import zstd
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.redaction import Redaction

KEY = bytes(range(32))
LOWER = string.ascii_lowercase
ALNUM = string.ascii_letters + string.digits


def examples(few: int) -> settings:
    """Return how long a property is tried: a fifth of `few` examples in the suite, `few` in `make long`, 20,000 in `make fuzz`."""
    count = {"fuzz": 20_000, "long": few}.get(os.environ.get("HYPOTHESIS_PROFILE", ""), max(few // 5, 15))
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


def seeded(seed: int | str | None) -> random.Random:
    return random.Random(seed)  # noqa: S311  # nobody's secrets


def b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def b64url(data: bytes | str) -> str:
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def jwt(**claims: object) -> str:
    """Return a signed token; the signature is none."""
    header = b64url('{"alg":"RS256"}')
    payload = {"iss": "auth.adobe.com", "exp": 1724109468, "iat": 1724087868, "scopes": "api:client:v2", **claims}
    signature = seeded(json.dumps(claims, default=str)).randbytes(256)
    return f"{header}.{b64url(json.dumps(payload))}.{b64url(signature)}"


def some(chance: random.Random, alphabet: str, least: int, most: int) -> str:
    return "".join(chance.choices(alphabet, k=chance.randint(least, most)))


SECRETS: dict[str, Callable[[random.Random], str]] = {
    "alnum": lambda c: some(c, ALNUM, 12, 80),
    "base64": lambda c: b64(c.randbytes(c.choice((16, 20, 31, 32, 64, 300)))),
    "base64url": lambda c: b64url(c.randbytes(c.randint(16, 64))),
    "hex": lambda c: c.randbytes(c.choice((8, 16, 20, 32))).hex(),
    "HEX": lambda c: c.randbytes(16).hex().upper(),
    "digits": lambda c: some(c, string.digits, 12, 24),
    "uuid": lambda c: str(uuid.UUID(bytes=c.randbytes(16), version=c.choice((4, 5)))),
    "email": lambda c: f"{some(c, LOWER, 4, 12)}@{some(c, LOWER, 3, 9)}.example",
    "agent": lambda c: (
        f"Mozilla/5.0 ({some(c, ALNUM, 6, 9)}; U; {some(c, ALNUM, 5, 8)}) like Gecko/{some(c, string.digits, 3, 6)}"
    ),
    "words": lambda c: f"{some(c, ALNUM, 5, 9)} {some(c, ALNUM, 5, 9)} + {some(c, ALNUM, 3, 9)}'s",
    "unicode": lambda c: f"Küche-{some(c, ALNUM, 6, 12)}-日本",
    "marks": lambda c: some(c, ALNUM + "!$'()*,:@/?~._-", 14, 40),
    "jwt": lambda c: jwt(sub=str(uuid.UUID(bytes=c.randbytes(16), version=4)), n=c.random()),
}
"""What apps and Adobe use as identifiers and tokens, and what nobody should."""
KINDS = tuple(SECRETS)


def secret_of(kind: str, chance: random.Random) -> str:
    """Return a secret of a kind."""
    return SECRETS[kind](chance)


PRINTABLE = tuple(kind for kind in KINDS if kind != "unicode")
WORDLESS = ("base64", "base64url", "hex", "HEX", "uuid", "jwt")
"""Secrets without blanks, which have a digit: what an ordinary name may stand for."""
TOKENS = tuple(kind for kind in KINDS if kind not in {"agent", "words", "unicode"})


def disguises(secret: str) -> Iterator[str]:
    """Yield a secret as messages repeat it. Written for the test alone: the gateway has its own list."""
    data = secret.encode()
    yield secret
    for encoded in (quote(secret), quote(secret, safe=""), quote_plus(secret), quote(secret, safe="!'()*~")):
        yield encoded
        yield quote(encoded, safe="")
        yield quote(encoded)
        yield "".join(c.lower() if encoded[max(at - 2, 0) : at].find("%") >= 0 else c for at, c in enumerate(encoded))
    yield b64(data)
    yield b64(data).rstrip("=")
    yield base64.urlsafe_b64encode(data).decode()
    yield b64url(data)
    yield data.hex()
    yield data.hex().upper()
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    yield html.escape(secret)


@dataclass
class Leg:
    """An exchange that is being written, and the secrets in it."""

    path: str = "/api/v2/REF30/logout/Cablevision"
    query: list[str] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=lambda: [("Host", "api.auth.adobe.com"), ("Accept", "*/*")])
    form: dict[str, str] = field(default_factory=dict)
    sent: object = None
    answer_headers: list[tuple[str, str]] = field(default_factory=list)
    answer: dict[str, object] = field(default_factory=dict)
    xml: str = ""
    prose: list[str] = field(default_factory=list)
    reason: str = "OK"
    coding: str = ""
    secrets: set[str] = field(default_factory=set)

    def made(self) -> tuple[Request, Response]:
        """Return both sides."""
        target = self.path + ("?" + "&".join(self.query) if self.query else "")
        body = b""
        headers = list(self.headers)
        if self.form:
            body = urlencode(self.form).encode()
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        elif self.sent is not None:
            body = json.dumps(self.sent, indent=2).encode()
            headers.append(("Content-Type", "application/json;charset=utf-8"))
        answer_headers = list(self.answer_headers)
        if self.xml:
            echoed = "".join(f"<message>{html.escape(text)}</message>" for text in self.prose)
            answer = f"<?xml version='1.0'?>\n<result>{self.xml}{echoed}</result>".encode()
        elif not self.answer and self.prose:
            answer = "\n".join(self.prose).encode()
        else:
            answer = json.dumps({**PUBLIC, **self.answer, "message": self.prose}, ensure_ascii=False).encode()
        coded = CODINGS[self.coding](answer)
        if self.coding:
            answer_headers.append(("Content-Encoding", self.coding))
        answer_headers.append(("Content-Length", str(len(coded))))
        return (
            Request("GET", target, wire(headers), body, client="203.45.101.20", id="1"),
            Response(200, self.reason, wire(answer_headers), coded, "upstream"),
        )


def wire(fields: list[tuple[str, str]]) -> Headers:
    """Return header fields with text as UTF-8."""
    return Headers(tuple((name.encode(), value.encode()) for name, value in fields))


PUBLIC: dict[str, object] = {
    "action": "none",
    "status": 400,
    "code": "invalid_parameter_service_provider",
    "trace": "8eb6eaa9-2d9d-4a8c-a9c6-0b1ce3c0f1a1",
    "logouts": {
        "Cablevision": {"actionName": "partner_logout", "actionType": "partner_interactive", "mvpd": "Cablevision"}
    },
    "notBefore": 1724087868000,
}
"""What an answer says that is no secret."""

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "gzip, br": lambda body: brotli.compress(gzip.compress(body)),
}

Place = Callable[[Leg, str], object]


def header(name: str, form: str = "{}") -> Place:
    return lambda leg, secret: leg.headers.append((name, form.format(secret)))


def answer_header(name: str, form: str = "{}") -> Place:
    return lambda leg, secret: leg.answer_headers.append((name, form.format(secret)))


def query(name: str, wrap: Callable[[str], str] = lambda secret: secret) -> Place:
    return lambda leg, secret: leg.query.append(f"{name}={quote(wrap(secret), safe='')}")


def member(name: str, *within: str) -> Place:
    def plant(leg: Leg, secret: str) -> None:
        place = leg.answer
        for inner in within:
            place = place.setdefault(inner, {})  # type: ignore[assignment]
        place[name] = secret

    return plant


def in_xml(form: str) -> Place:
    def plant(leg: Leg, secret: str) -> None:
        leg.xml += form.format(html.escape(secret))

    return plant


def device_info(text: str, *, percent: bool = False) -> Place:
    """Plant in X-Device-Info; `text` is its JSON, broken or not."""

    def plant(leg: Leg, secret: str) -> None:
        value = b64(text.replace("SECRET", json.dumps(secret)))
        leg.headers.append(("X-Device-Info", quote(value, safe="") if percent else value))

    return plant


def _path(form: str) -> Place:
    def plant(leg: Leg, secret: str) -> None:
        leg.path = form.format(quote(secret, safe=""))

    return plant


def _form(name: str) -> Place:
    return lambda leg, secret: leg.form.update({name: secret})


def _sent(leg: Leg, secret: str) -> None:
    leg.sent = {"a": [{"b": {"software_statement": secret}}]}


BROKEN = '{\n\t"model": "TV 5th Gen",\n\t"osName": "tvOS"\n\t"osVendor": "Apple",\n\t"userAgent": SECRET\n}'
WHOLE = '{"model":"TV 5th Gen","connectionSecure":true,"userAgent":SECRET,"connectionPort":50123}'
SIGNED = (
    "DELETE requestor_id=REF30, nonce={}, signature_method=HMAC-SHA1, request_time=1724087868000, "
    "request_uri=/api/v1/logout, public_key=4ad98a8b, signature=nH2uZ3kJbWm0sPp6v1Lx7eRtY9o="
)
TWICE = "https://sp.auth.adobe.com/back?redirect_url={}"


def nested(secret: str) -> str:
    """Return a URL in a URL."""
    inner = f"https://app.example/done?state=1&token={quote(secret, safe='')}"
    return TWICE.format(quote(inner, safe=""))


PLACES: dict[str, tuple[tuple[str, ...], Place]] = {
    "bearer": (TOKENS, header("Authorization", "Bearer {}")),
    "bare authorization": (TOKENS, header("authorization")),
    "proxy authorization": (TOKENS, header("Proxy-Authorization", "Bearer {}")),
    "basic": (("alnum", "uuid", "words"), lambda leg, s: leg.headers.append(("Authorization", f"Basic {b64(f'app:{s}')}"))),
    "signed nonce": (("uuid", "hex"), header("Authorization", SIGNED)),
    "jwt sub": (PRINTABLE[:-1], lambda leg, s: leg.headers.append(("Authorization", f"Bearer {jwt(sub=s)}"))),
    "jwt claim": (KINDS[:-1], lambda leg, s: leg.headers.append(("AD-Service-Token", jwt(user={"did": [s]})))),
    "jwt in prose": (("uuid",), lambda leg, s: leg.prose.append(f"token {jwt(sub=s)} has expired")),
    "device": (KINDS, lambda leg, s: leg.headers.append(("AP-Device-Identifier", f"fingerprint {b64(s)}"))),
    "device, no base64": (("uuid", "words"), header("AP-Device-Identifier", "fingerprint {}")),
    "device info": (KINDS, device_info(WHOLE)),
    "device info of v1": (KINDS, device_info(WHOLE, percent=True)),
    "broken device info": (KINDS, device_info(BROKEN)),
    "forwarded": (("alnum",), header("Forwarded", 'by=gw;for="{}";proto=https')),
    "cookie": (TOKENS, header("Cookie", "a=1; AWSALB={}; b=2")),
    "quoted cookie": (("alnum", "hex"), header("Cookie", 'AWSALB="{}"')),
    "referer": (PRINTABLE, lambda leg, s: leg.headers.append(("Referer", nested(s)))),
    **{
        name: (TOKENS, header(name))
        for name in (
            "Adobe-Subject-Token", "AP-Visitor-Identifier", "AP-Partner-Framework-Status", "AP-Session-Identifier", "X-SSO-ID",
            "X-SSO-Link", "pass_sfp", "ap_21", "AP_19", "X-Roku-Reserved-Roku-Connect-Token",
        )
    },
    "temp pass": (("email",), lambda leg, s: leg.headers.append(("AP-TempPass-Identity", b64(json.dumps({"email": s}))))),
    "answer's fingerprint": (TOKENS, answer_header("pass_sfp")),
    "set-cookie": (TOKENS, answer_header("Set-Cookie", "AWSALB={}; Expires=Mon, 26 Aug 2024 17:17:48 GMT; Path=/; Secure")),
    "location": (PRINTABLE, lambda leg, s: leg.answer_headers.append(("Location", f"/x?SAMLRequest={quote(s, safe='')}"))),
    "location, twice": (PRINTABLE, lambda leg, s: leg.answer_headers.append(("Location", nested(s)))),
    "location's fragment": (PRINTABLE, lambda leg, s: leg.answer_headers.append(("Location", f"app://x/#t={quote(s, safe='')}"))),
    "password of a URL": (("alnum", "hex"), answer_header("Location", "https://user:{}@mvpd.example/logout")),
    "unlisted header": (PRINTABLE, lambda leg, s: leg.answer_headers.append(("X-Next", f"/x?access_token={quote(s, safe='')}"))),
    **{
        f"?{name}": (KINDS, query(name))
        for name in ("deviceId", "deviceUser", "ast", "ap_vi", "generic_data", "pt_device_id", "reg_code", "client_secret", "jws")
    },
    "?device_info": (KINDS, query("device_info", lambda s: b64(WHOLE.replace("SECRET", json.dumps(s))))),
    "?redirectUrl": (KINDS, query("redirectUrl", lambda s: f"https://app.example/?session={quote(s, safe='')}")),
    "?redirectUrl, twice": (KINDS, query("redirectUrl", nested)),
    "? a URL": (KINDS, query("next", lambda s: f"/api/v1/logout?deviceId={quote(s, safe='')}")),
    "?device with plus": (("words",), lambda leg, s: leg.query.append(f"deviceId={quote_plus(s)}")),
    "path of sessions": (("alnum", "hex"), _path("/api/v2/REF30/sessions/{}")),
    "path of profiles": (("alnum", "uuid"), _path("/api/v2/REF30/profiles/code/{}")),
    "path of authenticate": (("alnum", "uuid"), _path("/api/v2/authenticate/REF30/{}")),
    "path of regcode": (("alnum", "hex"), _path("/reggie/v1/REF30/regcode/{}")),
    "path of checkauthn": (("alnum", "hex"), _path("/api/v1/checkauthn/{}")),
    **{f"form {name}": (KINDS, _form(name)) for name in ("client_secret", "SAMLResponse", "client_id", "deviceId")},
    **{
        f"?{name}": (WORDLESS, query(name))
        for name in ("authn_token", "userPassword", "X-Amz-Signature", "api-key", "session_guid", "device_id", "signed_requestor_id", "hdnts")
    },
    **{f"form {name}": (WORDLESS, _form(name)) for name in ("password", "j_username", "csrf_token", "authnToken", "authentication_token")},
    **{f"${name}": (WORDLESS, member(name)) for name in ("sessionToken", "user_name", "primaryOID", "clientSecret", "new-password")},
    **{name: (WORDLESS, header(name)) for name in ("X-Auth-Token", "X-Session-Id", "X-Functions-Key", "X-Remote-User")},
    "e-mail in prose": (("email",), lambda leg, s: leg.prose.append(f"write to {s}, please")),
    "e-mail in a field": (("email",), header("X-Contact")),
    "$ a named pair": (WORDLESS, lambda leg, s: leg.answer.update(fields=[{"name": "password", "value": s}])),
    "XML escaped": (WORDLESS, in_xml("<authz>&lt;simpleSamlNameID&gt;{}&lt;/simpleSamlNameID&gt;</authz>")),
    "XML field of HTML": (WORDLESS, in_xml('<input type="hidden" name="SAMLResponse" value="{}"/>')),
    "sent JSON": (KINDS, _sent),
    **{f"${name}": (KINDS, member(name)) for name in ("access_token", "sessionId", "deviceId", "refresh_token")},
    "$email": (("email", "base64", "hex"), member("email")),
    "$ at depth": (KINDS, member("serializedToken", "decisions", "token", "x", "y")),
    "$ an attribute": (KINDS, member("value", "profiles", "Cablevision", "attributes", "userID")),
    "$ a saml request": (KINDS, member("request", "authenticationRequest")),
    "$ a url": (PRINTABLE, lambda leg, s: leg.answer.update(url=f"/adobe-services/logout?pt_device_id={quote(s, safe='')}")),
    "$ a url, twice": (PRINTABLE, lambda leg, s: leg.answer.update(Cablevision={"url": nested(s)})),
    "$ a url elsewhere": (PRINTABLE, lambda leg, s: leg.answer.update(help=f"https://x.example/?ast={quote(s, safe='')}")),
    "$ device info": (KINDS, lambda leg, s: leg.answer.update(info={"deviceInfo": b64(WHOLE.replace("SECRET", json.dumps(s)))})),
    "$ JSON in JSON": (KINDS, lambda leg, s: leg.answer.update(raw=json.dumps({"access_token": s}))),
    "XML element": (KINDS, in_xml("<x><serializedToken>{}</serializedToken></x>")),
    "XML attribute of SAML": (
        WORDLESS, in_xml('<saml:Attribute Name="userID"><saml:AttributeValue>{}</saml:AttributeValue></saml:Attribute>')
    ),
    "XML pair": (WORDLESS, in_xml("<param><name>password</name><value>{}</value></param>")),
    "assignment in prose": (WORDLESS, lambda leg, s: leg.prose.append(f"retried with access_token={s}&page=2 today")),
    "name in prose": (("hex", "uuid"), lambda leg, s: leg.prose.append(f"sent, session_token: {s}, and refused")),
    "bearer in prose": (("uuid", "jwt"), lambda leg, s: leg.prose.append(f"curl -H 'Authorization: Bearer {s}' failed")),
    "$ an attribute that no list names": (WORDLESS, member("value", "profiles", "Dish", "attributes", "subscriberId")),
    "? a URL, encoded twice": (WORDLESS, lambda leg, s: leg.query.append("next=" + quote(quote(nested(s), safe=""), safe=""))),
    "XML element in one": (KINDS, in_xml("<userID><state>plain</state><value> {} </value></userID>")),
    "XML prefix": (KINDS, in_xml('<ns:deviceId xml:lang="en">{}</ns:deviceId>')),
    "XML attribute": (KINDS, in_xml('<device kind="tv" deviceId="{}"/>')),
    "XML CDATA": (TOKENS, lambda leg, s: setattr(leg, "xml", f"{leg.xml}<userID><![CDATA[{s}]]></userID>")),
    "XML url": (PRINTABLE, lambda leg, s: in_xml('<a href="{}">here</a>')(leg, f"/x?a=1&ast={quote(s, safe='')}")),
}  # fmt: skip
"""Every place, and the kinds of secrets that it can hold."""

SAFE_IN_FIELD = "".join(chr(c) for c in range(32, 127))
ECHOES: dict[str, Place] = {
    "prose": lambda leg, text: leg.prose.append(f"Token {text} is unknown."),
    "header": lambda leg, text: leg.answer_headers.append(("X-Debug", f"got {quote(text, safe=SAFE_IN_FIELD)}")),
    "member": lambda leg, text: leg.answer.update(debug={"seen": [text]}),
    "reason": lambda leg, text: setattr(leg, "reason", f"No {text}") if text.isascii() and text.isprintable() else None,
    "user agent": lambda leg, text: leg.headers.append(("X-Trace", text)) if text.isprintable() else None,
    "device info": lambda leg, text: leg.headers.append(("X-Device-Info", b64(json.dumps({"model": text})))),
}


def exclusive(names: list[str]) -> list[str]:
    """Return the places that one exchange can have: one path, and bodies of one format."""
    kept: list[str] = []
    taken: set[str] = set()
    for name in names:
        alone = {"path": "path", "XML": "XML", "$": "JSON", "form": "form", "sent": "sent"}.get(
            name.split(" ")[0].rstrip("s"), ""
        )
        alone = "JSON" if name.startswith("$") else alone
        other = {"XML": "JSON", "JSON": "XML", "form": "sent", "sent": "form", "path": "path"}.get(alone)
        if other not in taken:
            kept.append(name)
            taken.add(alone)
    return kept


@st.composite
def planted(draw: st.DrawFn) -> Leg:
    """Draw a leg with some secrets in some places, each repeated elsewhere in some disguise."""
    chance = seeded(draw(st.integers(0, 2**48)))
    leg = Leg(coding=draw(st.sampled_from(sorted(CODINGS))))
    for name in exclusive(draw(st.lists(st.sampled_from(sorted(PLACES)), min_size=1, max_size=5, unique=True))):
        kinds, plant = PLACES[name]
        secret = secret_of(draw(st.sampled_from(kinds)), chance)
        plant(leg, secret)
        leg.secrets.add(secret)
        for echo in draw(st.lists(st.sampled_from(sorted(ECHOES)), max_size=2, unique=True)):
            ECHOES[echo](leg, draw(st.sampled_from(sorted(set(disguises(secret))))))
    return leg


def texts(interaction: Interaction) -> list[str]:
    """Return all that an interaction holds, as text."""
    request, response = interaction.request, interaction.response
    return [
        request.target,
        response.reason,
        *(value.decode("utf-8", "replace") for _, value in (*request.headers.raw, *response.headers.raw)),
        *(body.decode("utf-8", "replace") for body in (request.body, response.body) if isinstance(body, bytes)),
    ]


def recorded(redaction: Redaction, request: Request, response: Response) -> Interaction:
    """Return the interaction that a recorder makes of a leg."""
    return redaction.interaction(
        request,
        response,
        origin="https://api.auth.adobe.com",
        recorded_at="2026-01-02T03:04:05.678Z",
        about={"id": "1", "source": "upstream"},
    )


def untailed(text: str) -> str:
    """Return a text whose placeholders have lost the digits that depend on key and value."""
    return re.sub(r"(REDACTED-[A-Z]+)-[0-9a-f]{6}", r"\1", text)


def found_in(text: str, secrets: set[str]) -> list[str]:
    """Return the disguised secrets that stand in a text."""
    return [form for secret in secrets for form in disguises(secret) if form in text]
