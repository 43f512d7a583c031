"""A rule's test is a conversation: what it sends, what it is answered, and what it replies, read top to bottom."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from gateway.core.model import Flow, Headers, Request, Response, Rule


class Conversation:
    """A flow that is driven by hand. What was not expected fails where it happens."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.sent: list[Request] = []
        """Every request, in order."""
        self.outbound: Request | None = None
        """The request that waits for its answer."""
        self.reply: Response | None = None
        self._go_on(None)

    def _go_on(self, answer: Response | None) -> None:
        try:
            self.outbound = next(self._flow) if answer is None else self._flow.send(answer)
            self.sent.append(self.outbound)
        except StopIteration as end:
            self.outbound = None
            self.reply = end.value

    def sends(
        self, method: str, target: str, *, answer: Response, headers: Mapping[str, str | None] | None = None
    ) -> Request:
        """Expect this request, with these fields among its own (None: without it), and answer it."""
        sent = self.outbound
        assert sent is not None, f"expected {method} {target}, found the reply {self.reply}"
        assert f"{sent.method} {sent.target}" == f"{method} {target}"
        for name, value in (headers or {}).items():
            assert sent.headers.getall(name) == ([] if value is None else [value]), name
        self._go_on(answer)
        return sent

    def replies(self, status: int, **fields: str) -> Response:
        """Expect the reply, with these fields among its own: `Retry_After="1"`."""
        assert self.outbound is None, f"expected the reply {status}, found another request: {self.outbound}"
        assert self.reply is not None
        assert self.reply.status == status, self.reply.body
        for name, value in fields.items():
            assert ", ".join(self.reply.headers.getall(name.replace("_", "-"))) == value, name
        return self.reply


def conversation(rule: Rule, request: Request) -> Conversation:
    """Begin a conversation of a rule about a request."""
    return Conversation(rule(request))


def request(method: str, target: str, body: bytes = b"", /, **fields: str) -> Request:
    """Return a request with these fields: `X_Device_Info="…"`."""
    headers = Headers.of({name.replace("_", "-"): value for name, value in fields.items()})
    return Request(method, target, headers, body, client="198.51.100.7", upstream="lab", id="x-1")


def delete(target: str, body: bytes = b"", /, **fields: str) -> Request:
    """Return a v1 logout."""
    return request("DELETE", target, body, **fields)


def answered(document: object, status: int = 200, **fields: str) -> Response:
    """Return a JSON answer of an upstream."""
    headers = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in fields.items()}
    return Response(status, "", Headers.of(headers), json.dumps(document).encode(), "upstream")


def profiles(*mvpds: str) -> Response:
    """Return the list of profiles of these MVPDs."""
    return answered({"profiles": {mvpd: {"issuer": mvpd, "type": "regular", "attributes": {}} for mvpd in mvpds}})


def logged_out(mvpd: str, action: str = "complete", url: str | None = None) -> Response:
    """Return the answer to a logout: `logout` has a url, the others have none."""
    kinds = {"logout": "interactive", "partner_logout": "partner_interactive"}
    entry = {"actionName": action, "actionType": kinds.get(action, "none"), "mvpd": mvpd}
    return answered({"logouts": {mvpd: entry if url is None else entry | {"url": url}}})


def refused(status: int, code: str, **more: object) -> Response:
    """Return an enhanced error of v2."""
    return answered({"action": "none", "status": status, "code": code, "message": f"It is {code}.", **more}, status)


def throttled() -> Response:
    """Return the edge's 429: no JSON, and no Retry-After (throttling-mechanism page)."""
    headers = Headers.of((("Content-Type", "text/html"), ("Set-Cookie", "AWSALB=x")))
    return Response(429, "Too Many Requests", headers, b"<html>429 Too Many Requests</html>", "upstream")


def fingerprint(device_id: str | bytes) -> str:
    """Return the AP-Device-Identifier of a device."""
    raw = device_id if isinstance(device_id, bytes) else device_id.encode()
    return "fingerprint " + base64.b64encode(raw).decode()


def said(reply: Response) -> dict[str, object]:
    """Return the reply's JSON."""
    assert isinstance(reply.body, bytes)
    document = json.loads(reply.body)
    assert isinstance(document, dict)
    return document
