"""Calls of one kind are the same to the checks, apart from who calls, and when."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kinds import Kinds
from gateway.core.secrets.pseudonyms import b64url
from tests.core.checks.calls import GOOD, LOGOUT, PROFILES, bearer, fingerprint
from tests.core.test_by_parts import FUNCTIONS, IDS, KEPT, TARGETS, call
from tests.harness.for_each import for_each


def signed(number: int, **more: str) -> str:
    """Write v1's signed form."""
    members = {"requestor_id": f"R{number}", "nonce": f"{number}", "signature_method": "HMAC-SHA1"}
    members |= {
        "request_time": f"{1_700_000_000_000 + number}",
        "request_uri": "/x",
        "public_key": "a",
        "signature": "b",
    }
    return f"DELETE {', '.join(f'{name}={value}' for name, value in (members | more).items() if value)}"


def unpadded(data: bytes) -> str:
    """Write an identifier as some applications do."""
    return f"fingerprint {b64url(data)}"


TOKENS: list[Callable[[int], str]] = [
    lambda number: bearer(sub=f"s{number}", exp=number, nbf=number),
    lambda number: bearer(sub=f"s{number}", scopes="other") + "A",
    lambda number: bearer(iss=f"{number % 2}.example", jti=f"{number}"),
    lambda number: bearer(scopes=None, exp=number),
    lambda number: f"Bearer 2YotnFZFEjr1zCsicMWp{number}",
    lambda number: f"Bearer a b{number}",
    lambda number: f"Bearer <token{number}> ",
    lambda number: f"Bearer {bearer()[7:]}.{number}",
    lambda number: f"Basic eDp5{number}",
    signed,
    lambda number: signed(number, request_time=f"{number}"),
    lambda number: signed(number, request_time=f"{number}x", nonce=""),
]
IDENTIFIERS: list[Callable[[int], str]] = [
    lambda number: fingerprint(f"tv {number}"),
    lambda number: fingerprint("0" * (number % 40)),
    lambda number: fingerprint("unknown" if number % 2 else "{id}"),
    lambda number: fingerprint(bytes([255, number % 256])),
    lambda number: fingerprint(bytes.fromhex(f"{number:032x}")),
    lambda number: f"fingerprint {number:032x}",
    lambda number: unpadded(f"tv?>{number}".encode()),
    lambda number: f"fingerprint {number}%",
    lambda number: f"{number}",
]
JUDGES = [function for name, function in zip(IDS, FUNCTIONS, strict=True) if name != "HDR011"]
"""HDR011 reads all fields of a call in which a value may be a placeholder."""
NUMBERS = st.integers(0, 1 << 40)


@given(
    st.sampled_from(["GET", "DELETE"]),
    st.sampled_from(TARGETS),
    *[st.tuples(st.sampled_from(made), NUMBERS, NUMBERS) for made in (TOKENS, IDENTIFIERS)],
)
def test_a_check_of_a_request_sees_only_the_kind_of_a_token_and_of_an_identifier(
    method: str,
    target: str,
    tokens: tuple[Callable[[int], str], int, int],
    identifiers: tuple[Callable[[int], str], int, int],
) -> None:
    """Another owner, other times, another signature and another identifier of the same kind change no finding."""
    (token, *of_token), (identifier, *of_identifier) = tokens, identifiers
    one, another = [
        call(
            method,
            target,
            [*(GOOD | {"Authorization": token(number), "AP-Device-Identifier": identifier(other)}).items()],
        )
        for number, other in zip(of_token, of_identifier, strict=True)
    ]
    if (one.token_kind, one.identifier_kind) == (another.token_kind, another.identifier_kind):
        said, others = [[function(made) for function in JUDGES] for made in (one, another)]
        assert said == others


@for_each(
    ("made", "part"),
    [
        *((token, "token_kind") for token in (TOKENS[0], TOKENS[1], TOKENS[3], TOKENS[4], TOKENS[9])),
        *((identifier, "identifier_kind") for identifier in (IDENTIFIERS[0], IDENTIFIERS[6])),
    ],
)
def test_the_tokens_and_the_identifiers_of_an_application_are_of_one_kind(
    made: Callable[[int], str], part: str
) -> None:
    name = "Authorization" if part == "token_kind" else "AP-Device-Identifier"
    assert len({getattr(call("GET", LOGOUT, [(name, made(number))]), part) for number in range(10, 90)}) == 1


ASKED = GOOD | {"User-Agent": "tv/1"}
LINES = [*ASKED.items()]


@for_each(
    ("method", "target", "lines", "is_same"),
    [
        ("GET", LOGOUT, LINES, True),
        ("GET", LOGOUT.replace("Cablevision", "Dish"), LINES, True),
        ("GET", LOGOUT, [*(ASKED | {"Authorization": bearer(sub="another")}).items()], True),
        ("GET", LOGOUT, [*(ASKED | {"AP-Device-Identifier": fingerprint("another")}).items()], True),
        ("GET", LOGOUT, [*(ASKED | {"User-Agent": "tv/2"}).items()], True),
        ("GET", LOGOUT, [*(ASKED | {"User-Agent": "curl/8"}).items()], False),
        ("GET", LOGOUT, [*(ASKED | {"Authorization": bearer(iss="another")}).items()], False),
        ("GET", LOGOUT, [*(ASKED | {"AP-Device-Identifier": fingerprint("unknown")}).items()], False),
        ("GET", LOGOUT, [*LINES, ("Accept", "{accept}")], False),
        ("GET", LOGOUT, LINES[1:], False),
        ("GET", PROFILES, LINES, False),
        ("DELETE", LOGOUT, LINES, False),
    ],
)
def test_a_call_is_of_another_kind_if_a_check_may_tell(
    method: str, target: str, lines: list[tuple[str, str]], is_same: bool
) -> None:
    kinds = Kinds("kinds of the test", 1 << 20, KEPT.plan)
    asked = call("GET", LOGOUT, LINES)
    assert kinds(asked) is None  # it comes for the first time
    kind = kinds(asked)
    assert kind is not None
    assert (kinds(call(method, target, lines)) is kind) is is_same


def test_a_client_with_new_kinds_only_displaces_nothing() -> None:
    kinds = Kinds("kinds of the test", 1 << 20, KEPT.plan)
    asked = call("GET", LOGOUT, LINES)
    kinds(asked)
    kind = kinds(asked)
    for number in range(1000):
        kinds(call("GET", LOGOUT, [("Authorization", bearer(iss=str(number)))]))
    assert kinds(asked) is kind
