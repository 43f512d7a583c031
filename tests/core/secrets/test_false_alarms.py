"""What is not secret is not touched: over a corpus of answers without secrets not one byte changes, and the gate lets each pass."""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from tests.core.secrets.test_public import public
from tests.harness.for_each import for_each
from tests.planting import KEY, recorded, seeded

WORDS = [
    "channel",
    "stream",
    "provider",
    "season",
    "episode",
    "live",
    "sports",
    "news",
    "weather",
    "movie",
    "kids",
    "tonight",
    "tomorrow",
    "error",
    "success",
    "retry",
    "denied",
    "allowed",
    "region",
    "market",
    "package",
    "premium",
    "basic",
    "quality",
    "player",
    "device",
    "screen",
    "ready",
    "failed",
    "pending",
    "missing",
    "please",
    "again",
    "later",
    "support",
    "page",
    "result",
    "item",
    "list",
]
CODES = (
    "UNAUTHENTICATED",
    "NOT_FOUND",
    "EXPIRED",
    "USD",
    "EUR",
    "de-DE",
    "E1001",
    "invalid_request",
    "FORBIDDEN",
    "US-CA",
    "42P01",
)
Make = Callable[[random.Random], object]


def prose(chance: random.Random, least: int = 2, most: int = 9) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(least, most)))


def digest(chance: random.Random, size: int = 16) -> str:
    return chance.randbytes(size).hex()


def error(chance: random.Random) -> object:
    return {
        "status": chance.choice((400, 403, 404, 500)), "code": chance.choice((*CODES, 20001, 404)), "message": prose(chance),
        "trace": digest(chance), "helpUrl": f"https://docs.example/errors/{chance.choice(WORDS)}?page={chance.randint(1, 9)}&lang=en#codes",
    }  # fmt: skip


def graphql(chance: random.Random) -> object:
    return {
        "data": None,
        "errors": [{"message": prose(chance), "path": ["user", 0, "name"], "extensions": {"code": chance.choice(CODES), "classification": "DataFetching"}}],
    }  # fmt: skip


def catalogue(chance: random.Random) -> object:
    return {
        "items": [
            {
                "id": digest(chance, 8), "key": chance.choice(WORDS), "sortKey": f"{chance.choice(WORDS)}#{number}", "title": prose(chance),
                "currency": {"code": chance.choice(("USD", "EUR", "GBP"))}, "price": chance.random() * 90, "rating": {"code": "TV-14"},
                "image": f"https://img.example/{digest(chance)}/poster@2x.png?v={digest(chance)}&w=640", "zip": {"size": chance.randint(1, 99)},
                "published": f"2026-{chance.randint(10, 12)}-21T22:17:05.120Z", "duration": chance.randint(60, 9999), "userId": number,
                "stats": {"ast": chance.randint(0, 12), "reb": chance.randint(0, 12)}, "session": "morning", "passed": True, "pass": 12,
            }
            for number in range(chance.randint(1, 6))
        ],
        "nextPageToken": f"{chance.choice(WORDS)}-{chance.randint(10, 99)}", "sessions": ["morning", "noon"], "total": chance.randint(1, 5000),
    }  # fmt: skip


def metadata(chance: random.Random) -> object:
    return {
        "issuer": "https://login.mvpd.example", "token_endpoint": "https://login.mvpd.example/oauth/token", "token_type": "bearer", "expires_in": 21600,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"], "scopes_supported": ["openid", "email"],
        "password_policy": {"min_length": 8, "password_required": True, "secret_questions": False}, "authorization_endpoint": "/authorize",
        "userAgentPattern": "Mozilla/*", "sessionTimeout": 3600, "hasPassword": bool(chance.getrandbits(1)), "emailVerified": True, "loginCount": 3,
        "version": f"{chance.randint(1, 9)}.{chance.randint(0, 9)}.1.16", "email": "weekly", "signatureAlgorithm": "RS256", "keyboard": "qwerty",
    }  # fmt: skip


def configuration(chance: random.Random) -> object:
    return {
        "requestor": {
            "id": "REF30",
            "mvpds": [
                {
                    "id": f"Mvpd{number}_SSO", "displayName": prose(chance, 1, 3), "isProxy": False, "isTempPass": True, "boardingStatus": "SUPPORTED",
                    "logoUrl": f"https://entitlement.auth.adobe.com/entitlement/mvpd/static_images/logos/Mvpd{number}_112x33_White_v2.png",
                }
                for number in range(chance.randint(1, 8))
            ],
        }
    }  # fmt: skip


def decisions(chance: random.Random) -> object:
    return {
        "decisions": [
            {
                "resource": f"{chance.choice(WORDS)}-{number}", "serviceProvider": "REF30", "mvpd": "Cablevision", "source": "mvpd", "authorized": False,
                "error": {**error(chance), "code": "authorization_denied_by_mvpd", "action": "none"},  # type: ignore[dict-item]
                "token": {"issuedAt": 1697094207324, "notBefore": 1697094207324, "notAfter": "1697094802367"},
            }
            for number in range(chance.randint(1, 4))
        ]
    }  # fmt: skip


def schema(chance: random.Random) -> object:
    return {
        "type": "object", "required": ["username", "password"],
        "properties": {
            "username": {"type": "string", "minLength": 3, "description": prose(chance)},
            "password": {"type": "string", "format": "password", "example": "<password>"},
            "client_id": {"type": "string", "description": "The client id"}, "code": {"enum": ["A", "B"]}, "access_token": {"type": "string"},
        },
    }  # fmt: skip


JSON: tuple[Make, ...] = (error, graphql, catalogue, metadata, configuration, decisions, schema)


def page(chance: random.Random) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><title>{html.escape(prose(chance))}</title>\n'
        f'<link rel="stylesheet" href="/static/app.{digest(chance)}.css" integrity="sha384-x">\n'
        f'<script src="https://cdn.example/{digest(chance, 20)}/main.js?v={digest(chance)}" async></script></head>\n'
        f'<body class="login-page"><h1>Sign in</h1><p>{prose(chance)} &amp; {prose(chance)}</p>\n'
        '<form action="/login?next=%2Fhome&amp;lang=en" method="post"><label for="password">Password</label>\n'
        '<input type="text" name="username" placeholder="user name"><input type="password" name="password" value="">\n'
        f'<input name="q" value="{chance.choice(WORDS)}"></form><pre><code class="language-python">code = {chance.randint(1, 99)}</code></pre>\n'
        f'<a href="mailto:support@mvpd.example">{prose(chance)}</a><img src="/img/logo@2x.png" alt="&lt;logo&gt;"></body></html>\n'
    )


def xml(chance: random.Random) -> str:
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<result ttl='{chance.randint(1, 99)}'><status>403</status><code>{chance.choice(CODES)}</code>"
        f"<message>{html.escape(prose(chance))}</message><currency><code>USD</code></currency><mvpd id='Dish'>{chance.choice(WORDS)}</mvpd>"
        f"<simpleTokenRequestorID>REF30</simpleTokenRequestorID><simpleTokenTTL>2592000000</simpleTokenTTL><![CDATA[{prose(chance)}]]></result>"
    )


def form(chance: random.Random) -> str:
    return urlencode(
        {
            "mvpd": "Dish", "domainName": "adobe.com", "redirectUrl": f"https://app.example/done?page={chance.randint(1, 9)}", "lang": "en",
            "token_type": "bearer", "grant_type": "client_credentials", "q": prose(chance), "code": chance.choice(("USD", "404", "en")), "key": "x",
            "version": "4.2.1.16", "user_agent": "Roku/DVP", "state": chance.choice(WORDS), "resource": f"urn:x:{chance.choice(WORDS)}",
        }
    )  # fmt: skip


def script(chance: random.Random) -> str:
    return (
        f"/*! app {chance.randint(1, 9)}.0 */\nfunction login(user, password) {{ return fetch('/login', {{credentials: 'include'}}); }}\n"
        f"const code = {chance.randint(1, 999)}; // {prose(chance)}\nexport default {{ token: null, key: 'x' }};\n"
    )


FIELDS = Headers.of(
    {
        "ETag": '"d41d8cd98f00b204e9800998ecf8427e"', "X-App-Version": "4.2.1.16", "Date": "Mon, 19 Aug 2024 17:17:48 GMT", "Vary": "Accept-Encoding",
        "Access-Control-Allow-Credentials": "true", "Access-Control-Allow-Headers": "ap_11,ap_42,authorization,pass_sfp", "Server": "openresty",
        "Link": "</items?page=2>; rel=next", "X-RateLimit-Remaining": "9", "WWW-Authenticate": 'Bearer realm="x", error="invalid_token"',
        "Cache-Control": "no-store", "Location": "/r/b?page=2&lang=en", "Content-Security-Policy": "default-src 'self' https://*.example",
        "X-Request-Id": "8eb6eaa9-2d9d-4a8c-a9c6-0b1ce3c0f1a1", "Surrogate-Key": "item-1 item-2", "X-Cache": "HIT", "X-Token-Type": "bearer",
    }
)  # fmt: skip


def generated() -> Iterator[tuple[str, str]]:
    for number in range(6):
        yield from ((f"{name} {number}", text) for name, text in public(number).items())
    for number in range(24):
        chance = seeded(number)
        for make in JSON:
            yield f"{make.__name__} {number}", json.dumps(make(chance), indent=number % 3 or None)
        yield from ((f"{make.__name__} {number}", make(chance)) for make in (page, xml, form, script))


def documented() -> Iterator[tuple[str, str]]:
    """Yield the answers of the documentation's samples, but for the device's pseudonym in a URL, which is secret."""
    for path in sorted((Path(__file__).parents[2] / "samples").glob("*.response.http")):
        text = path.read_text()
        for start in re.finditer(r"^[{<]", text, re.MULTILINE):
            body = text[start.start() :]
            if "pt_device_id" not in body:
                yield path.name, body
            break


CORPUS = [*generated(), *documented()]


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 260
    assert len({body for _, body in CORPUS}) >= 200


def test_not_one_byte_changes_and_nothing_is_refused() -> None:
    redaction = Redaction(KEY)
    changed = []
    for name, body in CORPUS:
        answer = Response(200, "OK", FIELDS, body.encode())
        leg = redaction.leg(
            Request("GET", "/items?page=2"), answer, origin="https://api.auth.adobe.com", recorded_at="", about={}
        )
        if leg.interaction.response.body != answer.body or leg.interaction.response.headers != FIELDS or leg.leaks:
            changed.append((name, leg.leaks, leg.interaction.response))
    assert changed == []


@for_each("number", range(6))
def test_neither_does_a_request(number: int) -> None:
    body = form(seeded(number))
    request = Request(
        "POST",
        f"/x?{body}",
        Headers.of({"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Roku/DVP-9.1"}),
        body.encode(),
    )
    interaction = recorded(Redaction(KEY), request, Response(200))
    assert interaction.request == request
