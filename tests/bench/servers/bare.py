"""A bare aiohttp server that gives the documented answer to everything: the upstream of the proxies, and what replay is compared with."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

BODY = Path(sys.argv[1]).read_bytes()
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 0


async def answer(_: web.BaseRequest) -> web.Response:
    return web.Response(body=BODY, content_type="application/json", charset="UTF-8")


async def serve() -> None:
    runner = web.ServerRunner(web.Server(answer, access_log=None))
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
