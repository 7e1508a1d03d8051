"""Found passages made by hand."""

from __future__ import annotations

from qa.text.sentences import sentences
from qa.types import Block, Document, Hit, HitDetail, Passage, ReadingReport, Source, Unit


def hit(number: int, text: str, title: str = "") -> Hit:
    """A passage that is a whole document of one paragraph."""
    document = Document(
        f"{number:032}", text, (Block("paragraph", 0, len(text)),), ReadingReport("text/1"), language="en"
    )
    units = tuple(Unit(start, end) for start, end in sentences(text, 0, len(text), "en"))
    passage = Passage(number, document.id, 0, len(text), text, units=units)
    source = Source(number, f"/{number}.txt", title or f"{number}.txt", document.id)
    return Hit(source, document, passage, 1.0, HitDetail(1, 1, 1.0, 1.0, 1.0))
