"""JSON and JSON Lines: one ``key: value`` line for each value, one block for each object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from qa.loaders.base import LoadedText, TextBuilder, one_line
from qa.loaders.plain.text import add_paragraphs
from qa.types import Note

_TITLES = ("title", "name", "subject")


def from_text(text: str, notes: Iterable[Note] = ()) -> LoadedText:
    """Read JSON, or JSON Lines; what cannot be parsed is read as plain text, with a note."""
    notes = list(notes)
    builder = TextBuilder()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        broken = _add_lines(builder, text)
        if broken is None:
            builder = TextBuilder()
            add_paragraphs(builder, text, first_line=1)
            notes.append(Note("json_damaged", f"The JSON could not be parsed ({error}); it is read as plain text."))
        elif broken:
            shown = ", ".join(map(str, broken[:5])) + (", …" if len(broken) > 5 else "")
            notes.append(Note("json_damaged", f"{len(broken)} lines are not JSON and are read as plain text: {shown}."))
        return builder.build(notes=notes)
    _add_value(builder, value, None)
    return builder.build(title=_title(value), notes=notes)


def _add_lines(builder: TextBuilder, text: str) -> list[int] | None:
    """Read JSON Lines; return the numbers of the lines that are not JSON, or None when most are not."""
    broken, whole = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if not isinstance(value, (dict, list)):
                raise ValueError("a bare value")
        except (ValueError, RecursionError):
            broken.append(number)
            builder.block("paragraph", line, lines=(number,))
        else:
            whole += 1
            _add_value(builder, value, number)
    return broken if whole > len(broken) else None


def _title(value: Any) -> str | None:
    if isinstance(value, dict):
        for key in _TITLES:
            if isinstance(value.get(key), str) and value[key].strip():
                return one_line(value[key])
    return None


def _add_value(builder: TextBuilder, value: Any, line: int | None) -> None:
    """One block for each run of values with the same parent; long texts are blocks of their own."""
    parent, run, size = None, list[str](), 0

    def end_run() -> None:
        text = "\n".join(run)
        builder.block("paragraph", text, lines=None if line is None else [line] * len(text.split("\n")))
        run.clear()

    for path, leaf in _leaves(value):
        text = _shown(leaf)
        if not text.strip():
            continue
        above = path[: len(path) - 1 - (isinstance(path[-1], int))] if path else []
        if above != parent or "\n" in text.strip():
            end_run()
            parent, size = above, 0
        key = " › ".join(str(part + 1) if isinstance(part, int) else _shown(part) for part in path)
        run.append(f"{key}: {text}" if key else text)
        size += len(run[-1])
        builder.check(size)
    end_run()


def _shown(leaf: Any) -> str:
    if isinstance(leaf, str):
        return leaf.encode("utf-8", "replace").decode()
    return "" if leaf is None else json.dumps(leaf)


def _leaves(value: Any) -> Iterator[tuple[list[str | int], Any]]:
    """All scalars in the order of the file, with the keys and indices (from 0) that lead to them: one list for all,
    because a copy for each takes memory with the square of the depth."""
    path: list[str | int] = []
    levels: list[Iterator[tuple[str | int, Any]]] = []
    while True:
        if isinstance(value, (dict, list)):
            levels.append(iter(value.items() if isinstance(value, dict) else enumerate(value)))
            path.append("")
        else:
            yield path, value
        step = None
        while levels and (step := next(levels[-1], None)) is None:
            levels.pop()
            path.pop()
        if step is None:
            return
        path[-1], value = step
