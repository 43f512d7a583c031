"""The main proof: whatever secret stands in an exchange, nothing that is kept or shown has it, in no disguise."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

from hypothesis import given

from gateway.cassettes.format import dump
from gateway.core.devices import DeviceNames
from gateway.core.model import Exchange, Leg, Request, Response
from gateway.core.redaction import Redaction
from gateway.logs import Log, configure
from tests import planting
from tests.planting import KEY, examples, found_in, planted, recorded, texts


def logged(redaction: Redaction, request: Request, response: Response) -> str:
    stream = StringIO()
    log = Log(configure(stream), DeviceNames(bytes(16)), redaction)
    log.exchange(Exchange("1", request, (Leg(request, response, 1.5),), response, 2.5))
    return stream.getvalue()


@examples(300)
@given(planted())
def test_no_secret_is_kept_or_shown(leg: planting.Leg) -> None:
    """No secret in no disguise: not in the cassette's text, not in the log, not in repr(). And the leak gate lets it pass."""
    redaction = Redaction(KEY)
    request, response = leg.made()
    sent = (request.target, request.headers.raw, request.body, response.headers.raw, response.body, response.reason)

    interaction = recorded(redaction, request, response)
    for text in texts(interaction):
        assert found_in(text, leg.secrets) == []
    assert found_in(dump(interaction).decode(), leg.secrets) == []
    assert redaction.leaks(interaction) == []
    assert found_in(logged(redaction, request, response), leg.secrets) == []
    assert found_in(repr((request.headers, replace(response, reason=""), response.headers)), leg.secrets) == []
    assert sent == (
        request.target,
        request.headers.raw,
        request.body,
        response.headers.raw,
        response.body,
        response.reason,
    )


@examples(200)
@given(planted())
def test_redacting_twice_is_redacting_once(leg: planting.Leg) -> None:
    """A pseudonym is known without the key, so nobody's redaction changes it again."""
    interaction = recorded(Redaction(KEY), *leg.made())
    for other in (Redaction(KEY), Redaction(bytes(32))):
        again = recorded(other, interaction.request, interaction.response)
        assert (again.request, again.response) == (interaction.request, interaction.response)
