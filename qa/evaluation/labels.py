"""A question's labels → the definition of a hit in a library, or a problem with the labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import PurePath

from qa.errors import QuestionError
from qa.evaluation.corpus import Corpus, DenseOffsets, labelled_spans
from qa.evaluation.questions import Question
from qa.evaluation.scoring import Gold, contains_answer
from qa.library import Library


class Labels:
    """The documents of a library by every name that a question set may use for them."""

    def __init__(self, library: Library, corpus: Corpus | None = None) -> None:
        """``corpus``: the documents of the library, when the ids of their rows are the labels."""
        self._library, self._corpus = library, corpus
        self._named: dict[str, set[str]] = defaultdict(set)
        for source in library.sources():
            path = PurePath(source.path)
            tails = ("/".join(path.parts[first:]) for first in range(1, len(path.parts)))  # a/b.txt, b.txt
            for name in (str(source.id), source.document_id, source.title, path.stem, str(path), *tails):
                self._named[name].add(source.document_id)
        self._offsets = lru_cache(maxsize=8)(lambda each: DenseOffsets(library.document(each)))

    def gold(self, question: Question) -> Gold:
        """The definition of a hit. Raises ``QuestionError`` where the library does not have what is labelled."""
        if not question.answerable or not question.documents:
            return Gold(question.answers)
        found = [name for name in question.documents if self._ids(name)]
        if not found:
            raise QuestionError(f"the document {question.documents[0]!r} is not in the library")
        spans = self._spans(question)
        documents = frozenset(document_id for name in found for document_id in self._ids(name))
        texts = (self._library.document(each).text for each in documents)
        if not spans and not any(contains_answer(text, question.answers) for text in texts):
            raise QuestionError(f"the answer {question.answers[0][:80]!r} is not in {', '.join(found)[:200]}")
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
