"""``LoadedText`` → ``Document``: the part that is the same for every format."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText, clean, is_clean
from qa.loaders.language import detect_language
from qa.loaders.ocr import INSTALL
from qa.types import Block, Document, MetadataValue, Note, ReadingReport

_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff]")
_NOISE_LINES = 5
_NOISE_SHARE = 0.8
_UNREADABLE_SHARE = 0.05


def finish(
    loaded: LoadedText,
    *,
    name: str,
    loader: str,
    document_id: str,
    notes: Iterable[Note] = (),
    may_be_empty: bool = False,
) -> Document:
    """The document of a loader's result; ``notes`` come before those of the loader. ``may_be_empty``: OCR is to read
    its pages, or has.

    Raises ``FileUnreadable`` when there is no text, or when the loader broke one of the promises of
    ``qa.types.Document`` (a fault of the program, named as such).
    """
    if not may_be_empty and (not loaded.blocks or not loaded.text.strip()):
        raise FileUnreadable(name, _no_text(loaded))
    fault = find_fault(loaded)
    if fault:
        raise FileUnreadable(name, f"the {loader} reader made a faulty text ({fault}); please report this file")
    blocks, noise = _mark_noise(loaded)
    notes = (*notes, *loaded.notes, *noise, *_unreadable_note(loaded))
    return Document(
        id=document_id,
        text=loaded.text,
        blocks=blocks,
        report=ReadingReport(loader, notes, loaded.pages, loaded.unreadable_pages, loaded.waiting_pages),
        title=loaded.title and clean(loaded.title),
        language=detect_language(loaded.text, blocks),
        page_starts=loaded.page_starts,
        page_labels=loaded.page_labels,
        source_map=loaded.source_map,
        scanned=loaded.scanned,
        metadata={key: _clean_value(value) for key, value in loaded.metadata.items()},
    )


def _clean_value(value: MetadataValue) -> MetadataValue:
    return clean(value) if isinstance(value, str) else tuple(map(clean, value))


def _no_text(loaded: LoadedText) -> str:
    if loaded.pages:
        words = f"holds no text on its {loaded.pages} page{'s' if loaded.pages > 1 else ''}"
        return f"{words} but pictures; to read them by OCR: {INSTALL}" if loaded.waiting_pages else words
    return "holds no text"


def find_fault(loaded: LoadedText | Document) -> str | None:
    """The first broken promise about characters, blocks, pages and source map; None when all hold."""
    if not is_clean(loaded.text):
        return "a NUL, a lone surrogate or a foreign line break"
    return _block_fault(loaded) or _page_fault(loaded) or _span_fault(loaded) or _word_fault(loaded)


def _block_fault(loaded: LoadedText | Document) -> str | None:
    text, end, count = loaded.text, 0, len(loaded.blocks)
    for block in loaded.blocks:
        if block.start < end or block.end <= block.start:
            return f"block at {block.start} overlaps or is empty"
        if block.start > end and not text[end : block.start].isspace():
            return f"text outside blocks at {end}"
        if block.cells and not _in_order(block):
            return f"cells of the row at {block.start} are out of order"
        if block.answers is not None and not 0 <= block.answers < count:
            return f"the block at {block.start} answers none of the blocks"
        end = block.end
    return "the last block does not end with the text" if end > len(text) or text[end:].strip() else None


def _in_order(row: Block) -> bool:
    edges = [row.start, *(edge for cell in row.cells for edge in cell[:2]), row.end]
    return edges == sorted(edges)


def _page_fault(loaded: LoadedText | Document) -> str | None:
    pages = loaded.page_starts
    if any(later < earlier for earlier, later in pairwise(pages)):
        return "pages are out of order"
    if pages and (pages[0] < 0 or pages[-1] > len(loaded.text)):
        return "a page starts outside the text"
    if loaded.page_labels and len(loaded.page_labels) != len(pages):
        return "page labels do not fit the pages"
    return None


def _span_fault(loaded: LoadedText | Document) -> str | None:
    end = 0
    for span in loaded.source_map:
        if span.start < end or span.end < span.start:
            return f"source span at {span.start} is out of order"
        end = span.end
    return "a source span beyond the text" if end > len(loaded.text) else None


def _word_fault(loaded: LoadedText | Document) -> str | None:
    end = 0
    for word in loaded.scanned:
        if word.start < end or word.end < word.start:
            return f"scanned word at {word.start} is out of order"
        end = word.end
    return "a scanned word beyond the text" if end > len(loaded.text) else None


def _mark_noise(loaded: LoadedText) -> tuple[tuple[Block, ...], tuple[Note, ...]]:
    """Blocks of which one repeated line makes over 80 % become ``noise`` that is not indexed."""
    blocks, notes = list(loaded.blocks), []
    for index, lines in _many_lined(loaded):
        line, count = Counter(lines).most_common(1)[0]
        if count >= _NOISE_LINES and count > len(lines) * _NOISE_SHARE:
            blocks[index] = replace(blocks[index], kind="noise", indexed=False)
            shown = line if len(line) <= 60 else line[:60] + "…"
            notes.append(Note("repeated_line", f"A line that is repeated {count} times is not searched: “{shown}”."))
    return tuple(blocks), tuple(notes)


def _many_lined(loaded: LoadedText) -> Iterator[tuple[int, list[str]]]:
    """Indices of the indexed blocks with at least five lines, and those lines, white space around them removed.

    Lines are those of the source where the loader joined them (the source map knows), else those of the text.
    """
    text, spans, after = loaded.text, loaded.source_map, 0
    starts = [span.start for span in spans]
    for index, block in enumerate(loaded.blocks):
        first, after = after, bisect_left(starts, block.end, after)
        if not block.indexed or block.end - block.start < 2 * _NOISE_LINES - 1:
            continue
        if after - first >= _NOISE_LINES and spans[first].line is not None:
            lines = [text[span.start : span.end].strip() for span in spans[first:after]]
        elif text.count("\n", block.start, block.end) >= _NOISE_LINES - 1:
            lines = [line.strip() for line in text[block.start : block.end].split("\n")]
        else:
            continue
        lines = [line for line in lines if line]
        if len(lines) >= _NOISE_LINES:
            yield index, lines


def _unreadable_note(loaded: LoadedText) -> tuple[Note, ...]:
    if loaded.text.isascii() or loaded.unreadable_pages:
        return ()
    count = sum(1 for _ in _UNREADABLE.finditer(loaded.text))
    share = count / len(loaded.text)
    if share <= _UNREADABLE_SHARE:
        return ()
    return (Note("unreadable_characters", f"{share:.0%} of the characters ({count:,}) could not be read."),)
