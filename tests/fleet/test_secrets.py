"""No unredacted byte reaches Redis: all that it was told (MONITOR), and all that it holds, is searched for planted secrets."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.fleet.farm import KEY, NEEDS_REDIS, REDACTION_KEY, WORKERS, farm, until
from tests.harness.sockets import Origin, Wire

pytestmark = [
    pytest.mark.long,
    NEEDS_REDIS,
    pytest.mark.skipif(shutil.which("redis-cli") is None, reason="redis-cli is not installed"),
]

DEVICE = "planted-device-identifier-7f3a2c"
V1_DEVICE = "planted-v1-device-51d2"
APP_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwbGFudGVkLXN1YmplY3QifQ.planted-signature-of-app"
OWN_TOKEN = "planted-access-token-of-the-gateway"
CLIENT, SECRET = "planted-client-id-1", "planted-client-secret-1"
USER = "planted.person@example.com"
STATEMENT = "planted-software-statement.x.y"
SECRETS = (DEVICE, V1_DEVICE, APP_TOKEN, OWN_TOKEN, CLIENT, SECRET, USER, STATEMENT, KEY, REDACTION_KEY)


def spellings(secret: str) -> Iterator[bytes]:
    """Yield a secret as it might stand somewhere."""
    yield secret.encode()
    yield quote(secret, safe="").encode()
    yield secret.encode().hex().encode()
    for shift in range(3):  # Base64 of a text in which it stands somewhere
        yield base64.b64encode(b"x" * shift + secret.encode())[2 * shift : -4].rstrip(b"=")[:-2]


def answer(document: object) -> bytes:
    body = json.dumps(document).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def held(client: Any) -> bytes:
    """Return all that a Redis holds."""
    read = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"stream": client.xrange,
    }
    return b"\n".join(key + b" " + repr(read[client.type(key)](key)).encode() for key in client.scan_iter(count=1000))


async def test_redis_is_told_no_secret_and_one_gateway_asks_for_the_token(tmp_path: Path) -> None:
    given = {
        "/o/client/register": {"client_id": CLIENT, "client_secret": SECRET},
        "/o/client/token": {"access_token": OWN_TOKEN, "expires_in": 21600},
    }

    async def script(wire: Wire) -> None:
        while True:
            target = (await origin.read(wire)).target.decode()
            if target.startswith("/o/client"):
                await asyncio.sleep(0.3)  # long enough for the others to ask as well
            profiles = {"profiles": {"Dish": {"attributes": {"userID": {"value": USER}, "email": USER}}}}
            wire.send(answer(given.get(target, profiles)))

    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(Origin(script=script))
        lab = stack.enter_context(farm(tmp_path))
        told = stack.enter_context((tmp_path / "monitor").open("wb"))
        watching = subprocess.Popen(["redis-cli", "-p", str(lab.redis.port), "monitor"], stdout=told)  # noqa: ASYNC220, S603, S607
        stack.callback(watching.wait)
        stack.callback(watching.kill)
        started = asyncio.to_thread(
            lab.gateways,
            3,
            mode="record",
            upstream="lab",
            upstreams={"lab": {"origin": f"http://127.0.0.1:{origin.port}"}},
            rules=[{"v1_logout": {"redirect_url": "https://example.com"}}],
            cassettes={"record": "all"},
            environ={"GATEWAY_SOFTWARE_STATEMENT": STATEMENT},
            workers=WORKERS,
        )
        members = await started
        identifier = base64.b64encode(DEVICE.encode()).decode()
        fields = "\r\n".join(
            (
                f"Authorization: Bearer {APP_TOKEN}",
                f"AP-Device-Identifier: fingerprint {identifier}",
                f"Cookie: s={APP_TOKEN}",
            )
        )
        messages = [
            f"DELETE /api/v1/logout?requestor=REF30&deviceId={V1_DEVICE} HTTP/1.1\r\nHost: gateway\r\n\r\n",
            f"GET /api/v2/REF30/profiles?note={APP_TOKEN} HTTP/1.1\r\nHost: gateway\r\n{fields}\r\n\r\n",
        ]
        wires = [Wire(*await asyncio.open_connection("127.0.0.1", member.port)) for member in members]
        for message in messages * 3:
            answers = await asyncio.gather(*(wire.send(message.encode()).message() for wire in wires))
            assert {reply.status for reply in answers} <= {200, 204}
        for wire in wires:
            wire.abort()
        asked = [message.target for message in origin.seen]
        assert asked.count(b"/o/client/register") == 1
        assert asked.count(b"/o/client/token") == 1

        await asyncio.to_thread(
            members[0].api, "POST", "/api/faults", {"status": 503, "when": {"device": DEVICE, "nth": "9.."}}
        )
        for member in members:
            await asyncio.to_thread(
                until, lambda member=member: member.api("GET", "/api/exchanges?limit=1")["newest"] >= 18
            )
        everything = await asyncio.to_thread(held, lab.redis.client)
        heard = (tmp_path / "monitor").read_bytes()
        assert b"XADD" in heard
        assert b'"EVALSHA"' in heard
        assert b":client:" in everything
        for text in (everything, heard, *(member.log.encode() for member in members)):
            for secret in SECRETS:
                assert [spelt for spelt in spellings(secret) if spelt in text] == [], secret
        client = lab.redis.client  # a heartbeat later
        await asyncio.to_thread(until, lambda: all(client.ttl(key) != -1 for key in client.scan_iter()))
