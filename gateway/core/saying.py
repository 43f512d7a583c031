"""What is said of one message: its target, and texts about it, without what is secret anywhere in that message.

Facts
-----
* `Redaction.target` knows a target alone. An app may repeat a token of its header fields in the path, where nothing tells that it
  is one; then the message is redacted as a whole.
* That costs much more than a target, and the log says something of each exchange. So the text is first compared with the places of
  the message that hold secrets: they must have twelve characters in common, the length from which redaction knows a secret again.
* Two texts with twelve characters in common share a block of six that begins at a multiple of six in one of them.
"""

from __future__ import annotations

import binascii
import re
import string
from collections.abc import Iterator, Sequence
from functools import cached_property
from urllib.parse import unquote

from msgspec.structs import replace

from gateway.core.model import Finding, Request
from gateway.core.redaction import Redaction
from gateway.core.secrets.pseudonyms import LEAST, unb64
from gateway.core.secrets.wire import text_of

BLOCK = LEAST // 2
LONGEST = 1 << 12
"""Characters of a target, a text or a body that are looked into; what is longer is not quoted: nobody would read it."""
MANY = 1 << 20
"""Comparisons from which on a table of the blocks is made."""

UNRESERVED = frozenset(f"{string.ascii_letters}{string.digits}-._~")
_NEEDLESS = re.compile(r"%(?:25)?([0-9A-Fa-f]{2})")
_WORD = re.compile(r"[^\s/?&=;,\"]{12,}")
"""What may be an encoded secret, or hold one."""


class Saying:
    """Says what a request was, for as long as it takes to say it."""

    def __init__(self, redaction: Redaction, request: Request) -> None:
        self._redaction = redaction
        self._request = request

    @property
    def target(self) -> str:
        """The request's path and query."""
        request = self._request
        if len(request.target) > LONGEST:
            return _unquoted(request.target)
        path, _, query = request.target.partition("?")
        if not self._repeats(path, query) and not (query and self._repeats(query)):
            return self._redaction.target(request.target)
        return self._whole_target

    @property
    def path(self) -> str:
        """The request's path, which may repeat what its query holds."""
        path, _, query = self._request.target.partition("?")
        if len(self._request.target) > LONGEST:
            return _unquoted(path)
        if not self._repeats(path, query):
            return self._redaction.target(path)
        return self._whole_target.partition("?")[0]

    def text(self, text: str) -> str:
        """Return a text about the request, such as what a check found, without the request's secrets."""
        if not self._repeats(text, self._request.target.partition("?")[2]):
            return text
        if len(text) > LONGEST:
            return _unquoted(text)
        return self._redacted[1].without_seen(_normal(text))

    @cached_property
    def _whole_target(self) -> str:
        return self._redaction.target(self._redacted[0].target)

    @cached_property
    def _redacted(self) -> tuple[Request, Redaction]:
        """The request without its secrets, and the redaction that has met those and no others."""
        redaction = self._redaction.afresh()
        request = self._request
        body = request.body if isinstance(request.body, bytes) and len(request.body) <= LONGEST else b""
        return redaction.redacted(replace(request, target=_normal(request.target), body=body))[0], redaction

    @cached_property
    def _secret_places(self) -> str:
        """The values of the header fields that are secret by their name, and a short body."""
        request = self._request
        secret = self._redaction.policy.header
        values = [value for name, value in request.headers.raw if secret(name.lower().decode("latin-1"))]
        if isinstance(request.body, bytes) and len(request.body) <= LONGEST:
            values.append(request.body)
        return b"\n".join(values).decode("latin-1")

    @cached_property
    def _all_places(self) -> str:
        """The same with what is encoded in it."""
        return "\n".join(_plain_and_decoded(self._secret_places))

    def _repeats(self, text: str, query: str = "") -> bool:
        """Whether a text may repeat a secret of this request."""
        if len(text) < LEAST:
            return False
        encoded = _WORD.search(text) is not None
        places = self._all_places if encoded else self._secret_places
        if query:
            places = "\n".join((places, *(_plain_and_decoded(query) if encoded else (query,))))
        if not places:
            return False
        texts = _plain_and_decoded(text) if encoded else (text,)
        return any(have_in_common(each, places) for each in texts)


def said_of(saying: Saying, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings about a request, none of which quotes a secret of it."""
    said = []
    for finding in findings:
        where, found = saying.text(finding.where), saying.text(finding.found)
        same = where is finding.where and found is finding.found
        said.append(finding if same else replace(finding, where=where, found=found))
    return tuple(said)


def have_in_common(text: str, places: str) -> bool:
    """Whether twelve characters of `text` stand in `places` in a row."""
    blocks: set[str] | str = places
    if len(text) * len(places) > MANY:
        blocks = {places[at : at + BLOCK] for at in range(len(places) - BLOCK + 1)}
    for at in range(0, len(text) - BLOCK + 1, BLOCK):
        if text[at : at + BLOCK] not in blocks:
            continue
        if any(
            len(run := text[begin : begin + LEAST]) == LEAST and run in places
            for begin in range(max(0, at - BLOCK), at + 1)
        ):
            return True
    return False


def _plain_and_decoded(text: str) -> Iterator[str]:
    """Yield a text as it is, and what its words are in the encodings in which a secret is repeated."""
    yield text
    if "%" in text:
        text = unquote(unquote(text, "latin-1"), "latin-1")
        yield text
    for word in _WORD.findall(text):
        if plain := unb64(word):
            yield text_of(plain)
        try:
            yield binascii.unhexlify(word).decode("latin-1")
        except ValueError:
            continue


def _normal(text: str) -> str:
    """Return a text in which nothing is percent-encoded without need (RFC 3986 section 2.3), not even twice."""
    return _NEEDLESS.sub(_decoded, text)


def _decoded(escape: re.Match[str]) -> str:
    plain = chr(int(escape[1], 16))
    return plain if plain in UNRESERVED else escape[0]


def _unquoted(text: str) -> str:
    return f"\u2026 ({len(text)} characters)"
