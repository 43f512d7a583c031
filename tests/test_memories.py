"""Every memory that traffic fills is bounded in bytes: they are found by themselves, filled, and looked at."""

from __future__ import annotations

import ast
import gc
import importlib
import pkgutil
import tracemalloc
from pathlib import Path

import pytest

import gateway
from gateway.core.bounded import memories

PACKAGE = Path(gateway.__file__).parent

COUNTED = {
    "config/rules.py": "the kinds of rules",
    "emulator/catalogue.py": "the file that is shipped",
    "wiring/audit.py": "the settings of the audit, which the configuration names",
    "control/page": "our own files",
    "lab/pages.py": "our own files",
    "cassettes/format.py": "the keys of x_gateway, which are short or refused",
    "core/matching.py": "the lists of cassettes.match, which the configuration names",
    "wiring/parts.py": "the names of upstreams, which the configuration has",
    "config/reading.py": "the sections of the configuration",
    "offline/settings.py": "the names of tests",
    "reports/html.py": "our own files",
    "transports/overrides.py": "the paths that a test names",
    "core/secrets": "bounded beside the secrets",
}
"""Where something is remembered without a bound in bytes, and why traffic does not fill it."""


def test_nothing_is_remembered_by_the_number_of_entries() -> None:
    """`lru_cache` counts entries, and a client chooses how long one is."""
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if any(name == allowed or name.startswith(f"{allowed}/") for allowed in COUNTED):
            continue
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if "functools" in text else ():
            names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.ImportFrom) and node.module == "functools" and {"lru_cache", "cache"} & {*names}:
                wrong.append(name)
    assert wrong == []


def remembering() -> dict[str, object]:
    """The functions that remember, of all modules."""
    found: dict[str, object] = {}
    for module in pkgutil.walk_packages([str(PACKAGE)], "gateway."):
        if module.name.endswith("__main__") or "pytest" in module.name:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if hasattr(value, "memory") and hasattr(value, "__wrapped__"):
                found[f"{value.__module__}.{value.__qualname__}"] = value
    return found


@pytest.mark.parametrize("texts", [40, pytest.param(400, marks=pytest.mark.long)])
def test_functions_that_remember_keep_within_their_limits(texts: int) -> None:
    """Filled with texts of every length, each holds no more than it says; what is long it does not keep."""
    functions = remembering()
    assert len(functions) > 10
    for function in functions.values():
        fill(function, texts)


def fill(function: object, texts: int) -> None:
    memory = function.memory  # type: ignore[attr-defined]
    code = function.__wrapped__.__code__  # type: ignore[attr-defined]
    kind = str(next(iter(function.__wrapped__.__annotations__.values())))  # type: ignore[attr-defined]
    memory.clear()
    for length in (10, 900, 60_000):
        for number in range(texts if length < 60_000 else texts // 20):
            text = f"{number}{'x' * length}"
            given: list[object] = [text.encode() if "bytes" in kind else text] * code.co_argcount
            if "tuple" in kind:  # of as many as are not kept, where it is long
                given = [(text.encode(),) * (1 if length < 60_000 else 65)]
            function(*given)  # type: ignore[operator]
        assert memory.held <= memory.limit
    assert all(len(str(key)) < 10_000 for key in [*memory._young, *memory._old])
    memory.clear()


def test_every_memory_says_how_much_it_holds_and_may_hold() -> None:
    remembering()  # which imports every module
    for memory in memories():
        assert memory.name
        assert 0 <= memory.held <= memory.limit <= 32 << 20


def test_requests_that_are_all_different_and_long_leave_nothing_behind() -> None:
    from gateway.auditing.auditor import Auditor  # noqa: PLC0415
    from gateway.core.audit import Audit  # noqa: PLC0415
    from gateway.core.checks import CHECKS  # noqa: PLC0415
    from tests.core.checks.calls import AT, call, fingerprint  # noqa: PLC0415

    auditor = Auditor(Audit(CHECKS))
    for number in range(3):
        auditor.judge(call(at=AT + number))
    tracemalloc.start()
    for number in range(60):
        auditor.judge(call(f"/api/v2/REF30/profiles/{number}{'x' * 60_000}", at=AT + number))
        auditor.judge(call(at=AT, ap_device_identifier=fingerprint(f"{number}" + "x" * 33_000)))
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 3 << 20
