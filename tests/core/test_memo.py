"""A memo speaks of one head, and of no request that differs from it."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.core.memo import Memo, memo_of
from gateway.core.model import Headers, Request

HEAD = Request("GET", "/api/v2/REF30/profiles", Headers.of({"Host": "gateway"}))


def test_a_request_has_the_results_of_its_own_head_alone() -> None:
    """A rule that changes a request, or a body that it brings, leaves nothing of what was worked out."""
    request = replace(HEAD, memo=Memo(HEAD.method, HEAD.target, HEAD.headers))
    results = memo_of(request)
    assert results == {}
    assert memo_of(replace(request, id="another", client="203.0.113.7")) is results

    changed = {
        "method": replace(request, method="DELETE"),
        "target": replace(request, target="/api/v2/REF30/logout/Dish"),
        "headers": replace(request, headers=HEAD.headers.with_("Host", "other")),
        "body": replace(request, body=b"{}"),
        "nothing is kept": HEAD,
    }
    for what, other in changed.items():
        assert memo_of(other) is None, what


def test_it_is_no_part_of_a_request() -> None:
    """What was worked out makes no request another one, and is not shown with it."""
    request = replace(HEAD, memo=Memo(HEAD.method, HEAD.target, HEAD.headers))
    other = replace(HEAD, memo=Memo("", "", Headers()))
    assert HEAD == request == other == HEAD
    assert hash(request) == hash(other) == hash(HEAD)
    assert repr(request) == repr(HEAD)


def test_the_results_of_a_head_that_is_not_remembered_end_with_its_exchange() -> None:
    """Whoever keeps the exchange does not keep them; what is kept for when it is had again stays."""
    once = Memo(HEAD.method, HEAD.target, HEAD.headers)
    kept = once.kept
    request = replace(HEAD, memo=once)
    once.end()
    assert memo_of(request) is None
    assert once.kept is kept
    again = Memo(HEAD.method, HEAD.target, HEAD.headers)
    again.lasts = True
    again.end()
    assert memo_of(replace(HEAD, memo=again)) == {}
