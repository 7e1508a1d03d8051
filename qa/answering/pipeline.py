"""A question → an answer, in one page: retriever → reader → evidence → quotes."""

from __future__ import annotations

import time
from dataclasses import replace

from qa.answering.evidence import judge
from qa.answering.quotes import compose
from qa.answering.reading import read
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
    *,
    previous: str = "",
    standalone: str = "",
) -> Answer:
    """The answer to a question that has been checked, from the selected documents.

    A follow-up comes with the question before it, ``previous``, and with a wording that stands alone. Each wording is
    searched and read; the one with the better evidence is answered, and is the ``question`` of the answer.
    ``settings`` say how many passages are searched, read, quoted from and shown, and the threshold. Notes about the
    library are the caller's to add. Raises what the retriever and the reader raise.
    """
    started = time.perf_counter()
    count = settings.read_passages if reader else settings.shown_passages
    found = {question: retriever.search(question, count, selection, previous=previous)}
    if standalone and standalone != question:
        found[standalone] = retriever.search(standalone, count, selection)
    documents = retriever.count(selection)
    searched = time.perf_counter()
    if reader:
        found = {wording: read(reader, wording, hits) for wording, hits in found.items()}
    read_at = time.perf_counter()
    calibration = reader.calibration if reader else None
    judged = {
        wording: judge(hits, retriever.weigh(wording), documents, settings.quoted_passages, calibration)
        for wording, hits in found.items()
    }
    best = max(judged, key=lambda wording: judged[wording].probability)
    composed = compose(best, judged[best], settings)
    ended = time.perf_counter()
    parts = {"search": searched - started, "read": read_at - searched, "answer": ended - read_at}
    timings = {**parts, "total": ended - started}
    return replace(composed, hits=composed.hits[: settings.shown_passages], timings=timings)
