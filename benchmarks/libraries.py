"""Libraries of labelled question sets, built once and kept between runs."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.questions import QuestionSet
from qa import Library
from qa.types import Progress

CACHE = Path.home() / ".cache" / "verbatim-benchmarks"


def build(questions: QuestionSet, cache: Path = CACHE) -> Library:
    """The library of the set's documents; an unchanged one is opened as it is."""
    place = cache / f"{questions.name}-{questions.part}"
    folder = questions.write(place / "documents")
    library = Library.open(place / "library")
    library.sync([folder], yes=True, on_progress=_show)
    return library


def _show(progress: Progress) -> None:
    if progress.done % 1024 < 64 and progress.phase == "encode":
        print(f"{progress.done}/{progress.total} {progress.rate:.0f}/s", file=sys.stderr, flush=True)
