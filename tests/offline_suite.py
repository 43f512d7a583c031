"""What the tests of the offline tools share: a cassette, and a client that is nothing but Python's own."""

from __future__ import annotations

from pathlib import Path

from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from gateway.core.redaction import Redaction
from tests.legs import answer, logout, recorded

DISH = "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fadobe.com"
CABLEVISION = DISH.replace("Dish", "Cablevision")
REDACTION = Redaction(b"k" * 32, lasting=False)

CLIENT = '''
import urllib.error
import urllib.request

DISH = "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fadobe.com"
CABLEVISION = DISH.replace("Dish", "Cablevision")
HEADERS = {
    "AP-Device-Identifier": "fingerprint MDAwMDAwMDAwMDAwMDAwMDAwMDByb2t1",
    "X-Device-Info": "eyJwcmltYXJ5SGFyZHdhcmVUeXBlIjoiU2V0VG9wQm94In0=",
    "Accept": "application/json",
    "X-Forwarded-For": "203.0.113.7",
}


def ask(url, target=DISH):
    """Return status and body, whatever the status is: a client that swallows errors."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url + target, headers=HEADERS), timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
'''


def write_cassette(path: Path, *targets: str) -> Path:
    """Write a cassette that answers each target once, with its number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    interactions = [
        recorded(REDACTION, logout(target=target), answer(f'{{"number": {number}}}'))
        for number, target in enumerate(targets, 1)
    ]
    with Writer(path) as writer:
        writer.append([dump(interaction) for interaction in interactions])
    return path
