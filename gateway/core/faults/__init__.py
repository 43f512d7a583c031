"""Faults by the names that `config.yaml` gives them; each declares its options."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.fault import Fault
from gateway.core.faults.connection_reset import ConnectionReset
from gateway.core.faults.delay import Delay
from gateway.core.faults.empty_response import EmptyResponse
from gateway.core.faults.error import ApiErrorFault
from gateway.core.faults.expired_token import ExpiredToken
from gateway.core.faults.malformed_chunk import MalformedChunk
from gateway.core.faults.no_response import NoResponse
from gateway.core.faults.slow_body import SlowBody
from gateway.core.faults.status import StatusFault
from gateway.core.faults.throttle import Throttle
from gateway.core.faults.truncated_body import TruncatedBody

FAULTS: Mapping[str, type[Fault]] = {
    "error": ApiErrorFault,
    "throttle": Throttle,
    "status": StatusFault,
    "delay": Delay,
    "slow_body": SlowBody,
    "truncated_body": TruncatedBody,
    "reset": ConnectionReset,
    "empty_response": EmptyResponse,
    "no_response": NoResponse,
    "malformed_chunk": MalformedChunk,
    "expired_token": ExpiredToken,
}
