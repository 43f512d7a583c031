"""What is pasted loses its secrets, wherever it was copied from, and nothing else."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.scrubbing.counting import REPEATED
from gateway.scrubbing.pasted import redact
from tests.harness.for_each import for_each
from tests.scrubbing.plants import (
    ACCESS,
    ADDRESS,
    BEARER,
    CLIENT,
    CODE,
    COOKIE,
    DEVICE,
    FINGERPRINT,
    INFO,
    REFRESH,
    betrayed,
)

PSEUDONYMS = Pseudonyms(bytes(range(32)))


def redacted(text: str) -> str:
    return redact(text.encode(), PSEUDONYMS, Policy()).data.decode()


CURL_V = f"""\
* Connected to api.auth.adobe.com (127.0.0.1) port 443
* [HTTP/2] [1] OPENED stream for https://api.auth.adobe.com/api/v2/REF30/sessions/{CODE}
* [HTTP/2] [1] [:path: /api/v2/REF30/sessions/{CODE}]
* [HTTP/2] [1] [authorization: Bearer {BEARER}]
> GET /api/v2/REF30/sessions/{CODE} HTTP/2
> Host: api.auth.adobe.com
> Authorization: Bearer {BEARER}
> AP-Device-Identifier: fingerprint {FINGERPRINT}
> X-Device-Info: {INFO}
> X-Forwarded-For: {ADDRESS}
> Accept: */*
>
< HTTP/2 200
< content-type: application/json
< set-cookie: AWSALB={COOKIE}; Expires=Wed, 28 Nov 2026 00:00:00 GMT; Path=/
< location: https://sp.example.com/back?session={ACCESS}&mvpd=Dish
<
{{"code": "{CODE}", "sessionId": "{ACCESS}", "mvpd": "Dish", "error": {{"trace": "c4fc3e7e-trace"}}}}
* Connection #0 to host api.auth.adobe.com left intact
"""

AXIOS = f"""\
AxiosError: Request failed with status code 401
    at settle (/app/node_modules/axios/lib/core/settle.js:19:12) {{
  code: 'ERR_BAD_REQUEST',
  config: {{
    headers: Object [AxiosHeaders] {{
      Accept: 'application/json, text/plain, */*',
      Authorization: 'Bearer {BEARER}',
      'AP-Device-Identifier': 'fingerprint {FINGERPRINT}',
      'X-Device-Info': '{INFO}',
      'User-Agent': 'axios/1.7.2'
    }},
    method: 'get',
    url: 'https://api.auth.adobe.com/api/v2/REF30/profiles?deviceId={DEVICE}',
    data: 'client_id=abc&client_secret={CLIENT}'
  }},
  request: <ref *1> ClientRequest {{
    _header: 'GET /api/v2/REF30/profiles HTTP/1.1\\r\\n' +
      'Accept: application/json\\r\\n' +
      'authorization: Bearer {BEARER}\\r\\n' +
      'Cookie: AWSALB={COOKIE}; other=1\\r\\n' +
      '\\r\\n',
    [Symbol(kOutHeaders)]: [Object: null prototype] {{
      accept: [ 'Accept', 'application/json' ],
      authorization: [ 'Authorization', 'Bearer {REFRESH}' ]
    }},
  }},
  response: {{
    status: 401,
    headers: {{ 'set-cookie': [ 'AWSALB={COOKIE}; Path=/', 'AWSALBCORS={ACCESS}; Path=/' ] }},
    rawHeaders: [
      'Content-Type',
      'application/json',
      'Set-Cookie',
      'AWSALB={COOKIE}; Path=/'
    ],
    data: {{ access_token: '{ACCESS}', refresh_token: "{REFRESH}", trace: 'stays' }}
  }}
}}
"""

LOG = f"""\
2026-11-21 22:17:05 INFO  DELETE /api/v1/logout?requestor=REF30&deviceId={DEVICE} 204 84ms
10.0.0.7 - - [21/Nov/2026:22:17:05 +0000] "GET /x?ast={ACCESS}&n=1 HTTP/1.1" 200 12 "-" "curl/8.5"
I/OkHttp: Authorization: Bearer {BEARER}
D/App: DeviceInfo(deviceId={DEVICE}, model=TV)
{{"level":30,"req":{{"method":"GET","url":"/x?deviceId={DEVICE}","headers":{{"authorization":"Bearer {REFRESH}"}}}}}}
{{"msg":"sent {{\\"access_token\\":\\"{ACCESS}\\"}}"}}
send: b'GET / HTTP/1.1\\r\\nHost: h\\r\\nAuthorization: Bearer {REFRESH}\\r\\n\\r\\n'
map[Authorization:[Bearer {REFRESH}] Ap-Device-Identifier:[fingerprint {FINGERPRINT}]]
{{'Authorization': 'Bearer {REFRESH}', 'Accept': '*/*'}}
[(b'Authorization', b'Bearer {REFRESH}'), (b'Accept', b'*/*')]
broken json: {{"client_secret": "{CLIENT}", "software_statement": "{BEARER}
in prose the token {ACCESS} came back, and {DEVICE.encode().hex()} in hex
Authorization:
Bearer {REFRESH}
Accept:
*/*
"""

COMMAND = f"""\
curl 'https://api.auth.adobe.com/o/client/token?redirect_uri=https%3A%2F%2Fa.b%2F%3Fstate%3D{ACCESS}' \\
  -H 'Authorization: Bearer {BEARER}' \\
  -H "AP-Device-Identifier: fingerprint {FINGERPRINT}" \\
  -H $'x-device-info: {INFO}' \\
  -b 'AWSALB={COOKIE}' -u user:{CLIENT} \\
  --data-raw 'grant_type=refresh_token&refresh_token={REFRESH}'
"""

CASSETTE = f"""\
interactions:
- request:
    headers:
      Authorization:
      - Bearer {BEARER}
      Cookie:
      - AWSALB={COOKIE}
    uri: https://api.auth.adobe.com/api/v1/logout?deviceId={DEVICE}
  response:
    body:
      string: '{{"access_token": "{ACCESS}", "mvpd": "Dish"}}'
"""

XML = f"""\
<authentication>
  <userId>{CLIENT}</userId>
  <mvpd>Dish</mvpd>
</authentication>
"""


@for_each(
    "text", [CURL_V, AXIOS, LOG, COMMAND, CASSETTE, XML], ids=["curl -v", "axios", "log", "command", "cassette", "xml"]
)
def test_no_secret_is_left_in_a_paste(text: str) -> None:
    assert betrayed(text)
    after = redacted(text)
    assert betrayed(after) == []
    assert len(after.splitlines()) == len(text.splitlines())
    assert redacted(after) == after
    other_key = redact(after.encode(), Pseudonyms(bytes(32)), Policy())
    assert other_key.data.decode() == after, "pseudonyms are known without the key"
    assert other_key.removed == Counter()


@for_each(
    ("text", "kept"),
    [
        (CURL_V, ["> Accept: */*\n", "Expires=Wed, 28 Nov 2026 00:00:00 GMT; Path=/\n", '"trace": "c4fc3e7e-trace"', "mvpd=Dish"]),
        (AXIOS, ["code: 'ERR_BAD_REQUEST'", "status: 401", "trace: 'stays'", "accept: [ 'Accept', 'application/json' ]"]),
        (AXIOS, ["authorization: [ 'Authorization', 'Bearer ", "\\r\\n' +\n", "settle.js:19:12)", "'axios/1.7.2'"]),
        (LOG, ["requestor=REF30&", " 204 84ms\n", "model=TV)", '"level":30', "Accept:\n*/*\n", "(b'Accept', b'*/*')"]),
        (COMMAND, ["grant_type=refresh_token&", " -u "]),
        (CASSETTE, ["interactions:\n- request:\n", '"mvpd": "Dish"']),
        (XML, ["<mvpd>Dish</mvpd>"]),
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str, kept: list[str]) -> None:
    after = redacted(text)
    assert [part for part in kept if part not in after] == []


def har() -> dict[str, object]:
    token = json.dumps({"access_token": ACCESS, "token_type": "bearer"})
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "WebInspector", "version": "537.36"},
            "pages": [{"title": f"https://tv.example.com/?deviceId={DEVICE}", "id": "page_1"}],
            "entries": [
                {
                    "startedDateTime": "2026-11-21T22:17:05.120Z",
                    "time": 84.5,
                    "_initiator": {"type": "script", "url": f"https://tv.example.com/app.js?ast={ACCESS}"},
                    "request": {
                        "method": "POST",
                        "url": f"https://api.auth.adobe.com/api/v2/REF30/sessions/{CODE}?deviceId={DEVICE}&requestor=REF30",
                        "httpVersion": "HTTP/2",
                        "cookies": [{"name": "AWSALB", "value": COOKIE, "path": "/"}],
                        "headers": [
                            {"name": "authorization", "value": f"Bearer {BEARER}"},
                            {"name": "ap-device-identifier", "value": f"fingerprint {FINGERPRINT}"},
                            {"name": "x-device-info", "value": INFO},
                            {"name": "cookie", "value": f"AWSALB={COOKIE}"},
                            {"name": "accept", "value": "*/*"},
                        ],
                        "queryString": [{"name": "deviceId", "value": DEVICE}, {"name": "requestor", "value": "REF30"}],
                        "postData": {
                            "mimeType": "application/x-www-form-urlencoded",
                            "text": f"client_secret={CLIENT}&grant_type=x",
                            "params": [{"name": "client_secret", "value": CLIENT}],
                        },
                    },
                    "response": {
                        "status": 200,
                        "headers": [{"name": "set-cookie", "value": f"AWSALB={COOKIE}; Path=/"}],
                        "content": {"size": 1, "mimeType": "application/json", "text": token},
                        "redirectURL": f"https://sp.example.com/?session={REFRESH}",
                    },
                },
                {
                    "request": {"method": "GET", "url": "/", "headers": []},
                    "response": {
                        "status": 200,
                        "content": {
                            "mimeType": "application/json",
                            "text": base64.b64encode(token.encode()).decode(),
                            "encoding": "base64",
                        },
                        "statusText": f"said {REFRESH}",
                    },
                },
            ],
        }
    }


@pytest.mark.parametrize("indent", [None, 2])
def test_a_har_loses_its_secrets_and_stays_the_har_that_it_was(indent: int | None) -> None:
    text = json.dumps(har(), indent=indent)
    assert betrayed(text)
    after = redacted(text)
    assert betrayed(after) == []
    assert redacted(after) == after

    log = json.loads(after)["log"]
    first, second = log["entries"]
    assert (log["creator"], first["time"]) == (har()["log"]["creator"], 84.5)  # type: ignore[index]  # it is a dict
    assert first["request"]["headers"][-1] == {"name": "accept", "value": "*/*"}
    assert "&requestor=REF30" in first["request"]["url"]
    assert first["request"]["queryString"][0]["value"] in first["request"]["url"], "one device stays one"
    assert first["request"]["postData"]["text"].endswith("&grant_type=x")
    assert json.loads(first["response"]["content"]["text"])["token_type"] == "bearer"
    assert base64.b64decode(second["response"]["content"]["text"]).decode() == first["response"]["content"]["text"]


def test_a_har_that_is_cut_off_loses_its_secrets_too() -> None:
    text = json.dumps(har())
    assert betrayed(redacted(text[: text.index('"redirectURL"') + 60])) == []


def test_what_was_removed_is_counted_by_kind() -> None:
    found = redact(f"Cookie: a={COOKIE}\nand again {COOKIE}\n".encode(), PSEUDONYMS, Policy())
    assert found.removed == {"cookie": 1, REPEATED: 1}


@for_each(
    "text",
    [
        "",
        "The Authorization header: see below. Cookie: the thing that servers set.\n",
        "Authorization: Bearer <token>\nAuthorization: Bearer $TOKEN\nCookie: {{cookie}}\nAuthorization: Bearer ***\n",
        "exit code: 42, code=1, zip: none, url: see https://example.com/docs?page=2#top\n",
        '{"mvpd": "Dish", "status": 200, "code": "invalid_requestor"}\r\n\xff',
        "fingerprint verification failed; bearer authentication is required\n",
        "{{{{[[[[\"'`\\\\\\\\=:,\n" * 3,
        "def f(code: int, zip: str) -> None: ...\n",
        "Set-Cookie:\nAccept: */*\n",
    ],
)
def test_what_has_no_secret_is_not_touched(text: str) -> None:
    data = text.encode("latin-1")
    assert redact(data, PSEUDONYMS, Policy()).data == data


WORDS = st.sampled_from(
    ["the", "a b", "logout", "GET", "/api/v2/REF30/logout/Dish", "status=200", "mvpd: Dish", '{"a": [1, "b"]}']
)
MARKS = st.text(" \t\r\n{}[]()<>\"'`\\:=,;&?%#@/*+-_.\xe9\U0001f600", max_size=12)


@given(st.lists(st.one_of(WORDS, MARKS), max_size=20).map("".join))
def test_any_text_without_secrets_is_identical(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    assert redact(data, PSEUDONYMS, Policy()).data == data


@given(st.binary(max_size=60))
def test_bytes_that_are_no_text_stay(data: bytes) -> None:
    assert redact(data, PSEUDONYMS, Policy()).data == data


@given(
    MARKS,
    MARKS,
    st.sampled_from(["Authorization: Bearer {}", "'authorization': '{}'", "?deviceId={}", '"access_token":"{}"']),
)
def test_a_secret_goes_whatever_stands_around_it(before: str, after: str, form: str) -> None:
    text = f"{before}\n{form.format(ACCESS)}\n{after}"
    assert betrayed(redacted(text), ACCESS) == []


@for_each(
    ("text", "secret"),
    [
        ("mysql --password hunter2 --host x", "hunter2"),
        ("mysql -ujane -phunter2xyz --host db", "hunter2xyz"),
        ("docker login -u jane -p hunter2xyz registry.example", "hunter2xyz"),
        ("aws configure set aws_secret_access_key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
        ("E/Login: password=[hunter2xyz]", "hunter2xyz"),
        ("tool --api-key='abc 123xyz' run", "abc 123xyz"),
        ("login --user-name=jane -v", "jane"),
        ("password: hunter2\n", "hunter2"),
        ("DB_PASSWORD=hunter2\n", "hunter2"),
        ("{'userPassword': 'hunter2', 'lang': 'en'}", "hunter2"),
        ("write to jane.doe@corp.example now", "jane.doe"),
        ("> X-Auth-Token: abc123def456\n", "abc123def456"),
        ("X-Original-Forwarded-For: 81.2.69.160\n", "81.2.69.160"),
        ("key AKIAIOSFODNN7EXAMPLQ leaked", "AKIAIOSFODNN7EXAMPLQ"),
    ],
)
def test_ordinary_credentials_are_known_by_their_names(text: str, secret: str) -> None:
    after = redacted(text)
    assert secret not in after
    assert redacted(after) == after


@for_each(
    "text",
    [
        "user: the user is missing\n", "session: started\n", "token: expired\n", "password: <password>\n", "Authorization: Basic <BASIC_AUTH>\n",
        "export TOKEN=$TOKEN\n", "--token {{token}}\n", "version 4.2.1.16\n", "git log --author-date-order -p --format=%h\n", "login: success\n",
        "docker run -p 8080:80 nginx\n", "mkdir -p session_data/2026-11-27-run\n", "Login: user=\n", "access_token    expires_in_seconds\n",
    ],
)  # fmt: skip
def test_prose_and_blanks_stay(text: str) -> None:
    assert redacted(text) == text


def packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def unpacked(encoded: str) -> str:
    return gzip.decompress(base64.b64decode("".join(encoded.split()))).decode()


def test_what_base64_and_gzip_wrap_is_looked_into() -> None:
    inner = json.dumps({"access_token": ACCESS, "page": 2, "filler": list(range(60))})
    text = packed(inner)
    har = json.dumps({"log": {"entries": [{"response": {"content": {"text": text, "encoding": "base64"}}}]}})
    after = unpacked(json.loads(redacted(har))["log"]["entries"][0]["response"]["content"]["text"])
    lines = "\n".join(f"        {text[at : at + 76]}" for at in range(0, len(text), 76))
    yaml = f"    body:\n      string: !!binary |\n{lines}\n    status: 200\n"
    between = redacted(yaml).removeprefix("    body:\n      string: !!binary |\n").partition("\n    status")[0]
    for plain in (after, unpacked(between)):
        assert ACCESS not in plain
        assert json.loads(plain)["page"] == 2
    assert all(line.startswith("        ") and len(line) <= 84 for line in between.split("\n"))
    harmless = yaml.replace(lines, f"        {packed('nothing')}")
    assert redacted(harmless) == harmless


def test_a_number_longer_than_python_reads_is_a_number_like_any_other() -> None:
    long = "9" * 5000
    assert redacted(f'{{"count":{long},"zip":"94107"}}').startswith(f'{{"count":{long},"zip":"REDACTED-ZIP')


def test_a_form_loses_its_secrets_wherever_it_stands() -> None:
    part = '--zz\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    form = part % ("password", ACCESS) + part % ("q", "news") + "--zz--\r\n"
    posted = {"mimeType": "multipart/form-data; boundary=zz", "text": form}
    har = {"log": {"entries": [{"request": {"url": "https://a/x", "headers": [], "postData": posted}}]}}
    for text in (
        form,
        f"POST /x\r\n\r\n{form}HTTP/1.1 200 OK\r\n",
        json.dumps(form),
        json.dumps({"a": form}),
        json.dumps(har),
    ):
        after = redacted(text)
        assert ACCESS not in after, text
        assert "news" in after
        assert len(after) == len(text), after


def test_the_time_is_linear_in_names_that_run_on() -> None:
    for unit in ("password=", "a=password=", "password:", "password=x,"):
        started = time.process_time()
        redacted(unit * 20_000)
        assert time.process_time() - started < 3, unit
