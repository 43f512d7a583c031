"""Who may use what a lab offers."""

from __future__ import annotations

from gateway.lab.private import is_private
from tests.harness.for_each import for_each


@for_each(
    ("address", "private"),
    [
        ("192.168.0.7", True),
        ("10.1.2.3", True),
        ("127.0.0.1", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True),
        ("::ffff:192.168.0.7", True),
        ("8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
        ("2001:4860:4860::8888", False),
        ("172.32.0.1", False),
        ("100.64.0.1", False),
        ("", False),
    ],
)
def test_private_networks_are_told_from_all_others(address: str, private: bool) -> None:
    assert is_private(address) is private
