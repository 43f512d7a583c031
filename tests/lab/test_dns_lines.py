"""What a lab's own resolver has to be told; the real dnsmasq and unbound read it where they are installed."""

from __future__ import annotations

import ipaddress
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.lab.dns_lines import FORMS, Names, dns_lines
from tests.harness.for_each import for_each

BOTH = Names(
    ("api.auth.adobe.com", "gateway.lab"), (ipaddress.ip_address("192.168.0.2"), ipaddress.ip_address("fd00::2"))
)
ONE = Names(("api.auth.adobe.com",), (ipaddress.ip_address("192.168.0.2"),))


@for_each(
    ("form", "line"),
    [
        ("dnsmasq", "host-record=api.auth.adobe.com,192.168.0.2,60"),
        ("dnsmasq", "host-record=gateway.lab,fd00::2,60"),
        ("pihole", "local=/api.auth.adobe.com/  # all other types get an empty answer"),
        ("unbound", '  local-data: "api.auth.adobe.com. 60 IN AAAA fd00::2"'),
        ("coredns", '    answer "{{ .Name }} 60 IN A 192.168.0.2"'),
        ("hosts", "192.168.0.2 api.auth.adobe.com gateway.lab"),
    ],
)
def test_each_form_names_each_host_with_each_address(form: str, line: str) -> None:
    assert line in dns_lines(BOTH, form).splitlines()


@for_each("form", FORMS)
def test_an_address_that_is_not_there_is_not_written(form: str) -> None:
    text = dns_lines(ONE, form)
    assert "AAAA" not in text
    assert "None" not in text


@pytest.mark.parametrize(
    ("form", "reads"), [("dnsmasq", ["dnsmasq", "--test", "-C"]), ("unbound", ["unbound-checkconf"])]
)
def test_the_real_resolver_reads_it(form: str, reads: list[str], tmp_path: Path) -> None:
    if (program := shutil.which(reads[0])) is None:
        pytest.skip(f"{reads[0]} is not installed")
    (tmp_path / "lab.conf").write_text(dns_lines(BOTH, form))
    command = [program, *reads[1:], str(tmp_path / "lab.conf")]
    read = subprocess.run(command, capture_output=True, text=True, check=False)  # ours
    assert read.returncode == 0, read.stderr
