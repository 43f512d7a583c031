"""Cassettes of before play with the gateway of today: no value has another pseudonym than it had, but for a placeholder's digits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

from gateway.core.model import Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.pseudonyms import Pseudonyms, is_pseudonym, is_pseudonym_bytes
from tests.harness.for_each import for_each
from tests.planting import ALNUM, KEY, SECRETS, secret_of, seeded, some, untailed

UUID = "ba23d141-d715-561c-94f4-e9e4c966b1eb"
WERE: dict[tuple[str, str], str] = {
    ("device", "ba23d141-d715-561c-94f4-e9e4c966b1eb"): "10c5bf74-3d53-5e5f-87ec-2b4b592e0811",
    ("device", "BA23D141-D715-561C-94F4-E9E4C966B1EB"): "029A6A31-5476-5487-8138-C823C0A7CFC3",
    ("device", "Ba23d141-d715-561c-94f4-e9e4c966b1eb"): "7e0Da148-751B-5a96-8E31-7D0AaD443FDd",
    ("device", "5fa1c2d6-39f1-4f6e-8a43-0123456789ab"): "94834128-c587-4107-8d60-706bd69bd0cf",
    ("token", "c54fa2c80652b10abea58c"): "fdcd23aee24e44c658d9fd",
    ("token", "C54FA2C80652B10ABEA58C"): "4B5A80FBEB824EF09979CC",
    ("token", "c54fa2c80652B10ABEA58C"): "986aaaDAccD6D13CfB81C0",
    ("user", "123456789012345"): "176899931883431",
    ("token", "nH2uZ3kJbWm0sPp6v1Lx7eRtY9o="): "m60ce9LnLneSMix33y3usa8M61P=",
    ("token", "ABCD-EFGH-1234-XYZ9"): "L8WV-AIWZ-PODD-VO2M",
    ("token", "abcd-efgh-1234-xyz9"): "fx7e-rhch-deq5-jhfq",
    ("user", "ada@lovelace.example"): "4722051904088505@redacted.example",
    ("email", "a@b.c"): "3592923416777612@redacted.example",
    ("user", "K\u00fcche-\u65e5\u672c-123456789"): "rE2bx-s0-GVuf8n11s",
    ("token", "abcdefghijk"): "REDACTED-TOKEN",
    ("ip", "8.8.8.8"): "198.19.134.132",
    ("ip", "2a02:8071:5f0::1234"): "2001:db8:3815:eed7:39:d5ae:9f93:7c9e",
    ("ip", "no address"): "REDACTED-IP",
    ("partner_account", "x1"): "REDACTED-PARTNERACCOUNT",
    ("token", "eyJhbGciOiJkaXIifQ..aXYxMjM0.Y2lwaGVy.dGFn"): "gfUYCueXi3Q8UcqmSW..FAhR9KTC.zPqgNAkI.fClR",
    (
        "token",
        "Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+Ab1+\r\nZz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/Zz9/\r\nAAA=",
    ): "wtY+r4l+MDX+bQG+lq2+HIn+bK1+B6F+YMn+3H0+cEI+iia+n2l+JZt+QFy+7ds+3JI+oCF+LdA+ohk/hDy/MzW/wID/hbE/vfa/U6w/ZOd/RBp/XdE/6PW/5hM/LIb/wwL/DI9/4hH/vT8/tbb/a4T/Uqk=",
    (
        "token",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGFAbG92ZWxhY2UuZXhhbXBsZSIsImV4cCI6MTcyNDEwOTQ2OH0.c2lnbmVk",
    ): "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0NzIyMDUxOTA0MDg4NTA1QHJlZGFjdGVkLmV4YW1wbGUiLCJleHAiOjE3MjQxMDk0Njh9.cGFzcy1nYXRld2F5IHBzZXVkb255bSwgbm90IGEgc2lnbmF0dXJlIGJhYTg0NjJjNzdlNmI3NGE1MGQ1YzZmOQ",
    ("useragent", "Mozilla/5.0 (Android 14; U; TV-1234) Gecko/120"): "FPZo3lO/f.A (wRiU2Kg 2p; L; a4-mu23) ClZ2S/Wz2",
}
KINDS = ("token", "device", "user", "email", "ip", "sub")
ALPHABETS = (
    "0123456789",
    "0123456789abcdef",
    "0123456789ABCDEF",
    "0123456789abcdefABCDEF",
    ALNUM,
    ALNUM.lower(),
    ALNUM.upper(),
)
MANY = "38d1f15238677af68d5be83810c44566e2be797c5df047da900f3e6d06f1cc46"
RECORDED = "f73d948890b630cf4070f658d18dde9a4d85c93085e41b5f0b83bf7ac5df57cb"
JUDGED = "3dcad7e260040af6b789e402743a06d91423e674b578fadc3d75ed7bebdf61a4"


@for_each(("kind", "value"), WERE)
def test_a_value_has_the_pseudonym_that_it_had(kind: str, value: str) -> None:
    assert untailed(Pseudonyms(KEY)(kind, value)) == WERE[kind, value]


def values() -> Iterator[str]:
    """Yield two thousand values of every shape and alphabet."""
    chance = seeded("pseudonyms stay")
    for _ in range(60):
        yield from (secret_of(shape, chance) for shape in SECRETS)
        for alphabet in ALPHABETS:
            yield some(chance, alphabet, 9, 16)
            yield "-".join(some(chance, alphabet, 1, 9) for _ in range(4))
        yield f"{some(chance, '0123456789', 1, 2)}.{chance.randrange(256)}.{chance.randrange(256)}.1"
        yield f"2a02:8071:{chance.randrange(65536):x}::{chance.randrange(65536):x}"


def test_thousands_of_values_have_the_pseudonyms_that_they_had() -> None:
    made = [untailed(Pseudonyms(KEY)(kind, value)) for value in values() for kind in KINDS]
    assert digest(made) == MANY


def test_what_is_taken_for_a_pseudonym_was_taken_for_one() -> None:
    """Of pseudonyms with one character changed, cut off or added, and of bytes."""
    chance, said = seeded("judged"), []
    for value in values():
        made = untailed(Pseudonyms(KEY)("token", value))
        at = chance.randrange(len(made))
        others = (
            value,
            made[:-1],
            made + "0",
            made.upper(),
            made.lower(),
            made[:at] + "7" + made[at + 1 :],
            f"({made})",
        )
        said.append([*map(is_pseudonym, others), *(is_pseudonym_bytes(other.encode()) for other in others)])
    assert digest(said) == JUDGED


def test_a_message_is_recorded_as_it_was_under_this_policy() -> None:
    """Whoever changes what is removed changes the policy's number, and this."""
    secrets = [*values()][:400]
    said = json.dumps([{"access_token": value, "userId": value[::-1], "note": f"of {value}"} for value in secrets])
    body = Response(200, body=said.encode())
    made = Redaction(KEY).leg(
        Request("GET", f"/x?code={UUID}"), body, origin="https://a.example", recorded_at="", about={}
    )
    kept = [made.interaction.request.target, str(made.interaction.response.body)]
    assert digest([*map(untailed, kept), [*map(str, made.leaks)]]) == RECORDED


def digest(value: object) -> str:
    return sha256(json.dumps(value).encode()).hexdigest()
