"""Holds the rooms of the design: which module may import which, and what each room owes its reader."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import aiohttp
import pytest

from gateway.core.checks import CHECKS
from tests.harness.for_each import for_each

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "gateway"

PURE = {
    "__future__", "abc", "array", "base64", "binascii", "bisect", "calendar", "collections", "contextlib", "dataclasses", "datetime", "difflib", "email.utils",
    "enum", "functools", "hashlib", "heapq", "hmac", "html", "http.HTTPStatus", "ipaddress", "itertools", "json", "math", "operator", "re", "string",
    "struct", "sys", "textwrap", "types", "typing", "unicodedata", "urllib.parse", "uuid", "weakref", "xml.sax.saxutils", "zlib",
    "ahocorasick_rs", "backports", "brotli", "compression", "jsonpath", "msgspec", "propcache", "multidict", "re2",
}  # fmt: skip
"""What the core may import besides itself: nothing that does I/O, keeps time or makes chance when it is called as we call it."""

IMPURE_CALLS = {"now", "today", "utcnow", "uuid1", "uuid4", "open", "print", "input"}
"""What those modules offer and the core may not call."""

EVERYTHING = {"*"}

ARROWS: dict[str, set[str]] = {
    "core": set(),
    "system": set(),
    "emulator": set(),
    "samples": {"core"},
    "examples": set(),
    "config": {"core"},
    "lab": {"core", "system", "templating", "wire"},
    "templating": {"core"},
    "reports": {"core", "templating"},
    "cassettes": {"core", "system"},
    "wire": {"core", "system"},
    "transports": {"core", "system", "wire", "emulator"},
    "scrubbing": {"core", "cassettes", "system"},
    "auditing": {"core", "cassettes", "reports", "system", "transports"},
    "redacting": {"core", "cassettes", "config", "transports"},
    "exchanges": {"core", "system", "transports", "auditing"},
    "fleet": {"core", "cassettes", "exchanges", "history", "system", "transports", "wire"},
    "history": {"core", "cassettes", "exchanges", "system", "transports"},
    "metrics": {"core", "exchanges"},
    "control": {
        "core",
        "system",
        "wire",
        "transports",
        "cassettes",
        "scrubbing",
        "exchanges",
        "emulator",
        "templating",
    },
    "verifying": {"core", "cassettes", "transports"},
    "wiring": EVERYTHING,
    "offline": EVERYTHING,
    "commands": EVERYTHING,
    "cli": EVERYTHING,
    "pytest_plugin": EVERYTHING,
}
"""Each package, and the packages of ours that it may import besides itself; `*` is every package."""

ABOVE = {"commands", "cli", "pytest_plugin"}
"""What nothing else imports: the places at which a person enters."""

AIOHTTP = {"wire", "emulator"}
"""Who imports aiohttp: what knows HTTP's bytes, and the emulator, which is a server of its own."""

KINDS = ("checks", "redactors", "rules", "faults")


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def above(name: str) -> Iterator[str]:
    """Yield the packages that a dotted name is in."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def package_of(name: str) -> str:
    """Return the package, or the module at the top, of a dotted name; empty for `gateway` itself."""
    return name.split(".")[1] if "." in name else ""


def test_every_package_is_named_and_every_name_is_a_package() -> None:
    there = {package_of(name) for name, _ in modules()} - {""}
    assert there == set(ARROWS)


@for_each("package", ARROWS)
def test_import_arrows_run_one_way(package: str) -> None:
    allowed = ARROWS[package]
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules()
        if package_of(name) == package
        for imported in imports(path)
        if within(imported, "gateway") and (other := package_of(imported)) in ARROWS and other != package
        if not ("*" in allowed or other in allowed) or (other in ABOVE and package not in ABOVE)
    ]
    assert wrong == []


def test_only_the_wire_imports_aiohttp_and_says_in_which_version_it_was_read() -> None:
    importing = {
        name: path for name, path in modules() if any(within(imported, "aiohttp") for imported in imports(path))
    }
    assert {package_of(name) for name in importing} == AIOHTTP
    unsaid = [
        name
        for name, path in importing.items()
        if package_of(name) == "wire" and f"version {aiohttp.__version__}" not in path.read_text(encoding="utf-8")
    ]
    assert unsaid == [], f"read them anew against aiohttp {aiohttp.__version__}"


def test_exchanges_are_driven_without_aiohttp() -> None:
    """Neither it nor what it imports has it, so that whatever has a Request and a peer can drive it."""
    program = "import sys, gateway.exchanges.driver, gateway.exchanges.log, gateway.exchanges.journal; print('aiohttp' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  # our own interpreter and program
    assert run.stdout == "False\n"


def test_the_core_imports_only_what_is_pure() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules()
        if within(name, "gateway.core")
        for imported in imports(path)
        if not within(imported, "gateway") and not any(within(imported, pure) for pure in PURE)
    ]
    assert wrong == []


def test_the_core_reads_no_clock_and_makes_no_chance() -> None:
    wrong = []
    for name, path in modules():
        if not within(name, "gateway.core"):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in IMPURE_CALLS:
                    wrong.append(f"{name}:{node.lineno} calls {called}")
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_a_redactor_or_a_rule_does_not_import_another_of_its_kind(kind: str) -> None:
    room = f"gateway.core.{kind}"
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules()
        if within(name, room) and name != room
        for imported in imports(path)
        if within(imported, room) and not within(imported, name)
    ]
    assert wrong == []


APART = {"emulator"}
"""Packages whose words are their own: the emulator imports nothing of ours, so it has a `Call`, a `Route` and an `Answer` too."""


def test_a_class_name_stands_for_one_thing() -> None:
    homes: dict[str, list[str]] = {}
    for name, path in modules():
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and package_of(name) not in APART and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(name)
    assert {word: where for word, where in homes.items() if len(where) > 1} == {}


def test_messages_go_through_the_list_of_redactors_and_not_through_one_of_them() -> None:
    """Pasted text is no message: it is redacted as a body is."""
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules()
        if not within(name, "gateway.core.redactors")
        for imported in imports(path)
        if imported.startswith("gateway.core.redactors.") and imported.count(".") > 3  # a module of the package
    ]
    bodies = "gateway.scrubbing.pasted imports gateway.core.redactors.bodies"
    assert sorted(wrong) == [f"{bodies}.redact_part", f"{bodies}.redact_text"]


def test_each_module_opens_with_one_sentence() -> None:
    wrong = []
    for name, path in modules():
        first = (ast.get_docstring(tree(path)) or "").partition("\n")[0]
        if not first.endswith((".", ":")):
            wrong.append(f"{name}: expected a sentence, found {first!r}")
    assert wrong == []


def test_a_family_lists_each_of_its_checks_by_the_id_in_the_name_of_its_file() -> None:
    """And the families come one after the other, as `gateway list checks` prints them."""
    files = [path.stem for path in sorted((PACKAGE / "core" / "checks").glob("*/*_*.py")) if path.stem != "__init__"]
    listed = [check.info.id for check in CHECKS]
    assert sorted(listed) == sorted(stem.partition("_")[0].upper() for stem in files)
    families = [re.sub("[0-9]{3}$", "", check_id) for check_id in listed]
    assert [family for family, _ in groupby(families)] == list(dict.fromkeys(families))
