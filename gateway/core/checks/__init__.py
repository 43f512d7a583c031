"""Header checks by family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.auth import AUTH
from gateway.core.checks.dev import DEV
from gateway.core.checks.flow import FLOW
from gateway.core.checks.hdr import HDR
from gateway.core.checks.info import INFO
from gateway.core.checks.resp import RESP
from gateway.core.checks.route import ROUTE
from gateway.core.checks.sso import SSO
from gateway.core.checks.thr import THR
from gateway.core.checks.url import URL
from gateway.core.checks.v1 import V1
from gateway.core.checks.xff import XFF

CHECKS: tuple[Check, ...] = (
    *AUTH,
    *DEV,
    *INFO,
    *XFF,
    *SSO,
    *URL,
    *ROUTE,
    *HDR,
    *THR,
    *FLOW,
    *RESP,
    *V1,
)
