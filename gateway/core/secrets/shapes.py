"""Secrets that are known by their shape: tokens of clouds, code hosts, payment and mail services, and e-mail addresses.

The shapes come from Yelp's detect-secrets 1.5 (Apache-2.0), under their detectors' names, and from gitleaks 8 (MIT), under `gitleaks`.
A test compares them with the installed detect-secrets. Each pattern has bounds, so that its search takes linear time. Each has an edge at
both ends, which detect-secrets does not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from string import ascii_letters, digits
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick

from gateway.core.secrets.wire import bytes_of

_EDGE, _END = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_-])"


class Shape(NamedTuple):
    """The shape of a token."""

    source: str
    """The detector of detect-secrets, or `gitleaks`."""
    starts: tuple[str, ...]
    """Every text with this token has one of these literals."""
    pattern: re.Pattern[str]
    """Matches the token. If the pattern has a group, the group is the secret."""


SHAPES: tuple[Shape, ...] = (
    Shape("aws", ("A3T", "ABIA", "ACCA", "AKIA", "ASIA"), re.compile(rf"{_EDGE}(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{{16}}{_END}")),
    Shape("azure_storage_key", ("AccountKey=",), re.compile(r"AccountKey=([a-zA-Z0-9+/=]{86}[a-zA-Z0-9+/=]{2})")),
    Shape("discord", (".",), re.compile(rf"{_EDGE}[MNO][a-zA-Z0-9_-]{{23,25}}\.[a-zA-Z0-9_-]{{6}}\.[a-zA-Z0-9_-]{{27,38}}{_END}")),
    Shape("github_token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), re.compile(rf"{_EDGE}gh[pousr]_[A-Za-z0-9_]{{36,255}}{_END}")),
    Shape("gitlab_token", ("glpat-", "gldt-", "glft-", "glsoat-", "glrt-"), re.compile(rf"{_EDGE}(?:glpat|gldt|glft|glsoat|glrt)-[A-Za-z0-9_-]{{20,50}}(?!\w)")),
    Shape("gitlab_token", ("GR1348941",), re.compile(rf"{_EDGE}GR1348941[A-Za-z0-9_-]{{20,50}}(?!\w)")),
    Shape("gitlab_token", ("glcbt-", "glimt-", "glptt-", "gloas-"), re.compile(rf"{_EDGE}(?:glcbt|glimt|glptt|gloas)-[A-Za-z0-9_-]{{20,64}}(?!\w)")),
    Shape("gitlab_token", ("glagent-",), re.compile(rf"{_EDGE}glagent-[A-Za-z0-9_-]{{50,1024}}(?!\w)")),
    Shape("mailchimp", ("-us",), re.compile(rf"{_EDGE}[0-9a-z]{{32}}-us[0-9]{{1,2}}{_END}")),
    Shape("npm", ("npm_",), re.compile(rf"{_EDGE}npm_[A-Za-z0-9]{{36}}{_END}")),
    Shape("npm", (":_authToken=",), re.compile(r":_authToken=\s{0,4}([A-Fa-f0-9-]{36})(?![A-Fa-f0-9-])")),
    Shape("openai", ("T3BlbkFJ",), re.compile(rf"{_EDGE}sk-[A-Za-z0-9_-]{{20,180}}?T3BlbkFJ[A-Za-z0-9_-]{{20,160}}")),
    Shape("private_key", ("PRIVATE", "KEY"), re.compile(r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----((?:[^-]|-(?!----)){16,20000}+)")),
    Shape("pypi_token", ("pypi-AgE",), re.compile(rf"{_EDGE}pypi-AgE[A-Za-z0-9_-]{{80,1000}}")),
    Shape("sendgrid", ("SG.",), re.compile(rf"{_EDGE}SG\.[a-zA-Z0-9_-]{{22}}\.[a-zA-Z0-9_-]{{43}}{_END}")),
    Shape("slack", ("xox",), re.compile(rf"{_EDGE}xox[abpors]-(?:[0-9]{{1,20}}-){{1,6}}[a-zA-Z0-9]{{1,80}}")),
    Shape("slack", ("hooks.slack.com",), re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9_]{1,40}/[A-Za-z0-9_]{1,40}/[A-Za-z0-9_/]{1,80})")),
    Shape("softlayer", ("api.softlayer.com",), re.compile(r"api\.softlayer\.com/soap/v3(?:\.1)?/([a-z0-9]{64})")),
    Shape("square_oauth", ("sq0csp-",), re.compile(rf"{_EDGE}sq0csp-[0-9A-Za-z_-]{{43}}{_END}")),
    Shape("stripe", ("_live_", "_test_"), re.compile(rf"{_EDGE}[rs]k_(?:live|test)_[0-9a-zA-Z]{{24,247}}{_END}")),
    Shape("telegram_token", (":",), re.compile(rf"{_EDGE}(?:bot)?[0-9]{{8,10}}:[0-9A-Za-z_-]{{35}}{_END}")),
    Shape("twilio", ("AC", "SK"), re.compile(rf"{_EDGE}(?:AC|SK)[a-f0-9]{{32}}{_END}")),
    Shape("gitleaks", ("github_pat_",), re.compile(rf"{_EDGE}github_pat_[A-Za-z0-9_]{{22,255}}")),
    Shape("gitleaks", ("AIza",), re.compile(rf"{_EDGE}AIza[0-9A-Za-z_-]{{35}}{_END}")),
    Shape("gitleaks", ("ya29.",), re.compile(rf"{_EDGE}ya29\.[0-9A-Za-z_-]{{20,2000}}")),
    Shape("gitleaks", ("sk-ant-", "sk-proj-"), re.compile(rf"{_EDGE}sk-(?:ant|proj)-[A-Za-z0-9_-]{{20,200}}")),
    Shape("gitleaks", ("whsec_",), re.compile(rf"{_EDGE}whsec_[A-Za-z0-9+/]{{24,80}}")),
    Shape("gitleaks", ("shpat_", "shpss_", "shpca_", "shppa_"), re.compile(rf"{_EDGE}shp(?:at|ss|ca|pa)_[a-fA-F0-9]{{32}}{_END}")),
    Shape("gitleaks", ("dop_v1_", "doo_v1_", "dor_v1_"), re.compile(rf"{_EDGE}do[por]_v1_[a-f0-9]{{64}}{_END}")),
    Shape("gitleaks", ("hf_",), re.compile(rf"{_EDGE}hf_[A-Za-z]{{34}}{_END}")),
    Shape("gitleaks", ("xapp-",), re.compile(rf"{_EDGE}xapp-[0-9]-[A-Z0-9]{{1,20}}-[0-9]{{1,20}}-[a-z0-9]{{1,100}}")),
    Shape("gitleaks", ("webhook.office.com",), re.compile(r"webhook\.office\.com/webhookb2/([a-z0-9@/-]{30,300})")),
    Shape("gitleaks", ("/api/webhooks/",), re.compile(r"discord(?:app)?\.com/api/webhooks/([0-9]{10,24}/[A-Za-z0-9_-]{30,100})")),
    Shape("gitleaks", ("AGE-SECRET-KEY-1",), re.compile(r"AGE-SECRET-KEY-1[A-Z0-9]{58}")),
    Shape("gitleaks", ("EAACEdEose0cBA",), re.compile(r"EAACEdEose0cBA[0-9A-Za-z]{20,300}")),
)  # fmt: skip

LEFT_OUT: dict[str, str] = {
    "artifactory": "AKC and AP with ten letters are words, too",
    "basic_auth": "the user and the password of a URL are known by their place",
    "cloudant": "known by the name of the member",
    "high_entropy_strings": "the leak gate judges random texts",
    "ibm_cloud_iam": "known by the name of the member",
    "ibm_cos_hmac": "known by the name of the member",
    "ip_public": "an address is secret where it is a client's",
    "jwt": "JSON Web Tokens are found by themselves",
    "keyword": "names are judged by their words",
}
"""The detectors of detect-secrets that are not here, and why."""

_LITERALS = tuple(dict.fromkeys(start for shape in SHAPES for start in shape.starts))
_OF_LITERAL: tuple[tuple[int, ...], ...] = tuple(
    tuple(number for number, shape in enumerate(SHAPES) if literal in shape.starts) for literal in _LITERALS
)
_AUTOMATON = BytesAhoCorasick([literal.encode() for literal in _LITERALS])
_part_of = {"discord": re.compile(r"\.[a-zA-Z0-9_-]{6}\."), "telegram_token": re.compile(r":[0-9A-Za-z_-]{35}")}
"""For shapes whose `starts` are in most texts, by source: a part of the token that is searched quickly.

It does not change what is secret. So its name is not in capitals, and `tests/core/secrets/policy_content.py` does not read it.
"""
SHORTEST = 20
"""The shortest token, in characters."""
_sign = re.compile(r"[-_.:=]")
_run = re.compile(r"[A-Za-z0-9]{20}")
"""Each token has one of these signs, or is a run of `SHORTEST` letters and digits. Most paths have neither. For the names, see below."""


def shapes_in(text: str) -> list[tuple[int, int]]:
    """Return where tokens of known shapes stand in a text, in their order and without overlaps."""
    if len(text) < SHORTEST or not (_sign.search(text) or _run.search(text)):
        return []
    hits = _AUTOMATON.find_matches_as_indexes(bytes_of(text), overlapping=True)
    if not hits:
        return []
    found = [
        match.span(match.re.groups)  # without a group, the whole match
        for number in {number for which, _, _ in hits for number in _OF_LITERAL[which]}
        for match in _tokens(SHAPES[number], text)
    ]
    found.sort()
    kept: list[tuple[int, int]] = []
    for start, end in found:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _tokens(shape: Shape, text: str) -> Iterable[re.Match[str]]:
    part = _part_of.get(shape.source)
    return shape.pattern.finditer(text) if part is None or part.search(text) else ()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SIGNS = "._%+'-"
_LOCAL = f"{ascii_letters}{digits}{_SIGNS}"
"""Characters of the part before the @. It begins with a letter or a digit."""
_DOMAIN = re.compile(r"@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}([A-Za-z]{2,24}))(?![A-Za-z0-9-])")
_LONGEST_LOCAL = 64
_USERINFO = re.compile(r"://[^\s/?#@]{0,64}\Z")
"""Text before the user or the password of a URL. Both are known by their place."""
_FILES = _words("png jpg jpeg gif svg webp css js mjs ts ico json html htm xml map woff ttf mp4 ml mli")
ROLES = _words(
    "abuse accessibility admin careers contact customercare customerservice feedback hello help info legal media no-reply "
    "noreply office postmaster press privacy sales security service support team webmaster git"
)
"""Mailboxes that belong to no person: companies print them on their pages."""


def addresses_in(text: str) -> list[tuple[int, int]]:
    """Return where e-mail addresses of people stand in a text."""
    found: list[tuple[int, int]] = []
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at)
        before = text[max(0, at - _LONGEST_LOCAL) : at]
        local = before[len(before.rstrip(_LOCAL)) :].lstrip(_SIGNS) if domain else ""
        if domain and local and domain[2].lower() not in _FILES and local.lower() not in ROLES:
            start = at - len(local)
            if not _USERINFO.search(text[max(0, start - _LONGEST_LOCAL) : start]):
                found.append((start, domain.end()))
        at = text.find("@", at + 1)
    return found


def changed_spans(text: str, spans: list[tuple[int, int]], change: Callable[[str], str]) -> str:
    """Return a text with some parts changed."""
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += (text[done:start], change(text[start:end]))
        done = end
    return "".join([*pieces, text[done:]]) if pieces else text
