"""Asks for targets with one client through vcrpy, and prints what it got as JSON: client, mode, cassette, URL, targets."""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.error
import urllib.request
from typing import Any

import vcr


def by_requests(url: str) -> tuple[int, bytes]:
    import requests  # noqa: PLC0415  one client a run, as vcrpy finds it

    answer = requests.get(url, timeout=10)
    return answer.status_code, answer.content


def by_httpx(url: str) -> tuple[int, bytes]:
    import httpx  # noqa: PLC0415  as above

    answer = httpx.get(url, timeout=10)
    return answer.status_code, answer.content


def by_aiohttp(url: str) -> tuple[int, bytes]:
    import aiohttp  # noqa: PLC0415  as above
    from yarl import URL  # noqa: PLC0415  as above

    async def get() -> tuple[int, bytes]:
        async with aiohttp.ClientSession() as session, session.get(URL(url, encoded=True)) as answer:
            return answer.status, await answer.read()

    return asyncio.run(get())


def by_urllib(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  a URL of ours
        return answer.status, answer.read()


CLIENTS: dict[str, Any] = {"requests": by_requests, "httpx": by_httpx, "aiohttp": by_aiohttp, "urllib": by_urllib}

if __name__ == "__main__":
    name, mode, cassette, base, *targets = sys.argv[1:]
    with vcr.use_cassette(cassette, record_mode=mode) as tape:
        got = [CLIENTS[name](base + target) for target in targets]
        if mode == "new_episodes":
            tape.dirty = True
    print(json.dumps([[status, body.hex()] for status, body in got]))  # noqa: T201  that is what it is for
