"""Trailers have one reading: those that were announced and may be trailers, between the last chunk and the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.trailers import announced_in, trailers_in

ENDS = {
    b"2\r\nok\r\n0\r\nX: y\r\n\r\n": ((b"X", b"y"),),
    b"2\r\nok\r\n0\r\nX: y\r\nOther: z\r\nx:  w \t\r\n\r\n": ((b"X", b"y"), (b"x", b"w")),
    b"2\r\nok\r\n000;a=b\r\nX: y\r\n\r\n": ((b"X", b"y"),),
    b"2\r\nok\r\n0\r\n\r\n": (),
    b"a\r\n0\r\nX: evil\r\n0\r\n\r\n": (),  # the chunk's data looks like an end
    b"a\r\n0\r\nX: evil\r\n0\r\nX: y\r\n\r\n": ((b"X", b"y"),),
    b"X: y\r\n\r\n": (),  # the last chunk is not among the bytes
    b"0\r\nX: y\r\n z\r\n\r\n": (),
    b"0\r\nX: y\r\n": (),
    b"0\r\nX : y\r\n\r\n": (),
    b"0\nX: y\n\n": (),
    b"": (),
}


def test_trailers_are_what_stands_between_the_last_chunk_and_the_end() -> None:
    for end, expected in ENDS.items():
        assert trailers_in(end, frozenset({b"x"})) == expected, end


def test_what_may_be_announced() -> None:
    """Framing, routing, credentials and what describes the body are none, whoever announces them."""
    assert announced_in(["X-Checksum, Content-Length", " server-timing ,,Host", "Set-Cookie"]) == {
        b"x-checksum",
        b"server-timing",
    }


@given(
    st.binary(max_size=60),
    st.lists(st.tuples(st.sampled_from([b"X", b"Y"]), st.sampled_from([b"", b"0", b"0;a", b"y"]))),
)
def test_no_data_of_a_body_is_a_trailer(data: bytes, fields: list[tuple[bytes, bytes]]) -> None:
    end = b"%x\r\n%b\r\n0\r\n" % (len(data), data) + b"".join(b"%b: %b\r\n" % field for field in fields) + b"\r\n"
    assert trailers_in(end, frozenset({b"x"})) == tuple(field for field in fields if field[0] == b"X")
