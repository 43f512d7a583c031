"""Which checks a recording cannot answer is told by what they declare, and by what is secret."""

from __future__ import annotations

from gateway.core.checking import AnswerCheck, OverTimeCheck
from gateway.core.checks import CHECKS
from gateway.core.expression import Expression
from gateway.core.secrets.policy import HEADERS, PARAMETERS, Policy
from gateway.core.unseen import digest_of, unseen_of

PLAIN = unseen_of(CHECKS, Policy())


def test_a_check_is_unseen_for_what_it_declares() -> None:
    wrong = [
        f"{check}: expected {'unseen' if expected else 'seen'}"
        for check, expected in {
            "DEV003": True,  # the identifier is secret
            "DEV001": False,  # and whether it is there is not
            "SSO005": True,
            "HDR005": True,  # a cassette folds the lines of a field
            "HDR004": False,  # Accept is no secret
            "URL005": True,  # what stands in a parameter may be
            "ROUTE001": False,  # the method is not
            "XFF003": True,  # the gateway writes that field itself
            "AUTH011": True,  # it looks at other calls
            "RESP006": False,  # an answer is seen
        }.items()
        if (check in PLAIN) is not expected
    ]
    assert wrong == []
    for check in CHECKS:
        if check.info.inbound or isinstance(check, OverTimeCheck):
            assert check.info.id in PLAIN
        if isinstance(check, AnswerCheck):
            assert check.info.id not in PLAIN


def test_what_a_configuration_calls_secret_counts() -> None:
    accept = unseen_of(CHECKS, Policy(headers={**HEADERS, "accept": "token"}))
    assert accept - PLAIN == {"HDR004"}
    anything = unseen_of(CHECKS, Policy(patterns=((Expression("sesame"), "token"),)))
    assert {"HDR004", "ROUTE001", "DEV001"} <= anything
    assert unseen_of(CHECKS, Policy(parameters=dict(PARAMETERS))) == PLAIN


def test_sets_have_digests_whatever_their_order() -> None:
    assert digest_of(["B", "A"]) == digest_of({"A", "B"})
    assert len({digest_of(names) for names in ((), ("A",), ("A", "B"), ("A B C",))}) == 4
    assert all(len(digest_of([name])) == 6 for name in PLAIN)
