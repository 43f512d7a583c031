"""YAML is read as data and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import ConfigError, load
from tests.config.reading import read, said
from tests.harness.for_each import for_each


@for_each(
    ("content", "line"),
    [
        (b"mode: [", "config.yaml:2: not YAML: did not find expected node content, while parsing a flow node"),
        (b"mode: auto\nlisten: a: b\n", "config.yaml:2: not YAML: mapping values are not allowed in this context"),
        (
            b"mode: auto\n\tlisten: 1\n",
            "config.yaml:2: not YAML: found a tab character that violates indentation, while scanning a plain scalar",
        ),
        (b"mode: auto\n# \x01\n", "config.yaml:2: not YAML: control characters are not allowed (#x0001)"),
        (b"mode: auto\n# \xff\n", "config.yaml: expected UTF-8, found other bytes on line 2"),
        (b"mode: auto\nmode: auto\n", "config.yaml:2 mode: duplicate key; line 1 has it already"),
        (b"listen:\n  port: 1\n  port: 2\n", "config.yaml:3 listen.port: duplicate key; line 2 has it already"),
        (b"listen: {}\n'listen': {}\n", "config.yaml:2 listen: duplicate key; line 1 has it already"),
        (b"a: &x 1\nmode: *x\n", "config.yaml:2: expected a value, found an alias, *x"),
        (b"mode: *x\n", "config.yaml:1: expected a value, found an alias, *x"),
        (b"mode: &x [*x]\n", "config.yaml:1: expected a value, found an alias, *x"),
        (b"mode: auto\n<<: *x\n", "config.yaml:2: expected a value, found an alias, *x"),
        (
            b"mode: !!python/object/apply:os.system [ls]\n",
            'config.yaml:1: expected a value without a tag, found the tag "tag:yaml.org,2002:python/object/apply:os.system"',
        ),
        (b"mode: !mine x\n", 'config.yaml:1: expected a value without a tag, found the tag "!mine"'),
        (b"!!str mode: x\n", "config.yaml:1: expected text for a key, found something else"),
        (b"? [a]\n: x\n", "config.yaml:1: expected text for a key, found something else"),
        (b"mode: auto\n---\nmode: auto\n", "config.yaml:2: expected one YAML document, found a second"),
        (b"[" * 50, "config.yaml:1: expected at most 32 levels, found more"),
        (b"- a\n", "config.yaml: expected a map of keys, found a list"),
        (b"auto\n", 'config.yaml: expected a map of keys, found "auto"'),
        (b"#" * (1 << 20) + b"\n", "config.yaml: expected at most 1 MiB, found more"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(content: bytes, line: str) -> None:
    Path("config.yaml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(None, {}, {})
    assert str(caught.value) == line


@for_each(
    "word",
    ["off", "on", "yes", "no", "y", "Off", "NO", "2026-11-21", "1:30", "1_000", "0b1", ".", "-", "1e", "=", "<<"],
)
def test_only_true_and_false_are_booleans(word: str) -> None:
    """YAML 1.2's core schema: what YAML 1.1 takes for truths, dates and sexagesimals is text."""
    name = f"'{word}'" if word == "-" else word
    assert read(f"cassettes: {{name: {name}}}").cassettes.name == word


@for_each(
    ("word", "found"),
    [
        ("true", "true"),
        ("FALSE", "false"),
        ("~", "null"),
        ("010", "10"),
        ("0o10", "8"),
        ("0x1F", "31"),
        ("-7", "-7"),
        ("1.50", "1.5"),
        ("1e3", "1000.0"),
        (".5", "0.5"),
        ("-.inf", "-inf"),
        (".NaN", "nan"),
    ],
)
def test_the_other_scalars_are_those_of_yaml_1_2(word: str, found: str) -> None:
    assert said(f"upstream: {word}") == [f"config.yaml upstream: expected text, found {found}"]
