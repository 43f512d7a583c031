"""Who is let in, and who is not: the attacks that a listener on this machine has to expect, over real sockets."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from tests.control_lab import SECRET, TOKEN, steerable
from tests.harness.for_each import for_each

HOST = "Host: 127.0.0.1"
BEARER = f"Authorization: Bearer {TOKEN}"
JSON = "Content-Type: application/json"
MODE = '{"mode":"passthrough"}'


def request(method: str, target: str, *fields: str, body: str = "") -> bytes:
    length = [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([f"{method} {target} HTTP/1.1", *fields, *length, "Connection: close", "", body]).encode()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def code_of(answer: bytes) -> str:
    found = re.search(rb"X-Gateway-Error: (\w+)", answer)
    return found[1].decode() if found else ""


@for_each(
    ("what", "sent", "expected"),
    [
        ("a name that leads here by DNS rebinding", request("GET", "/api/setting", "Host: evil.example", BEARER), (421, "foreign_host")),
        ("the same with our port", request("GET", "/api/setting", "Host: evil.example:8099", BEARER), (421, "foreign_host")),
        ("a name that begins as ours", request("GET", "/api/setting", "Host: 127.0.0.1.evil.example", BEARER), (421, "foreign_host")),
        ("a login under a foreign name", request("GET", "/login?code=abc", "Host: evil.example"), (421, "foreign_host")),
        ("a foreign page's frame with a link", request("GET", "/login?code=abc", HOST, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"), (403, "foreign_origin")),
        ("no token", request("GET", "/api/setting", HOST), (401, "token_missing")),
        ("no token, at a path that is none", request("GET", "/api/nothing", HOST), (401, "token_missing")),
        ("a wrong token", request("GET", "/api/setting", HOST, "Authorization: Bearer wrong"), (401, "token_wrong")),
        ("a part of the token", request("GET", "/api/setting", HOST, f"Authorization: Bearer {TOKEN[:-1]}"), (401, "token_wrong")),
        ("a token beyond ASCII", request("GET", "/api/setting", HOST, "Authorization: Bearer \u00e9"), (401, "token_wrong")),
        ("the token in the URL", request("GET", f"/api/setting?token={TOKEN}", HOST), (401, "token_missing")),
        ("a made-up cookie", request("GET", "/api/setting", HOST, "Cookie: pass-gateway-0=x; a=b"), (401, "token_missing")),
        ("a foreign page's form", request("POST", "/api/rewind", HOST, BEARER, "Content-Type: text/plain", "Origin: http://evil.example", body="{}"), (403, "foreign_origin")),
        ("a page of another port of this host", request("PUT", "/api/mode", HOST, BEARER, JSON, "Sec-Fetch-Site: same-site", body=MODE), (403, "foreign_origin")),
        ("the same by its Origin", request("PUT", "/api/mode", HOST, BEARER, JSON, "Origin: http://127.0.0.1:3000", body=MODE), (403, "foreign_origin")),
        ("a sandboxed page", request("PUT", "/api/mode", HOST, BEARER, JSON, "Origin: null", body=MODE), (403, "foreign_origin")),
        ("a form that a page of ours would send", request("POST", "/api/rewind", HOST, BEARER, "Content-Type: text/plain", body="{}"), (415, "json_expected")),
        ("a POST without a body or a type", request("POST", "/api/rewind", HOST, BEARER), (415, "json_expected")),
        ("a change by GET", request("GET", "/api/rewind", HOST, BEARER), (405, "method_not_allowed")),
        ("a preflight", request("OPTIONS", "/api/mode", HOST, "Origin: http://evil.example", "Access-Control-Request-Method: PUT"), (403, "foreign_origin")),
        ("a path that climbs", request("GET", "/api/cassettes/..%2f..%2fetc%2fpasswd", HOST, BEARER), (404, "cassette_unknown")),
        ("a download that climbs", request("GET", "/api/cassettes/%2e%2e%2f%2e%2e%2fconfig/download", HOST, BEARER), (404, "cassette_unknown")),
        ("an absolute path", request("GET", "/api/cassettes/%2fetc%2fpasswd", HOST, BEARER), (404, "cassette_unknown")),
        ("a NUL", request("GET", "/api/cassettes/logout%00.yaml", HOST, BEARER), (404, "cassette_unknown")),
        ("bytes that are no UTF-8", request("GET", "/api/cassettes/%ff%fe", HOST, BEARER), (404, "cassette_unknown")),
        ("an absolute form", request("GET", "http://evil.example/api/setting", HOST, BEARER), (404, "not_found")),
        ("a body that is no JSON", request("PUT", "/api/mode", HOST, BEARER, JSON, body="{"), (400, "invalid_body")),
        ("a key that is none", request("PUT", "/api/mode", HOST, BEARER, JSON, body='{"mode":"auto","path":"/"}'), (400, "invalid_body")),
        ("JSON without an end", request("PUT", "/api/mode", HOST, BEARER, JSON, body="[" * 100_000), (400, "invalid_body")),
        ("a query that is none", request("GET", "/api/exchanges?nothing=1", HOST, BEARER), (400, "invalid_query")),
        ("a limit that is none", request("GET", "/api/exchanges?limit=1000000", HOST, BEARER), (400, "invalid_query")),
    ],
)  # fmt: skip
async def test_what_is_refused(what: str, sent: bytes, expected: tuple[int, str]) -> None:
    async with await steerable() as lab:
        answer = await lab.raw(sent)
        assert (status_of(answer), code_of(answer)) == expected, what
        assert b"access-control-allow" not in answer.lower()
        assert TOKEN.encode() not in answer
        assert lab.running.steered.setting.mode == "auto"
        assert TOKEN not in lab.log.text


async def test_a_body_of_more_than_a_mebibyte_is_refused() -> None:
    async with await steerable() as lab:
        answer = await lab.raw(request("PUT", "/api/mode", HOST, BEARER, JSON, body=" " * ((1 << 20) + 1)))
        assert (status_of(answer), code_of(answer)) == (413, "body_too_large")


async def test_tokens_are_not_guessed_faster_than_one_a_second() -> None:
    """After ten wrong ones nobody at that address is heard, be the next one right or wrong."""
    async with await steerable() as lab:
        answers = [(await lab.ask("GET", "/api/setting", token=f"guess-{number}"))[0] for number in range(12)]
        assert answers == [401] * 10 + [429] * 2
        assert (await lab.ask("GET", "/api/setting"))[0] == 429
        assert (await lab.ask("PUT", "/login", {"token": TOKEN}))[0] == 429
        assert "control: wrong tokens" in lab.log.text
        assert "guess-" not in lab.log.text


async def test_every_answer_tells_browsers_to_run_and_keep_nothing() -> None:
    async with await steerable() as lab:
        for path in ("/api/setting", "/api/nothing", "/healthz", "/readyz"):
            _, _, fields = await lab.ask("GET", path)
            assert fields["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
            assert "unsafe" not in fields["Content-Security-Policy"]
            about = [fields[name] for name in ("X-Content-Type-Options", "Referrer-Policy", "Cache-Control")]
            assert about == ["nosniff", "no-referrer", "no-store"]


async def test_a_link_logs_a_browser_in_once() -> None:
    async with await steerable() as lab:
        link = lab.listener.link.removeprefix(lab.listener.url)
        status, _, fields = await lab.ask("GET", link, token=None)
        cookie = fields["Set-Cookie"]
        assert (status, fields["Location"]) == (303, "/")
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        assert TOKEN not in f"{link} {cookie}"
        login = {"Cookie": cookie.partition(";")[0]}
        assert (await lab.ask("GET", "/api/setting", headers=login, token=None))[0] == 200
        assert (await lab.ask("PUT", "/api/mode", {"mode": "auto"}, login, token=None))[0] == 200
        assert (await lab.ask("GET", link, token=None))[0] == 401
        assert (await lab.ask("DELETE", "/login", headers=login, token=None))[0] == 204
        assert (await lab.ask("GET", "/api/setting", headers=login, token=None))[0] == 401


async def test_a_browser_is_logged_in_by_the_token() -> None:
    async with await steerable() as lab:
        status, _, fields = await lab.ask("PUT", "/login", {"token": TOKEN}, token=None)
        login = {"Cookie": fields["Set-Cookie"].partition(";")[0]}
        assert (status, (await lab.ask("GET", "/api/setting", headers=login, token=None))[0]) == (204, 200)


async def test_other_names_are_those_of_the_configuration() -> None:
    async with await steerable(control__hosts="tv.lab") as lab:
        answers = [
            await lab.raw(request("GET", "/api/setting", f"Host: {host}", BEARER)) for host in ("TV.lab:80", "lab")
        ]
        assert [status_of(answer) for answer in answers] == [200, 421]


async def test_a_port_that_is_taken_is_no_reason_not_to_start() -> None:
    async with await steerable() as first, await steerable(control__port=first.port) as second:
        assert second.port not in {0, first.port}
        assert (await second.ask("GET", "/healthz"))[0] == 200


async def test_health_needs_neither_token_nor_name_and_says_what_is_wrong_to_who_knows_ours() -> None:
    async with await steerable() as lab:
        lab.running.health.watch(lambda: "log: 3 lines lost")
        foreign = await lab.raw(request("GET", "/readyz", "Host: 10.0.0.7:8099"))
        assert (status_of(foreign), foreign.partition(b"\r\n\r\n")[2]) == (200, b"")
        assert (await lab.ask("GET", "/healthz", token=None))[:2] == (200, "")
        assert (await lab.ask("GET", "/readyz", token=None))[:2] == (200, "degraded: log: 3 lines lost\n")
        lab.running.health.draining = True
        assert (await lab.ask("GET", "/readyz", token=None))[:2] == (503, "draining\n")
        assert (await lab.ask("GET", "/healthz", token=None))[0] == 200
        assert (await lab.ask("POST", "/healthz", token=None))[0] == 405


async def test_whatever_an_endpoint_raises_is_answered_and_quotes_nothing() -> None:
    async with await steerable() as lab:
        journal = lab.running.steered.journal
        journal._kept.append((None, 0))  # type: ignore[arg-type]  # nothing that could be read
        journal.count += 1
        status, given, _ = await lab.ask("GET", f"/api/exchanges?text={SECRET}")
        assert (status, given["code"]) == (500, "gateway_defect")
        defects = [json.loads(line) for line in lab.log.text.splitlines() if '"defect"' in line]
        assert [defect["error"] for defect in defects] == ["AttributeError"]
        assert SECRET not in lab.log.text


async def test_streams_end_when_the_gateway_stops() -> None:
    async with await steerable() as lab:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        writer.write(request("GET", "/api/exchanges/stream", HOST, BEARER))
        await reader.readuntil(b"listening")
        async with asyncio.timeout(5):
            await lab.listener.server.stop(grace=0)
            await reader.read()
        writer.close()


async def test_a_token_that_cannot_be_kept_is_one_for_the_run() -> None:
    async with await steerable(token=None, control__token_file="nowhere/token") as lab:
        (said,) = [json.loads(line) for line in lab.log.text.splitlines() if "token not kept" in line]
        assert (said["why"], said["level"]) == ("No such file or directory", "warning")
        status, _, fields = await lab.ask("GET", lab.listener.link.removeprefix(lab.listener.url), token=None)
        login = {"Cookie": fields["Set-Cookie"].partition(";")[0]}
        assert (status, (await lab.ask("GET", "/api/setting", headers=login, token=None))[0]) == (303, 200)


async def test_a_host_that_is_none_of_this_machines_is_no_taken_port() -> None:
    with pytest.raises(OSError, match="Cannot assign"):
        await steerable(control__host="203.0.113.9", control__port=8099)
