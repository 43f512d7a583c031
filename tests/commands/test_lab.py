"""What `gateway lab` prints and writes."""

from __future__ import annotations

import plistlib
import stat
import sys
from pathlib import Path

import pytest
from cryptography import x509

from gateway.commands import lab as module
from tests.harness.for_each import for_each
from tests.test_cli import told

CONFIG = """
listen: {tls: lab, port: 8443}
listeners: {plain: {port: 8081}}
lab: {address: [192.168.0.2, "fd00::2"], names: gateway.lab}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(CONFIG)


def test_an_authority_is_made_once_and_its_key_is_private() -> None:
    assert told("config", "check").returncode == 2, "it has none yet"
    made = told("lab", "init")
    assert made.returncode == 0
    assert "signs only for auth-staging.adobe.com, auth.adobe.com, gateway.lab and their subdomains" in made.stdout
    assert sorted(path.name for path in Path("lab").iterdir()) == [
        ".gitignore", "ca.pem", "intermediate.key", "intermediate.pem",
    ]  # fmt: skip
    assert stat.S_IMODE(Path("lab/intermediate.key").stat().st_mode) == 0o600
    assert Path("lab/.gitignore").read_text() == "*.key\n"
    assert told("config", "check").returncode == 0
    again = told("lab", "init")
    assert (again.returncode, "expected no authority, found one" in again.stderr) == (2, True)


CA, TLS, PAGES, DNS, RUN = "gateway lab ca", "listen: {", "lab: { pages", "gateway lab dns", "gateway run"


@for_each(
    ("configuration", "steps"),
    [
        ("", [CA, TLS, PAGES, DNS, RUN]),
        ("listen: {tls: lab}", [CA, PAGES, DNS, RUN]),
        ("listeners: {tv: {port: 8443, tls: {lab: true}}}", [CA, PAGES, DNS, RUN]),
        ("lab: {pages: {listen: 192.168.0.2}, address: 192.168.0.2}", [CA, TLS, DNS, RUN]),
        ("listen: {tls: lab}\nlab: {dns: {listen: 192.168.0.2}, pages: {listen: 192.168.0.2}, address: 192.168.0.2}", [CA, RUN]),
    ],
)  # fmt: skip
def test_the_next_steps_leave_out_what_the_configuration_has(
    configuration: str, steps: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(f"{configuration}\n")
    said = told("lab", "init").stdout
    _, _, after = said.partition("next:\n")
    assert [
        next(step for step in (CA, TLS, PAGES, DNS, RUN) if line.strip().startswith(step))
        for line in after.splitlines()
    ] == steps


def test_the_root_is_printed_in_each_form_and_a_key_in_none() -> None:
    told("lab", "init")
    key = Path("lab/intermediate.key").read_text().splitlines()[1]
    pem = told("lab", "ca").stdout
    root = x509.load_pem_x509_certificate(pem.encode())
    assert "lab root" in root.subject.rfc4514_string()
    assert (
        plistlib.loads(told("lab", "ca", "--format", "mobileconfig").stdout.encode())["PayloadType"] == "Configuration"
    )
    assert key not in pem
    wrong = told("lab", "ca", "--format", "jks")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "--format: expected one of pem, der, p12, mobileconfig, found 'jks'\n",
    )


def test_another_server_gets_a_certificate_for_names_of_the_lab_alone() -> None:
    told("lab", "init")
    refused = told("lab", "cert", "tv.gateway.lab", "bank.example", "192.168.0.2")
    assert refused.returncode == 2
    assert [line.partition(":")[0] for line in refused.stderr.splitlines()] == ["bank.example", "192.168.0.2"]
    assert told("lab", "cert", "tv.gateway.lab", "TV2.gateway.lab").returncode == 0
    leaf = x509.load_pem_x509_certificates(Path("lab/tv.gateway.lab.pem").read_bytes())[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["tv.gateway.lab", "tv2.gateway.lab"]
    assert stat.S_IMODE(Path("lab/tv.gateway.lab.key").stat().st_mode) == 0o600


def test_dns_lines_are_printed_and_what_they_do_not_reach_is_said_apart() -> None:
    said = told("lab", "dns", "--format", "hosts")
    assert "192.168.0.2 api.auth.adobe.com api.auth-staging.adobe.com gateway.lab" in said.stdout
    assert "DNS over HTTPS" in said.stderr
    Path("config.yaml").write_text("")
    assert "lab.address: expected" in told("lab", "dns").stderr


def test_lines_of_a_redirect_lead_from_the_apis_addresses_to_the_listeners(monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        def __init__(self, *_: object) -> None:
            pass

        async def __call__(self, host: str) -> list[str]:
            if "staging" in host:
                raise OSError
            return ["203.0.113.9", "192.168.0.2"]

    monkeypatch.setattr("gateway.lab.lookup.LookUp", Found)
    said = told("lab", "redirect", "--devices", "192.168.0.0/24")
    assert "elements = { 203.0.113.9 }" in said.stdout
    assert "tcp dport 443 dnat ip to 192.168.0.2:8443" in said.stdout
    assert "tcp dport 80 dnat ip to 192.168.0.2:8081" in said.stdout
    assert said.stderr == "api.auth-staging.adobe.com: this host has no address now, so its lines are missing\n"
    assert "expected a network such as" in told("lab", "redirect", "--devices", "tv").stderr


def test_a_missing_extra_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    for name in [name for name in sys.modules if name.startswith(("gateway.lab.", "cryptography", "dns."))]:
        monkeypatch.delitem(sys.modules, name)
    for package in ("cryptography", "dns"):
        monkeypatch.setitem(sys.modules, package, None)
    for command in (["init"], ["ca"], ["cert", "a"], ["dns"], ["redirect", "--devices", "10.0.0.0/8"]):
        said = told("lab", *command)
        assert (said.returncode, said.stderr) == (
            2,
            "gateway lab: expected the extra for it (pip install '.[lab]'), found it missing\n",
        )
