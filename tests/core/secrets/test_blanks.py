"""A blank that people fill in is no secret."""

from __future__ import annotations

from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.blanks import is_blank
from tests.harness.for_each import for_each
from tests.planting import KEY, recorded

BLANKS = (
    "<BASIC_AUTH>", "<token>", "***", "********", "{{token}}", "{{ access_token }}", "$TOKEN", "${TOKEN}", "$(TOKEN)", "%TOKEN%", "{token}", "REPLACE_ME",
    "your-api-key", "YOUR_TOKEN_HERE", "xxx", "XXXXXXXX-XXXX", "[REDACTED]", "REDACTED", "[FILTERED]", "…", "__TOKEN__", "${{ secrets.TOKEN }}",
    "insert token here", "my_secret_key", "••••••",
)  # fmt: skip


@for_each("blank", BLANKS)
def test_a_blank_stays_and_is_no_leak(blank: str) -> None:
    assert is_blank(blank)
    request = Request(
        "POST", "/x", Headers.of({"X-Api-Key": blank.encode().decode("latin-1")}), f'{{"password":"{blank}"}}'.encode()
    )
    interaction = recorded(Redaction(KEY), request, Response(200))
    assert (interaction.request.headers, interaction.request.body) == (request.headers, request.body)
    assert Redaction(KEY).leaks(interaction) == []


@for_each(
    "value",
    [
        "hunter2",
        "Tr0ub4dor&3",
        "secret",
        "password1",
        "<a>b</a>",
        "$2y$10$abcdefgh",
        "x",
        "correct horse battery staple",
        "token-1a2b",
    ],
)
def test_what_may_be_a_password_is_none(value: str) -> None:
    assert not is_blank(value)
