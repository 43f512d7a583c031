"""Sockets that systemd hands over, as descriptors from 3 on: in a process of its own, since ours has others there."""

from __future__ import annotations

import os
import subprocess
import sys

from gateway.system.activation import activated

PROGRAM = """
import os, socket, sys
main, other, sleeping, datagrams = [socket.socket() for _ in range(3)] + [socket.socket(type=socket.SOCK_DGRAM)]
for each in (main, other):
    each.bind(("127.0.0.1", 0)); each.listen()
names = {each.getsockname()[1]: name for each, name in ((main, "main"), (other, "other"))}
kept = [os.dup(each.fileno()) for each in (main, other, sleeping, datagrams)]
for at, each in enumerate(kept): os.dup2(each, 50 + at)
os.closerange(3, 50)
for at in range(4): os.dup2(50 + at, 3 + at)
from gateway.system import activation
environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "6", "LISTEN_FDNAMES": "pass-gateway.socket:tv:x:y"}
found = activation.activated(environ, ["listen", "tv"], "listen")
print({name: [names[each.getsockname()[1]] for each in sockets] for name, sockets in found.items()})
"""


def test_listening_sockets_are_taken_by_their_names_and_nothing_else_is() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "{'listen': ['main'], 'tv': ['other']}"


def test_what_is_meant_for_another_process_is_left_alone() -> None:
    assert activated({"LISTEN_PID": str(os.getppid()), "LISTEN_FDS": "1"}, ["listen"], "listen") == {}
    assert activated({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "many"}, ["listen"], "listen") == {}
    assert activated({}, ["listen"], "listen") == {}
