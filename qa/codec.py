"""The one codec of the nouns: to JSON, back, and their JSON schema, by pydantic."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def to_json(noun: Any) -> Any:
    """A noun (or a sequence of them) as JSON values; fields that are not meant for others are left out."""
    if isinstance(noun, (list, tuple)):
        return [to_json(each) for each in noun]
    kind: Any = type(noun)
    return _adapter(kind).dump_python(noun, mode="json")


def from_json(kind: type[T], values: Any) -> T:
    """The noun of this kind that ``to_json`` gave these values for; what it left out gets its default.

    Raises ``ValueError`` for values of anything else.
    """
    wanted: Any = kind
    found: T = _adapter(wanted).validate_python(values)
    return found


def to_bytes(noun: Any, kind: Any = None) -> bytes:
    """A noun as JSON text in UTF-8, without what is as by default; the fast way for large ones. ``kind``: of a
    sequence, such as ``tuple[Block, ...]``."""
    wanted: Any = kind or type(noun)
    return _adapter(wanted).dump_json(noun, exclude_defaults=True)


def from_bytes(kind: type[T], text: bytes) -> T:
    """The noun of this kind that ``to_bytes`` gave this text for. Raises ``ValueError`` for anything else."""
    wanted: Any = kind
    found: T = _adapter(wanted).validate_json(text)
    return found


def schema(kind: type) -> dict[str, Any]:
    """The JSON schema of what ``to_json`` gives for nouns of this kind."""
    return _adapter(kind).json_schema(mode="serialization")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
