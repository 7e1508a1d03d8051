"""The nouns of the project: frozen values without I/O.

Offsets everywhere are Unicode code points into ``Document.text``, ``end`` is exclusive; pages and lines count from 1.
"""

from qa.types.answers import (
    STRUCK,
    UNPROVEN,
    Answer,
    Citation,
    Hit,
    HitDetail,
    SpanScore,
    Statement,
    StatementStatus,
)
from qa.types.documents import (
    HEADING_SEPARATOR,
    Block,
    BlockKind,
    Cell,
    Document,
    MetadataValue,
    Note,
    Passage,
    ReadingReport,
    Source,
    SourceSpan,
    Unit,
)
from qa.types.reports import AddReport, CheckReport, FileOutcome, FileStatus, LibraryStats, Progress

__all__ = [
    "HEADING_SEPARATOR",
    "STRUCK",
    "UNPROVEN",
    "AddReport",
    "Answer",
    "Block",
    "BlockKind",
    "Cell",
    "CheckReport",
    "Citation",
    "Document",
    "FileOutcome",
    "FileStatus",
    "Hit",
    "HitDetail",
    "LibraryStats",
    "MetadataValue",
    "Note",
    "Passage",
    "Progress",
    "ReadingReport",
    "Source",
    "SourceSpan",
    "SpanScore",
    "Statement",
    "StatementStatus",
    "Unit",
]
