"""Asks a library the questions of a set, and scores the answers."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from qa.answering.error_rate import Outcomes
from qa.errors import QuestionError, WriterError
from qa.evaluation import scoring
from qa.evaluation.corpus import Corpus, is_corpus, read_corpus
from qa.evaluation.figures import DEPTHS, ROUNDS, ScoredQuestion, figures
from qa.evaluation.labels import Labels
from qa.evaluation.questions import Problem, Question, read_questions
from qa.evaluation.result import Evaluation
from qa.evaluation.scoring import Gold, contains_answer
from qa.generation.writer import WRITER_FAILED, Writer
from qa.ingest.progress import OnProgress
from qa.library import Library
from qa.types import Answer, Statement

OnAsked = Callable[[int, int], None]
"""Called with the number of questions asked so far, and of all."""

_PACKAGES = ("verbatim-qa", "numpy", "sentence-transformers", "torch")


@dataclass(frozen=True, slots=True)
class EvaluatedLibrary:
    """The library to ask, and how it was made."""

    library: Library
    corpus: Corpus | None = None
    """The ``docs.jsonl`` that the library was made from; questions name documents by the ids of its rows."""
    problems: tuple[Problem, ...] = ()
    """The documents that could not be read."""
    documents: str | None = None
    """The path that the library was made from for this evaluation, as given."""


def evaluate(  # noqa: PLR0913 - options
    questions: str | Path | Sequence[Question],
    library: Library | EvaluatedLibrary | str | Path | None = None,
    *,
    documents: str | Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    rounds: int = ROUNDS,
    open_library: Callable[[Path], Library] = Library.open,
    writer: Writer | None = None,
    on_asked: OnAsked | None = None,
) -> Evaluation:
    """Ask every question and score its answer.

    ``questions``: a file (see ``qa.evaluation.questions``) or values. They are asked of ``library``: an open one, its
    folder, or by default that of the settings; or, when ``documents`` is given, of a library made from this file,
    folder or ``docs.jsonl`` by ``open_library``, in a temporary folder that is deleted. ``limit``: ask only that many
    questions, drawn by ``seed``; ``rounds``: resamples for each interval. ``writer``: writes the answers above the
    threshold; a question at which it fails is left out.

    Questions that cannot be asked or scored are left out and named in ``problems``. ``docs/evaluation.md`` defines the
    figures. Raises ``FileUnreadable``, ``OSError``, and whatever opening and searching a library raise.
    """
    asked, problems = read_questions(questions) if isinstance(questions, (str, Path)) else (questions, ())
    with ExitStack() as stack:
        if isinstance(library, EvaluatedLibrary):
            evaluated = library
        elif isinstance(library, Library):
            evaluated = EvaluatedLibrary(library)
        elif documents is None:
            evaluated = EvaluatedLibrary(stack.enter_context(Library.open(library, create=False)))
        else:
            evaluated = stack.enter_context(temporary_library(documents, open_library))
        labels = Labels(evaluated.library, evaluated.corpus)
        scored, unscored = _score(evaluated.library, _draw(asked, limit, seed), labels, writer, on_asked)
        about = {
            "questions": str(questions) if isinstance(questions, (str, Path)) else None,
            "library": str(library) if isinstance(library, (str, Path)) else None,
            "documents": evaluated.documents,
            "limit": limit,
            "seed": seed,
            "rounds": rounds,
            "writer": writer.name if writer else None,
            **_about(evaluated.library, asked),
        }
    problems = (*evaluated.problems, *sorted([*problems, *unscored], key=lambda problem: problem.line))
    return Evaluation(figures(scored, seed=seed, rounds=rounds), tuple(scored), problems, about)


def outcomes(evaluation: Evaluation) -> Outcomes:
    """The part of an evaluation that ``qa.answering.error_rate`` saves."""
    about = evaluation.about
    return Outcomes(
        [scored.confidence for scored in evaluation.questions],
        [scored.right for scored in evaluation.questions],
        about["date"],
        about["versions"]["verbatim-qa"],
        about["model"],
        about["sources"],
    )


@contextmanager
def temporary_library(
    documents: str | Path, open_library: Callable[[Path], Library], on_progress: OnProgress | None = None
) -> Iterator[EvaluatedLibrary]:
    """A library of these documents in a temporary folder, which is deleted afterwards. Raises as ``Library.add``, and
    ``FileUnreadable`` or ``OSError`` for a ``docs.jsonl``."""
    given, documents = str(documents), Path(documents)
    if not documents.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), given)
    with tempfile.TemporaryDirectory(prefix="verbatim-", ignore_cleanup_errors=True) as folder:
        corpus = read_corpus(documents) if is_corpus(documents) else None
        added = corpus.write(Path(folder) / "documents") if corpus else documents
        with open_library(Path(folder) / "library") as library:
            report = library.add(added, on_progress=on_progress)
            root = os.path.abspath(added if added.is_dir() else added.parent)
            failed = [each for each in report.files if each.status == "failed"]
            unread = (f"{os.path.relpath(each.path, root)} could not be read: {each.reason}" for each in failed)
            problems = [*(corpus.problems if corpus else ()), *unread]
            yield EvaluatedLibrary(library, corpus, tuple(Problem(0, message) for message in problems), given)


def _draw(questions: Sequence[Question], limit: int | None, seed: int) -> list[Question]:
    """``limit`` of the questions at random, in their order."""
    if limit is None or limit >= len(questions):
        return list(questions)
    return [questions[index] for index in sorted(random.Random(seed).sample(range(len(questions)), limit))]


def _score(
    library: Library, questions: Sequence[Question], labels: Labels, writer: Writer | None, on_asked: OnAsked | None
) -> tuple[list[ScoredQuestion], list[Problem]]:
    library.warm_up()
    scored: dict[str, ScoredQuestion] = {}
    problems = []
    not_found = []
    for number, question in enumerate(questions, 1):
        try:
            gold = labels.gold(question)
            result = scored[question.id] = _score_question(library, question, gold, writer)
            if question.answerable and gold.documents is None and result.rank is None and not result.right:
                not_found.append(question)
        except (QuestionError, WriterError) as error:
            problems.append(Problem(question.line, str(error)))
        if on_asked:
            on_asked(number, len(questions))
    for question in labels.in_no_document(not_found):
        problems.append(Problem(question.line, f"no document contains the answer {question.answers[0][:80]!r}"))
        del scored[question.id]
    return list(scored.values()), problems


def _score_question(library: Library, question: Question, gold: Gold, writer: Writer | None) -> ScoredQuestion:
    """Raises ``QuestionError``, and ``WriterError`` where the language model gave nothing that can be scored."""
    best = library.ask(question.text, threshold=0.0)  # without a threshold, which is part of what is judged
    citations: dict[str, float | None] = {}
    if best.status == "answered" and best.confidence >= library.settings.threshold:
        answer, citations = _written(best, writer) if writer else (best, {})
    else:
        answer = replace(best, status="not_found", statements=(), citations=(), short=None)
    answered = answer.status == "answered"
    right = question.answerable and gold.is_quoted(answer if answered else best)
    shown, predicted = scoring.shown_text(answer), scoring.prediction(answer)
    return ScoredQuestion(
        question.id,
        question.text,
        question.answerable,
        answered,
        best.confidence,
        right,
        rank=_rank(library, answer, gold) if question.answerable else None,
        exact=scoring.exact_match(predicted, question.answers) if answered else 0.0,
        f1=scoring.f1(predicted, question.answers) if answered else 0.0,
        in_quote=answered and right,
        in_500=contains_answer(shown[:500], gold.answers),
        in_1000=contains_answer(shown[:1000], gold.answers),
        seconds={step: round(seconds, 6) for step, seconds in answer.timings.items()},
        **citations,
    )


def _written(best: Answer, writer: Writer) -> tuple[Answer, dict[str, float | None]]:
    """The answer in the language model's words, and the scores of its citations.

    Raises ``WriterError`` when the model fails. It has not failed when nothing it wrote is supported: the quotes that
    are shown instead are scored.
    """
    statements: list[Statement] = []
    answer = writer.write(best, lambda checked, _: statements.extend(checked[-1:]))
    failure = next((note for note in answer.notes if note.code == WRITER_FAILED), None)
    if failure:
        raise WriterError(failure.message)
    return answer, scoring.citation_scores(statements, answer)


def _rank(library: Library, answer: Answer, gold: Gold) -> int | None:
    """Among the passages of the answer if it has enough, else among those of a search."""
    depth = DEPTHS[-1]
    hits = answer.hits[:depth] if len(answer.hits) >= depth else library.search(answer.question, depth)
    passages = ((hit.document.id, hit.passage.start, hit.passage.end, hit.passage.text) for hit in hits)
    return next((rank for rank, passage in enumerate(passages, 1) if gold.is_hit(*passage)), None)


def _about(library: Library, questions: Sequence[Question]) -> dict[str, Any]:
    stats = library.stats()
    wording = repr([(question.id, question.text, question.answers) for question in questions])
    return {
        "questions_sha256": hashlib.sha256(wording.encode()).hexdigest()[:16],
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": stats.model,
        "sources": stats.sources,
        "passages": stats.passages,
        "passages_without_vector": stats.waiting,
        "settings": library.settings.model_dump(mode="json", exclude={"library"}),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}},
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
