"""Random texts are judged decoded, and found as wholes."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.leaks import random_pieces
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.random_text import _MAY_RUN, _RUN
from gateway.scrubbing.cleaner import Cleaner
from gateway.scrubbing.inspector import Inspector
from tests.harness.for_each import for_each
from tests.planting import ALNUM, KEY, b64, examples, seeded, some

CHANCE = seeded("random")
LEFT, RIGHT = some(CHANCE, ALNUM, 22, 22), some(CHANCE, ALNUM, 44, 44)
LONG = LEFT + RIGHT


@for_each(
    ("text", "pieces"),
    [
        (f"/a?v={LEFT}%2F{RIGHT}&page=2", [f"{LEFT}/{RIGHT}"]),
        (f"/a?v={LEFT}%252F{RIGHT}", [f"{LEFT}/{RIGHT}"]),
        (f"https://cdn.example.com/{LONG}/main.js", [LONG]),
        (f"https://cdn.example.com/a/{LONG}.js?x=1", [f"{LONG}.js"]),
        (rf"https:\/\/cdn.example.com\/{LONG}\/x", [LONG]),
        (f"say {LONG} again", [LONG]),
        (f"a={LONG}&b={LONG[::-1]}", [LONG, LONG[::-1]]),
        (f"say {LEFT}/{RIGHT}=", [f"{LEFT}/{RIGHT}="]),
        (f"/{LEFT}/{RIGHT}", [RIGHT]),
        (f"say {Pseudonyms(KEY)('token', LONG)}", []),
        (f"https://x.example/{Pseudonyms(KEY)('token', LONG)}/y", []),
        ("https://experienceleague.adobe.com/en/docs/pass/authentication/integration-guide-programmers/rest-apis", []),
        (f"/a?v={'0123456789abcdef' * 4}", []),
        (b64(json.dumps({"model": "TV 5th Gen", "osName": "tvOS", "version": "5,3"})), []),
    ],
)  # fmt: skip
def test_a_piece_is_a_whole_parameter_a_whole_segment_or_a_whole_run(text: str, pieces: list[str]) -> None:
    assert list(random_pieces(text)) == pieces


@for_each(
    "url",
    [
        f"https://cdn.example.com/{LONG}/main.js?lang=en",
        f"https://cdn.example.com/a?v={LEFT}%2F{RIGHT}%3D&lang=en",
        f"https://{LEFT.lower()}.example.com/x/{LONG}?lang=en",
    ],
)
@for_each("slash", ["/", "\\/"])
def test_what_is_scrubbed_is_still_a_url(url: str, slash: str) -> None:
    """A host is never joined with a segment, and no escape is broken."""
    body = json.dumps({"u": url}).replace("/", slash)
    interaction = Interaction("", Request("GET", "/"), Response(200, "OK", Headers(), body.encode()), "")
    cleaner = Cleaner(Redaction(KEY))
    done = cleaner.end(cleaner.begin(interaction))
    assert done.removed
    cleaned = done.interaction.response.body
    assert isinstance(cleaned, bytes)
    after, before = urlsplit(json.loads(cleaned)["u"]), urlsplit(url)
    assert (after.scheme, after.netloc, after.path.count("/")) == (before.scheme, before.netloc, before.path.count("/"))
    assert after.query.endswith("lang=en")
    assert not any(part in cleaned.decode() for part in (LEFT, RIGHT))
    assert Inspector(Policy()).found(done.interaction) == {}


@examples(150)
@given(st.text(st.sampled_from('aZ9+/_~-%25\\ "=.é'), min_size=30, max_size=60))
def test_where_there_is_a_run_its_beginning_is_found(text: str) -> None:
    assert _RUN.search(text) is None or _MAY_RUN.search(text) is not None
