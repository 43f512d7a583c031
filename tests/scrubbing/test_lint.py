"""`lint` says where secrets stand in a cassette, never what they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import Policy
from gateway.scrubbing.lint import lint
from tests.cassettes.samples import ORIGIN, RECORDED_AT, cassette
from tests.harness.for_each import for_each
from tests.legs import again
from tests.scrubbing.plants import ACCESS, ADDRESS, ALL, BEARER, CLIENT, COOKIE, DEVICE, FINGERPRINT, INFO, betrayed

CLEAN = Interaction(
    origin=ORIGIN,
    request=Request("GET", "/api/v2/REF30/logout/Dish", Headers.of({"Accept": "*/*"})),
    response=Response(200, "OK", Headers.of({"Content-Type": "application/json"}), b'{"logouts": {}}', "cassette"),
    recorded_at=RECORDED_AT,
    about={"id": "01J", "findings": []},
)
RANDOM = "k3Xq9ZbT7vLm2RwYc8Hd5JfN1sGpV4tQ6uEaWx0Kz3BiOyMr7hCj9SnD2gUe"


def asks(**headers: str) -> Callable[[Interaction], Interaction]:
    fields = Headers.of({name.replace("_", "-"): value for name, value in headers.items()})
    return lambda i: replace(i, request=replace(i.request, headers=fields))


def posts(name: str, value: str) -> Callable[[Interaction], Interaction]:
    body = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'
    fields = Headers.of({"content-type": 'Multipart/Form-Data; boundary="b"'})
    return lambda i: replace(i, request=replace(i.request, method="POST", headers=fields, body=body.encode()))


def answers(body: str) -> Callable[[Interaction], Interaction]:
    return lambda i: replace(i, response=replace(i.response, body=body.encode()))


@for_each(
    ("plant", "kind", "place"),
    [
        (asks(Authorization=f"Bearer {BEARER}"), "token", "request.headers.Authorization"),
        (asks(AP_Device_Identifier=f"fingerprint {FINGERPRINT}"), "device", "request.headers.AP-Device-Identifier"),
        (asks(X_Device_Info=INFO), "ip", "request.headers.X-Device-Info"),
        (asks(X_Forwarded_For=ADDRESS), "ip", "request.headers.X-Forwarded-For"),
        (asks(X_Debug=f"was {BEARER}"), "token", "request.headers.X-Debug"),
        (
            lambda i: replace(i, request=replace(i.request, target=f"/api/v1/logout?deviceId={DEVICE}")),
            "device",
            "request.uri",
        ),
        (lambda i: replace(i, origin=f"https://{ACCESS}@example.com"), "token", "request.uri"),
        (
            lambda i: replace(i, response=replace(i.response, headers=Headers.of({"Set-Cookie": f"AWSALB={COOKIE}"}))),
            "cookie",
            "response.headers.Set-Cookie",
        ),
        (answers(f'{{"access_token": "{ACCESS}"}}'), "token", "response.body"),
        (answers(f'{{"blob": "{RANDOM}"}}'), "a long random text", "response.body"),
        (lambda i: replace(i, about={"note": BEARER}), "a JSON Web Token", "x_gateway.note"),
    ],
)
def test_a_leak_is_told_with_its_line_its_kind_and_its_place(
    tmp_path: Path, plant: Callable[[Interaction], Interaction], kind: str, place: str
) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(cassette(CLEAN, plant(CLEAN)))
    secret = next(
        number for number, line in enumerate(file.read_text().splitlines(), 1) if betrayed(line, *ALL, RANDOM)
    )

    seen = lint([file], Policy())
    assert [str(finding) for finding in seen.findings] == [f"{file}:{secret}: {kind} at {place}"]
    assert (seen.files, seen.interactions, seen.unreadable) == (1, 2, [])


def test_a_secret_of_one_place_is_found_where_another_repeats_it_be_it_before_or_in_another_file(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(cassette(answers(f'{{"detail": "{ACCESS.encode().hex()}"}}')(CLEAN)))
    second.write_bytes(cassette(CLEAN, asks(Authorization=f"Bearer {ACCESS}")(CLEAN)))

    assert [finding.leak for finding in lint([first, second], Policy()).findings] == [
        ("response.body", "a repeated secret"),
        ("request.headers.Authorization", "token"),
    ]
    assert lint([first], Policy()).findings == []


@pytest.mark.parametrize(
    ("name", "value", "kind"), [("client_secret", CLIENT, "token"), ("deviceId", DEVICE, "device")]
)
def test_a_part_of_a_multipart_form_is_a_secret_by_its_name(tmp_path: Path, name: str, value: str, kind: str) -> None:
    file = tmp_path / "a.yaml"
    leaky = posts(name, value)(CLEAN)
    file.write_bytes(cassette(answers(f'{{"detail": "{value}"}}')(CLEAN), leaky))
    assert [finding.leak for finding in lint([file], Policy()).findings] == [
        ("response.body", "a repeated secret"),
        ("request.body", kind),
    ]
    file.write_bytes(cassette(again(Redaction(bytes(32)), leaky)))
    assert lint([file], Policy()).findings == []


def test_what_redaction_wrote_is_clean(tmp_path: Path) -> None:
    """Of whatever key: no key is needed to know a pseudonym."""
    secret = asks(
        Authorization=f"Bearer {BEARER}", AP_Device_Identifier=f"fingerprint {FINGERPRINT}", X_Device_Info=INFO
    )
    file = tmp_path / "a.yaml"
    file.write_bytes(cassette(again(Redaction(bytes(range(32))), secret(answers(f'{{"userID": "{ACCESS}"}}')(CLEAN)))))
    assert lint([file], Policy()).findings == []


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_looked_at(tmp_path: Path) -> None:
    broken, leaky = tmp_path / "broken.yaml", tmp_path / "leaky.yaml"
    broken.write_text("version: 1\ninteractions: 5\n")
    leaky.write_bytes(cassette(asks(Cookie=f"a={COOKIE}")(CLEAN)))

    seen = lint([broken, leaky, tmp_path / "none.yaml"], Policy())
    assert [finding.path for finding in seen.findings] == [leaky]
    assert [sentence.partition(": ")[0] for sentence in seen.unreadable] == [f"{broken}:2", f"{tmp_path / 'none.yaml'}"]
