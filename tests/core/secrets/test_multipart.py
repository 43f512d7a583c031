"""Multipart forms: where each part's content stands, what its head says, and that nothing else moves."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Headers, Request, Response
from gateway.core.redactors.bodies import redact_bodies
from gateway.core.secrets.multipart import Part, boundary_in, boundary_of, fields_in, parts, without_delimiters
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.wire import bytes_of, text_of
from tests.harness.for_each import for_each
from tests.planting import KEY, examples

NAMED = 'Content-Disposition: form-data; name="a"'


def redacted(body: bytes, content_type: str) -> object:
    request = Request("POST", "/x", Headers.of({"Content-Type": content_type}), body)
    return redact_bodies(request, Response(200), Scrub(Pseudonyms(KEY), Policy()))[0].body


@for_each(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=x-1", "x-1"),
        ('Multipart/Form-Data ;charset=utf-8; Boundary = "x 1"', "x 1"),
        ('multipart/form-data; boundary="a\\"b"', 'a"b'),
        ('multipart/form-data; z="; boundary=no"; boundary=yes', "yes"),
        ("multipart/form-data; boundary=first; boundary=second", "first"),
        ("multipart/form-data; boundary=\xff", "\udcff"),
        ("multipart/form-data; boundary=" + "x" * 256, "x" * 256),
        ("multipart/form-data; boundary=" + "x" * 257, ""),
        ("multipart/form-data; boundary=", ""),
        ("multipart/form-data", ""),
        ("multipart/mixed; boundary=x", ""),
        ("application/json; boundary=x", ""),
        ("", ""),
    ],
)
def test_the_boundary_is_that_of_a_form(content_type: str, boundary: str) -> None:
    assert boundary_of(Headers.of({"content-type": content_type})) == boundary
    assert boundary_of(Headers()) == ""


@for_each(
    ("text", "expected"),
    [
        (f"--b\r\n{NAMED}\r\n\r\n1\r\n--b--\r\n", [("1", "a", "", False)]),
        (f"--b\n{NAMED}\n\n1\n--b--", [("1", "a", "", False)]),
        (f"--b\r\n{NAMED}\r\n\r\n1\r\n--b \t\r\n{NAMED}\r\n\r\n2\r\n--b--  ", [("1", "a", "", False), ("2", "a", "", False)]),
        (f"--b\r\n{NAMED}\r\n\r\n\r\n--b--", [("", "a", "", False)]),
        (f"--b\r\n{NAMED}\r\n\r\n--b--", [("", "a", "", False)]),
        (f"--b\r\n{NAMED}\r\n\r\n1\r\n\r\n2\r\n--b--", [("1\r\n\r\n2", "a", "", False)]),
        (f"--b\r\n{NAMED}\r\n\r\nx --b\r\n--bb\r\n--b--c\r\n--b--", [("x --b\r\n--bb\r\n--b--c", "a", "", False)]),
        (f"--b\r\n{NAMED}\r\n\r\n1\r\n", [("1\r\n", "a", "", False)]),
        (f"--b\r\n{NAMED}", [(NAMED, "", "", False)]),
        ("--b\r\n\r\n1\r\n--b--", [("1", "", "", False)]),
        ("--b\r\n--b\r\n--b--", [("", "", "", False)] * 2),
        (f"before\r\n--b\r\n{NAMED}\r\n\r\n1\r\n--b--\r\nafter", [("before", "", "", False), ("1", "a", "", False), ("after", "", "", False)]),
        (f'--b\r\n{NAMED}; filename="x"\r\nContent-Type: Text/HTML; charset=utf-8\r\n\r\n1\r\n--b--', [("1", "a", "text/html", True)]),
        (f"--b\r\n{NAMED}; filename*=UTF-8''x\r\n\r\n1\r\n--b--", [("1", "a", "", True)]),
        ("--b\r\ncontent-disposition:form-data;NAME=a\r\n\r\n1\r\n--b--", [("1", "a", "", False)]),
        ('--b\r\nContent-Disposition: form-data;\r\n name="a"\r\n\r\n1\r\n--b--', [("1", "a", "", False)]),
        ('--b\r\nContent-Disposition: form-data; name="a\\"; b"\r\n\r\n1\r\n--b--', [("1", 'a"; b', "", False)]),
        ("--b\r\nContent-Disposition: form-data; name*=UTF-8''a%20b\r\n\r\n1\r\n--b--", [("1", "a%20b", "", False)]),
        ('--b\r\nContent-Disposition: form-data; name="a\r\n\r\n1\r\n--b--', [("1", "a", "", False)]),
        ("--c\r\n\r\n1\r\n--c--", None),
        ("x --b", None),
        ("", None),
    ],
    ids=range(22),
)  # fmt: skip
def test_each_part_says_what_it_is(text: str, expected: list[tuple[str, str, str, bool]] | None) -> None:
    found = parts(text, "b")
    assert expected == (
        None
        if found is None
        else [(text[part.start : part.end], part.name, part.media_type, part.is_file) for part in found]
    )


def test_all_lines_but_the_delimiters_are_left() -> None:
    assert without_delimiters("x\r\n--b\r\n1 --b\r\n--bb\r\n--b \n2\n--b--", "b") == "x\r\n1 --b\r\n--bb\r\n2\n"
    assert without_delimiters("--\r\n1", "") == "--\r\n1"


def test_there_are_no_parts_without_a_boundary() -> None:
    assert parts("--\r\n\r\n1\r\n----", "") is None


BROKEN = st.lists(
    st.sampled_from([b"--b", b"--", b"\r\n", b"\n", b"\r", b"Content-Disposition:", b" form-data", b"; name=", b'"', b"a", b"\\",
                     b";", b"=", b" ", b"Content-Type: application/json", b"{", b"\xff", b"\xc3"]),
    max_size=60,
).map(b"".join)  # fmt: skip


@examples(300)
@given(st.binary(max_size=200) | BROKEN, st.text(alphabet='b-"\\;= \xff', max_size=5))
def test_any_bytes_have_parts_in_their_order_or_none(body: bytes, boundary: str) -> None:
    text = text_of(body)
    at = 0
    for part in parts(text, boundary) or ():
        assert isinstance(part, Part)
        assert at <= part.start <= part.end <= len(text)
        at = part.end


@examples(300)
@given(st.binary(max_size=200) | BROKEN, st.sampled_from(["b", '"b"', '"-"', '"', ""]))
def test_what_holds_no_secret_comes_back_byte_for_byte(body: bytes, boundary: str) -> None:
    assert redacted(body, f"multipart/form-data; boundary={boundary}") == body


FIELD = st.tuples(st.sampled_from(["client_secret", "mvpd"]), st.binary(max_size=60).map(lambda value: b"(%s)" % value))


@examples(200)
@given(st.lists(FIELD, min_size=1, max_size=5), st.sampled_from(["\r\n", "\n"]))
def test_only_the_contents_of_secret_fields_change(fields: list[tuple[str, bytes]], line_end: str) -> None:
    def form(values: list[bytes]) -> bytes:
        heads = [f'--boundary\nContent-Disposition: form-data; name="{name}"\n\n' for name, _ in fields]
        written = [
            head.replace("\n", line_end).encode() + value + line_end.encode()
            for head, value in zip(heads, values, strict=True)
        ]
        return b"".join([*written, b"--boundary--", line_end.encode()])

    pseudonyms = Pseudonyms(KEY)
    expected = [
        bytes_of(pseudonyms("token", text_of(value))) if name == "client_secret" else value for name, value in fields
    ]
    body = form([value for _, value in fields])
    assert redacted(body, "multipart/form-data; boundary=boundary") == form(expected)


@for_each(
    "piece",
    ["\n--b", "\n--b\n", "--b", "\n", "\r\n", "\r", " ", '; name="', ";a=", "\\", "\n--b\nContent-Disposition: form-data; name=", "\n "],
)  # fmt: skip
def test_the_time_is_linear(piece: str) -> None:
    head = f"--b\n{NAMED}"
    began = time.process_time()
    for text in (piece * (50_000 // len(piece)), head + piece * (50_000 // len(piece)) + "\n\n"):
        parts(text, "b")
    assert time.process_time() - began < 1


def test_a_body_tells_its_boundary_where_nothing_else_does() -> None:
    for text, boundary in {
        f"--b\r\n{NAMED}\r\n\r\n1": "b",
        f"\r\n--b \t\nContent-Type: text/plain\n{NAMED}\n\n1": "b",
        "--b\r\nContent-Type: text/plain\r\n\r\n1": "",
        f"x\r\n--b\r\n{NAMED}": "",
        "--b": "",
        "": "",
    }.items():
        assert boundary_in(text) == boundary, text
    assert without_delimiters(f"--b\n{NAMED}\n\n1\n--b--\n", "") == f"{NAMED}\n\n1\n"


def test_fields_are_found_in_any_text_in_linear_time() -> None:
    text = f"POST / HTTP/1.1\r\n\r\n--b\r\n{NAMED}\r\n\r\n1\r\n2\r\n--c\n{NAMED}; filename=x\nContent-Type: x/y\n\n3\n--c--"
    assert [(text[field.start : field.end], field.name, field.is_file) for field in fields_in(text)] == [
        ("1\r\n2", "a", False),
        ("3", "a", True),
    ]
    assert [field.name for field in fields_in(f"{NAMED}\n\n1")] == ["a"]
    assert not [*fields_in(f"{NAMED}\n\n--b--")]
    started = time.process_time()
    for hostile in (f"{NAMED}\n" * 20_000, f"--b\n{NAMED}\n\n" * 20_000):
        assert len([*fields_in(hostile)]) <= 1
        boundary_in(hostile)
    assert time.process_time() - started < 1
