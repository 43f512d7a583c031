"""A value is read as what is inside it, as deep as texts are nested; deeper, it is a secret as a whole."""

from __future__ import annotations

import json
from urllib.parse import quote

from gateway.core.secrets.members import redact_json
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.urls import redact_url
from gateway.core.secrets.values import redact_embedded
from tests.planting import KEY

P = r"[A-Za-z0-9+/_-]+"
TOKEN = "2YotnFZFEjr1zCsicMWpAA"


def scrub() -> Scrub:
    return Scrub(Pseudonyms(KEY), Policy())


def test_what_is_nested_too_deep_is_a_secret_as_a_whole() -> None:
    url = "/x?redirect_url=secret-in-the-middle"
    for _ in range(12):
        url = f"/x?redirect_url={quote(url, safe='')}"
    assert "secret-in-the-middle" not in redact_url(url, scrub())
    text = json.dumps("x")
    for _ in range(9):
        text = json.dumps({"a": text, "access_token": "t"})
    assert redact_json(text, scrub())


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
