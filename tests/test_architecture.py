"""Holds the rooms of the design: which module may import which, and what each room owes its reader."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "gateway"

PURE = {
    "__future__", "base64", "binascii", "bisect", "calendar", "collections", "contextlib", "dataclasses", "datetime", "difflib",
    "enum", "functools", "hashlib", "heapq", "hmac", "html", "ipaddress", "itertools", "json", "math", "operator", "re", "string",
    "struct", "sys", "textwrap", "types", "typing", "unicodedata", "urllib.parse", "uuid", "weakref", "xml.sax.saxutils", "zlib",
    "ahocorasick_rs", "backports", "brotli", "compression", "jsonpath", "msgspec", "multidict", "re2",
}  # fmt: skip
"""What the core may import besides itself: nothing that does I/O, keeps time or makes chance when it is called as we call it."""

IMPURE_CALLS = {"now", "today", "utcnow", "uuid1", "uuid4", "open", "print", "input"}
"""What those modules offer and the core may not call."""

KNOW_EVERYTHING = {
    "gateway.cli", "gateway.commands", "gateway.assembly", "gateway.serving", "gateway.demo", "gateway.pytest_plugin", "gateway.__main__",
    "gateway.offline.session", "gateway.offline.running", "gateway.offline.judging", "gateway.offline.execute",  # a gateway for each test, or for one command
}  # fmt: skip

ARROWS: list[tuple[str, set[str]]] = [
    ("gateway.core", {"gateway.core"}),
    ("gateway.emulator", {"gateway.emulator"}),
    ("gateway.http1", {"gateway.core"}),
    ("gateway.files", {"gateway.files"}),
    ("gateway.cassettes", {"gateway.core", "gateway.cassettes", "gateway.files"}),
    (
        "gateway.redacting",
        {
            "gateway.core",
            "gateway.cassettes",
            "gateway.transports",
            "gateway.redacting",
            "gateway.config",
            "gateway.configured",
        },
    ),
    ("gateway.reports", {"gateway.core", "gateway.reports"}),
    ("gateway.transports", {"gateway.core", "gateway.transports", "gateway.http1", "gateway.emulator"}),
    ("gateway.admin", {"gateway.core", "gateway.admin", "gateway.reports", "gateway.journal", "gateway.http1"}),
]
"""Each room, and the rooms of ours that it may import."""

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


@pytest.mark.parametrize(("room", "allowed"), ARROWS, ids=[room for room, _ in ARROWS])
def test_import_arrows_run_one_way(room: str, allowed: set[str]) -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules()
        if within(name, room)
        for imported in imports(path)
        if within(imported, "gateway") and not any(within(imported, other) for other in allowed)
    ]
    assert wrong == []


def test_only_the_places_that_put_pieces_together_know_everything() -> None:
    """Nothing imports cli, assembly, serving, demo or the plugin, but one another."""
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules()
        if not any(within(name, other) for other in KNOW_EVERYTHING)
        for imported in imports(path)
        if any(within(imported, other) for other in KNOW_EVERYTHING)
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
