"""Every pattern of a package, found by itself, and the worst texts that its own parts can make.

Facts
-----
* Module globals, containers, class attributes, closures, defaults, partials and values are walked; what a function compiles when
  it is called is read from its source, so a literal cannot hide there. What only a run can know must have samples (`made`).
* The worst text for a backtracking engine is what its pattern nearly matches: the beginning of a match, one part of the pattern
  over and over, and a character that ends it. Parts are taken from the parse tree.
* A linear pattern takes some 5 to 100 ns a character, whatever the length. At 2,048 characters a quadratic one takes 1 µs and more.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import itertools
import pkgutil
import re
import time
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from re import _constants as opcodes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

METHODS = ("search", "match", "fullmatch", "finditer")
_METHOD = {"findall": "finditer", "sub": "finditer", "subn": "finditer", "split": "finditer"} | {m: m for m in METHODS}
_FLAT = (str, bytes, int, float, complex, type(None), types.ModuleType)
_USUAL = 'a0 -_./:=%"{<&,;\n\u00e9'
"""Characters that stand in what the gateway reads; a class is represented by those of them that it has."""


class Found(NamedTuple):
    """A pattern, the module that has it, and how it is used there."""

    where: str
    pattern: re.Pattern[Any]
    methods: tuple[str, ...]


# --- finding ---------------------------------------------------------------------------------------------------------


def modules(package: str) -> dict[str, types.ModuleType]:
    """Import every module of a package that this environment can import."""
    root = importlib.import_module(package)
    found = {package: root}
    for info in pkgutil.walk_packages(root.__path__, f"{package}."):
        if info.name.endswith(".__main__"):
            continue
        found[info.name] = importlib.import_module(info.name)
    return found


def find(package: str, made: Mapping[str, tuple[re.Pattern[Any], ...]]) -> list[Found]:
    """Return every pattern of `package` once a module; `made` has samples of those that a function makes from its arguments."""
    sources = {name: ast.parse(Path(inspect.getfile(module)).read_text()) for name, module in modules(package).items()}
    uses = _uses(sources)
    found: dict[tuple[str, str | bytes, int], Found] = {}
    for name, module in modules(package).items():
        seen: set[int] = set()
        for variable, value in list(vars(module).items()):
            if _owner(module, variable, sources) != name:
                continue
            methods = uses.get(f"{name}.{variable}") or uses.get(name, METHODS)
            for at, pattern in _walk(value, package, seen, (variable,)):
                key = (name, pattern.pattern, pattern.flags)
                known = found[key].methods if key in found else ()
                found[key] = Found(f"{name}.{'.'.join(at)}", pattern, tuple(sorted({*known, *methods})))
        for line, pattern, methods in _inside(name, module, sources[name], made):
            found.setdefault((name, pattern.pattern, pattern.flags), Found(f"{name}:{line}", pattern, methods))
    return list(found.values())


@functools.cache
def _nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return every node of a tree, which is walked once."""
    nodes = [tree]
    for node in nodes:  # which grows meanwhile; ast.walk() takes three times as long
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                nodes += [entry for entry in value if isinstance(entry, ast.AST)]
            elif isinstance(value, ast.AST) and name != "ctx":
                nodes.append(value)
    return tuple(nodes)


@functools.cache
def _imported(tree: ast.Module) -> Mapping[str, tuple[str, str]]:
    """Return what a module imports from others, by the name that it has here: the module, and its name there."""
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in _nodes(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _owner(module: types.ModuleType, variable: str, sources: Mapping[str, ast.Module]) -> str:
    """Return the module that defines a global: an imported one is judged where it comes from."""
    owner, _ = _imported(sources[module.__name__]).get(variable, (module.__name__, variable))
    return owner if owner in sources else module.__name__


def _walk(
    thing: object, package: str, seen: set[int], at: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], re.Pattern[Any]]]:
    if isinstance(thing, re.Pattern):
        yield at, thing
        return
    if id(thing) in seen or isinstance(thing, _FLAT) or len(at) > 12:
        return
    seen.add(id(thing))
    for name, inner in _parts(thing, package):
        yield from _walk(inner, package, seen, (*at, name))


def _parts(thing: Any, package: str) -> Iterator[tuple[str, object]]:  # noqa: C901  # one for each thing
    if isinstance(thing, Mapping):
        yield from ((str(key), value) for key, value in list(thing.items()))
        yield from (("key", key) for key in list(thing) if not isinstance(key, _FLAT))
    elif isinstance(thing, tuple | list | set | frozenset):
        yield from (("item", item) for item in list(thing))
    elif isinstance(thing, functools.partial):
        yield from (("func", thing.func), ("args", thing.args), ("keywords", thing.keywords))
    elif isinstance(thing, types.FunctionType):
        if thing.__module__ and thing.__module__.startswith(package):
            for name in ("__defaults__", "__kwdefaults__", "__wrapped__", "__dict__"):
                yield name, getattr(thing, name, None)
            yield from (("closure", cell.cell_contents) for cell in thing.__closure__ or () if _filled(cell))
    elif isinstance(thing, property | staticmethod | classmethod | functools.cached_property):
        yield from ((name, getattr(thing, name, None)) for name in ("fget", "fset", "__func__", "func"))
    elif isinstance(thing, types.MethodType):
        yield from (("func", thing.__func__), ("self", thing.__self__))
    elif isinstance(thing, type):
        if thing.__module__.startswith(package):
            yield from list(vars(thing).items())
    elif type(thing).__module__.startswith(package):
        yield from ((name, getattr(thing, name, None)) for name in getattr(thing, "__struct_fields__", ()))
        yield from list(getattr(thing, "__dict__", {}).items())
        yield from ((name, getattr(thing, name, None)) for name in getattr(type(thing), "__slots__", ()))
    elif hasattr(thing, "__wrapped__"):  # lru_cache
        yield "wrapped", thing.__wrapped__


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _uses(sources: Mapping[str, ast.Module]) -> dict[str, tuple[str, ...]]:
    """Return the methods with which each global is used, by `module.NAME`; by `module` those used there on anything else."""
    found: dict[str, set[str]] = {}
    for name, tree in sources.items():
        imported = {here: f"{owner}.{there}" for here, (owner, there) in _imported(tree).items()}
        called = set()
        for node in _nodes(tree):
            if isinstance(node, ast.Attribute) and node.attr in _METHOD and not _is_re(node.value):
                called.add(id(node.value))
                if node.attr == "split" and not (isinstance(node.value, ast.Name) and node.value.id.isupper()):
                    continue  # of a str
                own = isinstance(node.value, ast.Name) and (node.value.id.isupper() or node.value.id.startswith("_"))
                key = imported.get(node.value.id, f"{name}.{node.value.id}") if own else name  # type: ignore[attr-defined]
                found.setdefault(key, set()).add(_METHOD[node.attr])
        for node in _nodes(tree):  # a global that is handed on: to whatever calls there are
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in called:
                key = imported.get(node.id, f"{name}.{node.id}")
                if key in found:
                    found[key] |= found.get(name, set())
    return {key: tuple(sorted(methods)) for key, methods in found.items()}


def _is_re(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "re"


def _inside(
    name: str, module: types.ModuleType, tree: ast.Module, made: Mapping[str, tuple[re.Pattern[Any], ...]]
) -> Iterator[tuple[int, re.Pattern[Any], tuple[str, ...]]]:
    """Read the patterns that functions give to `re`."""
    # compiled to see whether it can be
    dropped = {id(node.value) for node in _nodes(tree) if isinstance(node, ast.Expr)}
    direct = {
        id(node.value): (_METHOD[node.attr],)
        for node in _nodes(tree)
        if isinstance(node, ast.Attribute) and node.attr in _METHOD
    }
    for function in _nodes(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in _nodes(function):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_re(node.func.value)):
                continue
            if node.func.attr not in {"compile", *_METHOD} or id(node) in dropped:
                continue
            methods = direct.get(id(node), METHODS) if node.func.attr == "compile" else (_METHOD[node.func.attr],)
            flags = next((word.value for word in node.keywords if word.arg == "flags"), None)
            try:
                text, bits = (
                    eval(compile(ast.Expression(part), name, "eval"), vars(module)) if part is not None else 0  # noqa: S307  # our own source
                    for part in (node.args[0], flags or (node.args[-1] if _has_flags(node) else None))
                )
                yield node.lineno, re.compile(text, bits), methods
            except NameError:
                key = f"{name}.{function.name}"
                if key not in made:
                    message = f"{key} makes a pattern when it runs: samples of it are needed"
                    raise AssertionError(message) from None
                yield from ((node.lineno, pattern, methods) for pattern in made[key])


def _has_flags(node: ast.Call) -> bool:
    return any(isinstance(part, ast.Attribute) and _is_re(part.value) for part in ast.walk(node.args[-1]))


# --- the worst texts -------------------------------------------------------------------------------------------------


class Parts(NamedTuple):
    """What a pattern is made of, as texts."""

    characters: tuple[str, ...]
    pieces: tuple[str, ...]
    beginnings: tuple[str, ...]


@functools.cache
def parts_of(pattern: str, flags: int) -> Parts:
    """Derive texts from a pattern's parse tree: characters, longer pieces, and beginnings of a match."""
    tree = parser.parse(pattern, flags & ~re.UNICODE)
    literals = dict.fromkeys(chr(code) for code in _literals(tree))
    usual = dict.fromkeys([*list(literals)[:12], *_USUAL])
    characters: dict[str, None] = {}
    pieces: dict[str, None] = {}
    _collect(tree, list(usual), characters, pieces)
    beginnings, text = {"": None}, ""
    for node in tree:
        text += _sample([node], list(usual))
        beginnings[text] = None
    some = list(beginnings)
    longer = [piece for piece in dict.fromkeys([*some[1:5], *some[-2:], *pieces]) if len(piece) > 1]
    return Parts(
        tuple(characters)[:16],
        tuple(longer[:16]),
        tuple(dict.fromkeys([*some[:3], *some[-3:]])),
    )


def _literals(tree: Any) -> Iterator[int]:
    for op, value in tree:
        if op in {opcodes.LITERAL, opcodes.NOT_LITERAL}:
            yield value
        elif op is opcodes.IN:
            yield from (code for inner, code in value if inner is opcodes.LITERAL)
            yield from (code for inner, pair in value if inner is opcodes.RANGE for code in pair[:1])
        else:
            for inner in _inner(op, value):
                yield from _literals(inner)


def _inner(op: Any, value: Any) -> list[Any]:  # noqa: PLR0911  # one for each thing
    if op is opcodes.BRANCH:
        return list(value[1])
    if op is opcodes.SUBPATTERN:
        return [value[3]]
    if op in {opcodes.MAX_REPEAT, opcodes.MIN_REPEAT, opcodes.POSSESSIVE_REPEAT}:
        return [value[2]]
    if op in {opcodes.ASSERT, opcodes.ASSERT_NOT}:
        return [value[1]]
    if op is opcodes.ATOMIC_GROUP:
        return [value]
    if op is opcodes.GROUPREF_EXISTS:
        return [part for part in value[1:] if part]
    return []


def _members(op: Any, value: Any, usual: list[str]) -> list[str]:
    """Return the usual characters that one node of the tree takes."""
    if op is opcodes.LITERAL:
        return [chr(value)]
    if op is opcodes.NOT_LITERAL:
        return [one for one in usual if one != chr(value)]
    if op is opcodes.ANY:
        return [one for one in usual if one != "\n"]
    if op is not opcodes.IN:
        return []
    negated = bool(value) and value[0][0] is opcodes.NEGATE
    taken = [one for one in usual if any(_in(inner, what, one) for inner, what in value) != negated]
    return (
        taken or [chr(code) for code in range(1, 0x3000) if any(_in(i, w, chr(code)) for i, w in value) != negated][:1]
    )


_CATEGORIES: Mapping[Any, Callable[[str], bool]] = {
    opcodes.CATEGORY_DIGIT: str.isdigit,
    opcodes.CATEGORY_NOT_DIGIT: lambda one: not one.isdigit(),
    opcodes.CATEGORY_SPACE: str.isspace,
    opcodes.CATEGORY_NOT_SPACE: lambda one: not one.isspace(),
    opcodes.CATEGORY_WORD: lambda one: one.isalnum() or one == "_",
    opcodes.CATEGORY_NOT_WORD: lambda one: not (one.isalnum() or one == "_"),
}


def _in(op: Any, value: Any, one: str) -> bool:
    if op is opcodes.LITERAL:
        return bool(ord(one) == value)
    if op is opcodes.RANGE:
        return bool(value[0] <= ord(one) <= value[1])
    return op is opcodes.CATEGORY and _CATEGORIES[value](one)


def _sample(tree: Any, usual: list[str]) -> str:
    """Return a short text that a part of a tree takes, lookarounds left aside."""
    text = ""
    for op, value in tree:
        if members := _members(op, value, usual):
            text += members[0]
        elif op in {opcodes.MAX_REPEAT, opcodes.MIN_REPEAT, opcodes.POSSESSIVE_REPEAT}:
            text += _sample(value[2], usual) * max(1, min(value[0], 64))
        elif op not in {opcodes.ASSERT, opcodes.ASSERT_NOT}:
            for inner in _inner(op, value)[:1]:
                text += _sample(inner, usual)
    return text


def _collect(tree: Any, usual: list[str], characters: dict[str, None], pieces: dict[str, None]) -> None:
    pieces[_sample(tree, usual)] = None
    for is_literal, run in itertools.groupby(tree, key=lambda node: node[0] is opcodes.LITERAL):
        nodes = list(run)
        if is_literal:
            pieces["".join(chr(value) for _, value in nodes)] = None
        for op, value in nodes:
            for one in _members(op, value, usual)[:6]:
                characters.setdefault(one)
            for inner in _inner(op, value):
                _collect(inner, usual, characters, pieces)


def pumps(parts: Parts, *, thorough: bool) -> Iterator[tuple[str, str]]:
    """Return beginnings, and what is repeated behind each: every part, pairs and (thorough) triples of them."""
    singles = (*parts.characters, *parts.pieces)
    pairs = [a + b for a, b in itertools.permutations(parts.characters[: 12 if thorough else 7], 2)]
    mixed = [
        a + b
        for a in parts.pieces[:8]
        for b in dict.fromkeys([" ", "/", "-", *parts.characters[: 8 if thorough else 3]])
    ]
    for beginning in parts.beginnings:
        yield from ((beginning, one) for one in singles)
    for beginning in parts.beginnings if thorough else ("",):
        yield from ((beginning, one) for one in (*pairs, *mixed))
    if thorough:
        yield from (("", "".join(three)) for three in itertools.permutations(singles[:8], 3))


# --- measuring -------------------------------------------------------------------------------------------------------

SMALL = (20, 26)
"""Lengths at which an exponential pattern is found before it hangs."""
LENGTH = 1024
FLOOR = 60e-9
"""Seconds a character that any pattern may take; what takes longer is measured at four times the length as well."""
MOST = 3e-6
"""Seconds a character that a pattern may take however it grows."""
SOON = 0.005
"""Seconds that no pattern takes for a text of so few characters."""
HOPELESS = 0.05


def grows(pattern: re.Pattern[Any], methods: tuple[str, ...], *, thorough: bool = False) -> str:
    """Return the text (as a word) on which a pattern's work grows faster than the text; empty where there is none."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    parts = parts_of(text, pattern.flags)
    for beginning, pump in dict.fromkeys(pumps(parts, thorough=thorough)):
        if not pump:
            continue
        last = "\x00" if "\x00" not in parts.characters else "\u0378"
        for end in ("", last) if thorough else (last,):

            def made(length: int, beginning: str = beginning, pump: str = pump, end: str = end) -> Any:
                whole = beginning + pump * (length // len(pump) + 1) + end
                return whole if isinstance(pattern.pattern, str) else whole.encode("latin-1", "replace")

            for method in methods:
                if _superlinear(getattr(pattern, method), made, scale=2 if thorough else 1):
                    return f"{method}: {beginning[:40]!r} + {pump[:40]!r} * n + {end!r}"
    return ""


def _superlinear(run: Callable[[Any], Any], made: Callable[[int], Any], *, scale: int) -> bool:
    if any(_seconds(run, made(length), 1) > SOON for length in SMALL):
        return True
    text = made(scale * LENGTH)
    if _seconds(run, text, 1) < FLOOR * len(text):
        return False
    cost = _seconds(run, text, 3) / len(text)
    if not FLOOR <= cost <= MOST:
        return cost > MOST
    longer = made(4 * scale * LENGTH)
    later = _seconds(run, longer, 3) / len(longer)
    return later > MOST or later > 2 * cost


def _seconds(run: Callable[[Any], Any], text: Any, times: int) -> float:
    """Return the least processor time of some runs."""
    best = float("inf")
    for _ in range(times):
        began = time.thread_time()
        found = run(text)
        if found is not None and not isinstance(found, re.Match):
            for _match in found:
                pass
        best = min(best, time.thread_time() - began)
        if best > HOPELESS:
            break
    return best
