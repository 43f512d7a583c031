"""The throttle lets through what the page's example lets through, and answers as the page prints it."""

from __future__ import annotations

from gateway.emulator import Emulator, Options
from gateway.emulator.throttle import CAPACITY, Bucket, is_throttled
from tests.emulator.calls import NOW, call, header
from tests.harness.for_each import for_each

# The worked example of the throttling page: seconds since the first call, and whether it passes.
EXAMPLE = (
    *((second, True) for second in (0, 0.3, 0.6, 0.9, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 2.1, 2.2)),
    *((second, False) for second in (2.4, 2.6, 2.8)),
    (3.1, True),
)
PROFILES = "GET /api/v2/REF30/profiles"


def statuses(emulator: Emulator, count: int, address: str | None, at: float = NOW) -> list[int]:
    return [emulator.handle(call(PROFILES, {"X-Forwarded-For": address}, now=at)).status for _ in range(count)]


def test_the_documented_example_is_reproduced() -> None:
    emulator = Emulator(Options(throttle=True))
    passed = [(second, emulator.handle(call(PROFILES, now=NOW + second)).status == 200) for second, _ in EXAMPLE]
    assert passed == list(EXAMPLE)


def test_each_address_has_a_bucket_of_its_own() -> None:
    emulator = Emulator(Options(throttle=True))
    assert statuses(emulator, 12, "203.0.113.1") == [200] * 11 + [429]
    assert statuses(emulator, 1, "203.0.113.2") == [200]
    assert statuses(emulator, 1, None) == [200]


def test_without_x_forwarded_for_the_peers_address_counts() -> None:
    emulator = Emulator(Options(throttle=True))
    assert statuses(emulator, 12, None) == [200] * 11 + [429]
    assert statuses(emulator, 1, "") == [429]


def test_one_second_after_the_first_429_calls_pass_again() -> None:
    emulator = Emulator(Options(throttle=True))
    assert statuses(emulator, 12, "203.0.113.1")[-1] == 429
    assert statuses(emulator, 2, "203.0.113.1", NOW + 1) == [200, 429]


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    assert Bucket(CAPACITY, NOW).take(NOW - 100) == (True, Bucket(CAPACITY - 1, NOW - 100))


def test_a_429_is_the_edges_html_with_its_cookies_and_no_retry_after() -> None:
    emulator = Emulator(Options(throttle=True))
    answers = [emulator.handle(call(PROFILES)) for _ in range(12)]
    answer = answers[-1]

    assert (answer.status, answer.reason, len(answer.body)) == (429, "Too Many Requests", 166)
    assert (header(answer, "Content-Type"), header(answer, "Content-Length")) == (["text/html"], ["166"])
    assert header(answer, "Server") == ["openresty"]
    assert [cookie.partition("=")[0] for cookie in header(answer, "Set-Cookie")] == ["AWSALB", "AWSALBCORS"]
    assert not header(answer, "Retry-After")
    allowed = "ap_11,ap_42,ap_z,ap_19,ap_21,ap_23,authorization,content-type,pass_sfp"
    others = "AP-Session-Identifier,AP-Device-Identifier,AP-SDK-Identifier,X-Device-Info"
    assert header(answer, "Access-Control-Allow-Headers") == [f"{allowed},{others}"]
    assert header(answer, "Access-Control-Expose-Headers") == [
        "pass_sfp,Authzf-Error-Code,Authzf-Sub-Error-Code,Authzf-Error-Details"
    ]
    assert header(answer, "Access-Control-Allow-Methods") == ["POST,GET,OPTIONS,DELETE"]
    assert header(answer, "Access-Control-Allow-Credentials") == ["true"]
    assert header(answer, "P3P") == ['CP="NOI DSP COR CURa ADMa DEVa OUR BUS IND UNI COM NAV STA"']


def test_without_the_option_nothing_is_throttled() -> None:
    assert statuses(Emulator(), 30, "203.0.113.1") == [200] * 30


def test_addresses_are_forgotten_too() -> None:
    emulator = Emulator(Options(throttle=True, remember=5))
    for number in range(20):
        statuses(emulator, 1, f"203.0.113.{number}")
    assert len(emulator._buckets) == 5


@for_each(
    ("path", "listed"),
    [
        ("/api/v2/REF30/profiles", True),
        ("/o/client/token?x=1", True),
        ("/api/v1/logout", True),
        ("/api/v1/logout.json", True),
        ("/api/v1/logouts", False),
        ("/api/v1/REF30/profile-requests/Dish", True),
        ("/reggie/v1/REF30/regcode", True),
        ("/adobe-services/logout", False),
        ("/", False),
    ],
)
def test_the_paths_that_the_page_lists_are_throttled(path: str, listed: bool) -> None:
    assert is_throttled(call(f"GET {path}")) is listed
