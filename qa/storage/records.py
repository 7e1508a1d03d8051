"""What the store takes in and gives out, as plain values that can be sent to another process."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa.types import Document, Source


class NewDocument(NamedTuple):
    """A document to be stored, ready to be sent to another process."""

    id: str
    text: str
    title: str | None
    language: str | None
    metadata: str
    """JSON."""
    details: bytes
    """What has no column of its own, as JSON, compressed."""

    @classmethod
    def of(cls, document: Document) -> NewDocument:
        """Pack a document."""
        metadata = json.dumps(dict(document.metadata), ensure_ascii=False)
        details = zlib.compress(json.dumps(_details(document), ensure_ascii=False).encode(), 1)
        return cls(document.id, document.text, document.title, document.language, metadata, details)


class NewPassage(NamedTuple):
    """A passage to be stored. Offsets are absolute; ``sentences``: int32 pairs relative to ``start``."""

    start: int
    end: int
    heading: str
    prefix: str
    sentences: bytes
    key: bytes
    """Names its vectors: a hash of the model and of all that is embedded."""


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source to be stored; replaces the one of the same path, whose id it keeps."""

    path: str
    root: str | None
    title: str
    upload: bool
    size: int
    modified_ns: int
    added: str
    loaders: str
    """The loaders' versions it was read with."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What scoring needs to know of a passage."""

    id: int
    document_row: int
    start: int
    end: int
    sentences: NDArray[np.int32]
    """``(n, 2)``, relative to ``start``."""
    passage_vector: bytes | None
    """None while it waits for its vector."""
    sentence_vectors: bytes | None


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source with what filters and syncs look at."""

    source: Source
    document_row: int
    language: str | None
    metadata: Mapping[str, Any]
    loaders: str


_SPAN_VALUES = attrgetter("start", "end", "line", "page", "char")


def _details(document: Document) -> dict[str, Any]:
    """What has no column of its own. Blocks and spans as lists of values: names would be most of the bytes."""
    return {
        "blocks": [(b.kind, b.start, b.end, b.level, int(b.indexed)) for b in document.blocks],
        "source_map": list(map(_SPAN_VALUES, document.source_map)),
        "page_starts": document.page_starts,
        "page_labels": document.page_labels,
        "report": asdict(document.report),
    }
