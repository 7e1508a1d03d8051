"""The JSON documents that the commands write with ``--json``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa.codec import to_json
from qa.types import AddReport, CheckReport, Document, LibraryStats, Passage, Source

_ACTIVE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that ``json.dumps`` leaves as they are, but a terminal may obey."""


def dump(value: Any, encoding: str) -> str:
    """``value`` as JSON that can be written in ``encoding`` without loss and does nothing to a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(value, indent=2)
    return _ACTIVE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def report_json(report: AddReport) -> dict[str, Any]:
    """The outcome of each file of an ``add``, ``sync`` or ``remove``, and how many files had which outcome."""
    statuses = dict.fromkeys(outcome.status for outcome in report.files)
    return {"counts": {status: report.count(status) for status in statuses}, **to_json(report)}


def list_json(folder: Path, sources: Sequence[Source], stats: LibraryStats) -> dict[str, Any]:
    """A library and its documents."""
    return {
        "library": str(folder),
        "model": stats.model,
        "passages": stats.passages,
        "waiting": stats.waiting,
        "waiting_pages": stats.waiting_pages,
        "outdated": stats.outdated,
        "documents": to_json(sources),
    }


def document_json(source: Source, document: Document, passages: Sequence[Passage], with_text: bool) -> dict[str, Any]:
    """One source and how its document was read."""
    report = document.report
    values = {
        **to_json(source),
        "language": document.language,
        "metadata": {key: value if isinstance(value, str) else list(value) for key, value in document.metadata.items()},
        "loader": report.loader,
        "characters": len(document.text),
        "passages": len(passages),
        "pages": report.pages,
        "unreadable_pages": list(report.unreadable_pages),
        "notes": to_json(report.notes),
    }
    return {**values, "text": document.text} if with_text else values


def check_json(report: CheckReport, encoded: int, waiting: int) -> dict[str, Any]:
    """The result of a check; ``encoded``: passages that got a vector, ``waiting``: those that still have none."""
    return {**to_json(report), "encoded": encoded, "waiting": waiting}
