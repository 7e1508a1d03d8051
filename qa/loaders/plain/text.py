"""Plain text: paragraphs between blank lines, with their line breaks."""

from __future__ import annotations

from collections.abc import Iterable

from qa.loaders.base import LoadedText, TextBuilder
from qa.types import Note


def from_text(text: str, notes: Iterable[Note] = ()) -> LoadedText:
    """Paragraphs of a decoded text; each line has its number in the file."""
    builder = TextBuilder()
    add_paragraphs(builder, text, first_line=1)
    return builder.build(notes=notes)


def add_paragraphs(builder: TextBuilder, text: str, *, first_line: int) -> None:
    """Append the paragraphs of ``text``, whose first line is the file's line ``first_line`` (1-based)."""
    run: list[str] = []
    for number, line in enumerate((*text.split("\n"), ""), first_line):
        if line and not line.isspace():
            run.append(line)
        elif run:
            builder.block("paragraph", "\n".join(run), lines=range(number - len(run), number))
            run = []
