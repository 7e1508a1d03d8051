"""The values that a store takes and returns. They know no database, so that they can be sent to other processes."""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from qa.codec import from_json, to_json
from qa.errors import LibraryDamaged
from qa.types import Block, BlockKind, Cell, Document, ReadingReport, ScannedWord, Source, SourceSpan, Unit


@contextmanager
def decoding() -> Iterator[None]:
    """Turn what goes wrong with stored values that this program has not written into ``LibraryDamaged``."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, zlib.error) as error:
        raise LibraryDamaged(
            f"the library is damaged: library.db holds values that cannot be read ({error}). Documents are not "
            "touched: delete library.db and add them again."
        ) from error


class PackedDocument(NamedTuple):
    """A document as it is stored, and as it is sent to another process."""

    id: str
    text: str
    title: str | None
    language: str | None
    metadata: str
    """JSON."""
    details: bytes
    """Everything that has no column of its own, as JSON, compressed."""

    @classmethod
    def of(cls, document: Document) -> PackedDocument:
        """Pack a document."""
        metadata = json.dumps(dict(document.metadata), ensure_ascii=False)
        details = zlib.compress(json.dumps(_details(document), ensure_ascii=False).encode(), 1)
        return cls(document.id, document.text, document.title, document.language, metadata, details)

    def unpacked(self) -> Document:
        """Return the document again."""
        details = json.loads(zlib.decompress(self.details))
        metadata = json.loads(self.metadata)
        return Document(
            id=self.id,
            text=self.text,
            title=self.title,
            language=self.language,
            metadata={key: tuple(value) if isinstance(value, list) else value for key, value in metadata.items()},
            blocks=tuple(map(_block, details["blocks"])),
            source_map=tuple(SourceSpan(*values) for values in details["source_map"]),
            page_starts=tuple(details["page_starts"]),
            page_labels=tuple(details["page_labels"]),
            scanned=tuple(ScannedWord(*values) for values in details.get("scanned", ())),  # from format 5 on
            report=from_json(ReadingReport, details["report"]),
        )


class NewPassage(NamedTuple):
    """A passage to be stored. Offsets are absolute."""

    start: int
    end: int
    heading: str
    prefix: str
    units: bytes
    """See ``pack_units``."""
    key: bytes
    """Identifies its vectors: a hash of the model and of everything that is embedded."""


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source to be stored; it replaces the one with the same path, under the same id."""

    path: str
    root: str | None
    title: str
    upload: bool
    size: int
    modified_ns: int
    added: str
    loaders: str
    """The loaders' versions it was read with."""
    stamp: str
    """See ``qa.ingest.discovery.FoundFile``; empty in what a library of an earlier format saved."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage before ranking."""

    id: int
    document_row: int
    passage_vector: bytes | None
    """None while it waits for its vector."""
    unit_vectors: bytes | None
    """The vectors of the embedded units, in their order."""


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source with the values that filters and syncs look at."""

    source: Source
    document_row: int
    language: str | None
    metadata: Mapping[str, Any]
    loaders: str
    stamp: str


class Counts(NamedTuple):
    """Sizes of a library."""

    sources: int
    documents: int
    passages: int
    waiting: int
    """Passages without a vector."""
    waiting_pages: int
    """Pages that OCR is to read."""


Feedback = Literal["right", "wrong", "wrong source"]
FEEDBACK: tuple[Feedback, ...] = get_args(Feedback)


@dataclass(frozen=True, slots=True)
class SavedConversation:
    """One conversation of the list."""

    id: int
    """Never reused."""
    title: str
    """The first question, unless it was renamed."""
    created: str
    """ISO 8601 time in UTC, as ``changed``."""
    changed: str


@dataclass(frozen=True, slots=True)
class Message:
    """One question and its answer."""

    id: int
    """Never reused."""
    question: str
    """As it was asked."""
    searched: str
    """As it was searched; a follow-up often with the question before it."""
    answer: Mapping[str, Any] | None = None
    """``Answer.to_dict()``; None while it is being searched, and when it was stopped or failed. The words of a document
    that was removed from the library are blanked (``qa.storage.stored_answers.without``)."""
    note: str = ""
    """The message that people see when there is no answer."""
    scope: tuple[int, ...] | None = None
    """Ids of the sources that were asked; None: all."""
    feedback: Feedback | None = None


UNITS_INCOMPLETE = "units_incomplete"
"""Key of a value in the store of a library of an older format: until its documents are split again, its passages have
only those units that have vectors."""
_UNIT_KINDS: list[BlockKind] = [
    "paragraph",
    "heading",
    "list_item",
    "table_row",
    "code",
    "quote",
    "caption",
    "note",
    "question",
    "answer",
]
"""A kind's number in packed units is its index here: new kinds are added at the end."""
_UNIT_NUMBERS = {kind: number for number, kind in enumerate(_UNIT_KINDS)}


def pack_units(units: Iterable[Unit], start: int) -> bytes:
    """Pack the units of a passage that begins at ``start``, as int32 rows: start, end, kind, embedded."""
    rows = array("i")
    for unit in units:
        rows.extend((unit.start - start, unit.end - start, _UNIT_NUMBERS[unit.kind], unit.embedded))
    return rows.tobytes()


def unpack_units(packed: bytes, start: int) -> tuple[Unit, ...]:
    """Return the units of a passage that begins at ``start``."""
    rows = np.frombuffer(packed, np.int32).reshape(-1, 4).tolist()
    return tuple(Unit(a + start, b + start, _UNIT_KINDS[kind], bool(embedded)) for a, b, kind, embedded in rows)


def embedded_spans(packed: bytes) -> NDArray[np.int32]:
    """Return the spans of the units that have vectors, relative to the passage, ``(n, 2)``."""
    rows = np.frombuffer(packed, np.int32).reshape(-1, 4)
    return rows[rows[:, 3] != 0, :2]


def _block(values: Sequence[Any]) -> Block:
    kind: Any
    kind, start, end, level, indexed, *more = values
    cells = more[0] if more else ()  # from format 3 on
    added = more[1] if len(more) > 1 else {}  # from format 5 on
    kind = "note" if kind == "footnote" else kind  # up to format 4
    return Block(kind, start, end, level, bool(indexed), tuple(Cell(*cell) for cell in cells), **added)


_ADDED_FIELDS = ("number", "group", "sheet", "row", "answers", "speaker", "time")
"""Fields of ``Block`` that libraries have from format 5 on."""


def _packed_block(block: Block) -> tuple[Any, ...]:
    added = {}
    if block.group is not None or block.number or block.speaker or block.time or block.answers is not None or block.row:
        added = {name: value for name in _ADDED_FIELDS if (value := getattr(block, name)) not in ("", None)}
    more = (block.cells, added) if added else (block.cells,) if block.cells else ()
    return (block.kind, block.start, block.end, block.level, int(block.indexed), *more)


def _details(document: Document) -> dict[str, Any]:
    """Return everything without a column of its own; blocks and spans as lists, as names would be most of the bytes."""
    return {
        "blocks": list(map(_packed_block, document.blocks)),
        "source_map": [(s.start, s.end, s.line, s.page, s.char) for s in document.source_map],
        "page_starts": document.page_starts,
        "page_labels": document.page_labels,
        **({"scanned": document.scanned} if document.scanned else {}),
        "report": to_json(document.report),
    }
