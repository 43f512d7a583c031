"""The audit as a page: what is in it, and what cannot get out of it."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.auditing.recorded import audit
from gateway.cassettes.format import HEAD, dump
from gateway.core.wording import paragraphs
from gateway.reports import view
from gateway.reports.html import render
from gateway.reports.model import Sheet
from tests.harness.for_each import for_each
from tests.reports.recordings import audited, call, fleet, hostile, identifier, recorded

VOID = {"meta", "link", "input", "col", "rect"}


class Page(HTMLParser):
    """The elements of a page; one that is not closed, or closed twice, fails."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open[-1] if self._open else "", []).append(data)

    def all(self, tag: str, name: str = "") -> list[dict[str, str]]:
        """Return the attributes of the elements with a tag, and a class."""
        return [
            attributes
            for other, attributes in self.elements
            if other == tag and (not name or name in attributes.get("class", "").split())
        ]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(render(audited(tmp_path), Sheet()))


def test_the_matrix_has_a_row_for_each_device_and_a_column_for_each_check(tmp_path: Path, page: Page) -> None:
    result = audited(tmp_path)

    assert len(page.all("th", "device")) == len(result.devices) == 5
    assert len(page.all("th", "check")) == len(result.checks)
    assert len(page.all("td")) == len(result.devices) * len(result.checks)


def test_each_cell_with_a_finding_leads_to_an_article(tmp_path: Path, page: Page) -> None:
    found = {(audited.device.name, reported.finding.id) for audited, reported in audited(tmp_path).findings}
    cells = [attributes["href"].removeprefix("#") for attributes in page.all("a", "cell")]

    assert len(cells) == len(set(cells)) == len(found)
    assert sorted(cells) == sorted(attributes["id"] for attributes in page.all("article"))


def test_the_place_of_a_finding_is_marked(tmp_path: Path) -> None:
    text = render(audited(tmp_path, recorded(call(Accept="*/*"))), Sheet())

    assert '<span class="line marked"><span class="name">Accept</span>' in text
    assert '<span class="line"><span class="name">Authorization</span>' in text


def test_what_is_missing_is_shown_as_missing(tmp_path: Path) -> None:
    text = render(audited(tmp_path, recorded(call(AP_Device_Identifier=""))), Sheet())

    assert '<span class="line marked missing"><span class="name">AP-Device-Identifier</span>' in text


def test_a_marked_value_says_what_is_in_it(tmp_path: Path) -> None:
    broken = base64.b64encode(b'{\n"model": "TV"\n"osName": "tvOS"}').decode()
    text = render(audited(tmp_path, recorded(call(X_Device_Info=broken))), Sheet())

    assert "&#34;model&#34;: &#34;TV&#34;\n&#34;osName&#34;: &#34;tvOS&#34;" in text


def test_nothing_in_it_asks_for_anything(page: Page) -> None:
    """No element loads: links are for clicking, and the one picture is in the page."""
    loading = {name for _, attributes in page.elements for name in attributes} & {
        "src",
        "srcset",
        "style",
        "data",
        "poster",
    }
    assert loading == set()
    assert [attributes["href"][:10] for attributes in page.all("link")] == ["data:image"]
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    hrefs = {attributes["href"] for attributes in page.all("a") if "href" in attributes}
    assert all(href.startswith(("#", "https://experienceleague.adobe.com/")) for href in hrefs)


def test_its_policy_allows_its_own_style_and_script_alone(page: Page) -> None:
    (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    directives = {name: value for name, _, value in (part.strip().partition(" ") for part in policy.split(";"))}

    for element, directive in (("style", "style-src"), ("script", "script-src")):
        (text,) = page.texts[element]
        digest = base64.b64encode(sha256(text.encode()).digest()).decode()
        assert directives.pop(directive) == f"'sha256-{digest}'"
    assert directives == {"default-src": "'none'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}


def test_a_cassette_cannot_add_an_element(tmp_path: Path, page: Page) -> None:
    text = render(audited(tmp_path, hostile()), Sheet())
    attacked = Page(text)

    assert len(attacked.all("script")) == 1
    assert {tag for tag, _ in attacked.elements} <= {tag for tag, _ in page.elements} | {"mark"}
    assert "<img" not in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_no_secret_of_an_unredacted_cassette_is_in_it(tmp_path: Path) -> None:
    """vcrpy redacts nothing: what is shown has been redacted on the way."""
    plain = replace(recorded(call()), request=call(), about={})
    path = tmp_path / "plain.yaml"
    path.write_bytes(HEAD + dump(plain))
    text = render(audit([path]), Sheet())

    for name in ("Authorization", "AP-Device-Identifier", "X-Forwarded-For"):
        assert plain.request.headers[name] not in text
    assert "ba23d141" not in text


def test_devices_that_describe_themselves_alike_are_told_apart(tmp_path: Path) -> None:
    shown = view.View(audited(tmp_path))
    labels = [shown.label(device) for device in shown.result.devices]

    assert len(labels) == len(set(labels))
    assert "Roku Ultra 4850X" in labels


@for_each(
    ("name", "shown"),
    [
        ("apple-tv-7f3a2c", "apple-tv-7f3a2c"),
        ("REDACTED-DEVICE-5acc26", "REDACTED-DEVICE-5acc26"),
        ("living-room-roku-on-the-left", "living-room-roku…-the-left"),
        ("the-television-of-the-shelf-7f3a2c", "the-television-o…lf-7f3a2c"),
        ("a" * 26, "a" * 26),
        ("", ""),
    ],
)
def test_a_name_keeps_what_tells_it_from_others(name: str, shown: str) -> None:
    assert view.short(name) == shown


def test_a_large_audit_is_shortened_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "DEVICES", 2)
    monkeypatch.setattr(view, "CALLS", 3)
    text = render(audited(tmp_path), Sheet())

    assert len(Page(text).all("th", "device")) == 2
    assert "3 more devices" in text
    assert "7 more calls" in text


def test_what_the_baseline_knows_looks_known(tmp_path: Path) -> None:
    result = audited(tmp_path)
    known = result.against(frozenset(reported.fingerprint for _, reported in result.findings))
    page = Page(render(known, Sheet()))

    assert len(page.all("td", "old")) == len(page.all("a", "cell"))
    assert "9 errors, 0 new, on 4 of 5 devices" in page.texts["h1"]


@pytest.mark.parametrize(
    ("interactions", "said"),
    [
        (lambda: fleet(), "9 errors on 4 of 5 devices"),  # noqa: PLW0108  # each case makes its own
        (lambda: [recorded(call(Accept="text/html"))], "1 warning on 1 device"),
    ],
)
def test_the_headline_says_the_worst(tmp_path: Path, interactions: object, said: str) -> None:
    page = Page(render(audited(tmp_path, *interactions()), Sheet()))  # type: ignore[operator]

    assert page.texts["h1"] == [said]


def test_an_empty_audit_is_a_page(tmp_path: Path) -> None:
    result = audited(tmp_path, recorded(call()))
    empty = replace(result, files=(replace(result.files[0], interactions=()),))

    assert Page(render(empty, Sheet())).texts["h1"] == ["No calls"]


def test_a_device_without_an_identifier_has_a_row(tmp_path: Path) -> None:
    with_, without = recorded(call()), recorded(call(AP_Device_Identifier=""), seconds=60)

    assert len(audited(tmp_path, with_, without).devices) == 2
    twin = recorded(call(AP_Device_Identifier=identifier("another-device-identifier-01")), seconds=90)
    assert len(audited(tmp_path, with_, without, twin).devices) == 3


def test_the_explanation_is_in_paragraphs() -> None:
    text = "One sentence.\n\nFacts\n-----\n* A fact\n  of two lines."

    assert paragraphs(text) == ["One sentence.", "A fact of two lines."]
