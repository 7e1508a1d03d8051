"""Front matter of Markdown files (YAML between ``---``, TOML between ``+++``) → metadata and title."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from qa.types import MetadataValue, Note

_FENCED = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?\n)??(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_KEY_FIRST = re.compile(r"---[ \t]*\n\s*[\w-]+:(?:\s|$)|\+\+\+[ \t]*\n\s*[\w-]+ *= *\S")
_MAX_CHARS = 100_000
_MAX_DEPTH = 20  # PyYAML's own tree builder overflows the stack on deep nesting, so events are read instead
_TITLES = ("title", "subject", "name")
_DATES = ("date", "pubdate", "published", "publishdate", "created", "updated", "lastmod", "modified")
_EMPTY = ("", "~", "null")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands before the text of a Markdown file."""

    length: int = 0
    """Characters it takes at the start of the file, its closing line included; 0 when there is none."""
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    title: str | None = None
    notes: tuple[Note, ...] = ()
    damaged: bool = False
    """True: it could not be understood and must be read as text."""


def read_front_matter(text: str) -> FrontMatter:
    """The front matter at the start of ``text``; a rule (``---``) that opens no front matter gives an empty one."""
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
    reason = " ".join(reason.split())
    return Note("front_matter_damaged", f"The front matter could not be understood ({reason}); it is read as text.")


def _title(values: Mapping[str, MetadataValue]) -> str | None:
    for key in _TITLES:
        value = values.get(key)
        if isinstance(value, str):
            return " ".join(value.split())
    return None


def _with_date(values: Mapping[str, MetadataValue]) -> dict[str, MetadataValue]:
    found = next((values[key] for key in _DATES if key in values), None)
    return dict(values) if found is None else {**values, "date": found}


def _read_toml(source: str) -> dict[str, MetadataValue] | None:
    import tomllib

    try:
        values = tomllib.loads(source)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    kept: dict[str, MetadataValue] = {}
    for key, value in values.items():
        if isinstance(value, list):
            _keep(kept, key, [str(item) for item in value if not isinstance(item, (dict, list))])
        elif not isinstance(value, dict):
            _keep(kept, key, str(value).lower() if isinstance(value, bool) else str(value))
    return kept


def _keep(values: dict[str, MetadataValue], key: str, value: str | list[str]) -> None:
    """Keep a value under its lower-case key; empty values and repeated keys are left out."""
    name = key.strip().lower()
    if isinstance(value, list):
        items = tuple(item.strip() for item in value if item.strip() not in _EMPTY)
        if items and name:
            values.setdefault(name, items)
    elif name and value.strip() not in _EMPTY:
        values.setdefault(name, value.strip())


def _read_yaml(source: str) -> dict[str, MetadataValue] | None:
    """Scalars and lists of scalars of the outermost mapping, as they are written; None when there is no mapping.

    Nested mappings and lists of lists are passed over. Raises ``ValueError`` for damaged YAML.
    """
    events = _yaml_events(source)
    opening = next(events, None)
    if opening is None:
        return {}
    if opening[0] != "{":
        return {} if opening[0] == "=" and opening[1].strip() in _EMPTY else None
    values: dict[str, MetadataValue] = {}
    for token, text in events:
        if token in "]}":
            break
        key = text if token == "=" else _read_node(token, text, events)
        value = _read_node(*next(events, ("=", "")), events)
        if isinstance(key, str) and value is not None:
            _keep(values, key, value)
    for _ in events:  # to the end, so that damage there is found
        pass
    return values


def _read_node(token: str, text: str, events: Iterator[tuple[str, str]]) -> str | list[str] | None:
    """A scalar, or a list with its scalars; None for a mapping, which is passed over."""
    if token == "=":
        return text
    items, depth = [], 1
    while depth:
        inner, value = next(events, ("]", ""))
        depth += (inner in "[{") - (inner in "]}")
        if inner == "=" and depth == 1:
            items.append(value)
    return items if token == "[" else None


def _yaml_events(source: str) -> Iterator[tuple[str, str]]:
    """Tokens ``[ ] { }`` and ``=`` with a scalar's text; an alias is an empty scalar."""
    import yaml

    tokens = {
        yaml.MappingStartEvent: "{",
        yaml.MappingEndEvent: "}",
        yaml.SequenceStartEvent: "[",
        yaml.SequenceEndEvent: "]",
        yaml.ScalarEvent: "=",
        yaml.AliasEvent: "=",
    }
    depth = 0
    try:
        for event in yaml.parse(source, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            token = tokens.get(type(event))
            if token:
                depth += (token in "[{") - (token in "]}")
                if depth > _MAX_DEPTH:
                    raise ValueError(f"nested deeper than {_MAX_DEPTH} levels")
                yield token, getattr(event, "value", "")
    except yaml.YAMLError as error:
        raise ValueError(getattr(error, "problem", None) or str(error)) from error
