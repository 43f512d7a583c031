"""Where a call goes: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.route.route001_route_method import route_method
from gateway.core.checks.route.route002_route_order import route_order
from gateway.core.checks.route.route003_route_mvpd import route_mvpd
from gateway.core.checks.route.route004_route_placeholder import route_placeholder
from gateway.core.checks.route.route005_query_undefined import query_undefined
from gateway.core.checks.route.route006_route_known import route_known
from gateway.core.checks.route.route007_transport_secure import transport_secure
from gateway.core.checks.route.route008_host_known import host_known
from gateway.core.checks.route.route009_path_double_encoded import path_double_encoded
from gateway.core.checks.route.route010_parameter_double_encoded import parameter_double_encoded
from gateway.core.checks.route.route011_parameter_repeated import parameter_repeated

ROUTE: tuple[Check, ...] = (
    route_method,
    route_order,
    route_mvpd,
    route_placeholder,
    query_undefined,
    route_known,
    transport_secure,
    host_known,
    path_double_encoded,
    parameter_double_encoded,
    parameter_repeated,
)
