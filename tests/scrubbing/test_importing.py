"""Import and export as a person uses them: redacted, whole, never over another file, and one message for what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cassettes.reader import load
from gateway.core.mistake import Mistake
from gateway.scrubbing.importing import send_out
from tests.cassettes.converters.material import UNKNOWN
from tests.cassettes.converters.test_har import entry, har
from tests.cassettes.samples import cassette, logout

GATEWAY = Path(sys.executable).with_name("gateway")
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJsaXZlIn0.c2lnbmF0dXJlLXRoYXQtaXMtcmVhbA"


def gateway(folder: Path, *arguments: object, status: int = 0) -> str:
    """Run `gateway cassette …`; return what it said."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    done = subprocess.run(  # noqa: S603  our own program
        [str(GATEWAY), "cassette", *map(str, arguments)],
        cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert done.returncode == status, said
    return said


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A HAR with a token in a field, and the same one in a later body that has no name for it."""
    first, second = entry(), entry()
    first["request"]["headers"] = [{"name": "Authorization", "value": f"Bearer {TOKEN}"}]
    second["response"]["content"] = {"mimeType": "text/plain", "text": f"you sent {TOKEN}"}
    path = tmp_path / "browser.har"
    path.write_text(json.dumps(har(second, first, second)))
    return path


def test_what_is_imported_is_redacted_wherever_the_secret_stands(browser: Path, tmp_path: Path) -> None:
    said = gateway(tmp_path, "import", browser)
    assert "browser.yaml: 3 interactions, read as har" in said
    assert "  3 entries: timings" in said
    made = (tmp_path / "browser.yaml").read_text()
    assert TOKEN not in made
    assert TOKEN.rpartition(".")[2] not in made
    assert load(tmp_path / "browser.yaml").appendable
    assert "no leaks" in gateway(tmp_path, "lint", "browser.yaml")
    assert (tmp_path / ".gateway-key").exists()


def test_a_multipart_form_is_redacted_by_the_names_of_its_parts(tmp_path: Path) -> None:
    device, secret = "ba23d141-d715-561c-94f4-e9e4c966b1eb", "s3cr3t-Client-0f-a-Partner"
    fields = {"deviceId": device, "client_secret": secret, "mvpd": "Dish"}
    heads = [f'--b-1\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n' for name in fields]
    written = "".join(f"{head}{value}\r\n" for head, value in zip(heads, fields.values(), strict=True)) + "--b-1--\r\n"
    sent = entry()
    sent["request"] |= {
        "method": "POST",
        "headers": [
            {"name": "Content-Type", "value": "multipart/form-data; boundary=b-1"},
            {"name": "Content-Length", "value": str(len(written))},
        ],
        "postData": {"mimeType": "multipart/form-data; boundary=b-1", "text": written},
    }
    sent["response"]["content"] = {"mimeType": "text/plain", "text": f"no such client: {secret}"}
    (tmp_path / "form.har").write_text(json.dumps(har(sent)))
    gateway(tmp_path, "import", "form.har")
    made = (tmp_path / "form.yaml").read_text()
    assert device not in made
    assert secret not in made
    [interaction] = load(tmp_path / "form.yaml").interactions
    body = interaction.request.body
    assert isinstance(body, bytes)
    assert device.encode() not in body
    assert secret.encode() not in body
    assert all(head.encode() in body for head in heads)
    assert body.endswith(b"\r\n\r\nDish\r\n--b-1--\r\n")
    assert interaction.request.headers["Content-Length"] == str(len(body))
    assert "no leaks" in gateway(tmp_path, "lint", "form.yaml")


def test_keeping_secrets_is_a_loud_choice(browser: Path, tmp_path: Path) -> None:
    said = gateway(tmp_path, "import", browser, "--keep-secrets", "--output", "kept.yaml")
    assert "WARNING: kept.yaml is NOT redacted" in said
    assert TOKEN in (tmp_path / "kept.yaml").read_text()
    assert not (tmp_path / ".gateway-key").exists()


def test_what_is_yaml_is_not_put_under_the_name_of_json(browser: Path, tmp_path: Path) -> None:
    before = browser.read_bytes()
    for name in ("browser.har", "made.json", "made"):
        said = gateway(tmp_path, "import", browser, "--output", name, status=2)
        assert f"such as {name.partition('.')[0]}.yaml, found {name}" in said
    assert browser.read_bytes() == before
    assert not (tmp_path / "made.json").exists()


def test_another_file_is_never_overwritten(browser: Path, tmp_path: Path) -> None:
    (tmp_path / "browser.yaml").write_text("mine")
    assert "expected a name that is free, found a file; --output names another" in gateway(
        tmp_path, "import", browser, status=2
    )
    assert (tmp_path / "browser.yaml").read_text() == "mine"


def test_a_cassette_of_vcrpys_is_made_ours_in_its_place_and_a_copy_stays(tmp_path: Path) -> None:
    theirs = cassette(logout()).replace(b"# recorded by pass-gateway", b"# by vcrpy")
    path = tmp_path / "logout.yaml"
    for copy in ("logout.yaml.imported", "logout.yaml.imported.1"):
        path.write_bytes(theirs)
        assert not load(path).appendable
        assert f"/{copy}\n" in gateway(tmp_path, "import", "logout.yaml")
        assert load(path).appendable
        assert (tmp_path / copy).read_bytes() == theirs


@pytest.mark.parametrize(
    ("name", "content", "arguments", "expected"),
    [
        (
            "a.har",
            '{"log": {"entries": [{"request": 5}]}}',
            (),
            (
                "a.har: expected interactions in the form of har, found none that can be imported\n"
                "  1 entry: left out: request: expected a map, found a number (log.entries[0])\n"
            ),
        ),
        ("a.har", "{", ("--format", "har"), "a.har:1: expected JSON, found other text"),
        ("a.txt", "hello", (), "a.txt: expected a recording in the form of har, wiremock, mitmproxy"),
        ("a.txt", "hello", ("--format", "tape"), "--format: expected one of har, wiremock"),
        ("a.yaml", "http_interactions: [5]", (), "a.yaml:1: http_interactions: expected maps"),
        ("a.yaml", "interactions: !!python/name:os.system [x]", (), "a.yaml:1: expected no tag but !!binary"),
    ],
)
def test_what_is_wrong_is_one_message(
    name: str, content: str, arguments: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    said = gateway(tmp_path, "import", name, *arguments, status=2)
    assert said.startswith(expected)
    assert said.count("\n") == max(1, expected.count("\n"))
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".lock") == sorted(
        {name, ".gateway-key"} & {path.name for path in tmp_path.iterdir()}
    )


def test_notes_that_could_not_be_read_again_are_refused(tmp_path: Path) -> None:
    """A deep map among the notes of somebody who writes as if they were ours would make a cassette that nobody can read."""
    deep: object = "x"
    for _ in range(40):
        deep = {"a": deep}
    (tmp_path / "a.har").write_text(json.dumps(har(entry(_pass_gateway={"recorded_at": "", "deep": deep}))))
    said = gateway(tmp_path, "import", "a.har", status=2)
    assert "expected an interaction that can be written, found x_gateway: expected at most 16 maps and lists" in said
    assert not (tmp_path / "a.yaml").exists()


def test_a_request_that_cannot_be_looked_into_for_secrets_is_left_out_alone(tmp_path: Path) -> None:
    coded = entry()
    coded["request"] |= {"headers": [{"name": "Content-Encoding", "value": "dcb"}], "postData": {"text": "x"}}
    (tmp_path / "a.har").write_text(json.dumps(har(coded, entry())))
    said = gateway(tmp_path, "import", "a.har")
    assert "a.yaml: 1 interaction, read as har" in said
    assert f"  1 interaction: {UNKNOWN}" in said


@pytest.mark.parametrize("form", ["vcr", "har", "wiremock"])
def test_an_export_says_what_is_lost_and_comes_back(form: str, tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_bytes(cassette(logout(), logout(1)))
    said = gateway(tmp_path, "export", "ours.yaml", "--format", form, "--output", "out")
    assert "2 interactions: not redacted by pass-gateway" in said
    gateway(tmp_path, "import", "out", "--output", "back.yaml")
    said = gateway(tmp_path, "diff", "ours.yaml", "back.yaml", status=1)  # pseudonyms: the samples were not redacted
    assert "0 in the first alone, 0 in the second alone" in said


def test_notes_that_no_other_form_can_say_are_one_message(tmp_path: Path) -> None:
    theirs = cassette(logout()).replace(b"x_gateway: {", b"x_gateway: {odd: !!binary 'AAAA', ")
    (tmp_path / "odd.yaml").write_bytes(theirs)
    for form in ("har", "wiremock", "vcr"):
        assert f"expected what {form} can say" in gateway(tmp_path, "export", "odd.yaml", "--format", form, status=2)


def test_an_export_replaces_nothing_unless_it_is_told_to_and_never_its_cassette(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_bytes(cassette(logout()))
    before = (tmp_path / "ours.yaml").read_bytes()
    (tmp_path / "there").write_text("precious", "utf-8")
    for output, more in (("there", ()), ("ours.yaml", ()), ("ours.yaml", ("--force",)), ("./ours.yaml", ("--force",))):
        said = gateway(tmp_path, "export", "ours.yaml", "--format", "har", "--output", output, *more, status=2)
        assert said.startswith("--output: expected a new name")
    assert ((tmp_path / "there").read_text("utf-8"), (tmp_path / "ours.yaml").read_bytes()) == ("precious", before)
    gateway(tmp_path, "export", "ours.yaml", "--format", "har", "--output", "there", "--force")
    assert (tmp_path / "there").read_bytes().startswith(b"{")


def test_an_export_to_standard_output(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_bytes(cassette(logout()))
    assert '"version": "1.2"' in gateway(tmp_path, "export", "ours.yaml", "--format", "har")
    assert "expected one of har, wiremock, mitmproxy, vcr" in gateway(
        tmp_path, "export", "ours.yaml", "--format", "cassetter", status=2
    )


def test_ls_show_and_diff(tmp_path: Path) -> None:
    for name, numbers in (("one", (0, 1)), ("two", (1,))):
        (tmp_path / f"{name}.yaml").write_bytes(cassette(*map(logout, numbers)))
    assert "two" in gateway(tmp_path, "ls", ".")
    assert "expected a folder" in gateway(tmp_path, "ls", "nowhere", status=2)
    assert "upstream" in gateway(tmp_path, "show", "one.yaml")
    assert "HTTP/1.1 200 OK" in gateway(tmp_path, "show", "one.yaml", "--raw")
    assert "expected a cassette, found no such file" in gateway(tmp_path, "show", "three.yaml", status=2)
    gateway(tmp_path, "diff", "one.yaml", "one.yaml")
    assert "in the first alone" in gateway(tmp_path, "diff", "one.yaml", "two.yaml", status=1)


@pytest.mark.parametrize("module", ["mitmproxy", "mitmproxy.io"])
def test_a_library_that_is_missing_is_all_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "ours.yaml").write_bytes(cassette(logout()))
    with pytest.raises(Mistake, match=r"^mitmproxy's flows are read and written by its own library: pip install "):
        send_out(tmp_path / "ours.yaml", "mitmproxy")


@pytest.mark.parametrize(
    ("method", "status", "kept"), [("GET", 304, False), ("GET", 204, False), ("HEAD", 200, False), ("GET", 200, True)]
)
def test_a_body_that_no_wire_carries_is_left_out_and_told(method: str, status: int, kept: bool, tmp_path: Path) -> None:
    asked = entry(response={"status": status})
    asked["request"]["method"] = method
    (tmp_path / "a.har").write_text(json.dumps(har(asked)))
    said = gateway(tmp_path, "import", "a.har")
    [found] = load(tmp_path / "a.yaml").interactions
    assert bool(found.response.body) is kept
    assert ("has no body, so the body in the file" in said) is not kept
