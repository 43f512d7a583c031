"""A plain proxy as one writes it with aiohttp in ten lines: web.Server, ClientSession, bodies whole, no log, nothing looked after."""

from __future__ import annotations

import asyncio
import sys

import aiohttp
from aiohttp import web
from yarl import URL

UPSTREAM = sys.argv[1]
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 0
DROPPED = {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Date", "Server"}


async def serve() -> None:
    async with aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def forward(request: web.BaseRequest) -> web.Response:
            headers = [(name, value) for name, value in request.headers.items() if name not in DROPPED]
            url = URL(UPSTREAM + request.raw_path, encoded=True)
            body = await request.read()
            async with session.request(
                request.method, url, headers=headers, data=body or None, allow_redirects=False
            ) as answer:
                return web.Response(
                    status=answer.status,
                    reason=answer.reason,
                    headers=[(name, value) for name, value in answer.headers.items() if name not in DROPPED],
                    body=await answer.read(),
                )

        runner = web.ServerRunner(web.Server(forward, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", PORT).start()
        sys.stdout.write(f"listening on http://127.0.0.1:{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve())
    else:
        uvloop.run(serve())
