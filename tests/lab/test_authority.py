"""A lab's authority: what it may sign, what is on disk, and whom devices believe."""

from __future__ import annotations

import ipaddress
import stat
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from gateway.core.mistake import Mistake
from gateway.lab.authority import (
    INTERMEDIATE,
    INTERMEDIATE_KEY,
    ROOT,
    Authority,
    KeyType,
    key_pem,
    load,
    make,
    new_key,
)
from tests.harness.for_each import for_each

NOW = datetime.now(UTC)
DOMAINS = ("auth.adobe.com",)
HOST = "api.auth.adobe.com"


def verified(folder: Path, authority: Authority, hosts: Sequence[str], asked: str) -> subprocess.CompletedProcess[str]:
    """Let OpenSSL judge the chain that a server would show, as a device that trusts the root."""
    chain = folder / "chain.pem"
    chain.write_bytes(authority.issue(hosts, new_key(authority.key_type), NOW))
    names = ["-verify_ip", asked] if asked[0].isdigit() else ["-verify_hostname", asked]
    command = ["openssl", "verify", "-CAfile", str(folder / ROOT), "-untrusted", str(chain), *names, str(chain)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # ours


@pytest.mark.parametrize("key_type", ["ec", "rsa"])
def test_a_device_that_trusts_the_root_believes_hosts_of_the_lab_alone(key_type: KeyType, tmp_path: Path) -> None:
    authority = make(tmp_path / "lab", DOMAINS, key_type, NOW)
    good = verified(tmp_path / "lab", authority, [HOST], HOST)
    assert good.returncode == 0, good.stderr
    assert (
        "permitted subtree violation" in verified(tmp_path / "lab", authority, ["bank.example"], "bank.example").stderr
    )


def test_no_address_can_be_certified(tmp_path: Path) -> None:
    """Not even where the authority's key is in the wrong hands: the name constraints exclude all."""
    authority = make(tmp_path / "lab", DOMAINS, "ec", NOW)
    constraints = authority.intermediate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    excluded = {name.value for name in constraints.value.excluded_subtrees or ()}
    assert excluded == {ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")}


def test_what_is_on_disk_is_two_certificates_and_one_key_that_its_owner_alone_reads(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    authority = make(folder, DOMAINS, "ec", NOW)
    assert {path.name for path in folder.iterdir()} == {ROOT, INTERMEDIATE, INTERMEDIATE_KEY}
    assert stat.S_IMODE((folder / INTERMEDIATE_KEY).stat().st_mode) == 0o600
    assert b"PRIVATE" not in (folder / ROOT).read_bytes() + (folder / INTERMEDIATE).read_bytes()
    key = serialization.load_pem_private_key((folder / INTERMEDIATE_KEY).read_bytes(), None)
    assert key.public_key() != authority.root.public_key()
    assert "key" not in repr(authority).lower() or "PRIVATE" not in repr(authority)


def test_it_is_read_as_it_was_made_and_never_made_twice(tmp_path: Path) -> None:
    made = make(tmp_path / "lab", DOMAINS, "ec", NOW)
    read = load(tmp_path / "lab")
    assert (read.root, read.intermediate, read.domains, read.key_type) == (made.root, made.intermediate, DOMAINS, "ec")
    with pytest.raises(Mistake, match="expected no authority, found one"):
        make(tmp_path / "lab", DOMAINS, "ec", NOW)


def test_a_leaf_is_short_lived_and_for_servers_alone(tmp_path: Path) -> None:
    authority = make(tmp_path / "lab", DOMAINS, "ec", NOW)
    leaf = x509.load_pem_x509_certificates(authority.issue([HOST], new_key("ec"), NOW))[0]
    assert leaf.not_valid_after_utc - NOW <= timedelta(days=14)
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert [usage.dotted_string for usage in leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value] == [
        "1.3.6.1.5.5.7.3.1"
    ]


@for_each(
    ("name", "content", "said"),
    [
        (ROOT, None, "found no ca.pem (run gateway lab init)"),
        (INTERMEDIATE, None, "found no intermediate.pem"),
        (INTERMEDIATE_KEY, None, "found no intermediate.key"),
        (ROOT, b"nonsense", "found files that cannot be read as one"),
        (INTERMEDIATE_KEY, b"nonsense", "found files that cannot be read as one"),
        (INTERMEDIATE_KEY, key_pem(new_key("ec")), "expected the key of intermediate.pem, found another"),
    ],
)
def test_a_folder_that_is_no_authority_is_said(name: str, content: bytes | None, said: str, tmp_path: Path) -> None:
    make(tmp_path / "lab", DOMAINS, "ec", NOW)
    path = tmp_path / "lab" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(Mistake) as raised:
        load(tmp_path / "lab")
    assert said in str(raised.value)


def test_an_intermediate_of_another_root_is_said(tmp_path: Path) -> None:
    make(tmp_path / "lab", DOMAINS, "ec", NOW)
    make(tmp_path / "other", DOMAINS, "ec", NOW)
    (tmp_path / "other" / ROOT).replace(tmp_path / "lab" / ROOT)
    with pytest.raises(Mistake, match="expected an intermediate that the root signed, found another"):
        load(tmp_path / "lab")
