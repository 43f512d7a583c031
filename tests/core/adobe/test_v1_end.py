"""v1 is gone where its paths or its host are no more; every other answer is one of v1's."""

from __future__ import annotations

from gateway.core.adobe.v1_end import is_gone
from gateway.core.errors import gateway_error
from gateway.core.model import Headers, Response
from tests.harness.for_each import for_each


@for_each(
    ("answer", "gone"),
    [
        (Response(404, source="upstream"), True),
        (Response(410, source="upstream"), True),
        (Response(404, source="cassette"), True),
        (Response(410, source="emulator"), True),
        (Response(404, source="override"), True),
        (gateway_error(502, "upstream_unreachable", "no address", reason="unknown_host"), True),
        (gateway_error(502, "upstream_unreachable", "refused"), False),
        (gateway_error(404, "other", "ours"), False),
        (gateway_error(502, "gateway_replay_miss", "no answer"), False),
        (Response(204, source="upstream"), False),
        (Response(400, source="upstream"), False),
        (Response(405, source="upstream"), False),
        (Response(451, source="upstream"), False),
        (Response(503, source="upstream"), False),
        (
            Response(
                502,
                "",
                Headers.of({"X-Gateway-Error": "upstream_unreachable"}),
                b'{"reason": "unknown_host"}',
                "upstream",
            ),
            False,
        ),
    ],
)
def test_v1_is_gone(answer: Response, *, gone: bool) -> None:
    assert is_gone(answer) is gone
