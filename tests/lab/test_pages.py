"""The lab's pages, as values and over real sockets: what a browser is shown, and who is shown nothing."""

from __future__ import annotations

import asyncio
import html
import plistlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.check_picture import CHECK_PATH, PICTURE
from gateway.core.model import Headers, Peer, Request, Response
from gateway.lab.acquainted import Acquainted
from gateway.lab.authority import INTERMEDIATE_KEY, PublicPart, load_public, make
from gateway.lab.pages import ASSETS, FOLDER, MEDIA, NOT_FOR_ALL, NOT_FOR_APPS, PageFacts, PagesHandler, certificate
from gateway.lab.platforms import PLATFORMS
from gateway.lab.self_check import SelfCheck
from gateway.wire.server import Server
from tests.harness.for_each import for_each
from tests.harness.sockets import Message, Wire
from tests.lab.test_self_check import CHECK

BASE, HOST, DEVICE = "http://192.168.0.2", "api.auth.adobe.com", "192.168.0.7"
HOSTILE = "<script>alert(1)</script>\x1b[31m\x9b\"'"


@pytest.fixture
def authority(tmp_path: Path) -> PublicPart:
    make(tmp_path / "lab", ["auth.adobe.com", "gateway.lab"], "ec", datetime.now(UTC))
    made = load_public(tmp_path / "lab")
    assert made is not None
    return made


class Pages:
    """A handler over facts that do not change."""

    def __init__(self, authority: PublicPart | None, check: SelfCheck = CHECK) -> None:
        self.acquainted = Acquainted()
        self.warned: list[str] = []
        self._facts = PageFacts(BASE, ("gateway.lab",), authority, {HOST})
        self._check = check
        self.handler = PagesHandler(
            self.facts, self.check, self.acquainted, lambda event, **_: self.warned.append(event)
        )

    async def facts(self) -> PageFacts:
        return self._facts

    async def check(self, _: Request, peer: str) -> SelfCheck:
        assert peer
        return self._check

    async def get(self, target: str = "/", peer: str = DEVICE, method: str = "GET", **fields: str) -> Response:
        headers = Headers.of(
            {"Host": "192.168.0.2"} | {name.replace("_", "-"): value for name, value in fields.items()}
        )
        return (await self.handler.answer(Request(method, target, headers), Peer(peer))).response


def text(response: Response) -> str:
    assert isinstance(response.body, bytes)
    return html.unescape(response.body.decode())


@for_each("platform", PLATFORMS)
async def test_each_platform_has_a_page_with_its_steps_limits_and_sources(tmp_path: Path, platform: object) -> None:
    (one,) = [each for each in PLATFORMS if each is platform]
    make(tmp_path / "lab", ["auth.adobe.com", "gateway.lab"], "ec", datetime.now(UTC))
    shown = await Pages(load_public(tmp_path / "lab")).get(f"/for/{one.slug}")
    said = text(shown)
    assert shown.status == 200
    for needed in (*one.steps_at(BASE), *one.limits, *one.instead, *one.sources, one.name):
        assert needed in said
    assert (f'href="/ca.{one.form}">Download ca.{one.form}' in said) is bool(one.form)
    assert "It is valid only for names inside <b>auth.adobe.com</b> and <b>gateway.lab</b>, and for no address" in said
    assert f"<b>{BASE}/</b>, or http://gateway.lab/" in said


async def test_a_browser_is_shown_its_platform_and_may_choose_another(authority: PublicPart) -> None:
    pages = Pages(authority)
    guessed = text(await pages.get(User_Agent="Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/538.2"))
    assert "<h1>LG TV (webOS)</h1>" in guessed
    assert "Your browser says that this is your device." in guessed
    assert len(re.findall('href="/for/', guessed)) == len(PLATFORMS) - 1
    known = pages.acquainted.platform_at(DEVICE)
    assert known is not None
    assert known.slug == "webos"
    unknown = text(await pages.get(peer="192.168.0.8", User_Agent=HOSTILE))
    assert "<h1>A device for the lab</h1>" in unknown
    assert len(re.findall('href="/for/', unknown)) == len(PLATFORMS)
    assert pages.acquainted.platform_at("192.168.0.8") is None


@for_each(
    ("form", "reads"),
    [
        ("pem", x509.load_pem_x509_certificate),
        ("der", x509.load_der_x509_certificate),
        ("p12", lambda data: pkcs12.load_pkcs12(data, b"changeit").additional_certs[0].certificate),
        (
            "mobileconfig",
            lambda data: x509.load_der_x509_certificate(plistlib.loads(data)["PayloadContent"][0]["PayloadContent"]),
        ),
        ("key", None),
        ("", None),
        ("../intermediate.key", None),
    ],
)
async def test_the_certificate_has_each_form_and_its_media_type(tmp_path: Path, form: str, reads: object) -> None:
    make(tmp_path, ["auth.adobe.com"], "ec", datetime.now(UTC))
    authority = load_public(tmp_path)
    assert authority is not None
    given = certificate(authority, form)
    if not callable(reads):
        assert given.status == 404
        return
    assert given.headers.get("Content-Type") == MEDIA[form]
    assert reads(given.body) == authority.root
    assert certificate(None, form).status == 404, "there is none before gateway lab init"


async def test_no_page_has_a_key_or_what_a_request_says(authority: PublicPart, tmp_path: Path) -> None:
    """Nor does any have a script in it, or anything of elsewhere but the hosts' pictures."""
    key = (tmp_path / "lab" / INTERMEDIATE_KEY).read_text().splitlines()[1]
    pages = Pages(authority)
    for path in ("/", "/check", "/for/roku", f"/{HOSTILE}", *(f"/ca.{form}" for form in MEDIA)):
        said = await pages.get(path, Host="evil.example", User_Agent=f"Roku {HOSTILE}", Referer=HOSTILE)
        assert isinstance(said.body, bytes)
        assert key.encode() not in said.body
        assert b"evil" not in said.body
        assert b"alert" not in said.body
        assert said.headers.get("X-Content-Type-Options") == "nosniff"
        if said.headers.get("Content-Type").startswith("text/html"):
            assert said.headers.get("Content-Security-Policy").startswith(
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' "
            )
            assert re.findall(rb"<script(?! src=\"/check.js\" defer>)|\son[a-z]+=|style=", said.body) == []


async def test_the_check_has_a_picture_for_each_host_and_its_json_is_the_check(authority: PublicPart) -> None:
    pages = Pages(authority)
    said = text(await pages.get("/check"))
    for scheme in ("http", "https"):
        assert f'<img src="{scheme}://{HOST}{CHECK_PATH}" alt="NO">' in said
    assert "8.8.4.7: the public_address of this device" in said
    assert f"gateway lab check --url {BASE}" in said
    given = await pages.get("/check.json")
    assert b'"told":"8.8.4.7"' in (given.body if isinstance(given.body, bytes) else b"")


@for_each(
    ("target", "method", "peer", "host", "status", "said"),
    [
        ("/", "GET", DEVICE, HOST, 421, NOT_FOR_APPS),
        ("/api/v2/REF30/logout/Dish", "GET", DEVICE, HOST.upper(), 421, NOT_FOR_APPS),
        (f"http://{HOST}/", "GET", DEVICE, "192.168.0.2", 421, NOT_FOR_APPS),
        (f"http://gateway.lab{CHECK_PATH}", "GET", DEVICE, HOST, 200, None),
        (CHECK_PATH, "GET", DEVICE, HOST, 200, None),
        ("http://gateway.lab", "GET", DEVICE, HOST, 200, None),
        ("/", "HEAD", DEVICE, "gateway.lab", 200, None),
        ("/", "GET", "fd00::7", "", 200, None),
        ("/", "GET", "127.0.0.1", "", 200, None),
        ("/", "GET", "8.8.8.8", "", 403, NOT_FOR_ALL),
        (CHECK_PATH, "GET", "2001:db8::1", HOST, 403, NOT_FOR_ALL),
        ("/", "GET", "", "", 403, NOT_FOR_ALL),
        ("/", "POST", DEVICE, "", 405, "Expected GET.\n"),
        ("/check", "DELETE", DEVICE, "", 405, "Expected GET.\n"),
        ("*", "GET", DEVICE, "", 400, "Expected a path.\n"),
        ("https://gateway.lab/", "GET", DEVICE, "", 400, "Expected a path.\n"),
        ("/for/", "GET", DEVICE, "", 404, None),
        ("/for/../check", "GET", DEVICE, "", 404, None),
        ("/etc/passwd", "GET", DEVICE, "", 404, None),
        ("/style.css/../../authority.py", "GET", DEVICE, "", 404, None),
        ("/proxy.exe", "GET", DEVICE, "gateway.lab", 404, None),
    ],
)  # fmt: skip
async def test_who_is_shown_what(target: str, method: str, peer: str, host: str, status: int, said: str | None) -> None:
    answered = await Pages(None).get(target, peer, method, Host=host)
    assert answered.status == status
    assert said is None or text(answered) == said


async def test_without_an_authority_the_page_says_how_one_is_made() -> None:
    said = text(await Pages(None).get("/for/roku"))
    assert "There is no certificate yet. Run <code>gateway lab init</code>." in said
    assert 'href="/ca.' not in said


async def test_what_fails_is_an_answer_and_in_the_log() -> None:
    pages = Pages(None)

    async def fails() -> PageFacts:
        raise ZeroDivisionError

    pages.handler._facts = fails
    assert (await pages.get()).status == 500
    assert pages.warned == ["defect"]


def test_style_and_script_are_old_enough_for_a_television() -> None:
    """webOS TV 1.x has WebKit 537, of 2014: no variables, grid or flexbox in the style, and ES3 in the script."""
    style, script = ((FOLDER / "assets" / path[1:]).read_text("utf-8") for path in ASSETS)
    assert re.findall(r"var\(|display: *(?:grid|flex)|:is\(|\bclamp\(|\bgap:", style) == []
    assert re.findall(r"=>|`|\b(?:let|const|async|fetch|class|Promise)\b", script) == []


async def test_browsers_are_served_over_real_sockets(authority: PublicPart) -> None:
    server = Server(Pages(authority).handler)
    port = await server.start("127.0.0.1", 0)
    wire = Wire(*await asyncio.open_connection("127.0.0.1", port))

    async def asked(head: str, *, head_only: bool = False) -> Message:
        return await wire.send(head.replace("\n", "\r\n").encode()).message(head_only=head_only)

    try:
        assert (await asked(f"GET {CHECK_PATH} HTTP/1.1\nHost: {HOST}\n\n")).body == PICTURE
        assert (await asked("HEAD / HTTP/1.1\nHost: gateway.lab\n\n", head_only=True)).status == 200
        assert (await asked(f"GET / HTTP/1.1\nHost: {HOST}\n\n")).status == 421
        style = await asked("GET /style.css HTTP/1.1\nHost: gateway.lab\n\n")
        assert (style.get(b"content-type"), b"body" in style.body) == (b"text/css; charset=utf-8", True)
        assert (await asked("POST / HTTP/1.1\nHost: gateway.lab\nContent-Length: 2\n\nok")).status == 405
        assert await wire.gone() == b"", "what it sent was not looked at"
    finally:
        wire.close()
        await server.stop(0)


@pytest.mark.long
@given(
    st.sampled_from(["GET", "HEAD", "POST"]),
    st.text(st.characters(codec="latin-1"), max_size=60),
    st.text(st.characters(codec="latin-1"), max_size=60),
)
async def test_whatever_is_asked_is_answered(method: str, target: str, said: str) -> None:
    pages = Pages(None)
    for asked in (target, f"/{target}", f"http://{target}", f"/for/{target}", f"/ca.{target}"):
        answered = await pages.get(asked, method=method, Host=said, User_Agent=said)
        assert answered.status in {200, 400, 404, 405, 421}
    assert pages.warned == []
