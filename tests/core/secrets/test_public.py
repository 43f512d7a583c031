"""What is random and meant for everybody is told from what is a secret."""

from __future__ import annotations

import json
import random

from gateway.core.secrets.leaks import random_pieces
from tests.planting import b64, b64url, seeded


def noise(chance: random.Random, size: int) -> bytes:
    return bytes(byte | 0x80 if not number % 5 else byte for number, byte in enumerate(chance.randbytes(size)))


def lines(text: str) -> str:
    return "\n".join(text[at : at + 64] for at in range(0, len(text), 64))


def public(seed: int) -> dict[str, str]:
    """Return texts of everybody's, each with random bytes."""
    chance = seeded(seed)
    certificate = b64(b"\x30\x82\x03\xa1\x30\x82\x02\x89" + noise(chance, 700))
    key = {
        "kty": "RSA", "use": "sig", "kid": b64url(noise(chance, 32)), "n": b64url(noise(chance, 256)), "e": "AQAB",
        "x5c": [certificate], "x5t#S256": b64url(noise(chance, 32)),
    }  # fmt: skip
    point = {"kty": "EC", "crv": "P-256", "x": b64url(noise(chance, 32)), "y": b64url(noise(chance, 32))}
    image = b64(b"\x89PNG\r\n\x1a\n" + noise(chance, 300))
    photo = b64(b"\xff\xd8\xff\xe0" + noise(chance, 300))
    # several, as the attribute allows
    hashes = " ".join(f"sha{8 * size}-{b64(noise(chance, size))}" for size in (32, 48, 64))
    vlq = ";".join("".join(chance.choices("ACEGIKgBhDkF+/0192abXYZ", k=70)) + ",SAASA" for _ in range(9))
    return {
        "integrity": f'<script src="/app.js" integrity="{hashes}" crossorigin></script>',
        "lock file": json.dumps({"integrity": f"sha512-{b64(noise(chance, 64))}"}),
        "image in HTML": f'<img src="data:image/png;base64,{image}">',
        "font in CSS": f"@font-face {{ src: url(data:font/woff2;charset=utf-8;base64,{b64(noise(chance, 400))}) }}",
        "X509Certificate": f"<ds:X509Certificate>{certificate}</ds:X509Certificate>",
        "X509Certificate in lines": f"<ds:X509Certificate>\n{lines(certificate)}\n</ds:X509Certificate>",
        "DigestValue": f"<ds:DigestValue>{b64(noise(chance, 32))}</ds:DigestValue>",
        "PEM": f"-----BEGIN CERTIFICATE-----\n{lines(certificate)}\n-----END CERTIFICATE-----\n",
        "JWKS": json.dumps({"keys": [key, point]}),
        "JWKS in JSON": json.dumps({"body": json.dumps({"keys": [key, point]}, indent=1)}),
        "pssh": json.dumps({"drm": {"pssh": b64(b"\x00\x00\x01\x20pssh" + noise(chance, 280))}}),
        "pssh in a manifest": f"<cenc:pssh>{b64(bytes((0, 0, 1, 32)) + b'pssh' + noise(chance, 280))}</cenc:pssh>",
        "thumbnail": json.dumps({"thumbnail": photo, "poster": b64(b"RIFF\x10\x20\0\0WEBPVP8 " + noise(chance, 300))}),
        "source map": json.dumps({"version": 3, "sources": ["a.ts"], "mappings": vlq}),
    }


def secret(seed: int) -> dict[str, str]:
    """Return texts in which a secret stands beside what is public, or where only the place resembles."""
    chance = seeded(seed)
    text = b64(noise(chance, 64))
    return {
        "SignatureValue": f"<ds:DigestValue>x</ds:DigestValue><ds:SignatureValue>{text}</ds:SignatureValue>",
        "private key": json.dumps({"kty": "RSA", "n": b64url(noise(chance, 256)), "d": b64url(noise(chance, 256))}),
        "short n": json.dumps({"n": b64url(noise(chance, 48))}),
        "text in a data URL": f"data:text/plain;base64,{b64(f'say {text}')}",
        "hash of no such length": f"sha384-{text}",
        "beside an image": f'<img src="data:image/png;base64,{b64(noise(chance, 90))}"><i>{text}</i>',
        "PKCS #8": json.dumps({"blob": b64(b"\x30\x82\x04\xbd\x02\x01\x00\x30" + noise(chance, 600))}),
    }


def test_what_is_public_is_no_random_text_and_what_is_not_is_one() -> None:
    refused = [(seed, name) for seed in range(6) for name, text in public(seed).items() if [*random_pieces(text)]]
    passed = [(seed, name) for seed in range(6) for name, text in secret(seed).items() if not [*random_pieces(text)]]
    assert (refused, passed) == ([], [])
