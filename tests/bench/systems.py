"""The systems that are measured on the wire, and what is compared with what: one entry a row."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.model import Request
from tests.bench import traffic
from tests.harness.ports import free_port

SERVERS = Path(__file__).parent / "servers"


@dataclass(slots=True)
class Ground:
    """Where the systems of a run stand."""

    folder: Path
    upstream: str = ""
    """The origin of the bare server that the proxies send to."""
    _cassettes: dict[int, Path] = field(default_factory=dict)

    def body(self) -> Path:
        """Return the file that holds the answer."""
        path = self.folder / "answer.json"
        path.write_bytes(traffic.BODY)
        return path

    def cassette(self, count: int) -> Path:
        """Return a cassette of `count` interactions, made when it is first asked for."""
        if count not in self._cassettes:
            self._cassettes[count] = traffic.cassette(self.folder / f"{count}.yaml", count)
        return self._cassettes[count]

    def environment(self) -> dict[str, str]:
        """Return the environment without whatever of ours is set in it."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        return {**environ, "GATEWAY_REDACTION_KEY": traffic.KEY.hex()}


@dataclass(frozen=True, slots=True)
class System:
    """A server under test."""

    title: str
    command: Callable[[Ground], list[str]]
    requests: Callable[[], Sequence[Request]] = lambda: traffic.requests(7)
    """What it is asked, in turn."""
    warm_up: int = 1
    """Seconds before it is measured."""
    connections: int = 32
    """How many ask at once: as many for each process that answers."""
    watched: bool = False
    """Whether somebody looks at its exchanges while it is measured: a stream of its control listener is open."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How long a request takes with one system, in times of another one."""

    title: str
    of: System
    to: System
    at_most: float | None = None
    cpu_at_most: float | None = None
    """The same of the processor time a request."""


def bare(ground: Ground) -> list[str]:
    return [sys.executable, str(SERVERS / "bare.py"), str(ground.body())]


def plain_proxy(ground: Ground) -> list[str]:
    return [sys.executable, str(SERVERS / "plain_proxy.py"), ground.upstream]


NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/nginx;
  proxy_temp_path {folder}/nginx;
  upstream bench {{ server {upstream}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    keepalive_requests 1000000000;
    location / {{ proxy_pass http://bench; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


def nginx(ground: Ground) -> list[str]:
    """Return what starts nginx as a proxy, with connections to its upstream that stay open; it says where it listens before it does."""
    port = free_port()
    config = ground.folder / "nginx.conf"
    upstream = ground.upstream.removeprefix("http://")
    config.write_text(NGINX.format(folder=ground.folder, upstream=upstream, port=port), "utf-8")
    start = f"echo http://127.0.0.1:{port}; exec nginx -p {ground.folder} -c {config} -g 'master_process off;'"
    return ["/bin/sh", "-c", start]


def gateway(mode: str, interactions: int = 0, **more: object) -> Callable[[Ground], list[str]]:
    """Return what starts a gateway as a user does, with a configuration of its own; `more` are keys of it."""

    def command(ground: Ground) -> list[str]:
        config = ground.folder / f"{'-'.join([mode, str(interactions), *more])}.yaml"
        cassette = ground.cassette(interactions) if interactions else config.with_suffix(".recorded.yaml")
        settings = {"upstream": "bench", "upstreams": {"bench": {"origin": ground.upstream}}, **more}
        config.write_text(json.dumps(settings), "utf-8")  # JSON is YAML
        return [*_gateway(), "run", "--config", str(config), "--mode", mode, "--cassette", str(cassette), "--port", "0"]

    return command


def _gateway() -> list[str]:
    """Return the command `gateway` of this interpreter's environment."""
    installed = shutil.which("gateway", path=str(Path(sys.executable).parent))
    return [installed] if installed else [sys.executable, "-c", "from gateway.cli import main; main()"]


def spread() -> list[Request]:
    """Return every request of the large cassette, none near the one that was recorded before it."""
    asked = traffic.requests(10_000)
    return [asked[number * 3_331 % len(asked)] for number in range(len(asked))]


BARE = System("bare aiohttp server", bare)
PLAIN_PROXY = System("plain aiohttp proxy", plain_proxy)
NGINX_PROXY = System("nginx, proxy_pass", nginx)
PASSTHROUGH = System("gateway, passthrough", gateway("passthrough"))
RECORD = System("gateway, record", gateway("record"))
TWO_PASSTHROUGH = System("gateway, passthrough, 2 workers", gateway("passthrough", workers=2), connections=64)
TWO_RECORD = System("gateway, record, 2 workers", gateway("record", workers=2), connections=64)
UNSEEN = {"enabled": False}
PASSTHROUGH_UNSEEN = System("gateway, passthrough, without a control listener", gateway("passthrough", control=UNSEEN))
PASSTHROUGH_WATCHED = System(
    "gateway, passthrough, with a stream open", gateway("passthrough", reload="signal"), watched=True
)
REPLAY_UNSEEN = System("gateway, replay, without a control listener", gateway("replay", 7, control=UNSEEN))
REPLAY_WATCHED = System("gateway, replay, with a stream open", gateway("replay", 7, reload="signal"), watched=True)
REPLAY_HISTORY = System("gateway, replay, with a history", gateway("replay", 7, history={"file": "replay.db"}))
HISTORY = System("gateway, passthrough, with a history", gateway("passthrough", history={}))
METRICS = System("gateway, passthrough, with metrics", gateway("passthrough", metrics=True))
REPLAY = System("gateway, replay, 7 interactions", gateway("replay", 7))
REPLAY_LARGE = System("gateway, replay, 10,000 interactions", gateway("replay", 10_000))
REPLAY_MANY = System("gateway, replay, 10,000 different requests", gateway("replay", 10_000), spread, warm_up=3)

SYSTEMS = (
    BARE,
    PLAIN_PROXY,
    *([NGINX_PROXY] if shutil.which("nginx") else []),
    PASSTHROUGH,
    PASSTHROUGH_UNSEEN,
    PASSTHROUGH_WATCHED,
    RECORD,
    TWO_PASSTHROUGH,
    TWO_RECORD,
    HISTORY,
    METRICS,
    REPLAY,
    REPLAY_UNSEEN,
    REPLAY_WATCHED,
    REPLAY_HISTORY,
    REPLAY_LARGE,
    REPLAY_MANY,
)
"""In the order in which each round measures them."""

COMPARISONS = (
    Comparison("passthrough : plain proxy", PASSTHROUGH, PLAIN_PROXY),
    *([Comparison("passthrough : nginx", PASSTHROUGH, NGINX_PROXY)] if shutil.which("nginx") else []),
    Comparison("record : plain proxy", RECORD, PLAIN_PROXY),
    Comparison("record : passthrough", RECORD, PASSTHROUGH),
    Comparison("passthrough, 2 workers : 1 process", TWO_PASSTHROUGH, PASSTHROUGH, cpu_at_most=1.1),
    Comparison("record, 2 workers : 1 process", TWO_RECORD, RECORD, cpu_at_most=1.1),
    Comparison("passthrough with a history : record", HISTORY, RECORD, at_most=1.0),
    Comparison("replay with a history : record", REPLAY_HISTORY, RECORD, at_most=1.0),
    Comparison(
        "passthrough, control listener and a stream open : without",
        PASSTHROUGH_WATCHED,
        PASSTHROUGH_UNSEEN,
        at_most=1.1,
    ),
    Comparison("replay, control listener and a stream open : without", REPLAY_WATCHED, REPLAY_UNSEEN, at_most=1.1),
    Comparison("passthrough with metrics : passthrough", METRICS, PASSTHROUGH, at_most=1.1),
    Comparison("replay : bare server", REPLAY, BARE),
    Comparison("replay: 10,000 interactions : 7, the same requests", REPLAY_LARGE, REPLAY, at_most=1.2),
    Comparison("replay: 10,000 different requests : 7, most judged for the first time", REPLAY_MANY, REPLAY),
)
