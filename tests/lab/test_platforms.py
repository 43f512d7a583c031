"""Each platform has steps, limits and sources, a device is told its own, and the documentation says what the pages say."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from gateway.core.platforms import _PLATFORMS
from gateway.lab.formats import FORMATS
from gateway.lab.platforms import BY_SLUG, PLATFORMS, TRUSTED_BY, Platform, of_agent, of_word, steps_line
from tests.harness.for_each import for_each

DOCS = Path(__file__).parents[2] / "docs"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"


def section(one: Platform) -> str:
    """What docs/how-to/lab-devices.md says of a platform."""
    numbered = [f"{number}. {step}" for number, step in enumerate(one.steps_at("http://192.168.0.2"), 1)]
    listed = [*(f"* {limit}" for limit in one.limits), *(f"* Otherwise: {other}" for other in one.instead)]
    sources = ", ".join(f"<{source}>" for source in one.sources)
    lines = [f"## {one.name}", "", f"Takes the lab's certificate: {TRUSTED_BY[one.trust]}.", "", *numbered, "", *listed, "", f"Sources: {sources}"]  # fmt: skip
    return "\n".join(lines).replace("<certificates", "\\<certificates") + "\n"


def overview() -> str:
    """The table of docs/tutorials/lab.md."""
    rows = [
        f"| [{one.name}](../how-to/lab-devices.md#{anchor(one.name)}) | {TRUSTED_BY[one.trust]} |" for one in PLATFORMS
    ]
    return "\n".join(["| platform | takes the lab's certificate |", "|---|---|", *rows]) + "\n"


def anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


@for_each("platform", PLATFORMS)
def test_each_has_steps_limits_what_then_and_sources_of_its_maker(platform: Platform) -> None:
    texts = (*platform.steps, *platform.limits, *platform.instead)
    assert platform.steps
    assert platform.limits
    assert platform.instead
    assert all(text.endswith((".", "ca.pem", ")")) for text in texts)
    assert platform.sources
    assert all(urlsplit(source).scheme == "https" for source in platform.sources)
    assert bool(platform.form) is (platform.trust != "none"), "who can take a certificate is offered one"
    assert platform.form in {"", *FORMATS}
    assert not platform.form or any(f"{{base}}/ca.{platform.form}" in step for step in platform.steps)
    assert "{" not in "".join(platform.steps_at("http://192.168.0.2"))


def test_every_platform_that_the_api_serves_is_there_and_each_word_is_one_platforms() -> None:
    assert {*BY_SLUG} >= {
        *("roku", "apple-tv", "ios", "fire-tv", "android-tv", "webos", "tizen", "xbox", "playstation", "desktop", "program"),
    }  # fmt: skip
    known = {slug for slug, _ in _PLATFORMS}
    words = [word for one in PLATFORMS for word in one.words or (one.slug,)]
    assert len(words) == len({*words})
    assert {*words} <= known
    assert known - {*words} == {"vizio-tv", "nintendo"}, "whose makers document nothing of it"


@for_each(
    ("agent", "slug"),
    [
        ("Roku/DVP-12.5 (12.5.0.4178-88)", "roku"),
        ("Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/538.2 (KHTML, like Gecko) Safari/538.2", "webos"),
        ("Mozilla/5.0 (SMART-TV; LINUX; Tizen 3.0) AppleWebKit/538.1 Version/3.0 TV Safari/538.1", "tizen"),
        ("Mozilla/5.0 (Linux; Android 9; AFTMM Build/NS6265) AppleWebKit/537.36 Chrome/108 Silk/108", "fire-tv"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) AppleWebKit/537.36 Edge/44", "xbox"),
        ("Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 Safari/605.1.15", "playstation"),
        ("Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2) AppleWebKit/537.36 Chrome/120", "android-tv"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131 Mobile", "android"),
        (SAFARI, "ios"),
        ("AppleTV11,1/18.1 tvOS", "apple-tv"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "desktop"),
        ("node", "program"),
        ("curl/8.5.0", "program"),
        ("python-requests/2.32.4", "program"),
        ("", ""),
        ("\x00" * 5000, ""),
    ],
)  # fmt: skip
def test_a_browser_says_on_which_platform_it_is(agent: str, slug: str) -> None:
    found = of_agent(agent)
    assert (found.slug if found is not None else "") == slug


def test_steps_name_the_pages_where_there_are_some_and_files_alone_where_not() -> None:
    roku = of_word("roku")
    assert roku is not None
    assert steps_line(roku, "http://192.168.0.2").startswith("Roku: Download http://192.168.0.2/ca.pem, and put")
    assert steps_line(roku, "").startswith("Roku: Download ca.pem, and put")


def test_the_documentation_says_what_the_pages_say() -> None:
    """Who changes an entry prints `section` and `overview` anew."""
    assert overview() in (DOCS / "tutorials" / "lab.md").read_text("utf-8")
    said = (DOCS / "how-to" / "lab-devices.md").read_text("utf-8")
    assert "\n".join(map(section, PLATFORMS)) in said
