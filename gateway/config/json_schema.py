"""The JSON Schema of config.yaml, for editors: every key with its documentation."""

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from textwrap import dedent

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gateway.config.faults import OneFault
from gateway.config.model import Config
from gateway.config.rules import Declared, Rule
from gateway.config.section import Section
from gateway.core.adobe.routes import RoutePattern
from gateway.core.fault_when import FaultWhen
from gateway.core.faults import FAULTS
from gateway.core.rules import RULES


def schema() -> JsonSchemaValue:
    """Return the schema."""
    written = Config.model_json_schema(schema_generator=_SchemaWriter)
    sections = {Config.__name__: written, **written["$defs"]}
    for model in _sections(Section):
        properties = sections.get(_name(model.__name__), {}).get("properties", {})
        for key, text in _documented(model):
            name = model.model_fields[key].alias or key
            if name in properties:
                properties[name]["description"] = text
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **written}


def _documented(model: type[Section]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a section, each with its documentation."""
    if issubclass(model, Rule):  # each key is a rule, and a rule documents itself
        yield from ((name, inspect.cleandoc(kind.__doc__ or "")) for name, kind in RULES.items())
    elif issubclass(model, OneFault):
        yield from ((name, inspect.cleandoc(kind.__doc__ or "")) for name, kind in FAULTS.items())
        yield "when", inspect.cleandoc(FaultWhen.__doc__ or "")
    elif issubclass(model, Declared):
        yield from ((key, text) for key, text in documentation(model.declaration) if key in model.model_fields)
    else:
        yield from documentation(model)


def documentation(model: type) -> Iterator[tuple[str, str]]:
    """Yield the attributes of a class, inherited ones included, each with the text below it.

    pydantic's own `use_attribute_docstrings` reads the source of every class at import. That took 25 ms of each start.
    """
    for kind in reversed(model.__mro__):
        if kind.__module__.partition(".")[0] != "gateway" or kind is Section:
            continue
        (made,) = ast.parse(dedent(inspect.getsource(kind))).body
        assert isinstance(made, ast.ClassDef)  # noqa: S101  # it is the source of a class
        for attribute, text in pairwise(made.body):
            match attribute, text:
                case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(said))):
                    yield name, inspect.cleandoc(said)


def _sections(kind: type[Section]) -> Iterator[type[Section]]:
    for model in kind.__subclasses__():
        yield model
        yield from _sections(model)


def _name(model: str) -> str:
    """Return the name of a section in the schema: the class's name, without `Section` at its end."""
    return model.removesuffix("Section")


class _SchemaWriter(GenerateJsonSchema):
    """Writes defaults as text. Leaves out titles that only repeat a key."""

    def normalize_name(self, name: str) -> str:
        """Return the name of a section in the schema."""
        return _name(super().normalize_name(name))

    def encode_default(self, dft: object) -> object:
        """Return a default as the file writes it."""
        if isinstance(dft, tuple):
            return [self.encode_default(entry) for entry in dft]
        return super().encode_default(str(dft) if isinstance(dft, RoutePattern) else dft)

    def field_title_should_be_set(self, schema: core_schema.CoreSchema | object) -> bool:  # noqa: ARG002 - the name is pydantic's
        return False
