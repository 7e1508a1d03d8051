"""Filters: the documents that a question is asked of, by source, path pattern and metadata."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePath

from qa.errors import FilterError
from qa.storage.records import StoredSource
from qa.text.languages import language_name
from qa.types import Source

Where = Mapping[str, str | Sequence[str]]
_OWN_KEYS = ("path", "title", "language", "suffix")


@dataclass(frozen=True, slots=True)
class Selection:
    """The documents that a question is asked of."""

    rows: tuple[int, ...] | None
    """Document rows; None for all."""
    source_ids: frozenset[int] | None
    """The sources that were chosen; None for all."""


ALL = Selection(None, None)


def select(
    sources: Sequence[StoredSource], documents: Sequence[int | str | Source] | None, where: Where | None
) -> Selection:
    """The selection that both filters leave.

    ``documents``: source ids, ``Source`` values, paths of files or folders, titles, or patterns (``*.pdf``); a source
    is taken when any of them names it. ``where``: key → value or values; ``path`` (a pattern), ``title``,
    ``language`` (``de`` or ``German``), ``suffix``, or a metadata key such as ``author``; every key must fit, by any of
    its values, upper and lower case and patterns allowed. Composed and decomposed letters are the same. Raises
    ``FilterError`` for a name that fits nothing, or a key no document has.
    """
    chosen = list(sources) if documents is None else all_named(sources, documents)
    for key, value in (where or {}).items():
        _check_key(sources, key)
        wanted = [value] if isinstance(value, str) else list(value) if isinstance(value, Sequence) else [value]
        if not all(isinstance(each, str) for each in wanted):
            raise FilterError(f"the filter {key!r} is {value!r}; give words, such as {str(value)!r}.")
        chosen = [stored for stored in chosen if any(_fits(stored, key, each) for each in wanted)]
    return Selection(
        tuple(sorted({stored.document_row for stored in chosen})), frozenset(stored.source.id for stored in chosen)
    )


def all_named(
    sources: Sequence[StoredSource], names: int | str | Source | Sequence[int | str | Source]
) -> list[StoredSource]:
    """The sources that any of ``names`` names (see ``select``), in the order of ``sources``.

    Raises ``FilterError`` for a name that fits nothing.
    """
    known, ids = {stored.source.id for stored in sources}, set[int]()
    for each in [names] if isinstance(names, (str, int, Source)) else names:
        name = each.id if isinstance(each, Source) else each
        found = known & {name} if isinstance(name, int) else _named(sources, name)
        if not found:
            raise FilterError(f"no document is named {name!r}. `qa list` shows the documents of the library.")
        ids |= found
    return [stored for stored in sources if stored.source.id in ids]


def _named(sources: Sequence[StoredSource], name: str) -> set[int]:
    """Ids of the sources, by path or folder, else by title or file name, else by pattern."""
    if not name.strip():
        return set()  # as a path, it would be the current folder
    name = _composed(name)
    path = os.path.abspath(os.path.expanduser(name))
    inside = path.rstrip(os.sep) + os.sep
    rules: tuple[Callable[[Source], bool], ...] = (
        lambda source: _composed(source.path) == path or _composed(source.path).startswith(inside),
        lambda source: name in map(_composed, (source.title, PurePath(source.path).name)),
        lambda source: _pattern(source.path, name),
    )
    chosen = ({stored.source.id for stored in sources if rule(stored.source)} for rule in rules)
    return next(filter(None, chosen), set())


def _check_key(sources: Sequence[StoredSource], key: str) -> None:
    keys = {known for stored in sources for known in stored.metadata}
    if key not in _OWN_KEYS and key not in keys:
        known = ", ".join([*_OWN_KEYS, *sorted(keys)])
        raise FilterError(f"no document has {key!r}. Known here: {known}.")


def _fits(stored: StoredSource, key: str, wanted: str) -> bool:
    source = stored.source
    if key == "path":
        return _pattern(source.path, wanted)
    if key == "suffix":
        return PurePath(source.path).suffix.lower().lstrip(".") == wanted.lower().lstrip(".")
    language = stored.language or ""
    own = {"title": source.title, "language": (language, language_name(language))}
    value = own[key] if key in own else stored.metadata.get(key, ())
    values = [value] if isinstance(value, str) else list(value)
    return any(fnmatchcase(_folded(each), _folded(wanted)) for each in values)


def _pattern(path: str, pattern: str) -> bool:
    """``*`` spans folders too; a pattern without a leading slash may start at any folder."""
    path, pattern = _folded(path).replace(os.sep, "/"), _folded(pattern)
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}")


def _composed(name: str) -> str:
    """With composed letters: macOS gives names with accents as letters of their own, keyboards do not."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _folded(name: str) -> str:
    return _composed(name).lower()
