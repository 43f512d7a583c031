"""Holds the rooms of the design: which module may import which, and what each room owes its reader."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "gateway"

PURE = {
    "__future__", "base64", "binascii", "bisect", "calendar", "collections", "contextlib", "dataclasses", "datetime", "difflib", "email.utils",
    "enum", "functools", "hashlib", "heapq", "hmac", "html", "ipaddress", "itertools", "json", "math", "operator", "re", "string",
    "struct", "sys", "textwrap", "types", "typing", "unicodedata", "urllib.parse", "uuid", "weakref", "xml.sax.saxutils", "zlib",
    "ahocorasick_rs", "backports", "brotli", "compression", "jsonpath", "msgspec", "multidict", "re2",
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
    "config": {"core"},
    "reports": {"core"},
    "cassettes": {"core", "system"},
    "wire": {"core", "system", "exchanges"},
    "transports": {"core", "system", "wire", "emulator"},
    "scrubbing": {"core", "cassettes", "system"},
    "auditing": {"core", "cassettes", "reports", "system", "transports"},
    "redacting": {"core", "cassettes", "config", "transports"},
    "exchanges": {"core", "system", "wire", "transports", "auditing"},
    "verifying": {"core", "transports"},
    "wiring": EVERYTHING,
    "offline": EVERYTHING,
    "commands": EVERYTHING,
    "cli": EVERYTHING,
    "pytest_plugin": EVERYTHING,
}
"""Each package, and the packages of ours that it may import besides itself; `*` is every package."""

ABOVE = {"commands", "cli", "pytest_plugin"}
"""What nothing else imports: the places at which a person enters."""

KINDS = ("checks", "redactors", "rules")


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def package_of(name: str) -> str:
    """Return the package, or the module at the top, of a dotted name; empty for `gateway` itself."""
    return name.split(".")[1] if "." in name else ""


def test_every_package_is_named_and_every_name_is_a_package() -> None:
    there = {package_of(name) for name, _ in modules()} - {""}
    assert there == set(ARROWS)


@pytest.mark.parametrize("package", ARROWS)
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
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=[name for name, _ in modules()])
def test_each_module_opens_with_one_sentence(name: str, path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = docstring.partition("\n")[0]
    assert first.endswith((".", ":")), f"{name}: expected a sentence, found {first!r}"


@pytest.mark.parametrize("kind", KINDS)
def test_each_check_redactor_and_rule_has_a_test_file_of_its_name(kind: str) -> None:
    missing = [
        path.stem
        for path in sorted((PACKAGE / "core" / kind).glob("*.py"))
        if path.stem != "__init__" and not (ROOT / "tests" / "core" / kind / f"test_{path.stem}.py").exists()
    ]
    assert missing == []
