"""What the commands give with ``--json``: plain values of our own nouns, and how they are written."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa.codec import to_json
from qa.types import (
    AddReport,
    CheckReport,
    Document,
    FileOutcome,
    LibraryStats,
    Note,
    Passage,
    Source,
)

_ACTIVE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What ``json.dumps`` leaves as it is, but a terminal may obey."""


def dump(value: Any, encoding: str) -> str:
    """``value`` as JSON that can be written in ``encoding`` without loss and does nothing to a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(value, indent=2)
    return _ACTIVE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def report_values(report: AddReport) -> dict[str, Any]:
    """What became of the files of an ``add``, ``sync`` or ``remove``."""
    statuses = list(dict.fromkeys(outcome.status for outcome in report.files))
    return {
        "counts": {status: report.count(status) for status in statuses},
        "files": [_outcome_values(outcome) for outcome in report.files],
        "waiting": report.waiting,
        "seconds": {phase: round(seconds, 3) for phase, seconds in report.seconds.items()},
    }


def list_values(folder: Path, sources: Sequence[Source], stats: LibraryStats) -> dict[str, Any]:
    """A library and its documents."""
    return {
        "library": str(folder),
        "model": stats.model,
        "passages": stats.passages,
        "waiting": stats.waiting,
        "documents": [_source_values(source) for source in sources],
    }


def show_values(source: Source, document: Document, passages: Sequence[Passage], with_text: bool) -> dict[str, Any]:
    """One source and how its document was read."""
    report = document.report
    values = {
        **_source_values(source),
        "language": document.language,
        "metadata": {key: value if isinstance(value, str) else list(value) for key, value in document.metadata.items()},
        "loader": report.loader,
        "characters": len(document.text),
        "passages": len(passages),
        "pages": report.pages,
        "unreadable_pages": list(report.unreadable_pages),
        "notes": [_note_values(note) for note in report.notes],
    }
    return {**values, "text": document.text} if with_text else values


def check_values(report: CheckReport, encoded: int, waiting: int) -> dict[str, Any]:
    """What a check found; ``encoded``: passages that got a vector, ``waiting``: those that still have none."""
    return {
        "passages": report.passages,
        "problems": list(report.problems),
        "repaired": report.repaired,
        "encoded": encoded,
        "waiting": waiting,
    }


def _source_values(source: Source) -> dict[str, Any]:
    return {
        **to_json(source),
    }


def _outcome_values(outcome: FileOutcome) -> dict[str, Any]:
    return {**to_json(outcome)}


def _note_values(note: Note) -> dict[str, Any]:
    return {**to_json(note)}
