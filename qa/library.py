"""The facade that people import: open a library, add documents, search, ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from embeddings import DEFAULT_MODEL, EmbeddingsError, Encoder, IndexDamaged, SentenceEncoder, find_model, has_words
from qa import answerer, uploads
from qa.conversations import Conversations
from qa.database import put_names
from qa.errors import FilterError, LibraryBusy, LibraryDamaged, LibraryFull, ModelError, ModelMismatch, QuestionError
from qa.filters import Where, named, select
from qa.indexer import Indexer
from qa.indexes import Indexes, Layout
from qa.promise import Promise, promise
from qa.reader import Reader, open_reader
from qa.removal import clear_traces, drop_sources
from qa.retriever import ALL, Retriever, Selection
from qa.settings import Settings
from qa.store import Store
from qa.sync import leave_out, sync, take_back
from qa.types import (
    AddReport,
    Answer,
    CheckReport,
    Document,
    FileOutcome,
    Hit,
    LibraryStats,
    Note,
    Passage,
    Progress,
    Source,
)

if TYPE_CHECKING:
    from qa.integrations.langchain import LibraryRetriever
    from qa.why import Why

OnProgress = Callable[[Progress], None]
Documents = Sequence[int | str | Source]
Paths = str | Path | Sequence[str | Path]

_ASK_HITS = 10
_UPLOADS = "uploads"
"""Key under which the store keeps the names of copies that may be without a source."""


class Library:
    """A folder of indexed documents. All methods may be called from any thread; one process writes at a time."""

    def __init__(
        self, layout: Layout, store: Store, settings: Settings, encoder: Encoder | None, reader: Reader | None
    ) -> None:
        """Use ``Library.open``."""
        self.reader = reader or open_reader(settings.reader)
        """The extractive reader that ``ask`` uses; None: it answers by sentences."""
        self.folder, self.settings = layout.folder, settings
        self.asked_at = float("-inf")
        """When a question was last searched, by ``time.monotonic``: what can wait begins when people have stopped."""
        self._layout, self._store, self._given_encoder = layout, store, encoder
        self.conversations = Conversations(store, layout.feedback)
        """What was asked on the page and what was answered."""
        self._encoder_lock, self._write_lock = threading.Lock(), threading.RLock()
        self._file_lock = FileLock(layout.lock, thread_local=False)
        self._indexes = self._open_indexes()
        self._retriever = Retriever(store, self._indexes, self._encode_question, settings)

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        settings: Settings | None = None,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
        create: bool = True,
    ) -> Library:
        """The library in the folder ``path`` (default: that of the settings), made when absent unless ``create`` is
        False. ``encoder``: default, the model that the settings name, else the library's own; ``reader``: default,
        the one that the settings name. Both are loaded at first use.

        Raises ``LibraryNotFound``, ``LibraryTooNew``, ``LibraryDamaged`` or ``LibraryFull``.
        """
        settings = settings or Settings()
        layout = Layout(Path(path or settings.library).expanduser().absolute())
        return cls(layout, Store(layout.database, create=create), settings, encoder, reader)

    def close(self) -> None:
        """Let go of the files. The library must not be used afterwards."""
        self._store.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- documents ------------------------------------------------------------------------------------------------

    def add(self, paths: Paths, *, on_progress: OnProgress | None = None, vectors: bool = True) -> AddReport:
        """Read files and folders into the library; unchanged files cost nothing. One bad file never stops the others.

        ``vectors=False`` stops after the first phase: everything is findable by its words, ``encode`` does the rest.
        Raises ``LibraryBusy`` while another process writes, ``LibraryFull``, ``ModelMismatch`` or ``ModelError``.
        """
        listed = [paths] if isinstance(paths, (str, Path)) else list(paths)

        def take(indexer: Indexer) -> list[FileOutcome]:
            outcomes = indexer.add(listed, on_progress)
            take_back(self._store, [outcome.path for outcome in outcomes])
            return outcomes

        return self._change(take, on_progress, vectors)

    def add_upload(
        self, name: str, data: bytes, *, folder: str = "", on_progress: OnProgress | None = None, vectors: bool = True
    ) -> AddReport:
        """Keep ``data`` as an upload named ``name`` in the library's folder and read it; as ``add``.

        A file that cannot be read is not kept. Another upload of the same name is kept under a number. ``folder``: the
        names of the folders that the file was dropped with, separated by ``/``; they are part of its place.
        """

        def take(indexer: Indexer) -> list[FileOutcome]:
            path = uploads.place(self._layout.uploads, name, data, folder)
            with self._store.write() as connection:  # first the note, so that no kill leaves a copy without a source
                put_names(connection, _UPLOADS, [uploads.relative(str(path), self._layout.uploads)])
            try:
                uploads.write(self._layout.uploads, path, data)
                outcomes = indexer.add([path], on_progress, upload=True)
            finally:
                self._sweep_uploads()
            return [replace(outcome, path=name) for outcome in outcomes]

        return self._change(take, on_progress, vectors)

    def read_again(
        self, documents: Documents, *, on_progress: OnProgress | None = None, vectors: bool = True
    ) -> AddReport:
        """Look at the files of these sources (named as in ``remove``) again, whatever their dates say; as ``add``.

        Raises ``FilterError`` when a name fits nothing.
        """

        def read(indexer: Indexer) -> list[FileOutcome]:
            chosen, outcomes = self.sources(documents), []
            for upload in (False, True):
                paths = [source.path for source in chosen if source.upload == upload]
                outcomes += indexer.add(paths, on_progress, upload=upload, again=True)
            return outcomes

        return self._change(read, on_progress, vectors)

    def sync(
        self,
        roots: Paths | None = None,
        *,
        yes: bool = False,
        on_progress: OnProgress | None = None,
        vectors: bool = True,
    ) -> AddReport:
        """Take over new, changed and gone files of the folders that were added (default: all of them).

        Nothing of a folder is removed when it is missing or when over 30 % of its files are gone, unless ``yes``.
        Files of a folder that were removed by name stay out until they are added by name. ``vectors``: as in ``add``.
        """
        chosen = [roots] if isinstance(roots, (str, Path)) else roots
        return self._change(
            lambda indexer: sync(self._store, indexer, chosen, yes, self.settings.sync_gone_share, on_progress),
            on_progress,
            vectors,
        )

    def encode(self, *, on_progress: OnProgress | None = None) -> int:
        """The second phase: make the missing vectors; gives how many passages got one. An interrupted run goes on."""
        with self._writing() as indexer:
            return indexer.encode(on_progress)

    def reencode(self, *, on_progress: OnProgress | None = None) -> int:
        """Take over the model now configured: passages and vectors are made anew from the stored texts."""
        with self._writing(check_model=False) as indexer:
            indexer.split_again()
            return indexer.encode(on_progress)

    def remove(self, documents: Documents) -> AddReport:
        """Remove sources by id, path, folder, title or pattern, with all text and vectors that only they had.

        Afterwards no file of the library holds a word of them: database and keyword index are written anew where it
        takes that. Files stay where they are and out of later syncs; uploaded copies are deleted. Raises
        ``FilterError`` when a name fits nothing.
        """
        with self._changing():
            chosen = self.sources(documents)
            copies = [uploads.relative(source.path, self._layout.uploads) for source in chosen if source.upload]
            with self._store.write() as connection:
                put_names(connection, _UPLOADS, copies)
                leave_out(self._store, connection, [source.path for source in chosen if source.root])
                drop_sources(connection, [source.id for source in chosen])
            self._indexes.list_words()
            self._sweep_uploads()
        return AddReport(tuple(FileOutcome(s.path, "removed", source_id=s.id) for s in chosen))

    def sources(self, documents: Documents | None = None) -> list[Source]:
        """All sources, or those that ``documents`` names (as in ``search``), in the order in which they were added.

        Raises ``FilterError`` when a name fits nothing.
        """
        stored = self._store.sources()
        if documents is None:
            return [each.source for each in stored]
        names = [documents] if isinstance(documents, (str, int, Source)) else documents
        chosen = {found.source.id for name in names for found in named(stored, name)}
        return [each.source for each in stored if each.source.id in chosen]

    def source(self, source_id: int) -> Source:
        """Raises ``FilterError`` when there is none of this id."""
        return named(self._store.sources(), source_id)[0].source

    def document(self, document_id: str) -> Document:
        """Raises ``FilterError`` when there is none of this id."""
        row = self._store.document_row(document_id)
        found = {} if row is None else self._retriever.documents.get([row])
        for document in found.values():
            return document
        raise _no_document(document_id)

    def passages(self, document_id: str) -> list[Passage]:
        """A document's passages in text order; none when nothing of it is indexed. Raises as ``document``."""
        row = self._store.document_row(document_id)
        if row is None:
            raise _no_document(document_id)
        found = self._store.passages(self._store.passage_ids([row]).tolist())
        return sorted((passage for passage, _ in found.values()), key=lambda passage: passage.start)

    def waiting(self) -> dict[str, tuple[int, int]]:
        """Of each document (by id) that still waits for vectors: how many of its passages do, and how many it has."""
        return self._store.waiting_by_document()

    def stats(self) -> LibraryStats:
        """Sizes, and the model the vectors were made with."""
        sources, documents, passages, waiting = self._store.counts()
        return LibraryStats(sources, documents, passages, waiting, self._store.meta("model") or self._model_name)

    def check(self, *, repair: bool = True) -> CheckReport:
        """Compare SQLite, FAISS and tantivy; by default make both indexes again where they differ."""
        with self._changing() if repair else self._locked():
            problems = tuple(self._indexes.problems())
            if problems and repair:
                self._indexes.rebuild()
            elif repair:
                self._indexes.list_words()  # what an interrupted writing left to do
            repaired = bool(problems) and repair and not self._indexes.problems()
        return CheckReport(self._store.counts()[2], problems, repaired)

    # --- questions ------------------------------------------------------------------------------------------------

    def search(
        self,
        question: str,
        k: int = 10,
        *,
        documents: Documents | None = None,
        where: Where | None = None,
        explain: bool = False,
        words_only: bool = False,
    ) -> list[Hit]:
        """The ``k`` passages that fit best, best first; never parsed as query syntax.

        ``documents`` and ``where`` choose the documents before anything is ranked (see ``qa.filters.select``).
        ``explain`` names the question's words that each hit has. ``words_only`` ranks by BM25 and loads no model.
        Raises ``QuestionError``, ``FilterError``, ``ModelMismatch`` or ``ModelError``.
        """
        if k < 1:
            raise QuestionError(f"k is {k}; ask for at least 1 passage.")
        question = self._checked(question)
        selection = self._select(documents, where)
        with self._searching():
            return self._retriever.search(question, k, selection, words_only=words_only, explain=explain)

    def ask(
        self,
        question: str,
        *,
        documents: Documents | None = None,
        where: Where | None = None,
        threshold: float | None = None,
    ) -> Answer:
        """The sentences that answer, quoted, best first; or ``not_found`` with the nearest passages.

        ``threshold``: the confidence, 0 to 1, from which on something is answered; None: that of the settings.
        Raises as ``search``, and ``ReaderError``.
        """
        started = time.perf_counter()
        checked = self._checked(question)
        selection = self._select(documents, where)
        settings = self.settings if threshold is None else self.settings.model_copy(update={"threshold": threshold})
        reader = self.reader
        with self._searching():
            hits = self._retriever.search(checked, settings.read_passages if reader else _ASK_HITS, selection)
            weights = self._indexes.weigh(checked)
        searched = time.perf_counter()
        if reader:
            hits = reader.reorder(checked, hits)
        read = time.perf_counter()
        count = self._store.document_count() if selection.rows is None else len(selection.rows)
        calibration = reader.calibration if reader else None
        answer = answerer.answer(checked, hits, weights, settings, calibration=calibration, documents=count)
        ended = time.perf_counter()
        timings = {"search": searched - started, "read": read - searched, "answer": ended - read}
        answer = replace(answer, hits=answer.hits[:_ASK_HITS], notes=(*answer.notes, *self._library_notes()))
        return replace(answer, timings={**timings, "total": ended - started})

    def why(self, question: str, expected: str) -> Why:
        """How far the words ``expected`` come when ``question`` is asked: where a known answer gets lost.

        Raises ``QuestionError``, ``ModelMismatch`` or ``ModelError``.
        """
        from qa.why import why

        return why(self, question, expected)

    def as_retriever(
        self, *, k: int = 4, documents: Documents | None = None, where: Where | None = None
    ) -> LibraryRetriever:
        """This library as a LangChain retriever."""
        from qa.integrations.langchain import LibraryRetriever

        return LibraryRetriever(library=self, k=k, documents=documents, where=where)

    def promise(self, threshold: float | None = None) -> Promise | None:
        """How often answers from ``threshold`` (None: the settings') on are wrong: as last measured on the user's own
        questions by ``qa evaluate``, else on the questions that the reader was calibrated with; None when neither is
        known. Raises ``ReaderError``."""
        measured = self.reader.calibration.promise if self.reader else ()
        return promise(self.folder, self.settings.threshold if threshold is None else threshold, measured)

    @property
    def ready(self) -> bool:
        """Whether the models are loaded."""
        read = self.reader is None or self.reader.loaded
        return read and self._given_encoder is not None and self._given_encoder.loaded

    def warm_up(self) -> None:
        """Load the models and the indexes now rather than at the first question.

        Raises ``ModelError`` or ``ReaderError``.
        """
        self._encoder().load()
        if self.reader:
            self.reader.load()
        self._indexes.warm_up()

    # --- inside ---------------------------------------------------------------------------------------------------

    def _checked(self, question: str) -> str:
        question = question.strip()
        limit = self.settings.max_question_chars
        if not question:
            raise QuestionError("The question is empty. Type what you want to know.")
        if len(question) > limit:
            raise QuestionError(f"The question has {len(question):,} characters; the limit is {limit:,}. Shorten it.")
        if not has_words(question):
            raise QuestionError(f"The question {question[:40]!r} has no words in it. Type what you want to know.")
        return question.encode("utf-8", "replace").decode()

    def _select(self, documents: Documents | None, where: Where | None) -> Selection:
        return select(self._store.sources(), documents, where) if documents is not None or where else ALL

    @contextmanager
    def _searching(self) -> Iterator[None]:
        self.asked_at = time.monotonic()
        try:
            yield
        except IndexDamaged as error:
            raise LibraryDamaged(f"an index of the library is damaged: {error}. Make it again: qa check") from error

    def _library_notes(self) -> Iterator[Note]:
        passages, waiting = self._indexes.progress()
        if waiting:
            yield Note(
                "vectors_waiting",
                f"{waiting:,} of {passages:,} passages are found by their words only so far: they have no vectors yet.",
            )

    @property
    def _model_name(self) -> str:
        made_with, _, _ = (self._store.meta("model") or "").rpartition("@")
        return self.settings.model or made_with or DEFAULT_MODEL

    def _encoder(self) -> Encoder:
        """The encoder, found at first use. Raises ``ModelError``."""
        with self._encoder_lock:
            if self._given_encoder is None:
                try:
                    self._given_encoder = SentenceEncoder(find_model(self._model_name))
                except EmbeddingsError as error:
                    raise ModelError(str(error)) from error
            return self._given_encoder

    def _encode_question(self, question: str) -> NDArray[np.float32]:
        encoder = self._encoder()
        self._check_model(encoder)
        try:
            return encoder.encode_question(question)
        except EmbeddingsError as error:
            raise ModelError(str(error)) from error

    def _check_model(self, encoder: Encoder) -> None:
        made_with = self._store.meta("model")
        if made_with not in (None, encoder.name) and self._store.passage_count():
            raise ModelMismatch(
                f"the library in {self.folder} was made with the model {made_with}, not with {encoder.name}. "
                "Take over the new model with `qa check --reencode` (Library.reencode()), or name the library's own."
            )

    def _open_indexes(self) -> Indexes:
        try:
            return Indexes(self._layout, self._store)
        except IndexDamaged:
            with self._locked():
                return self._remake_indexes()

    def _remake_indexes(self) -> Indexes:
        try:
            Indexes.erase_sparse(self._layout, self._store)
            indexes = Indexes(self._layout, self._store)
            indexes.list_words()
            indexes.finish()
        except (IndexDamaged, OSError) as error:
            raise LibraryFull(f"the keyword index in {self.folder} cannot be made again: {error}") from error
        return indexes

    def _change(
        self, work: Callable[[Indexer], list[FileOutcome]], on_progress: OnProgress | None, vectors: bool
    ) -> AddReport:
        """A piece of writing in its two phases."""
        with self._writing() as indexer:
            started = time.perf_counter()
            outcomes = work(indexer)
            self._indexes.list_words()  # what a sync removed
            read = time.perf_counter()
            if vectors:
                indexer.encode(on_progress)
            encoded = time.perf_counter()
        waiting = 0 if vectors else self._store.counts()[3]
        return AddReport(tuple(outcomes), waiting, {"read": read - started, "encode": encoded - read})

    @contextmanager
    def _writing(self, *, check_model: bool = True) -> Iterator[Indexer]:
        """The right to add and to make vectors, for which a model is needed."""
        with self._changing():
            encoder = self._encoder()
            if check_model:
                self._check_model(encoder)
            yield Indexer(self._store, self._indexes, encoder, self.settings)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """The right to write, for this thread of this process."""
        with self._locked():
            try:
                try:
                    self._sweep_uploads()  # what an interrupted writing left
                    yield
                finally:
                    self._indexes.finish()
                self.conversations.write_feedback()  # what a removed document said was in it
                clear_traces(self._store)
            except EmbeddingsError as error:
                raise ModelError(str(error)) from error
            except OSError as error:
                raise LibraryFull(f"{self.folder} cannot be written: {error}. What was there is kept.") from error

    def _sweep_uploads(self) -> None:
        """Delete the noted copies that no source has: of uploads that could not be read, were cut off or removed."""
        if names := self._store.names(_UPLOADS):
            kept = {stored.source.path for stored in self._store.sources()}
            uploads.sweep(self._layout.uploads, names, kept)
            with self._store.write() as connection:
                put_names(connection, _UPLOADS, [])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._write_lock:
            try:
                self._file_lock.acquire(timeout=0.5)
            except Timeout as error:
                raise LibraryBusy(
                    f"another process is writing to the library in {self.folder}. Wait until it is done; searching "
                    "works meanwhile."
                ) from error
            try:
                yield
            finally:
                self._file_lock.release()


def _no_document(document_id: str) -> FilterError:
    return FilterError(f"no document has the id {document_id!r}. It may have changed since; search again.")
