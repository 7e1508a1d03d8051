"""A question → an answer, in one page: retriever → reader → evidence → quotes."""

from __future__ import annotations

import time
from dataclasses import replace

from qa.answering.evidence import Evidence, judge
from qa.answering.quotes import compose
from qa.answering.reading import read_each
from qa.reader import Reader
from qa.retrieval.filters import Selection
from qa.retrieval.retriever import Retriever
from qa.settings import Settings
from qa.types import Answer


def answer(
    question: str,
    selection: Selection,
    retriever: Retriever,
    reader: Reader | None,
    settings: Settings,
    previous: str = "",
) -> Answer:
    """The answer to a question that has been checked, from the selected documents.

    ``previous``: the question that this one follows up. Then the question is searched as it is and with that one in
    front, and the better evidence is used; when the second search has changed the answer, ``Answer.question`` says so.
    ``settings`` say how many passages are searched, read, quoted from and shown, and the threshold. Notes about the
    library are the caller's to add. Raises what the retriever and the reader raise.
    """
    started = time.perf_counter()
    count = settings.read_passages if reader else settings.shown_passages
    rankings = [
        retriever.search(question, count, selection, previous=before) for before in dict.fromkeys(("", previous))
    ]
    weights = retriever.weigh(question)
    documents = retriever.count(selection)
    searched = time.perf_counter()
    if reader:
        rankings = read_each(reader, question, rankings)
    read = time.perf_counter()
    calibration = reader.calibration if reader else None
    judged = [judge(hits, weights, documents, settings.quoted_passages, calibration) for hits in rankings]
    evidence, changed = _better(judged[0], judged[-1])
    composed = compose(question, evidence, settings)
    ended = time.perf_counter()
    timings = {"search": searched - started, "read": read - searched, "answer": ended - read, "total": ended - started}
    return replace(
        composed,
        question=f"{previous} {question}" if changed else question,
        hits=composed.hits[: settings.shown_passages],
        timings=timings,
    )


def _better(alone: Evidence, joined: Evidence) -> tuple[Evidence, bool]:
    """The better evidence of a question searched alone and joined with the previous one; True if the latter changed
    the answer."""
    if not (alone.units and joined.units) or _span(alone) == _span(joined):
        return joined, False
    return (joined, True) if joined.probability > alone.probability else (alone, False)


def _span(evidence: Evidence) -> tuple[str, int]:
    best = evidence.units[0]
    return best.hit.passage.document_id, best.start
