"""Whatever the bytes on the wire are, the emulator answers, and its answer can be written."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.emulator import Call, Emulator, Options
from gateway.emulator.answers import REASONS
from tests.emulator.calls import NOW, device

wire = st.binary(max_size=60).map(lambda raw: raw.decode("latin-1"))
token = st.sampled_from(["GET", "DELETE", "POST", "HEAD"]) | wire
segment = (
    st.sampled_from(
        ["api", "v1", "v2", "REF30", "logout", "profiles", "Cablevision", "Spectrum", "o", "client", "%zz", ""]
    )
    | wire
)
query = st.lists(
    st.tuples(st.sampled_from(["redirectUrl", "deviceId", "device_info", "format"]) | wire, wire), max_size=4
)
known = st.sampled_from(
    [
        "/api/v2/REF30/logout/Cablevision",
        "/api/v2/REF30/profiles",
        "/api/v1/logout",
        "/o/client/register",
        "/o/client/token",
    ]
)
path = known | st.lists(segment, max_size=7).map("/".join)
target = st.builds(lambda path, pairs: path + "?" + "&".join("=".join(pair) for pair in pairs), path, query) | wire
field = st.tuples(
    st.sampled_from(
        ["Authorization", "AP-Device-Identifier", "X-Device-Info", "X-Forwarded-For", "Accept", "X-Emulator-Status"]
    )
    | wire,
    st.sampled_from(["Bearer t", "Bearer a.bnVsbA.c", device("x"), "ew==", "429"]) | wire,
)
call = st.builds(
    Call,
    method=token,
    target=target,
    headers=st.lists(field, max_size=8).map(tuple),
    body=st.binary(max_size=80)
    | st.sampled_from([b'{"software_statement": "x", "redirect_uri": "\\ud800"}', b"client_id=c&client_secret"]),
    now=st.floats(0, 4e9),
    client=wire,
)

LENIENT = Emulator()
STRICT = Emulator(Options(strict=True, throttle=True, remember=3))


@given(call)
def test_no_call_makes_it_raise_and_every_answer_is_whole(call: Call) -> None:
    for emulator in (LENIENT, STRICT):
        answer = emulator.handle(call)
        assert answer.reason == REASONS[answer.status]
        fields = dict(answer.headers)
        for name, value in answer.headers:
            assert (name + value).isascii()
            assert not set(value) & {"\r", "\n", "\0"}
        if call.method != "HEAD":
            assert int(fields.get("Content-Length", "0")) == len(answer.body)
        if answer.body and "json" in fields["Content-Type"]:
            assert isinstance(json.loads(answer.body), dict)


@given(st.lists(wire, min_size=1, max_size=5))
def test_no_redirect_url_breaks_the_url_of_the_answer(parts: list[str]) -> None:
    headers = (("Authorization", "Bearer t"), ("AP-Device-Identifier", device("x")))
    request = Call("GET", "/api/v2/REF30/logout/Cablevision?redirectUrl=" + "/".join(parts) + "x", headers, now=NOW)
    answer = Emulator().handle(request)
    if answer.status == 200:
        url = json.loads(answer.body)["logouts"]["Cablevision"]["url"]
        assert url.isascii()
        assert " " not in url
