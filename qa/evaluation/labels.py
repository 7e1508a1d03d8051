"""A question's labels → the definition of a hit in a library, or a problem with the labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import PurePath

from qa.evaluation.corpus import Corpus, DenseOffsets, labelled_spans
from qa.evaluation.questions import Question
from qa.evaluation.scoring import Gold, contains_answer
from qa.library import Library

_OFFSETS_CACHED = 8


class Labels:
    """The documents of a library by every name that a question set may use for them."""

    def __init__(self, library: Library, corpus: Corpus | None = None) -> None:
        """``corpus``: the documents of the library, when the ids of their rows are the labels."""
        self._library, self._corpus = library, corpus
        self._named: dict[str, set[str]] = defaultdict(set)
        for source in library.sources():
            path = PurePath(source.path)
            for name in (str(source.id), source.document_id, source.title, path.stem, *_tails(path)):
                self._named[name].add(source.document_id)
        self._offsets = lru_cache(maxsize=_OFFSETS_CACHED)(lambda each: DenseOffsets(library.document(each)))

    def gold(self, question: Question) -> Gold | str:
        """The definition of a hit; or, in words, why there is none."""
        if not question.documents:
            return Gold(question.answers)
        found = [name for name in question.documents if self._ids(name)]
        if not found:
            return f"the document {question.documents[0]!r} is not in the library"
        spans = self._spans(question)
        documents = frozenset(document_id for name in found for document_id in self._ids(name))
        texts = (self._library.document(each).text for each in documents)
        if not spans and not any(contains_answer(text, question.answers) for text in texts):
            return f"the answer {question.answers[0][:80]!r} is not in {', '.join(found)[:200]}"
        labelled = (self._library.document(name).text[start:end] for name, start, end in spans)
        return Gold(tuple(dict.fromkeys((*question.answers, *labelled))), documents, spans)

    def in_no_document(self, questions: Iterable[Question]) -> list[Question]:
        """Those of which no document contains an answer."""
        missing = list(questions)
        for document_id in {source.document_id for source in self._library.sources()} if missing else ():
            text = self._library.document(document_id).text
            missing = [question for question in missing if not contains_answer(text, question.answers)]
        return missing

    def _ids(self, name: str) -> set[str]:
        """Ids of the documents that a label names."""
        if self._corpus is None:
            return self._named.get(name.strip().removeprefix("./"), set())
        row = self._corpus.rows.get(name)
        return self._named.get(row.file, set()) if row else set()

    def _spans(self, question: Question) -> tuple[tuple[str, int, int], ...]:
        """The labelled spans, verified against the text as it was read."""
        row = self._corpus.rows.get(question.documents[0]) if self._corpus else None
        if row is None:
            return ()
        spans = []
        packed = "".join(row.text.split())
        for document_id in self._named.get(row.file, ()):
            text = self._library.document(document_id).text
            for first, last in labelled_spans(question, row.text):
                span = self._offsets(document_id).span(row.before + first, row.before + last)
                if span and "".join(text[span[0] : span[1]].split()) == packed[first:last]:
                    spans.append((document_id, *span))
        return tuple(spans)


def _tails(path: PurePath) -> Iterable[str]:
    """A path and its ends: ``/a/b.txt``, ``a/b.txt``, ``b.txt``."""
    yield str(path)
    parts = path.parts
    for first in range(1, len(parts)):
        yield "/".join(parts[first:])
