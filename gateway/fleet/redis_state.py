"""The state that several gateways share. Redis decides where they must agree. Everything else is a local copy that is kept up to date.

Facts
-----
* The copy is in this process's memory. Each step that is awaited asks Redis first. If Redis does not answer, the copy
  decides (`Outage.decided_here`).
* A place in a sequence is a count that only grows. The count that a gateway has seen itself is the lower limit. So a late answer
  does no harm: the next step continues after it.
* A slice changes in the copy at once. Redis accepts or rejects it afterwards. The next exchange in this process builds on the changed
  slice. If Redis rejects a slice, the copy takes Redis's slice. Exchanges that built on the rejected slice are then rejected, too, and
  judged again.
* `base` is the last nonce that was seen in Redis. So an answer about a slice that the copy has already taken changes nothing.
* Names, marks, codes and tokens are sent to the other gateways (`notes`). If a device gets two names at the same moment, all gateways use
  the name in the first note.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import blake2b
from typing import Any, TypeAlias

from gateway.core.bounded import Bounded
from gateway.core.state import NAMES, SLICES, Changes, Counted, MemoryState, OnExhausted
from gateway.fleet.address import CONNECTING
from gateway.fleet.link import Link
from gateway.fleet.names import KEPT, SAID_KEPT, SLICES_KEPT, KeyNames
from gateway.fleet.outage import OutageError
from gateway.fleet.scripts import ADVANCE, AGREE, BIND, COUNT, ONCE, REWIND, TAKE
from gateway.fleet.sealing import NONCE, NotSealedError
from gateway.fleet.slices import decoded, encoded

Note: TypeAlias = tuple[str, ...]
"""A kind (`name`, `mark`, `gave`, `saw` or `bound`), and the values of that kind."""

AT_ONCE = 200
"""Largest number of slices that a page fetches with one command."""


class FleetState(MemoryState):
    """One gateway's view of the fleet's state."""

    alone = False

    def __init__(self, link: Link, names: KeyNames, note: Callable[[Note], None]) -> None:
        """`note` sends a note to the other gateways."""
        super().__init__()
        self._link = link
        self._names_of = names
        self._note = note
        self.epoch = 0
        """How often all sequences were rewound."""
        self.scope = ""
        """Identifies the cassette and how it is played. Each scope has its own places in sequences."""
        self._versions: Bounded[str, tuple[bytes, bytes]] = Bounded("versions of slices", SLICES)
        """For each slice: the nonce in the copy, and its base."""
        self._digests: dict[int, tuple[Collection[str], str]] = {}
        """For each list of choices, by its `id`: the list, and its digest."""
        self._settled: Bounded[str, bool] = Bounded("names that all have", NAMES)
        """Devices whose name the other gateways know."""

    # --- steps that Redis decides

    async def advance(self, cursor: str, length: int, on_exhausted: OnExhausted) -> int | None:
        """Count one more, for all gateways."""
        if length == 1 and on_exhausted != "error":
            return 0
        count: int = self._cursors.get(cursor, 0)
        try:
            count = await self._counted(ADVANCE, "cursor", cursor, count)
        except OutageError as error:
            self._link.outage.decided_here(error)
        self._cursors.put(cursor, count + 1)
        return turn_of(count, length, on_exhausted)

    async def bind(self, device: str, choices: Collection[str]) -> str:
        """Return the recorded device whose answers a device gets. Its first call at any gateway binds it."""
        known = self.plays(device)
        if known:
            return known
        names = self._names_of
        scope = self.scope
        digest = self._digest_of(choices)
        keys = [names.of("bound", f"{scope} {device}"), names.of("shares", scope), names.of("choices", scope + digest)]
        try:
            bound = await self._link.ask(BIND, keys, [KEPT])
            if bound is None:
                bound = await self._link.ask(BIND, keys, [KEPT, *choices])
        except OutageError as error:
            self._link.outage.decided_here(error)
            return await super().bind(device, choices)
        self._bind(device, bound.decode())
        self._note(("bound", device, bound.decode()))
        return self.plays(device)

    async def count(self, counter: str, now: float) -> Counted:
        """Count one more, for all gateways. Redis measures the time, and the result is in the caller's time."""
        known: Counted = self._counts.get(counter, Counted(0, now))
        try:
            number, ago = await self._counted_at(counter, known.number)
        except OutageError as error:
            self._link.outage.decided_here(error)
            return await super().count(counter, now)
        counted = Counted(number, now - ago)
        self._counts.put(counter, counted)
        return counted

    async def take(self, bucket: str, now: float, *, rate: float, capacity: float) -> bool:
        """Take a token out of the bucket that all gateways share."""
        keys = [self._names_of.of_life("epoch"), self._names_of.of("bucket", bucket)]
        try:
            epoch, taken = await self._link.ask(TAKE, keys, [KEPT, rate, capacity])
        except OutageError as error:
            self._link.outage.decided_here(error)
            return await super().take(bucket, now, rate=rate, capacity=capacity)
        self.enter(int(epoch))
        return bool(taken)

    async def agree(self, changes: Changes) -> bool:
        """Store slices in the copy at once, and return whether Redis accepts them."""
        if self._link.outage.is_on:
            self.keep(changes)
            self._link.outage.went_on()
            return True
        names, sealing = self._names_of, self._names_of.sealing
        keys: list[str] = []
        args: list[bytes | int] = [SLICES_KEPT]
        for slot, value in changes:
            key = names.of("slice", slot)
            sealed = sealing.seal(encoded(value), key)
            seen, base = self._version(slot)
            keys.append(key)
            args += (seen, sealed)
            self._versions.put(slot, (sealed[:NONCE], base))
        self.keep(changes)
        try:
            theirs = await self._link.ask(AGREE, keys, args)
        except OutageError:
            self._link.outage.went_on()
            return True
        if not theirs:
            for place, (slot, _) in enumerate(changes):
                self._versions.put(slot, (self._version(slot)[0], bytes(args[2 * place + 2])[:NONCE]))
            return True
        for (slot, _), key, sealed in zip(changes, keys, theirs, strict=True):
            self._take(slot, key, sealed)
        return False

    async def latest(self, keys: Collection[str]) -> Mapping[str, object]:
        """Return the slices in Redis. If Redis does not answer, return the copy's slices."""
        found: dict[str, object] = {}
        slots = [*keys]
        for first in range(0, len(slots), AT_ONCE):
            names = {slot: self._names_of.of("slice", slot) for slot in slots[first : first + AT_ONCE]}
            try:
                values = await self._link.do(("MGET", *names.values()), CONNECTING)
            except OutageError:
                return await super().latest(keys)
            found |= {
                slot: self._opened(slot, name, value) for (slot, name), value in zip(names.items(), values, strict=True)
            }
        return {slot: value for slot, value in found.items() if value is not None}

    def once(self, event: str, about: str, say: Callable[[], None]) -> None:
        """Call `say`, unless another gateway has already said this."""
        if not self._is_first(event, about):
            return
        answer = self._link.tell(ONCE, [self._names_of.of("said", f"{event} {about}")], [SAID_KEPT])
        if answer is None:
            say()
            return

        def heard(answered: Any) -> None:
            if answered.cancelled() or answered.exception() is not None or answered.result():
                say()

        answer.add_done_callback(heard)

    async def first(self, event: str, about: str) -> bool:
        """Return whether this is the first such call at any gateway."""
        if not self._is_first(event, about):
            return False
        try:
            return bool(await self._link.ask(ONCE, [self._names_of.of("said", f"{event} {about}")], [SAID_KEPT]))
        except OutageError as error:
            self._link.outage.decided_here(error)
            return True

    # --- what begins anew

    def rewind(self) -> None:
        """Begin the next epoch at all gateways."""
        super().rewind()
        self.epoch += 1
        answer = self._link.tell(REWIND, [self._names_of.of_life("epoch")], [KEPT, self.epoch - 1])
        if answer is not None:
            answer.add_done_callback(self._rewound)

    def release(self) -> None:
        """Forget the copy's places in sequences. Another cassette has its own places (`scope`)."""
        super().rewind()
        self._bound.clear()
        self._shares.clear()
        self._fewest.clear()
        self._digests.clear()

    def enter(self, epoch: int) -> None:
        """Take the fleet's epoch. If another gateway has rewound, rewind here, too."""
        if epoch > self.epoch:
            self.epoch = epoch
            super().rewind()

    def renew(self) -> None:
        """Empty the copy, since the fleet has begun a new life."""
        self.epoch = 0
        self.release()
        self._versions.clear()
        self._settled.clear()
        self._said.clear()

    # --- notes to the others, and from them

    def name(self, device: str, names: Iterable[str]) -> str:
        """Return the name of a device. Its first call names it, and the name is sent to the other gateways."""
        known = self.named(device)
        if known:
            return known
        name = super().name(device, names)
        self._note(("name", device, name))
        return name

    def mark(self, device: str, mark: str) -> str:
        """Return the mark of a device. Its first call marks it, and the mark is sent to the other gateways."""
        known: str = self._marks.get(device, "")
        if not known:
            self._note(("mark", device, mark))
        return super().mark(device, mark)

    def gave(self, sign: str, by: str = "") -> None:
        """Count a code or token that was given, and tell the other gateways."""
        super().gave(sign, by)
        self._note(("gave", sign, by))

    def saw(self, sign: str, device: str) -> None:
        """Remember the device of a code or token, and tell the other gateways if it is new."""
        before = self.sign(sign)
        self._see(sign, device)
        if self.sign(sign) != before:
            self._note(("saw", sign, device))

    def hear(self, note: Note, *, own: bool) -> None:
        """Apply a note, in the order of the stream. `own`: this gateway wrote it."""
        match note:
            case ("name", device, name):
                if not self._settled.get(device, default=False):
                    self._settled.put(device, value=True)
                    if self.named(device) != name:
                        self._names.put(device, name)
                        self._taken.put(name, device)
            case ("mark", device, mark):
                super().mark(device, mark)
            case ("gave", sign, by) if not own:
                super().gave(sign, by)
            case ("saw", sign, device) if not own:
                self._see(sign, device)
            case ("bound", device, recorded) if not own:
                self._bind(device, recorded)
            case _:
                pass  # our own note, or a note of another version of the gateway

    # --- parts of the methods above

    async def _counted(self, script: Any, kind: str, text: str, floor: int) -> int:
        keys = [self._names_of.of_life("epoch"), self._names_of.of(kind, f"{self.scope} {text}")]
        epoch, count = await self._link.ask(script, keys, [KEPT, self.epoch, floor])
        self.enter(int(epoch))
        return int(count)

    async def _counted_at(self, counter: str, floor: int) -> tuple[int, float]:
        keys = [self._names_of.of_life("epoch"), self._names_of.of("count", counter)]
        epoch, number, ago = await self._link.ask(COUNT, keys, [KEPT, self.epoch, floor])
        self.enter(int(epoch))
        return int(number), int(ago) / 1000

    def _digest_of(self, choices: Collection[str]) -> str:
        known = self._digests.get(id(choices))
        if known is None:
            digest = blake2b("\0".join(choices).encode(), digest_size=16).hexdigest()
            known = self._digests[id(choices)] = choices, digest  # `choices` stays alive, so its id stays its own
        return known[1]

    def _bind(self, device: str, recorded: str) -> None:
        if self._bound.get(device) is None:
            self._shares[recorded] += 1
        self._bound.put(device, recorded)

    def _rewound(self, answer: Any) -> None:
        if not answer.cancelled() and answer.exception() is None:
            self.epoch = max(self.epoch, int(answer.result()[0]))

    def _version(self, slot: str) -> tuple[bytes, bytes]:
        version: tuple[bytes, bytes] = self._versions.get(slot, (b"", b""))
        return version

    def _take(self, slot: str, key: str, sealed: bytes | None) -> None:
        """Take Redis's slice into the copy, unless the copy already builds on it."""
        nonce = sealed[:NONCE] if sealed is not None else b""
        if nonce == self._version(slot)[1] and nonce:
            return
        value = self._opened(slot, key, sealed)
        self._versions.put(slot, (nonce, nonce))
        self.keep([(slot, value)])

    def _opened(self, slot: str, key: str, sealed: bytes | None) -> object:
        """Return the slice of a value in Redis. None if there is no slice, or if it is not the fleet's."""
        if sealed is None:
            return None
        try:
            return decoded(slot, self._names_of.sealing.unseal(sealed, key))
        except (NotSealedError, ValueError):
            self._link.outage.foreign += 1
            return None


def turn_of(count: int, length: int, on_exhausted: OnExhausted) -> int | None:
    """Return the place of the next answer in a sequence. `count` is the number of answers that the device has had."""
    if count < length:
        return count
    if on_exhausted == "error":
        return None
    return count % length if on_exhausted == "cycle" else length - 1
