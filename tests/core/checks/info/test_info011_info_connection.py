"""Spectrum needs the connection."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info011_info_connection import info_connection
from tests.core.checks.calls import LOGOUT, call, info, redacted, said

CASES = [
    pytest.param(call(), [], id="another MVPD"),
    pytest.param(
        call(LOGOUT.replace("Cablevision", "Spectrum")), ["no connectionIp and connectionPort"], id="Spectrum without"
    ),
    pytest.param(
        call(LOGOUT.replace("Cablevision", "Spectrum"), x_device_info=info(connectionIp="93.184.216.34")),
        ["no connectionPort"],
        id="one of both",
    ),
    pytest.param(
        call(
            LOGOUT.replace("Cablevision", "Spectrum"),
            x_device_info=info(connectionIp="93.184.216.34", connectionPort=40000),
        ),
        [],
        id="both",
    ),
    pytest.param(
        redacted(
            call(
                LOGOUT.replace("Cablevision", "Spectrum"),
                x_device_info=info(connectionIp="93.184.216.34", connectionPort=40000),
            )
        ),
        [],
        id="both, redacted",
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_info011_info_connection(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_connection, exchanges) == says
