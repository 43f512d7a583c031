"""With the documented requests the emulator gives the documented answers."""

from __future__ import annotations

import json

from gateway.emulator import Emulator
from tests.emulator.calls import document, header, sample
from tests.harness.for_each import for_each

# Sample 6 is broken JSON, and a placeholder stands in it: this is what was meant.
MEANT = {6: '{"logouts": {"ATTOTT": {"actionName": "complete", "actionType": "none", "mvpd": "ATTOTT"}}}'}


@for_each("number", [1, 2, 3, 4, 6, 7])
def test_a_sample_request_has_its_sample_answer(number: int) -> None:
    request, status, content, body = sample(number)

    answer = Emulator().handle(request)

    assert (answer.status, header(answer, "Content-Type")) == (status, [content])
    assert document(answer) == json.loads(MEANT.get(number, body))


def test_samples_1_and_5_are_one_request_sent_twice() -> None:
    emulator = Emulator()
    for number in (1, 5):
        request, status, _, body = sample(number)
        answer = emulator.handle(request)
        assert (answer.status, document(answer)) == (status, json.loads(body))


def test_all_eight_in_a_row_are_answered_by_one_emulator() -> None:
    emulator = Emulator()
    assert [emulator.handle(sample(number)[0]).status for number in range(1, 9)] == [200] * 7 + [204]


def test_the_eighth_sample_is_answered_204_without_a_body() -> None:
    """RFC 9110 section 8.6: a 204 has no Content-Length."""
    answer = Emulator().handle(sample(8)[0])

    assert (answer.status, answer.body) == (204, b"")
    assert not header(answer, "Content-Length")
    assert not header(answer, "Content-Type")


def test_every_answer_says_when_and_how_long() -> None:
    answer = Emulator().handle(sample(1)[0])

    assert header(answer, "Date") == ["Mon, 19 Aug 2024 17:53:20 GMT"]
    assert header(answer, "Content-Length") == [str(len(answer.body))]


def test_a_placeholder_that_a_client_percent_encoded_is_the_same_placeholder() -> None:
    request, *_ = sample(6)
    encoded = type(request)(
        request.method, request.target.replace("${degradedMvpd}", "$%7BdegradedMvpd%7D"), request.headers
    )
    assert list(document(Emulator().handle(encoded))["logouts"]) == ["ATTOTT"]
