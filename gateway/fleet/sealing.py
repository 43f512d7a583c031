"""Redis learns nothing about devices: names of keys are pseudonyms, and sensitive values are sealed.

Facts
-----
* All keys are derived from `fleet.key_file` by HKDF (RFC 5869), one key for each purpose. Redis never gets that file.
* A sealed value is a nonce of twelve random bytes, and the value encrypted with ChaCha20-Poly1305 (RFC 8439).
* The place of a value, such as the name of its key in Redis, is authenticated with the value. If somebody copies the value to another
  place, it does not open there.
* The nonce also identifies the value. A gateway that has seen the nonce knows the value.
"""

from __future__ import annotations

from hashlib import blake2b
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
"""Bytes of a nonce."""


class NotSealedError(Exception):
    """The value was not sealed with this key for this place."""


class Sealing:
    """The keys of one fleet."""

    def __init__(self, key: bytes, fleet: str) -> None:
        self._fleet = fleet.encode()
        self._names = self._derived(key, "names of keys")
        self._fingerprints = self._derived(key, "fingerprints")
        self._aead = ChaCha20Poly1305(self._derived(key, "values"))

    def pseudonym(self, kind: str, text: str) -> str:
        """Return a pseudonym of a text, for the name of a key in Redis. Only the fleet's key makes this pseudonym."""
        data = f"{kind} {text}".encode("utf-8", "surrogatepass")
        return blake2b(data, key=self._names, digest_size=16).hexdigest()

    def fingerprint(self, of: bytes) -> str:
        """Return the fingerprint of a key. It identifies the key, and does not reveal it."""
        return blake2b(of, key=self._fingerprints, digest_size=16).hexdigest()

    def seal(self, value: bytes, place: str) -> bytes:
        """Seal a value. It opens only with the fleet's key, and only at this place."""
        nonce = token_bytes(NONCE)
        return nonce + self._aead.encrypt(nonce, value, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """Open a value that was sealed for this place. NotSealedError for any other value."""
        try:
            return self._aead.decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise NotSealedError from error

    def _derived(self, key: bytes, purpose: str) -> bytes:
        return HKDF(SHA256(), length=32, salt=self._fleet, info=f"pass-gateway fleet: {purpose}".encode()).derive(key)
