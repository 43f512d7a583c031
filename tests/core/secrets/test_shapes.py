"""Tokens of known shapes and e-mail addresses, wherever they stand."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Interaction, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.leaks import Leak
from gateway.core.secrets.shapes import LEFT_OUT, SHAPES, Shape, _part_of, _run, _sign, addresses_in, shapes_in
from tests.harness.for_each import for_each
from tests.planting import ALNUM, KEY, examples, recorded, seeded, some

CHANCE = seeded("shapes")


def chars(count: int, alphabet: str = ALNUM) -> str:
    return some(CHANCE, alphabet, count, count)


HEX = "0123456789abcdef"
TOKENS = {
    "aws": f"AKIA{chars(16, 'ABCDEFGHIJKLMNOP234567')}",
    "github": f"ghp_{chars(36)}",
    "github, fine": f"github_pat_{chars(60)}",
    "gitlab": f"glpat-{chars(20)}",
    "stripe": f"sk_live_{chars(24)}",
    "stripe, restricted": f"rk_live_{chars(24)}",
    "sendgrid": f"SG.{chars(22)}.{chars(43)}",
    "slack": f"xoxb-{chars(12, '0123456789')}-{chars(12, '0123456789')}-{chars(24, ALNUM.lower())}",
    "google": f"AIza{chars(35)}",
    "mailchimp": f"{chars(32, HEX)}-us12",
    "npm": f"npm_{chars(36)}",
    "openai": f"sk-{chars(20)}T3BlbkFJ{chars(20)}",
    "anthropic": f"sk-ant-{chars(40)}",
    "pypi": f"pypi-AgEIcHlwaS5vcmc{chars(80)}",
    "telegram": f"{chars(9, '123456789')}:{chars(35)}",
    "twilio": f"AC{chars(32, HEX)}",
    "square": f"sq0csp-{chars(43)}",
    "discord": f"M{chars(23)}.{chars(6)}.{chars(27)}",
    "shopify": f"shpat_{chars(32, HEX)}",
}
PATHS = {
    "slack webhook": (f"T{chars(8)}/B{chars(8)}/{chars(24)}", "https://hooks.slack.com/services/{}"),
    "discord webhook": (f"{chars(18, '123456789')}/{chars(60)}", "https://discord.com/api/webhooks/{}"),
    "azure storage": (f"{chars(86)}==", "AccountName=x;AccountKey={};EndpointSuffix=core.windows.net"),
    "private key": (f"\n{chars(64)}\n{chars(64)}\n", "-----BEGIN RSA PRIVATE KEY-----{}-----END RSA PRIVATE KEY-----"),
}


@for_each("token", TOKENS.values(), ids=TOKENS)
@for_each("form", ["{}", "say {}, please", '{{"x": "{}"}}', "<a>{}</a>", "x={}&y=1"])
def test_a_token_of_a_known_shape_is_replaced_in_any_text(token: str, form: str) -> None:
    text = form.format(token)
    answer = recorded(Redaction(KEY), Request("GET", f"/x?q={token}"), Response(200, body=text.encode()))
    assert token not in str(answer.response.body)
    assert token not in answer.request.target
    assert Redaction(KEY).leaks(answer) == []
    start, _, end = form.format("|").partition("|")
    assert str(answer.response.body, "latin-1").startswith(start)  # type: ignore[arg-type]  # whole
    assert str(answer.response.body, "latin-1").endswith(end)  # type: ignore[arg-type]  # whole


@pytest.mark.parametrize(("secret", "form"), PATHS.values(), ids=PATHS)
def test_of_what_names_its_service_the_secret_part_is_replaced(secret: str, form: str) -> None:
    text = f"see {form.format(secret)} there"
    answer = recorded(Redaction(KEY), Request("GET", "/x"), Response(200, body=text.encode())).response.body
    assert isinstance(answer, bytes)
    assert secret not in answer.decode()
    assert answer.decode().startswith(f"see {form.partition('{}')[0]}")


def test_a_private_key_in_json_is_replaced_and_is_no_leak() -> None:
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{chars(64)}\n{chars(20)}\n-----END RSA PRIVATE KEY-----\n"
    nested = json.dumps({"cert": key, "text": json.dumps({"cert": key})})
    answer = recorded(Redaction(KEY), Request("GET", "/x"), Response(200, body=nested.encode()))
    assert Redaction(KEY).leaks(answer) == []
    assert isinstance(answer.response.body, bytes)
    lines = json.loads(answer.response.body)["cert"].splitlines()
    assert (lines[0], lines[-1]) == ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----")
    assert key.splitlines()[2] not in "".join(lines)


@for_each("token", TOKENS.values(), ids=TOKENS)
def test_the_gate_sees_one_that_is_left(token: str) -> None:
    left = Interaction("", Request("GET", "/"), Response(200, body=f"x {token}".encode()), "")
    assert {leak.where for leak in Redaction(KEY).leaks(left)} == {"response.body"}
    assert Leak("response.body", "a token of a known shape") in Redaction(KEY).leaks(left)


@for_each(
    "text",
    ["sk_live_", "the AKIA of it", "AKIAshort", "version 12345678:1", "AC/DC", "ghp_short", "risk-ant-farm", "d41d8cd98f00b204e9800998ecf8427e", "bonus-us1", ":" * 90, "." * 90],
)  # fmt: skip
def test_what_only_begins_like_one_stays(text: str) -> None:
    assert shapes_in(f"{text} and more text behind it") == []


@for_each(
    ("text", "found"),
    [
        ("write to jane.doe@example.com.", ["jane.doe@example.com"]),
        ("<mailto:jane+tv@mail.example.co.uk>", ["jane+tv@mail.example.co.uk"]),
        ("a@b.io,c@d.io", ["a@b.io", "c@d.io"]),
        ("support@mvpd.example", []),
        ("noreply@mvpd.example", []),
        ("logo@2x.png", []),
        ("react@18.2.0", []),
        ("@media print", []),
        ("https://user:secret@mvpd.example/x", []),
        ("at @ sign, user@host", []),
        ("@" * 50, []),
    ],
)
def test_an_email_address_is_one_wherever_it_stands(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in addresses_in(text)] == found


def test_what_is_searched_first_is_a_part_of_each_token_of_its_shape() -> None:
    patterns = {shape.source: shape.pattern.pattern for shape in SHAPES}
    assert all(part.pattern in patterns[source] for source, part in _part_of.items())


@for_each("shape", SHAPES)
def test_a_token_without_a_sign_is_a_long_run(shape: Shape) -> None:
    """A text without both is not searched for the shape."""
    plain = re.sub(
        r"\(\?<![^)]*\)|\(\?!-*[^)]*\)|\}\+|(?<=\})\?",
        lambda part: "}" if part[0] == "}+" else "",
        shape.pattern.pattern,
    )

    @examples(30)
    @given(st.from_regex(re.compile(plain, re.ASCII), fullmatch=True))
    def has_either(token: str) -> None:
        assert _sign.search(token) or _run.search(token), token

    has_either()


def test_the_list_is_that_of_detect_secrets() -> None:
    """Each detector of the installed one is here, or is left out for a reason."""
    spec = importlib.util.find_spec("detect_secrets")
    assert spec is not None
    assert spec.submodule_search_locations
    plugins = Path(next(iter(spec.submodule_search_locations))) / "plugins"
    detectors = {path.stem for path in plugins.glob("*.py")} - {"__init__", "base"}
    assert {shape.source for shape in SHAPES} - {"gitleaks"} | set(LEFT_OUT) == detectors
    assert not {shape.source for shape in SHAPES} & set(LEFT_OUT)
