"""A rule's options stand once: what a configuration may say of a rule is what the rule declares, field by field."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Annotated

import pytest
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from gateway.config import Config, ConfigError, json_schema, load
from gateway.config.json_schema import documentation
from gateway.config.reading import keys_of, read_section
from gateway.config.rules import _at, _formerly, _taken, section_of, value_of
from gateway.core.options import AsWritten, TakenFrom
from gateway.core.rules import RULES
from tests.harness.for_each import for_each

NESTED = [kind.type for rule in RULES.values() for kind in fields(rule) if isinstance(kind.type, type) and issubclass(kind.type, Struct)]  # fmt: skip
schema = functools.cache(json_schema.schema)
DECLARATIONS = list(dict.fromkeys([*RULES.values(), *NESTED]))


@for_each("declaration", DECLARATIONS)
def test_the_schema_has_each_option_with_its_default_and_its_documentation(declaration: type[Struct]) -> None:
    written = schema()["$defs"][declaration.__name__]
    elsewhere = {option.name for option, _ in _taken(declaration)}
    options = {option.name: option for option in fields(declaration) if option.name not in elsewhere}
    said = dict(documentation(declaration))
    deprecated = {name for name, described in written["properties"].items() if described.get("deprecated")}
    assert deprecated == {formerly.key for _, formerly in _formerly(declaration)}
    assert [name for name in written["properties"] if name not in deprecated] == list(options)
    for name, option in options.items():
        described = written["properties"][name]
        assert described["description"] == said[name]
        default = () if option.default is NODEFAULT else option.default
        assert described.get("default", ()) == (list(default) if default == () and "default" in described else default)
    required = [name for name, option in options.items() if option.required]
    assert written.get("required", []) == required


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_documented_where_people_look(name: str) -> None:
    """In the schema by the first line of its docstring, in the shipped config.yaml with each of its options."""
    assert schema()["$defs"]["Rule"]["properties"][name]["description"] == (RULES[name].__doc__ or "").strip()
    shipped = Path(__file__).parents[2].joinpath("config.yaml").read_text(encoding="utf-8")
    at = re.search(rf"^#  - {name}:.*(?:\n#      .*)*", shipped, re.MULTILINE)
    assert at is not None
    for option, described in schema()["$defs"][RULES[name].__name__]["properties"].items():
        assert re.search(rf"\b{option}:", at[0]) or described.get("deprecated")


class Sample(Struct, frozen=True):
    """A rule with an option of each kind."""

    size: Annotated[int, AsWritten("an even number", lambda value: value if value % 2 == 0 else None)]
    """How large it is."""
    loud: Annotated[bool, TakenFrom("audit.response_header")] = False
    """Whether it says so."""


def test_a_value_that_is_none_is_said_in_the_words_of_the_declaration() -> None:
    section = section_of(Sample)
    with pytest.raises(ValueError, match="expected an even number, found 3"):
        read_section(section, {"size": 3})
    with pytest.raises(ValueError, match="expected a whole number, found"):
        read_section(section, {"size": "4"})
    with pytest.raises(ValueError, match="unknown key"):
        read_section(section, {"size": 4, "loud": True})


def test_what_is_no_option_comes_from_its_key_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("audit: {response_header: true}\n", encoding="ascii")
    assert value_of(read_section(section_of(Sample), {"size": 4}), load(file, {}, {})) == Sample(4, loud=True)
    assert value_of(read_section(section_of(Sample), {"size": 4}), Config()) == Sample(4, loud=False)


@pytest.mark.parametrize("declaration", RULES.values())
def test_a_key_that_a_rule_takes_its_value_from_is_there(declaration: type[Struct]) -> None:
    for _, source in _taken(declaration):
        _at(Config(), source.key)


@pytest.mark.parametrize("name", RULES)
def test_each_rule_is_configured_by_its_name_and_misspelt_options_are_recognised(name: str, tmp_path: Path) -> None:
    option = next(iter(keys_of(section_of(RULES[name]))))
    file = tmp_path / "config.yaml"
    file.write_text(f"rules:\n- {name}: {{{option}x: 1}}\n", encoding="ascii")
    with pytest.raises(ConfigError, match=rf"rules\[0\]\.{name}\.{option}x: unknown key; did you mean {option}\?"):
        load(file, {}, {})
