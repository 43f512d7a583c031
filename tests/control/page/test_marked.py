"""An exchange line by line: each finding stands at the line that it is about."""

from __future__ import annotations

from gateway.control.model import AnswerShown, ExchangeDetail, ExchangeShown, FindingPlaced, FindingShown, RequestShown
from gateway.control.page.marked import MarkedExchange, marked
from gateway.core.marks import Marks

SHOWN = ExchangeShown(
    1, "id", "2026-01-01T00:00:00.000Z", "roku-1", "", "GET", "/a", "", 404, "gateway", "", 1.0, "info", "", rewritten=False, findings=[]
)  # fmt: skip


def lines(**marks: Marks) -> MarkedExchange:
    """Return an exchange with a finding for each of `marks`."""
    placed = [
        FindingPlaced(FindingShown(name, "error", "", "", "", "", ""), where, "fix") for name, where in marks.items()
    ]
    request = RequestShown(
        "GET", "/api/v2/x?one=1&two=2", [("Accept", "a"), ("X-Device-Info", "eyJvcyI6ICJyb2t1IiwgInYiOiAxfQ==")], "sent"
    )
    answer = AnswerShown(404, "Not Found", [("Content-Type", "text/html")], '{"a": 1}')
    return marked(ExchangeDetail(SHOWN, "", request, answer, [], placed, 0.0))


def test_a_header_is_marked_and_decoded() -> None:
    found = lines(A=Marks(header="x-device-info"), B=Marks(header="x-device-info"))
    plain, info = found.request.headers
    assert (plain.found, info.found) == ((), ("A", "B"))
    assert '"os": "roku"' in info.says


def test_a_header_that_is_missing_has_a_line_of_its_own() -> None:
    found = lines(A=Marks(header="authorization", missing="Authorization"))
    assert [(line.name, line.missing, line.found) for line in found.request.headers[2:]] == [
        ("Authorization", True, ("A",))
    ]


def test_a_header_of_the_answer_is_not_the_requests() -> None:
    found = lines(A=Marks(header="accept", answer=True), B=Marks(header="content-type", answer=True))
    assert [line.found for line in found.request.headers] == [(), ()]
    assert [line.found for line in found.answer.headers] == [("B",)]


def test_the_target_is_marked_in_pieces() -> None:
    found = lines(A=Marks(segment=2), B=Marks(parameter="two"), C=Marks(parameter="three", missing="three"))
    pieces = [(piece.text, piece.found) for piece in found.request.target]
    assert pieces == [
        ("/api", ()),
        ("/v2", ("A",)),
        ("/x?one=1", ()),
        ("&two=2", ("B",)),
        (" three: missing", ("C",)),
    ]
    assert "".join(text for text, _ in pieces[:4]) == "/api/v2/x?one=1&two=2"


def test_method_status_bodies_and_time_are_marked() -> None:
    found = lines(
        A=Marks(method=True),
        B=Marks(answer=True, status=True),
        C=Marks(body=True),
        D=Marks(answer=True, body=True),
        E=Marks(time=True),
    )
    assert (found.request.method.found, found.answer.status.found) == (("A",), ("B",))
    assert (found.request.body_found, found.answer.body_found, found.time) == (("C",), ("D",), ("E",))
    assert found.answer.body == '{\n  "a": 1\n}'


def test_a_path_that_is_marked_as_a_whole_is_one_piece() -> None:
    found = lines(A=Marks(path=True))
    assert [(piece.text, piece.found) for piece in found.request.target] == [
        ("/api/v2/x", ("A",)),
        ("?one=1&two=2", ()),
    ]
