"""REST API v1: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.v1.v1001_v1_end import v1_end
from gateway.core.checks.v1.v1002_v1_and_v2 import v1_and_v2
from gateway.core.checks.v1.v1003_v1_parameters import v1_parameters
from gateway.core.checks.v1.v1004_v1_authorization import v1_authorization
from gateway.core.checks.v1.v1005_v1_device_info import v1_device_info
from gateway.core.checks.v1.v1006_v1_device_info_encoded import v1_device_info_encoded
from gateway.core.checks.v1.v1007_v1_deprecated import v1_deprecated
from gateway.core.checks.v1.v1008_v1_signed import v1_signed
from gateway.core.checks.v1.v1009_v1_signature import v1_signature
from gateway.core.checks.v1.v1010_v1_token_of_v2 import v1_token_of_v2

V1: tuple[Check, ...] = (
    v1_end,
    v1_and_v2,
    v1_parameters,
    v1_authorization,
    v1_device_info,
    v1_device_info_encoded,
    v1_deprecated,
    v1_signed,
    v1_signature,
    v1_token_of_v2,
)
