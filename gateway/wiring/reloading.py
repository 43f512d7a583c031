"""A new configuration takes the place of the old one while the gateway runs, whole or not at all.

Facts
-----
* It is read, and everything is put together, in a thread: a cassette of 100,000 interactions takes half a minute, and meanwhile the
  old gateway answers. The change itself is one step of the loop.
* What is in flight finishes under the configuration that it began under; then that gateway writes out and closes what is its own.
* A listening socket stays as it is. A certificate that was renewed holds for the next connection.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from gateway.config import Config
from gateway.core.mistake import Mistake
from gateway.core.tracebacks import place_of
from gateway.exchanges.logger import Logger, Out
from gateway.system.lines import Lines
from gateway.wire.server import GRACE_SECONDS
from gateway.wiring.assembly import Gateway, assemble
from gateway.wiring.lasting import Lasting
from gateway.wiring.serving import Serving, limits_of, observing, production_reached, tell_kept, tls_of
from gateway.wiring.taking_over import learn, plays_on, take_over

RESTART = ("listen.host", "listen.port", "listen.tls", "log.file")
"""Keys that hold from start to end. Of `listen.tls` and `log.file` that is whether there is one: another one is applied."""
APPLIED = "configuration applied"
REFUSED = "configuration not applied"


class Reloading(Struct):
    """Puts a new configuration into force."""

    running: Serving
    read: Callable[[], Config]
    """Reads the configuration as the start did: the same file, environment and command line."""
    environ: Mapping[str, str]
    out: Out
    lasting: Lasting
    heard: Callable[[Serving], None] = lambda _: None
    """Is told what runs from now on, with its configuration and its logger."""
    left: Callable[[], None] = lambda: None
    """Is called, in a thread, when a gateway that has left is closed."""
    cassette: Path | None = None
    """The cassette that goes before the one that is configured."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by whoever wants the configuration to be read anew; what is asked for during a reload is done once more after it."""
    _retiring: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Reload each time that it is asked for, until cancelled."""
        while True:
            await self.asked.wait()
            self.asked.clear()
            await self.reload()

    async def reload(self) -> None:
        """Apply what the file says now; say what is wrong with it, and go on as before."""
        old = self.running.gateway
        try:
            wanted = await asyncio.to_thread(self.read)
            config, restart = kept(old.config, wanted, recorded_anew=self.cassette is not None)
            made = await asyncio.to_thread(self._made, config, old)
        except Mistake as mistake:
            self._refuse(str(mistake).splitlines())
        except OSError as error:
            self._refuse([f"{error.filename or 'the system'}: {error.strerror or error}"])
        except Exception as error:  # noqa: BLE001  # the gateway that runs goes on, whatever this is
            self._refuse([f"a defect of the gateway's own: {type(error).__name__} at {place_of(error)}"])
        else:
            await self._apply(old, made, restart)

    def _refuse(self, problems: list[str]) -> None:
        self.running.logger.events.error(REFUSED, problems=problems, hint="the configuration before it stays in force")

    def _made(self, config: Config, old: Gateway) -> _Made:
        tls = tls_of(config)
        logger, observe = observing(config, self.environ, self.out, self.running.measuring)
        gateway = assemble(config, self.environ, observe, cassette=self.cassette, lasting=self.lasting, before=old)
        return _Made(gateway, logger, tls, plays_on(old, gateway))

    async def _apply(self, old: Gateway, made: _Made, restart: list[str]) -> None:
        running, now = self.running, made.gateway
        known = await learn(old, now, 0)
        log = now.config.log.file
        if isinstance(self.out, Lines) and log is not None and log != old.config.log.file:
            self.out.reopen(log)
        # from here on there is one step of the loop
        take_over(old, now, plays_on=made.plays_on)
        running.server.hand_over(now.exchanges, limits_of(now.config), made.tls)
        running.gateway, running.logger = now, made.logger
        running.leaving.append(old)
        self.heard(running)
        if now.config.redaction.keep != old.config.redaction.keep:
            tell_kept(now.config, made.logger)
        changed = differing(old.config, now.config)
        about = {"needs_restart": restart} if restart else {}
        made.logger.events.info(APPLIED, changed=changed or "nothing", **about)
        if (why := production_reached(now.config)) and not production_reached(old.config):
            made.logger.events.warning("production can be reached", why=why, hint="a logout ends somebody's session")
        task = asyncio.get_running_loop().create_task(self._retire(old, now, known))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _retire(self, old: Gateway, now: Gateway, known: int) -> None:
        """Let a gateway finish what it began, and close it."""
        await self.running.server.left(old.exchanges)
        await learn(old, now, known)
        await old.close(GRACE_SECONDS)
        self.running.leaving.remove(old)
        self.running.gone_connections += old.upstream_connections
        del old
        await asyncio.to_thread(self.left)


class _Made(Struct, frozen=True):
    """What a new configuration has become."""

    gateway: Gateway
    logger: Logger
    tls: ssl.SSLContext | None
    plays_on: bool


def kept(old: Config, wanted: Config, *, recorded_anew: bool = False) -> tuple[Config, list[str]]:
    """Return what can be applied of a configuration, and the keys for which the gateway has to be started again."""
    update: dict[str, object] = {}
    restart: list[str] = []
    for key in RESTART:
        section, name = key.split(".")
        before, after = getattr(getattr(old, section), name), getattr(getattr(wanted, section), name)
        if before == after or (key == "listen.tls" and before and after) or (key == "log.file" and before and after):
            continue
        restart.append(key)
        update[section] = (update.get(section) or getattr(wanted, section)).model_copy(update={name: before})  # type: ignore[union-attr]  # a section
    if recorded_anew and old.cassette_path() != wanted.cassette_path():
        restart.append("cassettes.name")
        update["cassettes"] = wanted.cassettes.model_copy(update={"dir": old.cassettes.dir, "name": old.cassettes.name})
    return wanted.model_copy(update=update), restart


def differing(old: Config, new: Config) -> list[str]:
    """Return the keys whose values differ, as `cassettes.name`; a list is one value."""
    before, after = (dict(_leaves(config.model_dump(mode="python"), ())) for config in (old, new))
    return [".".join(at) for at in dict.fromkeys([*before, *after]) if before.get(at) != after.get(at)]


def _leaves(value: object, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _leaves(entry, (*at, str(key)))
    else:
        yield at, value
