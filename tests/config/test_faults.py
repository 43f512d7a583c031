"""What `faults` may say, and what is said of what it cannot."""

from __future__ import annotations

import json

from msgspec.structs import fields

from gateway.config import load
from gateway.config.faults import OneFault, planned
from gateway.config.reading import keys_of
from gateway.core.fault_when import FaultWhen
from gateway.core.faults import FAULTS
from gateway.core.faults.connection_reset import ConnectionReset
from gateway.core.faults.delay import Delay, Fixed, LogNormal
from gateway.core.faults.status import StatusFault
from gateway.core.faults.throttle import Throttle
from gateway.core.planned_fault import PlannedFault
from tests.config.reading import ROOT, read, said
from tests.harness.for_each import for_each


def faults(text: str) -> list[PlannedFault]:
    return planned(read(f"faults:\n{text}").faults, 9.0)


def test_every_fault_can_be_configured() -> None:
    assert set(keys_of(OneFault)) == {*FAULTS, "when"}


def test_no_option_of_a_fault_is_called_like_a_condition() -> None:
    """A test says both side by side: `gateway.fault("reset", at="head", nth=2)`."""
    conditions = {condition.name for condition in fields(FaultWhen)}
    assert not any(option.name in conditions for fault in FAULTS.values() for option in fields(fault))


@for_each(
    ("text", "fault"),
    [
        ("- reset", ConnectionReset()),
        ("- reset:", ConnectionReset()),
        ("- reset: true", ConnectionReset()),
        ("- reset: {}", ConnectionReset()),
        ("- reset: head", ConnectionReset("head")),
        ("- reset: {at: body, sent: true}", ConnectionReset("body", sent=True)),
        ("- delay: 500ms", Delay(Fixed(0.5))),
        ("- delay: {seconds: {median: 1, sigma: 0.4}}", Delay(LogNormal(1.0, 0.4))),
        ("- status: 503", StatusFault(503)),
        ("- throttle", Throttle()),
        ("- {throttle: {rate: 2, capacity: 5}}", Throttle(2.0, 5.0)),
    ],
)
def test_how_a_fault_is_written(text: str, fault: object) -> None:
    (one,) = faults(text)
    assert (one.fault, one.when, one.begun) == (fault, FaultWhen(), 9.0)


def test_conditions_stand_beside_the_fault() -> None:
    first, second = faults(
        """
        - status: 503
          when: {route: "GET /api/v2/{sp}/profiles", device: tv, nth: [1, "3.."], probability: 0.5, seed: 7, times: 2, schedule: {after: 10s}}
        - reset
        """
    )
    assert [str(route) for route in first.when.route] == ["GET /api/v2/{sp}/profiles"]
    assert (first.when.device, [str(calls) for calls in first.when.nth]) == (("tv",), ["1", "3.."])
    assert (first.when.probability, first.when.seed, first.when.times, first.when.schedule.after) == (0.5, "7", 2, 10.0)
    assert (first.key, second.key) == ("fault 0", "fault 1")


def test_the_environment_sets_the_list() -> None:
    config = load(None, {"GATEWAY_FAULTS": "[reset, {delay: 2}]"}, {})
    assert [one.name for one in planned(config.faults, 0.0)] == ["reset", "delay"]


KINDS = "error, throttle, status, delay, slow_body, truncated_body, reset, empty_response, no_response, malformed_chunk, expired_token"


@for_each(
    ("fault", "problem"),
    [
        ("rset", ".rset: unknown key; did you mean reset?"),
        ("{}", f": expected one of {KINDS}, found none"),
        ("{when: {nth: 1}}", f": expected one of {KINDS}, found none"),
        ("{reset: , status: 503}", f": expected one of {KINDS}, found status and reset"),
        ("{reset: tail}", '.reset.at: expected before_head, head or body, found "tail"'),
        ("{reset: {att: head}}", ".reset.att: unknown key; did you mean at?"),
        ("{status: 99}", ".status.code: expected a status from 200 to 599, found 99"),
        ("{status: {code: 503, headers: {Host: x}}}", ".status.headers: expected a map of header fields that are not the connection's own, found a map"),
        ("{status: }", ".status.code: expected a value, found none"),
        ("{error: invalid_integratio}", '.error.code: expected an error code that Adobe documents, found "invalid_integratio"; did you mean invalid_integration?'),
        ("{slow_body: 0}", ".slow_body.bytes_per_second: expected a whole number of bytes, 1 to 1073741824, found 0"),
        ("{no_response: 0}", ".no_response.seconds: expected seconds, such as 2, 0.5, 500ms or 10m, above 0 and an hour at most, found 0"),
        ("{expired_token: {calls: -1}}", ".expired_token.calls: expected a whole number from 0 to 1000000, found -1"),
        ("{throttle: {rate: 0}}", ".throttle.rate: expected a number above 0 and at most 1000000, found 0"),
        ("{reset: , when: {nth: 0}}", '.when.nth: expected the number of a call from 1 on, a range such as "3..5" or "3..", or a list of them, found 0'),
        ("{reset: , when: {probability: 2}}", ".when.probability: expected a number from 0 to 1, found 2"),
        ("{reset: , when: {times: -1}}", ".when.times: expected a whole number from 0 to 1000000, found -1"),
        ("{reset: , when: {seed: true}}", ".when.seed: expected a text or a whole number, found true"),
        ("{reset: , when: {schedule: {aftr: 1}}}", ".when.schedule.aftr: unknown key; did you mean after?"),
        ("{reset: , when: {schedule: {lasts: 5, every: 2}}}", ".when.schedule.every: expected more seconds than lasts, and lasts above 0, so that the fault ends, found 2.0"),
        ("{reset: , when: {schedule: {every: 1m}}}", ".when.schedule.every: expected more seconds than lasts, and lasts above 0, so that the fault ends, found 60.0"),
        ("{reset: , when: {route: /x}}", '.when.route[0]: expected a method in capitals, a space and a path, such as "DELETE /api/v1/logout", found "/x"'),
        ("{reset: , when: {upstream: stagin}}", '.when.upstream[0]: expected the name of an upstream (emulator, production, staging), found "stagin"; did you mean staging?'),
        ("{error: invalid_requestor, when: {route: ['DELETE /api/v1/logout', 'GET /api/v2/{sp}/profiles']}}", '.when.route[1]: expected a route of an API that documents invalid_requestor, found "GET /api/v2/{sp}/profiles"'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_fault_is_said_with_its_place(fault: str, problem: str) -> None:
    assert said(f"faults:\n- reset\n- {fault}\n") == [f"config.yaml faults[1]{problem}"]


def test_everything_wrong_is_said_at_once() -> None:
    assert len(said("faults:\n- rset\n- {delay: -1, when: {nth: 0, seeed: 1}}\n- {}\nmode: x\n")) == 6


def test_the_schema_takes_what_the_configuration_takes() -> None:
    schema = json.loads((ROOT / "gateway/config.schema.json").read_text("utf-8"))
    entry = schema["properties"]["faults"]["items"]
    assert {"$ref": "#/$defs/OneFault"} in entry["anyOf"]
    assert {"enum": [*FAULTS], "type": "string"} in entry["anyOf"]
    delay = schema["$defs"]["OneFault"]["properties"]["delay"]["anyOf"]
    assert {"type": "string"} in delay
    assert {"type": "number"} in delay


def test_the_shipped_comments_are_a_configuration() -> None:
    """Whoever takes the comment signs off changes nothing but `faults`."""
    text = (ROOT / "config.yaml").read_text("utf-8")
    lines = text[text.index("\nfaults:") :].strip().splitlines()[1:]
    reset, delay = faults("\n".join(line.removeprefix("#") for line in lines))
    assert (reset.name, delay.name, delay.when.seed, delay.when.probability) == ("reset", "delay", "7", 0.5)
