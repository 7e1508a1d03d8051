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
    question: str, selection: Selection, retriever: Retriever, reader: Reader | None, settings: Settings
) -> Answer:
    """The answer to a question that has been checked, from the selected documents.

    ``settings`` say how many passages are searched, read, quoted from and shown, and the threshold. Notes about the
    library are the caller's to add. Raises what the retriever and the reader raise.
    """
    started = time.perf_counter()
    hits = retriever.search(question, settings.read_passages if reader else settings.shown_passages, selection)
    weights = retriever.weigh(question)
    documents = retriever.count(selection)
    searched = time.perf_counter()
    if reader:
        hits = read(reader, question, hits)
    read_at = time.perf_counter()
    evidence = judge(hits, weights, documents, settings.quoted_passages, reader.calibration if reader else None)
    composed = compose(question, evidence, settings)
    ended = time.perf_counter()
    timings = {
        "search": searched - started,
        "read": read_at - searched,
        "answer": ended - read_at,
        "total": ended - started,
    }
    return replace(composed, hits=composed.hits[: settings.shown_passages], timings=timings)
