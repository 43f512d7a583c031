"""An exchange as a command and as a test: what is copied sends the same request, and nothing of it breaks out."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.control.model import AnswerShown, ExchangeDetail, ExchangeShown, RequestShown
from gateway.control.page.copying import CREDENTIALS, TOKEN, Parts, curl, parts, pytest, sent
from tests.control.page.hostile import HOSTILE

URL = "http://127.0.0.1:8080"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.cGFzcy1nYXRld2F5IHBzZXVkb255bSwgbm90IGEgc2lnbmF0dXJlIGFiMjY4ZmEy"


def request(
    target: str = "/api/v2/REF30/profiles", *headers: tuple[str, str], body: str = "", method: str = "GET"
) -> RequestShown:
    return RequestShown(method, target, list(headers), body)


def detail(shown: RequestShown) -> ExchangeDetail:
    listed = ExchangeShown(
        1, "id", "2026-01-01T00:00:00.000Z", "roku-1", "127.0.0.1", shown.method, shown.target, "v2 logout", 200,
        "emulator", "emulator", 1.0, "info", "", rewritten=False, findings=[],
    )  # fmt: skip
    return ExchangeDetail(listed, "", shown, AnswerShown(204, "No Content", [], ""), [], [], 0.0)


def words_in_bash(command: str, folder: Path) -> list[str]:
    """Return the words that a bash makes of a command, with a function in curl's place."""
    script = 'curl() { printf "%s\\0" "$@"; }; TOKEN=the-token\n' + command
    ran = subprocess.run(["bash", "-c", script], capture_output=True, cwd=folder, check=True)  # noqa: S603, S607  # what is copied
    assert ran.stderr == b""
    return ran.stdout.decode().split("\0")[:-1]


def test_a_shell_takes_every_text_as_it_is(tmp_path: Path) -> None:
    commands = [
        curl(URL, request(f"/{text}", ("X-Text", f"a{text}"), ("User-Agent", "it's"), body=f"b{text}", method="POST"))
        for text in HOSTILE
    ]
    words = words_in_bash("\n".join(commands), tmp_path)
    expected = []
    for text in HOSTILE:
        expected += ["--globoff", "--include", "--request", "POST", f"{URL}/{text}", "--header", f"X-Text: a{text}"]
        expected += ["--header", "User-Agent: it's", "--data-raw", f"b{text}"]
    assert words == expected
    assert list(tmp_path.iterdir()) == []


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_a_text_that_prints_is_one_word_of_every_posix_shell(text: str) -> None:
    assert shlex.split(curl(URL, request(f"/{text}")).replace(" \\\n", " "))[-1] == f"{URL}/{text}"


@given(st.text())
def test_what_is_copied_is_lines_of_printable_characters(text: str) -> None:
    """A pasted line break runs what stands before it, and an escape sequence acts on the terminal."""
    command = curl(URL, request(f"/{text}", ("X-Text", text), body=text))
    assert all(line.isprintable() for line in command.split("\n"))
    assert all(line.endswith("\\") for line in command.split("\n")[:-1])


def test_a_token_that_was_removed_is_a_variable(tmp_path: Path) -> None:
    shown = request(
        f"/a?token={JWT}&device=REDACTED-DEVICE-34ea07",
        ("Authorization", f"Bearer {JWT}"),
        ("Cookie", "a=b"),
        body=f"token={JWT}",
    )
    command = curl(URL, shown)
    assert JWT not in command
    words = words_in_bash(command, tmp_path)
    assert words[4] == f"{URL}/a?token=the-token&device=REDACTED-DEVICE-34ea07"
    assert {"Authorization: Bearer the-token", "Cookie: the-token", "token=the-token"} < set(words)


def test_a_credential_is_never_copied_whatever_it_looks_like() -> None:
    for name in CREDENTIALS:
        ((_, value),) = sent([(name, "Basic abc def")])
        assert value == ["Basic ", TOKEN]
        ((_, bare),) = sent([(name, "opaque")])
        assert bare == [TOKEN]


def test_what_a_client_writes_itself_and_what_is_no_name_is_left_out() -> None:
    headers = [("Host", "a"), ("Content-Length", "1"), ("@/etc/passwd", "x"), ("a b", "x"), ("X-Kept", "")]
    assert [name for name, _ in sent(headers)] == ["X-Kept"]
    assert curl(URL, request("/", *headers)).endswith("--header 'X-Kept;'")


def test_a_text_of_the_apps_own_is_no_token() -> None:
    own = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmVkIGJ5IHNvbWVib2R5"
    assert parts(f"a {own} b") == [f"a {own} b"]


class Recorded:
    """Stands for requests, and keeps what it was asked for."""

    asked: tuple[Any, ...] = ()

    def request(self, *about: object, **more: object) -> SimpleNamespace:
        self.asked = (*about, more)
        return SimpleNamespace(status_code=204)


def run(text: str) -> tuple[Any, ...]:
    """Run a copied test as pytest does, with something in requests' place."""
    recorded = Recorded()
    names: dict[str, Any] = {}
    lines = [line for line in text.split("\n") if not line.startswith("import ")]
    exec("\n".join(lines), {"requests": recorded, "os": SimpleNamespace(environ={"TOKEN": "the-token"})}, names)  # noqa: S102  # what is copied
    (test,) = names.values()
    test(SimpleNamespace(url=URL))
    return recorded.asked


@given(st.sampled_from(HOSTILE) | st.text(st.characters(codec="utf-8")))
def test_a_copied_test_sends_the_same_request(text: str) -> None:
    shown = request(f"/{text}", ("X-Text", f"a{text}"), ("Authorization", f"Bearer {JWT}"), body=text)
    method, url, more = run(pytest(detail(shown)))
    assert (method, url) == ("GET", f"{URL}/{text}")
    assert more["headers"] == {"X-Text": f"a{text}", "Authorization": "Bearer the-token"}
    assert more.get("data", b"") == text.encode()


def test_a_copied_test_reads_the_token_from_the_environment_where_one_was_removed() -> None:
    assert "import os" in pytest(detail(request("/", ("Authorization", "Bearer x"))))
    plain = pytest(detail(request("/", ("Accept", "a"))))
    assert "import os" not in plain
    assert re.search(r"^def test_get_v2_logout\(gateway\):$", plain, re.MULTILINE)


def test_what_redaction_makes_of_a_token_is_known_as_removed() -> None:
    pieces: Parts = parts(json.dumps({"access_token": JWT}))
    assert TOKEN in pieces
