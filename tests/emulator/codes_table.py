"""The table of error codes in docs/reference/emulator.md."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.emulator.codes import PAGE, REGISTRATION, V1, V2

BASE = "https://experienceleague.adobe.com/en/docs/pass/authentication/integration-guide-programmers"


def table() -> str:
    """Return the table as Markdown, one row a code."""
    head = "| API | code | status | action | by itself | page |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    for api, codes in (("v2", V2), ("v1", V1)):
        for name, code in codes.items():
            statuses = ", ".join(map(str, code.statuses))
            yield f"| {api} | `{name}` | {statuses} | {code.action} | {code.how} | [codes]({BASE}/{PAGE}#enhanced-error-codes-lists-rest-api-{api}) |"
    for name, word in REGISTRATION.items():
        page = "token" if word.page.endswith("token") else "register"
        yield f"| registration | `{name}` | 400 | | {word.how} | [{page}]({BASE}/{word.page}) |"
