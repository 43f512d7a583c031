"""The PAC file of a lab, asked as a browser asks it."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from gateway.lab.pac import pac

FILE = pac("192.168.0.2:3128", ["api.auth.adobe.com", "gateway.lab"])
ASKED = {
    "api.auth.adobe.com": "PROXY 192.168.0.2:3128",
    "API.auth.adobe.com.": "PROXY 192.168.0.2:3128",
    "gateway.lab": "PROXY 192.168.0.2:3128",
    "sp.auth.adobe.com": "DIRECT",
    "api.auth.adobe.com.evil.example": "DIRECT",
    "constructor": "DIRECT",
}


def test_a_pac_file_names_the_proxy_for_each_host_and_nothing_for_others() -> None:
    assert 'if (host == "api.auth.adobe.com") return "PROXY 192.168.0.2:3128";' in FILE
    assert pac("[fd00::2]:3128", ["a.example"]).count("PROXY [fd00::2]:3128") == 1
    assert pac("192.168.0.2:3128", []).count("PROXY") == 0
    assert FILE.count('"DIRECT"') == 1


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_a_client_that_asks_it_is_told_so() -> None:
    asked = "".join(f"console.log(FindProxyForURL('https://x/', {host!r}));" for host in ASKED)
    said = subprocess.run(["node", "-e", FILE + asked], capture_output=True, text=True, check=True, timeout=30)
    assert said.stdout.splitlines() == list(ASKED.values())
