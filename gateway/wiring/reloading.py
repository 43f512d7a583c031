"""Applies a new configuration while the gateway runs: the whole configuration, or nothing.

Facts
-----
* A thread reads the configuration and makes the new gateway. A cassette of 100,000 interactions takes half a minute, and meanwhile
  the old gateway answers. The change itself is one step of the event loop.
* Exchanges in flight finish under the old configuration. Then the old gateway writes out and closes its own parts.
* A listening socket stays as it is. The next connection gets a renewed certificate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.config import Config
from gateway.config.plain_values import plain
from gateway.core.mistake import Mistake
from gateway.core.tracebacks import place_of
from gateway.core.wording import many
from gateway.exchanges.logger import Out
from gateway.system.lines import Lines
from gateway.wiring.proxying import proxy_terms_of
from gateway.wiring.resolving import leading
from gateway.wiring.serving import Serving, limits_of, observing, production_reached, tell_kept, tell_old_tls
from gateway.wiring.tls import terms_of

RESTART = (
    *("listen.host", "listen.port", "listen.tls", "log.file"),
    *("lab.dns", "lab.pages", "control.enabled", "control.host", "control.port", "control.hosts", "control.token_file"),
)
"""Keys that need a restart. `listen.tls` and `log.file` need one only if they are added or removed; a changed value is applied."""
APPLIED = "configuration applied"
REFUSED = "configuration not applied"


class Reloading(Struct):
    """Applies new configurations."""

    running: Serving
    read: Callable[[], Config]
    """Reads the configuration from the same file, environment and command line as at the start."""
    environ: Mapping[str, str]
    out: Out
    heard: Callable[[Serving], None] = lambda _: None
    """Is called with the gateway that runs from now on."""
    left: Callable[[], None] = lambda: None
    """Is called, in a thread, when a replaced gateway is closed."""
    recorded_anew: bool = False
    """Whether the run's cassette replaces an older one at the end (`--re-record`): the cassette cannot change until then."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """If set, the configuration is read again. If it is set during a reload, one more reload follows."""
    refused: str = ""
    """The text that health and page show if the last reload was refused. Empty if it was not refused."""

    def __post_init__(self) -> None:
        self.running.health.watch(lambda: self.refused)

    async def run(self) -> None:
        """Reload whenever `asked` is set, until cancelled."""
        while True:
            await self.asked.wait()
            self.asked.clear()
            await self.reload()

    async def reload(self) -> None:
        """Apply the present configuration. If it has mistakes, log them, and go on with the old configuration."""
        async with self.running.steered.reading:
            await self._reload()

    async def _reload(self) -> None:
        running = self.running
        old = running.steered.config
        try:
            wanted = await asyncio.to_thread(self.read)
            config, restart = kept(old, wanted, recorded_anew=self.recorded_anew)
            names = leading(config) if running.resolver is not None else None
            running.steered.left = self.left
            await adopt(running, config, self.environ, self.out)
        except Mistake as mistake:
            self._refuse(str(mistake).splitlines())
        except OSError as error:
            self._refuse([f"{error.filename or 'the system'}: {error.strerror or error}"])
        except Exception as error:  # noqa: BLE001  # the running gateway goes on after any error
            self._refuse([f"a defect in the gateway: {type(error).__name__} at {place_of(error)}"])
        else:
            if names is not None and running.resolver is not None:
                running.resolver.lead(names)
            self._tell(old, config, restart)

    def _refuse(self, problems: list[str]) -> None:
        self.refused = f"configuration: the new one was refused for {many(len(problems), 'problem')} (see the log), the old one is in force"
        self.running.logger.events.error(REFUSED, problems=problems, hint="the old configuration stays in force")

    def _tell(self, old: Config, config: Config, restart: list[str]) -> None:
        """Log which keys have changed, and warn of risky values that are new."""
        logger = self.running.logger
        self.refused = ""
        self.heard(self.running)
        if config.redaction.keep != old.redaction.keep:
            tell_kept(config, logger)
        if config.all_listeners != old.all_listeners:
            tell_old_tls(config, logger)
        about = {"needs_restart": restart} if restart else {}
        logger.events.info(APPLIED, changed=differing(old, config) or "nothing", **about)
        if (why := production_reached(config)) and not production_reached(old):
            logger.events.warning("production can be reached", why=why, hint="a logout ends somebody's session")


async def adopt(running: Serving, config: Config, environ: Mapping[str, str], out: Out) -> None:
    """Change to `config`, also its log and its connections. Raises the same errors as `assemble`; after an error nothing has changed."""
    old = running.steered.config
    terms = await asyncio.to_thread(terms_of, config, running.lab.refusals)
    proxying, refusals = running.proxying, running.lab.refusals
    proxy_terms = None
    if proxying is not None:
        proxy_terms = await asyncio.to_thread(proxy_terms_of, config, proxying.port, refusals)
    logger, observe = await asyncio.to_thread(observing, config, environ, out, running.measuring, running.lab)
    await running.steered.become(config, observe)
    if proxying is not None and proxy_terms is not None:
        terms.append(proxying.terms)
        proxying.follow(proxy_terms)
    running.server.adjust(limits_of(config), terms)
    running.logger, running.observing = logger, observe
    if isinstance(out, Lines) and config.log.file is not None and config.log.file != old.log.file:
        out.reopen(config.log.file)


def kept(old: Config, wanted: Config, *, recorded_anew: bool = False) -> tuple[Config, list[str]]:
    """Return the configuration that can be applied now, and the keys that need a restart."""
    update: dict[str, Any] = {}
    restart: list[str] = []
    for key in RESTART:
        section, name = key.split(".")
        before, after = getattr(getattr(old, section), name), getattr(getattr(wanted, section), name)
        if before == after or (key == "listen.tls" and before and after) or (key == "log.file" and before and after):
            continue
        restart.append(key)
        update[section] = replace(update.get(section) or getattr(wanted, section), **{name: before})
    if wanted.workers != old.workers:
        restart.append("workers")
        update["workers"] = old.workers
    if wanted.listeners != old.listeners and _places(wanted) != _places(old):
        restart.append("listeners")
        update["listeners"] = old.listeners
    if _proxy_listens(wanted) != _proxy_listens(old):
        restart.append("lab.proxy")
        update["lab"] = replace(update.get("lab") or wanted.lab, proxy=old.lab.proxy)
    if wanted.fleet != old.fleet:
        restart.append("fleet")
        update["fleet"] = old.fleet
    if recorded_anew and old.cassette_path() != wanted.cassette_path():
        restart.append("cassettes.name")
        update["cassettes"] = replace(wanted.cassettes, dir=old.cassettes.dir, name=old.cassettes.name)
    return replace(wanted, **update), restart


def _places(config: Config) -> list[tuple[str, str, int, bool]]:
    """Return the values of listeners that only a restart can change. Certificates and trusted proxies are not among them."""
    return [(name, one.host, one.port, one.tls is not None) for name, one in config.listeners.items()]


def _proxy_listens(config: Config) -> str:
    """Return the address of the lab's proxy, which only a restart can change; empty without a proxy."""
    return str(config.lab.proxy.listen) if config.lab.proxy is not None else ""


def differing(old: Config, new: Config) -> list[str]:
    """Return the keys whose values differ, such as `cassettes.name`. A list is one value."""
    before, after = (dict(_leaves(plain(config), ())) for config in (old, new))
    return [".".join(at) for at in dict.fromkeys([*before, *after]) if before.get(at) != after.get(at)]


def _leaves(value: object, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _leaves(entry, (*at, str(key)))
    else:
        yield at, value
