"""A quoting answer → one in flowing sentences, written by a language model and checked sentence by sentence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from qa.errors import WriterError
from qa.generation.check import Checker
from qa.generation.client import Client, Messages
from qa.generation.prompt import ANSWER_TOKENS, NOT_FOUND, answer_messages, rewrite_messages
from qa.generation.stream import SentenceStream, Written
from qa.settings import LanguageModel
from qa.types import Answer, Citation, Note, Statement

WRITER_FAILED = "writer_failed"
"""Note: the model could not be reached or broke off; the message is the cause. The quotes of the answer without it
follow."""
WRITER_UNPROVEN = "writer_unproven"
"""Note: the model wrote to its end, but the documents prove nothing of it. The quotes follow, too."""
FAILURES = frozenset({WRITER_FAILED, WRITER_UNPROVEN})

OnStatement = Callable[[Sequence[Statement], Sequence[Citation]], None]
_THOUGHT, _THOUGHT_END = "<think>", "</think>"
_AROUND = " .`*\"'“”"
_LONGEST_ANSWER = 12_000
"""Characters after which a model that does not stop is stopped."""
_REWRITE_TOKENS = 120
_LONGEST_REWRITE = 500
"""Characters of a rewritten question; a longer one is an answer."""
_QUESTION_MARKS = ("?", "？", "؟", ";")  # the last is Greek


class Writer:
    """Writes answers with one language model. Thread-safe."""

    def __init__(self, model: LanguageModel) -> None:
        """Contacts nothing yet. Raises ``PackageMissing`` where the openai package is not installed."""
        self._client = Client(model)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._client.model.model

    def models(self) -> list[str]:
        """The names of the models that the address offers, sorted. Raises ``WriterError``."""
        return self._client.models()

    def try_out(self) -> str:
        """The reply of the model to a request for one word. Raises ``WriterError``."""
        asked = {"role": "user", "content": "Write only the word: ready"}
        return "".join(self._client.stream([asked], ANSWER_TOKENS))

    def write(self, quoting: Answer, on_statement: OnStatement | None = None) -> Answer:
        """The answer in the model's words, checked; ``quoting`` is the one without it, and decides whether anything is
        sent: never for ``not_found``.

        ``on_statement`` gets all statements and citations so far: none when the writing begins, then whenever one more
        has been checked. Problems become a note of the answer, which then consists of the statements checked so far and
        the quotes of ``quoting``.
        """
        if quoting.status == "not_found":
            return quoting
        started = time.perf_counter()
        messages, passages = answer_messages(quoting.question, quoting.hits, self._client.model.context)
        checker = Checker(quoting.hits[:passages])
        statements: list[Statement] = []
        problem, declined = "", False
        report = on_statement or (lambda *_: None)
        report((), ())
        try:
            for sentence in self._sentences(messages):
                if sentence.text.strip(_AROUND) == NOT_FOUND:
                    declined = True
                else:
                    statements.append(checker.check(sentence))
                    report(tuple(statements), checker.citations)
        except WriterError as error:
            problem = str(error)
        timings = {**quoting.timings, "write": time.perf_counter() - started}
        timings["total"] = quoting.timings.get("total", 0.0) + timings["write"]
        answer = replace(quoting, writer=self.name, timings=timings)
        if declined and not statements and not problem:
            note = Note("writer_found_nothing", f"{self.name} finds no answer in the nearest passages.")
            answer = replace(answer, notes=(*answer.notes, note))
            return replace(answer, status="not_found", statements=(), citations=(), short=None)
        return _together(answer, statements, checker.citations, problem)

    def standalone(self, question: str, turns: Sequence[tuple[str, str]]) -> str:
        """A follow-up with what it leaves to the ``turns`` before it (question, answer; the oldest first) put in.

        Raises ``WriterError``, also when the model writes something that is no question.
        """
        if not turns:
            return question
        words = " ".join("".join(self._client.stream(rewrite_messages(question, turns), _REWRITE_TOKENS)).split())
        words = words.removeprefix("Question:").strip(' "“”')
        answered = question.rstrip().endswith(_QUESTION_MARKS) and not words.endswith(_QUESTION_MARKS)
        if not words or len(words) > _LONGEST_REWRITE or answered:
            raise WriterError(f"{self.name} made no question of the follow-up.")
        return words

    def _sentences(self, messages: Messages) -> Iterator[Written]:
        stream, length = SentenceStream(), 0
        try:
            with closing(self._client.stream(messages, ANSWER_TOKENS)) as pieces:
                for piece in without_thoughts(pieces):
                    yield from stream.feed(piece)
                    length += len(piece)
                    if length > _LONGEST_ANSWER:
                        raise WriterError(f"{self.name} did not come to an end and was stopped.")
        except WriterError:
            yield from stream.finish()  # what came before is checked as well
            raise
        yield from stream.finish()


def failure_words(notes: Iterable[Note]) -> str:
    """Why an answer shows quotes instead of, or after, the sentences of the model; empty where it does not."""
    failure = next((note.message for note in notes if note.code in FAILURES), "")
    return failure and f"{failure} Showing quotes from your documents instead."


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """Without what a model thinks aloud before it answers (``<think>…</think>``, as reasoning models write it)."""
    pieces, held = iter(pieces), ""
    for piece in pieces:
        held += piece
        _, ended, answer = held.partition(_THOUGHT_END)
        thinking = held.lstrip().startswith(_THOUGHT)
        if (not thinking and not _THOUGHT.startswith(held.lstrip())) or (thinking and ended):
            yield answer if thinking else held
            yield from pieces
            return
    if not held.lstrip().startswith(_THOUGHT):
        yield held


def _together(answer: Answer, written: Sequence[Statement], cited: Sequence[Citation], problem: str) -> Answer:
    """The written answer with what is to be said about it; where it broke off or nothing of it is proven, the quotes of
    ``answer`` come after it."""
    notes = [*answer.notes]
    struck = sum(len(statement.struck) for statement in written)
    if struck:
        words = "1 quotation is" if struck == 1 else f"{struck} quotations are"
        notes.append(Note("quotes_struck", f"{words} in none of the passages: struck out."))
    if problem:
        notes.append(Note(WRITER_FAILED, problem))
    elif not any(statement.status in ("quoted", "supported") for statement in written):
        notes.append(Note(WRITER_UNPROVEN, f"Nothing that {answer.writer} wrote is proven by your documents."))
    else:
        short = answer.short if any(answer.short and answer.short in each.quote for each in cited) else None
        return replace(answer, statements=tuple(written), citations=tuple(cited), short=short, notes=tuple(notes))
    citations = {(each.document_id, each.start, each.end): each for each in cited}
    numbers = {}
    for each in answer.citations:
        same = citations.setdefault((each.document_id, each.start, each.end), replace(each, number=len(citations) + 1))
        numbers[each.number] = same.number
    quoted = (replace(each, citations=tuple(numbers[n] for n in each.citations)) for each in answer.statements)
    return replace(answer, statements=(*written, *quoted), citations=tuple(citations.values()), notes=tuple(notes))
