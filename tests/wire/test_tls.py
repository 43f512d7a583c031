"""A new connection to an upstream takes up the TLS session of the one before; another authority is not trusted for that."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from gateway.wire.tls import client_context
from tests.harness.certificate import PEM
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, Wire


def server_context(folder: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    (folder / "both.pem").write_text(PEM)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "both.pem")
    context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_connection_resumes_the_session_of_the_one_before(
    lab: Lab, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    resumed = []

    async def script(wire: Wire) -> None:
        await wire.head()
        resumed.append(wire.writer.get_extra_info("ssl_object").session_reused)
        wire.send(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    origin = await lab.origin(script=script, tls=server_context(tmp_path, version))
    upstream = await lab.upstream(
        origin=f"https://localhost:{origin.port}",
        connect_to=f"127.0.0.1:{origin.port}",
        ca_file=str(tmp_path / "both.pem"),
    )
    gateway = await lab.gateway(upstream.send)
    statuses = [(await gateway.ask(GET)).status for _ in range(3)]
    assert (statuses, resumed) == ([200] * 3, [False, True, True])


def test_it_verifies_as_pythons_own_context_does() -> None:
    ours, default = client_context(), ssl.create_default_context()
    for name in ("check_hostname", "verify_mode", "options", "minimum_version", "maximum_version"):
        assert getattr(ours, name) == getattr(default, name), name
    assert ours.cert_store_stats() == default.cert_store_stats()


def test_a_file_of_authorities_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for file in (tmp_path / "empty.pem", tmp_path / "missing.pem"):
        with pytest.raises(OSError):  # noqa: PT011  # an SSLError is one; its text is OpenSSL's
            client_context(str(file))
