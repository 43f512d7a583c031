"""Finds the device of each exchange, once, and gives it a name that a person recognises. The name shows nothing secret.

Facts
-----
* A device is known by its identifier. Its key is a hash of the identifier under the redaction key. So the key is the same in every run
  with the same redaction key. Without the redaction key, nobody can find the identifier.
* The name of a device is a word for its platform (`core/platforms.py`) and the first characters of its key: `roku-02c1f7`. The first
  call of a run decides the name, and later calls do not change it. If a device's first call names another platform in another run,
  the word changes, but not the characters. If another device already has the name, the later one gets more characters. A name never
  shows four characters of an identifier in a row.
* A call without an identifier belongs to the one device that used its code, or else its token, from the same address:
  - A code belongs to the device that asked for it, or that used it with an identifier.
  - A token belongs to the device that used it with its identifier. It identifies the device of calls about a code. If the gateway saw
    once that the token was issued at this address, it identifies the device of every call.
  - A client counts only if the gateway saw its registration at this address, once: many devices of a build may share credentials.
  If there is no such device, or more than one, the call belongs to the address: `address-5be0a1`. This answer cannot be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import TypeAlias
from urllib.parse import unquote_plus, unquote_to_bytes

from msgspec import Struct

from gateway.core.adobe.signs import NOTHING_GIVEN, Signs, code_of, given_in, signs_of, token_of
from gateway.core.bounded import ENTRY, Bounded
from gateway.core.device import Device
from gateway.core.memo import memo_of
from gateway.core.model import Headers, Request, Response
from gateway.core.platforms import description_of, said_in, slug_in
from gateway.core.secrets.pseudonyms import unwrapped
from gateway.core.state import SharedState, Sign

LONGEST = 4096
ADDRESS = "address"
"""The first word of the name of a device that is known by its address only."""
HEADS = 8 << 20
"""Limit of the kept heads with their devices, in bytes. A device sends the same heads again and again."""
LENGTHS = (6, 8, 12, 32)
"""Numbers of characters of the key in a name. If two devices would have the same name, the later one gets more characters."""
TRIES = 16
"""Number of attempts to find a name that shows no characters of the identifier."""
_FINGERPRINT = re.compile(r"fingerprint +(.+)", re.DOTALL)
_FORM = re.compile(r"(?:^|&)deviceId=([^&]+)")
_LONGEST_FORM = 1 << 16
_KINDS = ("named", "device", "address", "code", "token", "client")
"""The kinds of texts that are hashed. Equal texts of two kinds have different hashes."""


def device_identifier(request: Request) -> str:
    """Return the device's own identifier: the text inside AP-Device-Identifier, or v1's parameter deviceId. Empty without either.

    Both dialects of one device give the same text (adobe-pass mapping table: v2's is the Base64 of v1's). A value longer than
    `LONGEST` is not decoded. v1's may also be in a form, which is read if its body is whole.
    """
    identifier = request.headers.get("AP-Device-Identifier")
    if identifier:
        return own_identifier(identifier)
    _, found, rest = f"&{request.query}".partition("&deviceId=")
    value = rest.partition("&")[0] if found else ""
    if not value:
        return _in_form(request)
    return unquote_to_bytes(value).decode("latin-1") if len(value) <= LONGEST else value


def own_identifier(written: str) -> str:
    """Return a device's own identifier, as `device_identifier` does, from the form of either dialect that a person wrote."""
    return _unwrapped(written) if len(written) <= LONGEST else written


def _in_form(request: Request) -> str:
    body = request.body
    if not isinstance(body, bytes) or not body or len(body) > _LONGEST_FORM or request.method not in {"POST", "DELETE"}:
        return ""
    if not request.target.startswith(("/reggie/", "/api/v1/")):
        return ""
    found = _FORM.search(body.decode("latin-1"))
    return unquote_plus(found[1], "latin-1") if found else ""


def _unwrapped(identifier: str) -> str:
    wrapped = _FINGERPRINT.fullmatch(identifier)
    return unwrapped(wrapped[1]).decode("latin-1") or wrapped[1] if wrapped else identifier


_Head: TypeAlias = tuple[str, Headers, str]
"""The parts that identify a request's device: target, header fields and address. The target is empty if the fields are enough."""


class _Met(Struct, frozen=True):
    """The device of a head that was met before."""

    device: Device
    token: str
    """The sign of the token in the head's fields; empty without a token."""


class Devices:
    """Finds the device of each request, and remembers its codes and tokens."""

    def __init__(
        self,
        key: bytes,
        state: SharedState,
        configured: Callable[[Request, str], tuple[str, bool]] = lambda *_: ("", False),
    ) -> None:
        """Take the redaction's key, of any length.

        `configured` takes a request and an address. It returns the name of the device in the configuration, and whether all calls with
        this name belong to one device. The name is empty if the configuration has no name.
        """
        own = blake2b(key, digest_size=32, person=b"devices").digest()
        self._hashes = {kind: blake2b(key=own, digest_size=16, person=kind.encode()) for kind in _KINDS}
        """Keyed hashes to copy: making one takes longer than hashing an identifier."""
        self._state = state
        self._configured = configured
        self._heads: Bounded[_Head, _Met] = Bounded(
            "heads of devices", HEADS, longest=1 << 14, size=_size_of_head, regulars=True
        )

    def of(self, request: Request, address: str) -> Device:
        """Return the device that sent a request from `address`. This is the device's own address, as far as the peers are trusted."""
        memo = memo_of(request) if not request.headers.is_new else None
        if memo is not None:
            met: tuple[Device, str] | None = memo.get(self)
            if met is not None and met[1] == address and self._state.named(met[0].key) == met[0].name:
                return met[0]
        written = request.headers.get("AP-Device-Identifier")
        in_fields = bool(written) and "device_info=" not in request.target
        head = "" if in_fields else request.target, request.headers, address
        known: _Met | None = self._heads.get(head) if not (in_fields and request.headers.is_new) else None
        if known is not None and self._state.named(known.device.key) == known.device.name:
            device = known.device
            if in_fields:
                self._use(code_of(request), known.token, device)
            if memo is not None:
                memo[self] = device, address
            return device
        identifier = own_identifier(written) if written else device_identifier(request)
        return self._met_now(request, address, head, identifier)

    def _met_now(self, request: Request, address: str, head: _Head, identifier: str) -> Device:
        """Find the device of a head that is not in memory."""
        says = said_in(request)
        said = description_of(*says)
        configured, is_one = self._configured(request, address)
        if is_one:
            key = self._hash("named", configured)
            device = Device(self._state.name(key, [configured]), key, identifier, address, said)
            if identifier:
                self._use(code_of(request), self._token_of(request, address), device)
            return device
        if identifier:
            key = self._hash("device", identifier)
            name = self._state.name(key, _names(key, identifier, configured, says))
            device = Device(name, key, identifier, address, said)
            token = self._token_of(request, address)
            self._use(code_of(request), token, device)
            if head[0]:
                if not _in_form(request):
                    self._heads.put(head, _Met(device, token))
            elif not request.headers.is_new:
                self._heads.put(head, _Met(device, token), again=request.headers.is_new is False)
            return device
        key = self._user(request, address)
        name = self._state.named(key) if key else ""
        if not name:
            key = self._hash("address", address)
            name = self._state.name(key, _names(key, address, configured))
        return Device(name, key, "", address, said)

    def answered(self, request: Request, response: Response) -> Signs:
        """Remember the code, the token and the client that an answer issues, and return them. `NOTHING_GIVEN`: it issues nothing.

        A code belongs to the device that asked for it, a token and a client to their first user.
        """
        given = given_in(request, response)
        if given is NOTHING_GIVEN:
            return given
        code, token, client = given
        device = request.device
        if code and device.identifier:
            self._state.saw(self._sign("code", code, device.address), device.key)
        if client:
            self._state.gave(self._sign("client", client, device.address))
        if token:
            named = signs_of(request).client
            by = self._sign("client", named, device.address) if named else ""
            sign = self._sign("token", token, device.address)
            self._state.gave(sign, by)
            if by and (owner := _only(self._state.sign(by))):
                self._state.saw(sign, owner)
        return given

    def _use(self, code: str, token: str, device: Device) -> None:
        """Remember the code and the token that a device uses. `token` is the token's sign."""
        if code:
            self._state.saw(self._sign("code", code, device.address), device.key)
        if token:
            self._state.saw(token, device.key)

    def _token_of(self, request: Request, address: str) -> str:
        """Return the sign of a request's token; empty without a token."""
        token = token_of(request)
        return self._sign("token", token, address) if token else ""

    def _user(self, request: Request, address: str) -> str:
        """Return the key of the one device that uses the code or the token of a request. Empty without such a device, or with several."""
        code, token, client = signs_of(request)
        if code and (device := self._state.sign(self._sign("code", code, address)).device):
            return device
        if token:
            sign = self._state.sign(self._sign("token", token, address))
            if device := sign.device if code else _only(sign):
                return device
        return _only(self._state.sign(self._sign("client", client, address))) if client else ""

    def _sign(self, kind: str, value: str, address: str) -> str:
        return self._hash(kind, f"{address} {value}")

    def _hash(self, kind: str, value: str) -> str:
        hashed = self._hashes[kind].copy()
        hashed.update(value.encode("latin-1", "replace"))
        return hashed.hexdigest()


def _size_of_head(head: _Head, known: _Met) -> int:
    target, headers, address = head
    fields = headers.size + 3 * ENTRY * len(headers.raw)
    said = len(known.device.identifier) + len(known.device.description)
    return 600 + 2 * len(target) + len(address) + fields + said + len(known.token)


def _only(sign: Sign) -> str:
    """Return the device of a code or token that the gateway's upstream gave to one device."""
    return sign.device if sign.given == 1 else ""


def _names(key: str, secret: str, configured: str, says: tuple[str, str] | None = None) -> Iterator[str]:
    """Yield names for a device, from short to long. The first name is mostly free; then the others are not made.

    `secret`: its identifier, or its address. No name shows four characters in a row of it. `configured`: its name in the configuration.
    Empty if it has no name there. `says`: its description of itself (`said_in`); None for a device that is known by its address.
    """
    if configured:
        yield configured
    secret = secret.lower()
    slug = slug_in(*says) if says is not None else ADDRESS
    for length in LENGTHS:
        for tried in range(TRIES):
            digits = blake2b(key.encode(), digest_size=16, salt=bytes([tried])).hexdigest() if tried else key
            name = f"{slug}-{digits[:length]}"
            if not _shows(name, max(0, len(slug) - 2), secret):
                break
        yield f"{configured}-{digits[:length]}" if configured else name


def _shows(name: str, start: int, secret: str) -> bool:
    """Return whether four characters of a name, from `start` on, are four of a secret."""
    for at in range(start, len(name) - 3):  # noqa: SIM110  # a generator takes longer than the search
        if name[at : at + 4] in secret:
            return True
    return False
