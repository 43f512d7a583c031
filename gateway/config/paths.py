"""Paths of config.yaml: a relative one starts in the file's folder."""

from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from gateway.config.problems import unexpected


def from_folder(value: object, info: ValidationInfo) -> Path:
    """Read a path; a relative one starts in the folder that is the validation's context: the configuration file's."""
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(unexpected("a path", value))
    return (info.context or Path()) / value


FilePath: TypeAlias = Annotated[Path, PlainValidator(from_folder), WithJsonSchema({"type": "string", "minLength": 1})]
