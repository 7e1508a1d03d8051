"""Libraries of labelled question sets, built once and reused in later runs, and the labelled spans in them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from benchmarks.questions import DATA, LabelledQuestion, QuestionSet, load
from embeddings import Encoder
from qa import Library
from qa.evaluation.corpus import DenseOffsets
from qa.types import Document, Progress, Source

CACHE = Path.home() / ".cache" / "verbatim-benchmarks"


def build(questions: QuestionSet, cache: Path = CACHE, encoder: Encoder | None = None) -> Library:
    """The library of the set's documents; an unchanged one is opened as it is."""
    folder = cache / f"{questions.name}-{questions.part}"
    documents = questions.write(folder / "documents")
    library = Library.open(folder / "library", encoder=encoder)
    library.sync([documents], yes=True, on_progress=_show)
    return library


def _show(progress: Progress) -> None:
    if progress.done % 1024 < 64 and progress.phase == "encode":
        print(f"{progress.done}/{progress.total} {progress.rate:.0f}/s", file=sys.stderr, flush=True)


# --- the labelled spans -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """The document that answers a question, and the labelled spans in its text."""

    source: Source
    document: Document
    spans: tuple[tuple[int, int], ...]
    others: tuple[int, ...]
    """Ids of all other sources of the library."""

    def is_in(self, document_id: str, start: int, end: int) -> bool:
        """True if ``[start:end]`` of that document contains a whole labelled span."""
        return document_id == self.document.id and any(start <= a and b <= end for a, b in self.spans)


def targets(
    questions: Sequence[LabelledQuestion], library: Library, report_every: int = 50
) -> Iterator[tuple[LabelledQuestion, Target]]:
    """Each question with its target; progress goes to stderr."""
    by_name = {source.path.rsplit("/", 1)[-1]: source for source in library.sources()}
    offsets = lru_cache(maxsize=None)(lambda document_id: DenseOffsets(library.document(document_id)))
    for number, question in enumerate(questions, 1):
        source = by_name[question.document]
        found = (offsets(source.document_id).span(*span) for span in question.spans)
        others = tuple(other.id for other in by_name.values() if other.id != source.id)
        yield question, Target(source, library.document(source.document_id), tuple(filter(None, found)), others)
        if number % report_every == 0:
            print(f"{number}/{len(questions)} questions", file=sys.stderr, flush=True)


# --- the command line -------------------------------------------------------------------------------------------------


def parser_of(description: str | None) -> argparse.ArgumentParser:
    """A parser with the options that name sets and folders."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", help="NAME:PART, such as squad11:test")
    parser.add_argument("--distractors", type=int, help="keep only this many of boolq's other articles")
    parser.add_argument("--most", type=int, help="draw at most this many questions of a set")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the labelled sets")
    parser.add_argument("--cache", type=Path, default=CACHE, help="the folder of the libraries")
    return parser


def opened(options: argparse.Namespace, encoder: Encoder | None = None) -> Iterator[tuple[str, QuestionSet, Library]]:
    """Each set named on the command line, with its library."""
    for each in options.sets:
        questions = load(*each.split(":"), distractors=options.distractors, data=options.data)
        with build(questions, options.cache, encoder) as library:
            yield each, questions, library
