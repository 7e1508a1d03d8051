"""Questions with answers → scores."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from qa.answering.error_rate import Outcomes
from qa.diagnosis import ask_best
from qa.errors import QuestionError, WriterError
from qa.evaluation import scoring
from qa.evaluation.citing import Citing, citing
from qa.evaluation.corpus import Corpus, is_corpus, read_corpus
from qa.evaluation.figures import DEPTHS, ROUNDS, Row, figures
from qa.evaluation.labels import Labels
from qa.evaluation.questions import Problem, Question, read_questions
from qa.evaluation.result import Evaluation
from qa.evaluation.scoring import Gold, holds, shown_text
from qa.generation import Writer
from qa.generation.notes import WRITER_FAILED
from qa.ingest.indexer import OnProgress
from qa.library import Library
from qa.types import AddReport, Answer, Hit, Statement

OnAsked = Callable[[int, int], None]
"""Called with the number of questions that were asked, and of all."""

_PACKAGES = ("verbatim-qa", "numpy", "sentence-transformers", "torch")


@dataclass(frozen=True, slots=True)
class Subject:
    """What the questions go to."""

    library: Library
    corpus: Corpus | None = None
    """The rows of the ``docs.jsonl`` that the library was made of, by whose ids questions name documents."""
    problems: tuple[Problem, ...] = ()
    """Which documents could not be read."""
    documents: str | None = None
    """What the library was made of for this evaluation, as it was named."""


def evaluate(  # noqa: PLR0913 - options
    questions: str | Path | Sequence[Question],
    library: Library | Subject | str | Path | None = None,
    *,
    documents: str | Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    rounds: int = ROUNDS,
    open_library: Callable[[Path], Library] = Library.open,
    writer: Writer | None = None,
    on_asked: OnAsked | None = None,
) -> Evaluation:
    """Ask every question and score what comes back.

    ``questions``: a file (see ``qa.evaluation.questions``) or values. They go to ``library``: an open one, its folder,
    or by default that of the settings; or, when ``documents`` is given, to a library of this file, folder or
    ``docs.jsonl``, made by ``open_library`` in a temporary folder and deleted. ``limit``: only so many questions, drawn
    by ``seed``; ``rounds``: resamples behind each interval. ``writer``: writes the answers that are above the
    threshold; a question at which it fails is left out.

    What cannot be asked or scored is left out and named in ``problems``. What a figure means stands in
    ``docs/evaluation.md``. Raises ``FileUnreadable``, ``OSError``, and what opening and searching a
    library raise.
    """
    asked, problems = _read(questions)
    with _subject(library, documents, open_library) as subject:
        opened = subject.library
        labels = Labels(opened, subject.corpus)
        rows, unscored = _score(opened, _draw(asked, limit, seed), labels, writer, on_asked)
        stats = opened.stats()
        about = {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "questions": str(questions) if isinstance(questions, (str, Path)) else None,
            "questions_sha256": _fingerprint(asked),
            "library": str(library) if isinstance(library, (str, Path)) else None,
            "documents": subject.documents,
            "limit": limit,
            "seed": seed,
            "rounds": rounds,
            "model": stats.model,
            "writer": writer.name if writer else None,
            "sources": stats.sources,
            "passages": stats.passages,
            "passages_without_vector": stats.waiting,
            "settings": opened.settings.model_dump(mode="json", exclude={"library"}),
            "versions": _versions(),
        }
    wrong = sorted([*problems, *unscored], key=lambda problem: problem.line)
    return Evaluation(figures(rows, seed=seed, rounds=rounds), tuple(rows), (*subject.problems, *wrong), about)


def outcomes(evaluation: Evaluation) -> Outcomes:
    """What ``qa.answering.error_rate`` keeps of an evaluation."""
    about = evaluation.about
    return Outcomes(
        [row.confidence for row in evaluation.rows],
        [row.right for row in evaluation.rows],
        about["date"],
        about["versions"]["verbatim-qa"],
        about["model"],
        about["sources"],
    )


@contextmanager
def library_of(
    documents: str | Path, open_library: Callable[[Path], Library], on_progress: OnProgress | None = None
) -> Iterator[Subject]:
    """A library of these documents in a temporary folder, which is deleted afterwards. Raises as ``Library.add``, and
    ``FileUnreadable`` or ``OSError`` for a ``docs.jsonl``."""
    named, documents = str(documents), Path(documents)
    if not documents.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), named)
    with tempfile.TemporaryDirectory(prefix="verbatim-", ignore_cleanup_errors=True) as folder:
        corpus = read_corpus(documents) if is_corpus(documents) else None
        place = corpus.write(Path(folder) / "documents") if corpus else documents
        with open_library(Path(folder) / "library") as library:
            report = library.add(place, on_progress=on_progress)
            wrong = [*(corpus.problems if corpus else ()), *_unread(report, place)]
            yield Subject(library, corpus, tuple(Problem(0, message) for message in wrong), named)


def _unread(report: AddReport, place: Path) -> Iterator[str]:
    for outcome in report.files:
        if outcome.status == "failed":
            name = os.path.relpath(outcome.path, os.path.abspath(place)) if place.is_dir() else place.name
            yield f"{name} could not be read: {outcome.reason}"


@contextmanager
def _subject(
    library: Library | Subject | str | Path | None,
    documents: str | Path | None,
    open_library: Callable[[Path], Library],
) -> Iterator[Subject]:
    if isinstance(library, Subject):
        yield library
    elif isinstance(library, Library):
        yield Subject(library)
    elif documents is not None:
        with library_of(documents, open_library) as made:
            yield made
    else:
        with Library.open(library, create=False) as opened:
            yield Subject(opened)


def _read(questions: str | Path | Sequence[Question]) -> tuple[tuple[Question, ...], tuple[Problem, ...]]:
    if isinstance(questions, (str, Path)):
        return read_questions(questions)
    return tuple(questions), ()


def _draw(questions: Sequence[Question], limit: int | None, seed: int) -> list[Question]:
    """``limit`` of the questions at random, in their order."""
    if limit is None or limit >= len(questions):
        return list(questions)
    return [questions[index] for index in sorted(random.Random(seed).sample(range(len(questions)), limit))]


# --- asking -----------------------------------------------------------------------------------------------------------


def _score(
    library: Library,
    questions: Sequence[Question],
    labels: Labels,
    writer: Writer | None,
    on_asked: OnAsked | None,
) -> tuple[list[Row], list[Problem]]:
    library.warm_up()
    rows: dict[str, Row] = {}
    problems = []
    unseen = []
    for number, question in enumerate(questions, 1):
        gold = labels.gold(question) if question.answerable else Gold(())
        try:
            if isinstance(gold, str):
                problems.append(Problem(question.line, gold))
            else:
                row = rows[question.id] = _row(library, question, gold, writer)
                if question.answerable and gold.documents is None and row.rank is None and not row.right:
                    unseen.append(question)
        except (QuestionError, WriterError) as error:
            problems.append(Problem(question.line, str(error)))
        if on_asked:
            on_asked(number, len(questions))
    for question in labels.nowhere(unseen):
        problems.append(Problem(question.line, f"the answer {question.answers[0][:80]!r} stands in no document"))
        del rows[question.id]
    return list(rows.values()), problems


def _row(library: Library, question: Question, gold: Gold, writer: Writer | None) -> Row:
    """Raises ``QuestionError``, and ``WriterError`` where the language model gave nothing that can be scored."""
    best = ask_best(library, question.text)  # whether to hold it back is what is to be judged
    proven: Citing | None = None
    if best.status == "answered" and best.confidence >= library.settings.threshold:
        answer, proven = _written(best, writer) if writer else (best, None)
    else:
        answer = replace(best, status="not_found", statements=(), citations=(), short=None)
    answered = answer.status == "answered"
    right = question.answerable and gold.quoted(answer if answered else best)
    shown = shown_text(answer)
    predicted = scoring.prediction(answer)
    return Row(
        question.id,
        question.text,
        question.answerable,
        answered,
        best.confidence,
        right,
        _rank(_ten_hits(library, answer), gold) if question.answerable else None,
        scoring.exact_match(predicted, question.answers) if answered else 0.0,
        scoring.f1(predicted, question.answers) if answered else 0.0,
        answered and right,
        holds(shown[:500], gold.answers),
        holds(shown[:1000], gold.answers),
        {part: round(seconds, 6) for part, seconds in answer.timings.items()},
        citation_recall=proven.recall if proven else None,
        citation_precision=proven.precision if proven else None,
        struck=proven.struck if proven else None,
    )


def _written(best: Answer, writer: Writer) -> tuple[Answer, Citing | None]:
    """The answer in the language model's words, and how its sentences are proven.

    Raises ``WriterError`` when the model fails. That nothing it wrote is proven is no failure: the quotes that people
    are shown instead are scored.
    """
    statements: list[Statement] = []
    answer = writer.write(best, lambda checked, _: statements.append(checked[-1]))
    failure = next((note for note in answer.notes if note.code == WRITER_FAILED), None)
    if failure:
        raise WriterError(failure.message)
    return answer, citing(statements, answer)


def _ten_hits(library: Library, answer: Answer) -> Sequence[Hit]:
    """The passages in the order that recall is measured on: the answer's where they are enough."""
    depth = DEPTHS[-1]
    return answer.hits if len(answer.hits) >= depth else library.search(answer.question, depth)


def _rank(hits: Sequence[Hit], gold: Gold) -> int | None:
    for rank, hit in enumerate(hits[: DEPTHS[-1]], 1):
        if gold.hit(hit.document.id, hit.passage.start, hit.passage.end, hit.passage.text):
            return rank
    return None


# --- what it was ------------------------------------------------------------------------------------------------------


def _fingerprint(questions: Sequence[Question]) -> str:
    return hashlib.sha256(repr([(q.id, q.text, q.answers) for q in questions]).encode()).hexdigest()[:16]


def _versions() -> dict[str, Any]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found
