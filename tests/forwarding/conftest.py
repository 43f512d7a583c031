"""A certificate for upstreams."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for api.example, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subject = ["-subj", "/CN=api.example", "-addext", "subjectAltName=DNS:api.example"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run(  # noqa: S603  # found above
        [openssl, "req", "-x509", *curve, *subject, "-keyout", key, "-out", cert, "-days", "2"],
        check=True,
        capture_output=True,
    )
    (folder / "both.pem").write_bytes(key.read_bytes() + cert.read_bytes())
    return folder / "both.pem"
