"""The only place where citations are made: by slicing."""

from __future__ import annotations

from collections.abc import Iterable

from qa.types import Citation, Document, Source


def cite(
    number: int,
    source: Source,
    document: Document,
    start: int,
    end: int,
    spans: Iterable[tuple[int, int]] = (),
) -> Citation:
    """The citation of ``document.text[start:end]``. ``spans``: the exact words in it, as absolute offsets.

    Raises ``ValueError`` for a range that is empty or outside the text, and for a span outside the range.
    """
    if not 0 <= start < end <= len(document.text):
        raise ValueError(f"[{start}:{end}] is not a range of a text of {len(document.text)} characters")
    spans = tuple(spans)
    for a, b in spans:
        if not start <= a < b <= end:
            raise ValueError(f"the span [{a}:{b}] is not inside the quote [{start}:{end}]")
    first, last = document.page_of(start), document.page_of(end - 1)
    return Citation(
        number=number,
        source=source,
        document_id=document.id,
        start=start,
        end=end,
        quote=document.text[start:end],
        section=document.section_of(start),
        page=None if first is None else first + 1,
        page_end=None if last is None else last + 1,
        page_label=document.page_labels[first] if first is not None and document.page_labels else None,
        line=document.line_of(start),
        spans=spans,
    )
