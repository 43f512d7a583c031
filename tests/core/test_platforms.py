"""What a device says it is, in its own words and in a word of ours."""

from __future__ import annotations

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Headers, Request
from gateway.core.platforms import _PLATFORMS, UNKNOWN, describe, slug_of
from gateway.samples import samples
from tests.harness.for_each import for_each
from tests.reports.recordings import FIRE_TV, ROKU, device_info


def said(info: dict[str, str] | str = "", agent: str = "") -> Request:
    value = info if isinstance(info, str) else base64.b64encode(json.dumps(info).encode()).decode()
    fields = {"X-Device-Info": value, "User-Agent": agent}
    return Request("GET", "/", Headers.of({name: value for name, value in fields.items() if value}))


@for_each(
    ("request_", "slug"),
    [
        (said({"model": "4850X", "osName": "Roku OS"}), "roku"),
        (said(agent="Roku/DVP-9.10 (519.10E04111A)"), "roku"),
        (said({"model": "TV 5th Gen", "manufacturer": "Apple", "osName": "tvOS"}), "apple-tv"),
        (said(agent="AppleTV6,2/11.1"), "apple-tv"),
        (said(agent="Mozilla/5.0 (Linux; Android 9; AFTS Build/PS7) AppleWebKit/537.36 Chrome/88.0 Safari/537.36"), "fire-tv"),
        (said({"manufacturer": "Amazon", "model": "AFTKRT", "osName": "Android"}), "fire-tv"),
        (said(agent="Dalvik/2.1.0 (Linux; U; Android 10; BRAVIA 4K VH2 Build/QTG3)"), "android-tv"),
        (said(agent="Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/110.0 Safari/537.36 CrKey/1.56"), "chromecast"),
        (said(agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 Edge/44"), "xbox"),
        (said(agent="Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15"), "playstation"),
        (said(agent="Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 SamsungBrowser/2.2 Safari/537.36"), "samsung-tv"),
        (said(agent="Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/79.0 Safari/537.36"), "lg-tv"),
        (said(agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"), "chrome"),
        (said(agent="Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0"), "edge"),
        (said(agent="Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"), "firefox"),
        (said(agent="curl/8.5.0"), "curl"),
        (said(agent="python-requests/2.32.3"), "python"),
        (said({"osName": "Roku OS"}, agent="python-requests/2.32.3"), "roku"),  # a server speaks for it
        (said('{"osName": "Roku OS"}'), "roku"),  # JSON that was never encoded
        (said(agent="Amazon CloudFront"), UNKNOWN),
        (said({"deviceName": "Jane's TV"}, agent="JaneApp/1"), UNKNOWN),
        (said(), UNKNOWN),
    ],
)  # fmt: skip
def test_a_platform_has_a_word(request_: Request, slug: str) -> None:
    assert slug_of(request_) == slug


def test_v1_says_it_in_a_parameter() -> None:
    info = base64.b64encode(b'{"model": "Roku 2"}').decode().replace("=", "%3D")
    assert slug_of(Request("DELETE", f"/api/v1/logout?deviceId=1&device_info={info}&x=1")) == "roku"


@given(st.binary(max_size=200), st.binary(max_size=100))
def test_a_word_comes_from_the_table_alone(info: bytes, agent: bytes) -> None:
    fields = ((b"X-Device-Info", base64.b64encode(info)), (b"User-Agent", agent))
    slug = slug_of(Request("GET", "/", Headers(fields)))
    assert slug in {UNKNOWN, *(slug for slug, _ in _PLATFORMS)}
    assert len(slug) <= 12


@for_each(
    ("headers", "description"),
    [
        ({"X-Device-Info": device_info(ROKU)}, "Roku Ultra 4850X"),
        ({"X-Device-Info": device_info({"manufacturer": "Roku", "model": "Roku 2"})}, "Roku 2"),
        ({"X-Device-Info": device_info({"osName": "tvOS"})}, "tvOS"),
        ({"X-Device-Info": device_info(FIRE_TV).replace("=", "%3D")}, "Amazon AFTKRT"),
        ({"User-Agent": "python-requests/2.32 more"}, "python-requests/2.32"),
        ({"X-Device-Info": "%%%", "User-Agent": "!"}, ""),
        ({}, ""),
    ],
)
def test_a_device_describes_itself(headers: dict[str, str], description: str) -> None:
    assert describe(Request("GET", "/", Headers.of(headers))) == description


def test_the_documented_broken_device_information_describes_a_device() -> None:
    assert {describe(sample.request) for sample in samples()} == {"Apple TV 5th Gen"}
