"""Markdown: front matter, headings, paragraphs, lists, tables, captions, each block with its source line."""

from __future__ import annotations

from collections.abc import Iterable

from qa.loaders.base import LoadedText, TextBuilder
from qa.loaders.faq import with_questions
from qa.loaders.markup.dialects import plain_markdown
from qa.loaders.markup.front_matter import read_front_matter
from qa.loaders.markup.markdown_walk import MarkdownWalker
from qa.loaders.plain.encoding import decode
from qa.types import Note


def load(data: bytes, name: str) -> LoadedText:
    """Read a Markdown file; raises ``FileUnreadable`` when it is binary."""
    decoded = decode(data, name)
    return from_text(decoded.text, notes=decoded.notes)


def from_text(text: str, notes: Iterable[Note] = ()) -> LoadedText:
    """Read Markdown: metadata and title from the front matter, the title else from the first level-1 heading."""
    front = read_front_matter(text)
    first_line = text.count("\n", 0, front.length) + 1
    builder = TextBuilder()
    if front.damaged:
        raw = text[: front.length].rstrip("\n").split("\n")
        builder.block("paragraph", "\n".join(raw), lines=range(1, len(raw) + 1))
    walker = add_markdown(builder, text[front.length :], first_line=first_line)
    loaded = builder.build(
        title=front.title or walker.title, metadata=front.metadata, notes=(*notes, *front.notes, *walker.notes)
    )
    return with_questions(loaded, walker.hints)


def add_markdown(builder: TextBuilder, text: str, *, first_line: int) -> MarkdownWalker:
    """Append the blocks of Markdown ``text``, whose first line is the file's line ``first_line`` (1-based)."""
    source, notes = plain_markdown(text)
    walker = MarkdownWalker(builder, source, first_line)
    walker.run()
    walker.notes += notes
    return walker
