"""A device is what it says it is, in either dialect; it keeps its name, and calls without an identifier find their device."""

from __future__ import annotations

import base64
import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core import devices as devices_module
from gateway.core.device import Device
from gateway.core.devices import Devices, device_identifier
from gateway.core.model import Headers, Request, Response
from gateway.core.platforms import UNKNOWN
from gateway.core.state import MemoryState
from tests.harness.for_each import for_each

KEY = b"k" * 32
HOME = "192.168.0.7"
ROKU = "ba23d141-d715-561c-94f4-e9e4c966b1eb"


def v2(identifier: str) -> Request:
    return Request("GET", "/api/v2/REF30/logout/Dish", Headers.of({"AP-Device-Identifier": identifier}))


def v1(query: str) -> Request:
    return Request("DELETE", f"/api/v1/logout?{query}")


def wrapped(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@for_each(
    ("message", "identifier"),
    [
        (v2(f"fingerprint {wrapped(ROKU)}"), ROKU),
        (v2("fingerprint  " + wrapped(ROKU).rstrip("=")), ROKU),
        (v2(wrapped(ROKU)), wrapped(ROKU)),  # only what says that it is one is unwrapped, as it is redacted
        (v2("fingerprint no Base64!"), "no Base64!"),
        (v2(""), ""),
        (v1(f"requestor=REF30&deviceId={ROKU}"), ROKU),
        (v1("deviceId=a%2Fb+c"), "a/b+c"),
        (v1("deviceId=%zz"), "%zz"),
        (v1("deviceId="), ""),
        (v1("xdeviceId=1"), ""),
        (v1("deviceid=1"), ""),
        (v1("deviceId=1&deviceId=2"), "1"),
        (Request("GET", "/"), ""),
        (Request("DELETE", "/api/v1/logout", body=b"requestor=REF30&deviceId=a%2Fb+c"), "a/b c"),
        (Request("POST", "/api/v2/REF30/sessions", body=b"deviceId=a"), ""),
    ],
)
def test_a_device_is_what_it_says_it_is(message: Request, identifier: str) -> None:
    assert device_identifier(message) == identifier


ROKU_AGENT = {"User-Agent": "Roku/DVP-9.10 (519.10E04111A)"}
NAME = re.compile(r"[a-z]+(?:-[a-z]+)*-[0-9a-f]{6,32}")


class Lab:
    """Devices behind one gateway, whose upstream gives out codes and tokens."""

    def __init__(self, key: bytes = KEY) -> None:
        self.devices = Devices(key, MemoryState())

    def call(self, line: str, *, who: str = "", token: str = "", body: bytes = b"", home: str = HOME, answer: object = None,
             agent: str = ROKU_AGENT["User-Agent"]) -> Device:  # fmt: skip
        """Ask, and be answered with this JSON; return the device that it was."""
        method, _, target = line.partition(" ")
        fields = {
            "User-Agent": agent,
            "AP-Device-Identifier": f"fingerprint {wrapped(who)}" if who else "",
            "Authorization": f"Bearer {token}" if token else "",
        }
        request = Request(method, target, Headers.of({name: value for name, value in fields.items() if value}), body)
        device = self.devices.of(request, home)
        if answer is not None:
            said = Response(201, body=json.dumps(answer).encode(), source="upstream")
            self.devices.answered(replace(request, device=device), said)
        return device


SESSIONS = "POST /api/v2/REF30/sessions"
SESSION = "GET /api/v2/REF30/sessions/{}"
PROFILE = "GET /api/v2/REF30/profiles/code/{}"
TOKEN = "POST /o/client/token"


def form(client: str) -> bytes:
    return f"grant_type=client_credentials&client_id={client}&client_secret=s".encode()


def test_a_device_has_one_name_in_both_dialects_whatever_later_calls_leave_out() -> None:
    """v1's logout has no X-Device-Info, and another User-Agent: the first name stays."""
    devices = Devices(KEY, MemoryState())
    first = devices.of(replace(v2(f"fingerprint {wrapped(ROKU)}"), headers=v2(f"fingerprint {wrapped(ROKU)}").headers.with_("User-Agent", "Roku/DVP")), HOME)  # fmt: skip
    later = devices.of(v1(f"deviceId={ROKU}"), "192.168.0.8")
    assert first.name == later.name
    assert first.key == later.key
    assert first.name.startswith("roku-")


def test_a_device_keeps_its_name_from_run_to_run_under_one_key() -> None:
    one, other = Lab(), Lab()
    assert one.call(SESSIONS, who=ROKU) == other.call(SESSIONS, who=ROKU)
    other_key = Lab(b"another key of 32 bytes, really..").call(SESSIONS, who=ROKU)
    assert other_key.name != one.call(SESSIONS, who=ROKU).name


def test_what_changes_where_the_first_call_says_less_is_the_word_alone() -> None:
    said, silent = Lab().call(SESSIONS, who=ROKU), Lab().call(SESSIONS, who=ROKU, agent="x")
    assert silent.name == said.name.replace("roku", UNKNOWN)


def test_who_sends_no_identifier_is_an_address() -> None:
    lab = Lab()
    names = [lab.call("GET /api/v2/REF30/configuration", home=home).name for home in (HOME, "192.168.0.8", HOME)]
    assert names[0] == names[2] != names[1]
    assert all(name.startswith("address-") for name in names)


def test_a_configured_name_goes_first_and_two_devices_of_one_name_stay_two() -> None:
    devices = Devices(KEY, MemoryState(), lambda _, address: ("living-room" if address == HOME else "", False))
    names = [devices.of(v1(f"deviceId={who}-{ROKU}"), home).name for who, home in (("a", HOME), ("b", HOME), ("c", ""))]
    assert names[0] == "living-room"
    assert re.fullmatch(r"living-room-[0-9a-f]{6}", names[1])
    assert names[2].startswith("device-")


def test_one_televisions_journey_is_one_device() -> None:
    """Before it says who it is nobody can know; from then on each of its calls is its own, also those without an identifier."""
    lab = Lab()
    before = [
        lab.call("POST /o/client/register", answer={"client_id": "C"}),
        lab.call(TOKEN, body=form("C"), answer={"access_token": "T"}),
    ]
    television = lab.call(SESSIONS, who=ROKU, token="T", answer={"code": "ABC123"})
    after = [
        lab.call(SESSION.format("ABC123"), token="T"),
        lab.call(PROFILE.format("ABC123"), token="T"),
        lab.call("GET /api/v2/authenticate/REF30/ABC123", agent="Mozilla/5.0"),
        lab.call("GET /api/v2/REF30/configuration", token="T"),
        lab.call("GET /api/v2/REF30/profiles", who=ROKU, token="T"),
        lab.call(TOKEN, body=form("C"), answer={"access_token": "T2"}),
        lab.call("GET /api/v2/REF30/configuration", token="T2"),
    ]
    assert {device.name for device in before} == {lab.call("GET /").name}
    assert {(device.name, device.key) for device in after} == {(television.name, television.key)}
    assert television.name.startswith("roku-")


@pytest.mark.parametrize("answered", [True, False], ids=["codes are read", "codes are not read"])
def test_five_rokus_behind_one_address_with_the_credentials_of_their_build_are_five(*, answered: bool) -> None:
    """Where a guess might hit the wrong one, the call belongs to the address."""
    lab = Lab()
    address = lab.call("GET /").name
    rokus = [f"{number}-{ROKU}" for number in range(5)]
    names: list[str] = []
    for number, roku in enumerate(rokus):
        token = {"access_token": f"T{number}"} if answered else None
        assert lab.call(TOKEN, body=form("build"), answer=token).name == address
        code = {"code": f"CODE{number}"} if answered else None
        names.append(lab.call(SESSIONS, who=roku, token=f"T{number}", answer=code).name)
    assert len(set(names)) == 5
    for number, name in enumerate(names):
        assert lab.call(SESSION.format(f"CODE{number}"), token=f"T{number}").name == name
    assert lab.call(TOKEN, body=form("build")).name == address


def test_one_token_of_many_says_nothing() -> None:
    lab = Lab()
    for number in range(2):
        lab.call(SESSIONS, who=f"{number}-{ROKU}", token="shared")
    assert lab.call(SESSION.format("ABC123"), token="shared").name.startswith("address-")
    assert lab.call("GET /api/v2/REF30/configuration", token="shared").name.startswith("address-")


def test_a_token_that_was_not_seen_being_handed_out_says_whose_a_code_is_and_no_more() -> None:
    lab = Lab()
    roku = lab.call(SESSIONS, who=ROKU, token="T")
    assert lab.call(SESSION.format("ABC123"), token="T").name == roku.name
    assert lab.call("GET /api/v2/REF30/configuration", token="T").name.startswith("address-")


def test_a_code_is_known_at_its_own_address_alone() -> None:
    """The second screen is another device; so are two homes that happen to have one code."""
    lab = Lab()
    lab.call(SESSIONS, who=ROKU, answer={"code": "ABC123"})
    elsewhere = lab.call("GET /api/v2/authenticate/REF30/ABC123", home="192.168.0.9")
    assert elsewhere.name.startswith("address-")


@pytest.mark.parametrize(
    ("made", "used"),
    [
        ("POST /reggie/v1/REF30/regcode?deviceId={}", "GET /reggie/v1/REF30/regcode/{}.json"),
        ("POST /reggie/v1/REF30/regcode?deviceId={}", "GET /api/v1/checkauthn/{}?requestor=REF30"),
        ("POST /reggie/v1/REF30/regcode?deviceId={}", "GET /api/v1/authenticate?requestor_id=REF30&reg_code={}"),
    ],
)
def test_codes_of_v1_are_known_too(made: str, used: str) -> None:
    lab = Lab()
    television = lab.call(made.format(ROKU), answer={"code": "ABC123", "info": {}})
    assert lab.call(used.format("ABC123")).name == television.name


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(max_codepoint=255), min_size=1, max_size=60), unique=True, max_size=20))
def test_names_are_unique_stable_and_bounded(identifiers: list[str]) -> None:
    texts = [text for text in identifiers if text.strip()]
    runs = [[lab.call(SESSIONS, who=text).name for text in texts] for lab in (Lab(), Lab())]
    whose = {device_identifier(v2(f"fingerprint {wrapped(text)}")) for text in texts}
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == len(whose)
    assert all(NAME.fullmatch(name) for name in runs[0])


@given(st.text("0123456789abcdefABCDEF-", min_size=4, max_size=2900))
@example("".join(f"{number:03x}" for number in range(0, 2900, 3)))
def test_no_four_characters_of_an_identifier_stand_in_the_name(identifier: str) -> None:
    name = Lab().call(SESSIONS, who=identifier).name
    for start in range(len(name) - 3):
        assert name[start : start + 4] not in identifier.lower()


def test_where_two_names_collide_the_later_one_gets_more_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices_module, "LENGTHS", (2, 4, 32))
    lab = Lab()
    names = [lab.call(SESSIONS, who=f"television {number} of many").name for number in range(300)]
    assert len(set(names)) == 300
    assert {len(name) for name in names} >= {len("roku-") + 2, len("roku-") + 4}
    assert [lab.call(SESSIONS, who=f"television {number} of many").name for number in range(300)] == names


@settings(max_examples=40)
@given(st.binary(max_size=200), st.binary(max_size=60), st.binary(max_size=60))
def test_whatever_a_client_sends_it_is_some_device(target: bytes, field: bytes, body: bytes) -> None:
    devices = Devices(KEY, MemoryState())
    names = (b"AP-Device-Identifier", b"X-Device-Info", b"User-Agent", b"Authorization")
    for path in ("/", "/api/v2/REF30/sessions", "/o/client/token?", "/api/v2/REF30/sessions/"):
        headers = Headers(tuple((name, field) for name in names))
        request = Request("POST", path + target.decode("latin-1"), headers, body)
        device = devices.of(request, HOME)
        assert NAME.fullmatch(device.name)
        devices.answered(replace(request, device=device), Response(200, body=body))
