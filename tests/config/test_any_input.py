"""Whatever stands in config.yaml and in the environment is a configuration or a list of problems."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.config import Config, ConfigError, load
from tests.config.reading import keys


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that one example after another is written to."""
    return tmp_path_factory.mktemp("config") / "config.yaml"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()


words = st.sampled_from([*keys(Config), "staging", "lab", "private", "header:", "emulator:", "https://a", "GET /{a}"])


values = st.recursive(
    scalars | words,
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(words | st.text() | st.integers(), inside, max_size=4)
    ),
    max_leaves=8,
)


@given(text=st.text() | st.lists(words | st.sampled_from([*"\n :-[]{},&*!|>'\"%@`?#", "  ", "1", "null"])).map("".join))
def test_any_text_is_a_configuration_or_a_list_of_problems(text: str, scratch: Path) -> None:
    scratch.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(ConfigError):
        load(scratch, {}, {})


@given(content=st.binary())
def test_any_bytes_are_a_configuration_or_a_list_of_problems(content: bytes, scratch: Path) -> None:
    scratch.write_bytes(content)
    with suppress(ConfigError):
        load(scratch, {}, {})


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is
@given(data=st.dictionaries(words, values, max_size=4))
def test_any_values_are_a_configuration_or_a_list_of_printable_problems(data: dict[str, object]) -> None:
    try:
        load(None, {}, data)
    except ConfigError as error:
        problems = error.problems
    else:
        problems = []
    assert all(str(problem).isprintable() for problem in problems)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is
@given(
    data=st.dictionaries(
        words,
        st.recursive(
            words | st.integers(),
            lambda inside: st.lists(inside, max_size=4) | st.dictionaries(words, inside, max_size=4),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_any_well_formed_file_is_a_configuration_or_a_list_of_problems(data: dict[str, object], scratch: Path) -> None:
    scratch.write_text(json.dumps(data), encoding="utf-8")
    with suppress(ConfigError):
        load(scratch, {}, {})


@given(
    environ=st.dictionaries(
        st.lists(words.map(str.upper) | st.text(), min_size=1, max_size=3).map(
            lambda parts: "GATEWAY_" + "__".join(parts)
        ),
        st.text(st.characters()) | words,
    )
)
def test_any_environment_is_a_configuration_or_a_list_of_problems(environ: dict[str, str]) -> None:
    with suppress(ConfigError):
        load(None, environ, {})
