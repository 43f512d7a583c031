"""What holds for every converter: each has a test file of its name, none raises anything but a problem, and a guess is right."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cassettes.converters import CONVERTERS, WRITERS, guessed
from gateway.cassettes.converters.model import ConversionError
from gateway.cassettes.errors import Problem
from gateway.cassettes.format import dump
from gateway.cassettes.parsing import parse
from gateway.core.model import Interaction
from tests.cassettes.converters import test_cassetter, test_go_vcr, test_har, test_ruby_vcr, test_vcr
from tests.cassettes.converters.material import SEVERAL, read, written
from tests.cassettes.samples import INTERACTIONS, as_read
from tests.planting import examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
SEEDS = {
    "har": json.dumps(test_har.har(test_har.entry())),
    "wiremock": written("wiremock", SEVERAL)[0].decode(),
    "vcr": test_vcr.STALE,
    "cassetter": test_cassetter.FILE,
    "ruby-vcr": test_ruby_vcr.FILE,
    "go-vcr": test_go_vcr.V2,
}
TEXTUAL = sorted(SEEDS)


@pytest.mark.parametrize("name", sorted(CONVERTERS))
def test_each_converter_has_a_sentence_and_a_test_file(name: str) -> None:
    module = importlib.import_module(f"gateway.cassettes.converters.{name.replace('-', '_')}")
    assert module.__doc__
    assert (Path(__file__).parent / f"test_{name.replace('-', '_')}.py").exists()


@pytest.mark.parametrize("name", TEXTUAL)
def test_a_form_is_recognised_by_its_content(name: str) -> None:
    assert guessed(SEEDS[name].encode()) is CONVERTERS[name]


def test_flows_are_recognised_and_noise_is_not() -> None:
    assert guessed(b"1431:9:websocket;0:~") is CONVERTERS["mitmproxy"]
    assert guessed(b"") is None
    assert guessed(b"hello\n") is None
    assert guessed(b'{"a": 1}') is None


def attempted(name: str, data: bytes) -> None:
    """Read, and write what was found; a problem is an answer."""
    guessed(data)
    try:
        found, _ = read(name, data)
    except (Problem, ConversionError):
        return
    for interaction in found:
        try:
            block = dump(interaction)
        except (ValueError, RecursionError):
            continue
        assert block.endswith(b"\n")


@pytest.mark.parametrize("name", TEXTUAL)
@given(data=st.data())
@examples(60)
def test_a_damaged_file_is_a_problem_and_nothing_else(name: str, data: st.DataObject) -> None:
    seed = SEEDS[name].encode()
    at = data.draw(st.integers(0, len(seed)))
    length = data.draw(st.integers(0, 30))
    attempted(
        name, seed[:at] + data.draw(st.binary(max_size=12) | st.just(b"5") | st.just(b"null")) + seed[at + length :]
    )


@given(value=JSON, name=st.sampled_from(["har", "wiremock"]), key=st.sampled_from(["request", "response", "metadata"]))
@examples(80)
def test_any_json_in_any_place(value: object, name: str, key: str) -> None:
    top = json.loads(SEEDS[name])
    entries = top["log"]["entries"] if name == "har" else top["mappings"]
    entries[0][key] = value
    attempted(name, json.dumps(top).encode())


@given(
    value=JSON, name=st.sampled_from(["har", "wiremock"]), side=st.sampled_from(["request", "response"]), data=st.data()
)
@examples(80)
def test_any_json_in_any_place_of_a_message(value: object, name: str, side: str, data: st.DataObject) -> None:
    top = json.loads(SEEDS[name])
    entries = top["log"]["entries"] if name == "har" else top["mappings"]
    message = entries[0][side]
    message[data.draw(st.sampled_from([*message, "metadata", "postData", "headers"]))] = value
    attempted(name, json.dumps(top).encode())


@given(
    recorded=st.lists(INTERACTIONS, min_size=1, max_size=3), name=st.sampled_from(sorted({*WRITERS} - {"mitmproxy"}))
)
@examples(80)
def test_what_is_written_can_be_read(recorded: list[Interaction], name: str) -> None:
    """Whatever a cassette can hold: method, target, status and bodies come back."""
    held = list(parse(Path(), b"interactions:\n" + b"".join(map(dump, map(as_read, recorded)))))
    found, _ = read(name, written(name, held)[0])
    assert sorted(map(core, found)) == sorted(map(core, held))


def core(interaction: Interaction) -> tuple[str, ...]:
    request, response = interaction.request, interaction.response
    return (
        request.method,
        interaction.origin + request.target.partition("#")[0],
        str(response.status),
        repr(response.body),
    )
