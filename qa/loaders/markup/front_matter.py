"""Front matter of Markdown files (YAML between ``---``, TOML between ``+++``) → metadata and title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qa.loaders.base import one_line
from qa.types import MetadataValue, Note

_FENCED = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?\n)??(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_KEY_FIRST = re.compile(r"---[ \t]*\n\s*[\w-]+:(?:\s|$)|\+\+\+[ \t]*\n\s*[\w-]+ *= *\S")
_MAX_CHARS = 100_000
_MAX_DEPTH = 20  # checked first: PyYAML's tree builder overflows the stack on deep nesting
_TITLES = ("title", "subject", "name")
_DATES = ("date", "pubdate", "published", "publishdate", "created", "updated", "lastmod", "modified")
_EMPTY = ("", "~", "null")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter of a Markdown file."""

    length: int = 0
    """Characters at the start of the file, including the closing line; 0 without front matter."""
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    title: str | None = None
    notes: tuple[Note, ...] = ()
    damaged: bool = False
    """True: it could not be parsed and must be read as text."""


def read_front_matter(text: str) -> FrontMatter:
    """Return the front matter at the start of ``text``; empty when ``---`` there is only a horizontal rule."""
    if not text.startswith(("---", "+++")):
        return FrontMatter()
    match = _FENCED.match(text, 0, _MAX_CHARS)
    if not match:
        notes = (_damaged("its end is missing"),) if _KEY_FIRST.match(text) else ()
        return FrontMatter(notes=notes)
    source = match.group(2) or ""
    try:
        values = _read_yaml(source) if match.group(1) == "---" else _read_toml(source)
    except ValueError as error:
        if not _KEY_FIRST.match(text):
            return FrontMatter()
        return FrontMatter(match.end(), notes=(_damaged(str(error)),), damaged=True)
    if values is None:
        return FrontMatter()
    return FrontMatter(match.end(), _with_date(values), _title(values))


def _damaged(reason: str) -> Note:
    return Note(
        "front_matter_damaged", f"The front matter could not be parsed ({one_line(reason)}); it is read as text."
    )


def _title(values: Mapping[str, MetadataValue]) -> str | None:
    for key in _TITLES:
        value = values.get(key)
        if isinstance(value, str):
            return one_line(value)
    return None


def _with_date(values: Mapping[str, MetadataValue]) -> dict[str, MetadataValue]:
    found = next((values[key] for key in _DATES if key in values), None)
    return dict(values) if found is None else {**values, "date": found}


def _read_toml(source: str) -> dict[str, MetadataValue]:
    import tomllib

    try:
        values = tomllib.loads(source)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return _cleaned(values.items())


def _read_yaml(source: str) -> dict[str, MetadataValue] | None:
    """The scalars and lists of scalars in the outermost mapping, as written; None when there is no mapping.

    Nothing is constructed from tags, and aliases are followed once only, so that they cannot multiply.
    """
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    depth = 0
    try:
        for event in yaml.parse(source, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise ValueError(f"nested deeper than {_MAX_DEPTH} levels")
        root = yaml.compose(source, Loader=loader)
    except yaml.YAMLError as error:
        raise ValueError(getattr(error, "problem", None) or str(error)) from error
    if not isinstance(root, yaml.MappingNode):
        return {} if root is None or root.value in _EMPTY else None
    return _cleaned((key.value, _plain(value)) for key, value in root.value if isinstance(key, yaml.ScalarNode))


def _plain(node: Any) -> object:
    """A scalar's text, or the texts of the scalars in a list; nothing of other nodes."""
    if node.id == "sequence":
        return [item.value for item in node.value if item.id == "scalar"]
    return node.value if node.id == "scalar" else {}


def _cleaned(pairs: Iterable[tuple[str, object]]) -> dict[str, MetadataValue]:
    """Values as text under lower-case keys, without empty and nested ones; the first of a repeated key wins."""
    values: dict[str, MetadataValue] = {}
    for key, value in pairs:
        name = key.strip().lower()
        texts = tuple(text for item in (value if isinstance(value, list) else [value]) if (text := _text(item)))
        if name and texts:
            values.setdefault(name, texts if isinstance(value, list) else texts[0])
    return values


def _text(value: object) -> str:
    if isinstance(value, (dict, list)):
        return ""
    text = (str(value).lower() if isinstance(value, bool) else str(value)).strip()
    return "" if text in _EMPTY else text
