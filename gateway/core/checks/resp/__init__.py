"""Answers: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.resp.resp001_answer_key import answer_key
from gateway.core.checks.resp.resp002_answer_pair import answer_pair
from gateway.core.checks.resp.resp003_answer_without_url import answer_without_url
from gateway.core.checks.resp.resp004_answer_with_url import answer_with_url
from gateway.core.checks.resp.resp005_answer_html import answer_html
from gateway.core.checks.resp.resp006_answer_json import answer_json
from gateway.core.checks.resp.resp007_answer_relative_url import answer_relative_url
from gateway.core.checks.resp.resp008_answer_logouts import answer_logouts
from gateway.core.checks.resp.resp009_answer_error_status import answer_error_status
from gateway.core.checks.resp.resp010_answer_error import answer_error
from gateway.core.checks.resp.resp011_answer_invalid import answer_invalid
from gateway.core.checks.resp.resp012_answer_integration import answer_integration

RESP: tuple[Check, ...] = (
    answer_key,
    answer_pair,
    answer_without_url,
    answer_with_url,
    answer_html,
    answer_json,
    answer_relative_url,
    answer_logouts,
    answer_error_status,
    answer_error,
    answer_invalid,
    answer_integration,
)
