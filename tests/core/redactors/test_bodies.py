"""Bodies of any format, whatever their Content-Type says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.core.model import Headers, Request, Response
from gateway.core.redactors.bodies import redact_bodies
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Memory, Scrub
from tests.harness.for_each import for_each
from tests.planting import KEY, jwt, untailed

SECRET = "s3cr3t-Client-0f-a-Partner"


def redacted(body: bytes, content_type: str = "", policy: Policy | None = None) -> bytes:
    headers = Headers.of({"Content-Type": content_type} if content_type else {})
    request, response = redact_bodies(
        Request("POST", "/x", headers, body),
        Response(200, headers=headers, body=body),
        Scrub(Pseudonyms(KEY), policy or Policy()),
    )
    assert request.body == response.body
    assert isinstance(response.body, bytes)
    return untailed(response.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


@for_each(
    ("body", "expected"),
    [
        (b'{"zip": "94107"}', b'{"zip": "REDACTED-ZIP"}'),
        (b'\xef\xbb\xbf [{"zip": "94107"}]', b'\xef\xbb\xbf [{"zip": "REDACTED-ZIP"}]'),
        (b'callback({"zip": "94107"});', b'callback({"zip": "REDACTED-ZIP"});'),
        (b")]}',\n{\"zip\": \"94107\"}", b")]}',\n{\"zip\": \"REDACTED-ZIP\"}"),
        (b'{"zip": "94107"}\n{"zip": "94108"}', b'{"zip": "REDACTED-ZIP"}\n{"zip": "REDACTED-ZIP"}'),
        (b'{"userID": "\xff94107", "x": "\xff"}', b'{"userID": "REDACTED-USER", "x": "\xff"}'),
        (b"<zip>94107</zip>", b"<zip>REDACTED-ZIP</zip>"),
        (b"zip=94107&mvpd=Dish", b"zip=REDACTED-ZIP&mvpd=Dish"),
        (b"redirectUrl=app%3A%2F%2Fx%3Fast%3D1%26s%3D1&zip=94107", b"redirectUrl=app%3A%2F%2Fx%3Fast%3DREDACTED-TOKEN%26s%3D1&zip=REDACTED-ZIP"),
        (f"got {jwt(sub='x')}=".encode(), None),
        (b"<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n</html>", b""),
        (b'{"code": "invalid_parameter_mvpd",  "trace":"8eb6eaa9-2d9d-4a8c-a9c6-0b1ce3c0f1a1",}', b""),
        (b'what people write = 1 & so on; "zip": quoted', b""),
        (b"\x00\xff\xfe binary", b""),
        (b"Reset password: see help. token=expired user=guest", b""),
        (b"Login failed: password=hunter zip=94107, mvpd=Dish", b"Login failed: password=REDACTED-PASSWORD zip=REDACTED-ZIP, mvpd=Dish"),
        (b"const password = 'hunter2'; next()", b"const password = 'REDACTED-PASSWORD'; next()"),
        (b"password=two words&zip=94107", b"password=REDACTED-PASSWORD&zip=REDACTED-ZIP"),
        (b"", b""),
    ],
    ids=range(19),
)  # fmt: skip
def test_a_body_is_what_it_looks_like(body: bytes, expected: bytes | None) -> None:
    """`expected` is empty where the body keeps its bytes, and None where it only has to change."""
    after = redacted(body)
    if expected is None:
        assert after != body
    else:
        assert after == (expected or body)
    assert redacted(after) == after


def form(head: str, content: str, boundary: str = "b") -> bytes:
    """Return a form of one part, between two that hold no secret."""
    plain = f'--{boundary}\r\nContent-Disposition: form-data; name="mvpd"\r\n\r\nDish\r\n'
    part = f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"
    return f"{plain}{part}{plain}--{boundary}--\r\n".encode()


JSON = "\r\nContent-Type: application/json"
FILE = '; filename="x"\r\nContent-Type: '


@for_each(
    ("head", "content", "expected"),
    [
        ('name="zip"', "94107", "REDACTED-ZIP"),
        ("name=zip", "94107", "REDACTED-ZIP"),
        ('name="ZIP"', "94107\r\n", "REDACTED-ZIP\r\n"),
        ('name="%7Aip"', "94107", "REDACTED-ZIP"),
        ("name*=UTF-8''zip", "94107", "REDACTED-ZIP"),
        ('name="zip"\r\nContent-Type: text/plain; charset=utf-8', "94107", "REDACTED-ZIP"),
        ('name="zip"\r\nContent-Type: application/octet-stream', "94107", "REDACTED-ZIP"),
        ('name="zip"', "", ""),
        ('name="code"', "invalid_parameter_mvpd", "invalid_parameter_mvpd"),
        ('name="redirect_url"', "app://x?ast=1&mvpd=2", "app://x?ast=REDACTED-TOKEN&mvpd=2"),
        ('name="note"', "94107 & zip=94107", "94107 & zip=REDACTED-ZIP"),
        ('name="note"', "/x?ast=1", "/x?ast=REDACTED-TOKEN"),
        ('name="note"', '{"zip": "94107"}', '{"zip": "REDACTED-ZIP"}'),
        (f'name="note"{JSON}', ' {"zip": "94107", "x": 1}', ' {"zip": "REDACTED-ZIP", "x": 1}'),
        (f'name="note"{JSON}', '"94107"', '"94107"'),
        (f'name="zip"{JSON}', '"94107"', '"REDACTED-ZIP"'),
        (f'name="zip"{JSON}', '{"state": "enc", "value": ["94107"]}', '{"state": "enc", "value": ["REDACTED-ZIP"]}'),
        (f'name="zip"{JSON}', "94107", "REDACTED-ZIP"),
        ('name="note"\r\nContent-Type: application/xml', "<zip>94107</zip>", "<zip>REDACTED-ZIP</zip>"),
        (f'name="zip"{FILE}text/plain', "94107", "94107"),
        (f'name="token"{FILE}text/plain', "abcdefghij1", "abcdefghij1"),
        (f'name="userId"{FILE}text/plain', "+1 (555) 123-4567", "+1 (555) 123-4567"),
        (f'name="x"{FILE}text/plain', "zip=94107&a=1", "zip=REDACTED-ZIP&a=1"),
        (f'name="x"{FILE}application/json', '{"zip": "94107"}', '{"zip": "REDACTED-ZIP"}'),
        (f'name="x"{FILE}text/html', "<zip>94107</zip>", "<zip>REDACTED-ZIP</zip>"),
        (f'name="x"{FILE}image/png', "\x89PNG\r\n\x1a\n\x00", "\x89PNG\r\n\x1a\n\x00"),
        ("x", '{"zip": "94107"}', '{"zip": "REDACTED-ZIP"}'),
    ],
    ids=range(27),
)  # fmt: skip
@for_each("boundary", ["b", "----WebKitFormBoundary7MA4YWxkTrZu0gW"])
def test_a_part_of_a_multipart_form_is_a_field_of_its_name(
    head: str, content: str, expected: str, boundary: str
) -> None:
    after = redacted(form(head, content, boundary), f"multipart/form-data; boundary={boundary}")
    assert after == form(head, expected, boundary)
    assert redacted(after, f"multipart/form-data; boundary={boundary}") == after


@pytest.mark.parametrize("name", ["client_secret", "deviceId", "email", "userID", "code"])
def test_it_has_the_pseudonym_that_an_urlencoded_form_gives_it(name: str) -> None:
    _, _, pseudonym = redacted(f"{name}={SECRET}".encode()).partition(b"=")
    after = redacted(form(f'name="{name}"', SECRET), "multipart/form-data; boundary=b")
    assert after == form(f'name="{name}"', pseudonym.decode())
    assert pseudonym.decode() != SECRET


@pytest.mark.parametrize(
    "content_type",
    ["", "multipart/form-data", "multipart/form-data; boundary=other", "multipart/mixed; boundary=b", "text/plain"],
)
def test_a_form_whose_boundary_is_lost_is_split_where_it_begins_with_it(content_type: str) -> None:
    body = form('name="zip"', "94107")
    assert redacted(body, content_type) == form('name="zip"', "REDACTED-ZIP")
    other = b"x\r\n" + form('name="zip"', "1&zip=94107&x=1")
    assert redacted(other, content_type) == b"x\r\n" + form('name="zip"', "1&zip=REDACTED-ZIP&x=1")


def test_a_form_in_a_form_in_a_form_ends_somewhere() -> None:
    body = b"".join(b"--%d\r\nContent-Disposition: form-data\r\n\r\n" % n for n in range(5000))
    assert redacted(body, "multipart/form-data") == body


def test_a_token_beside_the_contents_is_one_all_the_same() -> None:
    token = jwt(sub="x")
    for body in (form(f'name="{token}"', "1"), token.encode() + b"\r\n" + form("x", "1")):
        after = redacted(body, "multipart/form-data; boundary=b")
        assert token.encode() not in after
        assert after.endswith(form("x", "1").rpartition(b"; x")[2])


def test_a_field_that_a_configuration_keeps_stays() -> None:
    body = form('name="zip"', "94107")
    assert redacted(body, "multipart/form-data; boundary=b", Policy(parameters={"zip": ""})) == body


def test_the_same_text_of_another_boundary_is_another_form() -> None:
    body = b"before\r\n" + form('name="zip"', "94107")
    scrub = Scrub(Pseudonyms(KEY), Policy(), memory=Memory())
    after = [
        redact_bodies(Request("POST", "/x", Headers.of({"Content-Type": kind}), body), Response(200), scrub)[0].body
        for kind in ("text/plain", "multipart/form-data; boundary=c", "multipart/form-data; boundary=b")
    ]
    after = [untailed(text.decode()).encode() for text in after if isinstance(text, bytes)]
    assert after == [body, body, b"before\r\n" + form('name="zip"', "REDACTED-ZIP")]


def test_a_stream_is_passed_over() -> None:
    class Stream:
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"x"

        async def aclose(self) -> None:
            pass

    request = Request("POST", "/x", body=Stream())
    assert redact_bodies(request, Response(200), Scrub(Pseudonyms(KEY), Policy()))[0].body is request.body


def test_what_a_body_was_is_not_taken_for_a_field_of_the_same_text() -> None:
    scrub = Scrub(Pseudonyms(KEY), Policy(), memory=Memory())
    redact_bodies(Request("POST", "/x", body=b"plain prose"), Response(200), scrub)
    assert scrub.once("token", "plain prose", lambda _: "replaced") == "replaced"


TOKEN = "cIflk5Wr8jixXgWHXucgSFVm"


@for_each(
    "body",
    [
        f"{{access_token:'{TOKEN}'}}",
        f"{{'access_token': '{TOKEN}'}}",
        f'{{access_token: "{TOKEN}", n: 1}}',
        f"[{{csrfToken:'{TOKEN}'}}]",
        f'[auth]\ntoken = "{TOKEN}"\n',
        f"got access_token: {TOKEN} at last",
        f"a:\n  access_token: {TOKEN}\n",
        f"log: access_token: {TOKEN}",
        f'{{"filter": "filter=token={TOKEN}"}}',
        f'{{"log": "got access_token: {TOKEN}"}}',
        f'{{"log": "access_token={TOKEN}"}}',
        f'{{"log": "Authorization: Bearer {TOKEN}"}}',
        f'{{"curl": "curl -H \'Authorization: Bearer {TOKEN}\' https://a.example"}}',
        f'{{"headers": ["Authorization: Bearer {TOKEN}"]}}',
        f'{{"body": "page=1&token={TOKEN}&lang=en"}}',
        f'{{"link": "a.example/c?token={TOKEN}"}}',
        f'{{"next": "https%3A%2F%2Fa.example%2F%3Ftoken%3D{TOKEN}"}}',
        f'{{"query": "mutation {{ login(accessToken: \\"{TOKEN}\\") }}"}}',
        f'{{"challenge": "OAuth oauth_token=\\"{TOKEN}\\", realm=\\"x\\""}}',
        f"<script>var access_token = '{TOKEN}';</script>",
        f"<script>init({{csrfToken: '{TOKEN}'}})</script>",
        f"<!-- access_token={TOKEN} -->",
    ],
)
def test_a_secret_in_a_running_text_is_found_by_the_name_before_it(body: str) -> None:
    after = redacted(body.encode()).decode()
    assert TOKEN not in after
    start, _, end = body.partition(TOKEN)
    assert after.startswith(start)
    assert after.endswith(end)


@for_each(
    "body",
    [
        '{"message": "token=expired, password: required"}',
        '{"message": "Error code: E4031234"}',
        '{"help": "use Bearer authentication"}',
        '{"help": "the header is Authorization: Bearer <token>"}',
        "<script>labels({password: 'Enter your password', token: 'Token'})</script>",
        "{state:'open',code:'E4031234'}",
        "Basic information about bearer tokens",
        '{"discount": "50%25off", "path": "a%20b"}',
    ],
)
def test_words_about_a_secret_stay(body: str) -> None:
    assert redacted(body.encode()).decode() == body


@for_each("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig"])
@for_each("body", ['{"zip": "94107", "é": 1}', "<zip>94107</zip>"])
def test_a_body_stays_in_its_encoding(encoding: str, body: str) -> None:
    """UTF-16 and UTF-32 are known by their byte order mark, or by their zeros (RFC 4627 section 3)."""
    assert untailed(redacted(body.encode(encoding)).decode(encoding)) == body.replace("94107", "REDACTED-ZIP")


@for_each("body", [b"\xff\xfe\0", b"a\0b\0\xff", b"\0\0\xfe\xff\xff", b"\xff\xfezip=94107"])
def test_data_that_only_looks_like_utf_16_is_not_changed(body: bytes) -> None:
    assert redacted(body) == body


def test_a_file_that_is_one_token_is_a_field_of_its_name() -> None:
    """A browser sends a Blob in a FormData as a file."""
    sent = form('name="access_token"; filename="blob"\r\nContent-Type: application/octet-stream', TOKEN)
    assert TOKEN.encode() not in redacted(sent)
