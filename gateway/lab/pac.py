"""The proxy auto-configuration (PAC) file of a lab: it tells a device or browser which hosts to ask through the gateway's proxy.

Facts (developer.mozilla.org, "Proxy Auto-Configuration (PAC) file")
-----
* A client calls `FindProxyForURL(url, host)` for each URL. The answer `PROXY HOST:PORT` is used for http and https.
* Some clients know only the JavaScript of 1999, so the file uses nothing newer.
* No `DIRECT` follows `PROXY`. So a call fails while the gateway is down, and does not reach Adobe unseen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

PATH = "/proxy.pac"
MEDIA_TYPE = "application/x-ns-proxy-autoconfig"


def pac(proxy: str, hosts: Iterable[str]) -> str:
    """Return a PAC file that sends `hosts` to a proxy, and all other hosts directly (`DIRECT`).

    `proxy` is `HOST:PORT`, an IPv6 address in brackets. `hosts` are names in lower case.
    """
    listed = "".join(f"  if (host == {json.dumps(host)}) return {json.dumps(f'PROXY {proxy}')};\n" for host in hosts)
    return (
        "function FindProxyForURL(url, host) {\n"
        '  host = host.toLowerCase().replace(/\\.$/, "");\n'
        f"{listed}"
        '  return "DIRECT";\n'
        "}\n"
    )
