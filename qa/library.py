"""The facade that people import: open a library, add documents, search, ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings import Encoder, replace_surrogates
from qa.answering import pipeline
from qa.answering.error_rate import ErrorRate, error_rate
from qa.answering.question import checked
from qa.conversation.conversation import Conversation
from qa.conversation.history import Conversations
from qa.conversation.rewrite import Turn, previous_question, standalone
from qa.errors import NotFoundError, QuestionError
from qa.ingest.added_here import AddedHere
from qa.ingest.progress import OnProgress
from qa.ingest.removal import remove
from qa.ingest.session import Changes
from qa.ingest.sync import include_again, outdated, outdated_note, sync
from qa.ingest.uploads import Uploads
from qa.reader import Reader, open_reader
from qa.retrieval.filters import ALL, Selection, Where, all_named, select
from qa.retrieval.retriever import Retriever
from qa.settings import Settings
from qa.storage.embedding_model import LibraryModel
from qa.storage.indexes import Indexes
from qa.storage.layout import Layout
from qa.storage.lock import WriteLock
from qa.storage.sqlite import SQLiteStore
from qa.storage.store import Store
from qa.types import AddReport, Answer, CheckReport, Document, Hit, LibraryStats, Passage, Source

if TYPE_CHECKING:
    from qa.diagnosis import Diagnosis
    from qa.generation import OnStatement, Writer
    from qa.integrations.langchain import LibraryRetriever

Documents = Sequence[int | str | Source]
Paths = str | Path | Sequence[str | Path]


class Library:
    """A folder of indexed documents, for all threads of a process, no process forked from it; one process writes."""

    def __init__(
        self, layout: Layout, store: Store, settings: Settings, encoder: Encoder | None, reader: Reader | None
    ) -> None:
        """Use ``Library.open``."""
        self.reader = reader or open_reader(settings.reader)
        """The extractive reader that ``ask`` uses; None: it answers by sentences."""
        self.folder, self.settings, self._store = layout.folder, settings, store
        self.conversations = Conversations(store.conversations, layout.feedback)
        """The saved conversations."""
        lock = WriteLock(layout.lock)
        self._indexes = Indexes(layout, store, lock)
        self._model, self._uploads = LibraryModel(store, settings.model, encoder), Uploads(layout.uploads, store)
        self.added = AddedHere(layout.folder, self._uploads)
        """What was added on this machine: the library itself, and what it names, may come from somebody else."""
        self._changes = Changes(
            lock, store, self._indexes, self._model, self._uploads, self.conversations, settings, self.added.may_read
        )
        self._retriever = Retriever(store, self._indexes, self._model.encode_question, settings)

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

        Raises ``LibraryNotFound``, ``LibraryTooNew``, ``LibraryDamaged`` or ``LibraryNotWritable``.
        """
        settings = settings or Settings()
        layout = Layout(Path(path or settings.library).expanduser().absolute())
        layout.check()
        return cls(layout, SQLiteStore(layout.database, create=create), settings, encoder, reader)

    def close(self) -> None:
        """Let go of the files. Afterwards, everything raises ``LibraryError``."""
        self._store.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- documents ------------------------------------------------------------------------------------------------

    def add(self, paths: Paths, *, on_progress: OnProgress | None = None, vectors: bool = True) -> AddReport:
        """Read files and folders into the library; unchanged files cost nothing. One bad file never stops the others.

        ``vectors=False`` stops after the first phase: everything is findable by its words, ``encode`` does the rest.
        Raises ``LibraryBusy`` while another process writes, ``LibraryNotWritable``, ``ModelMismatch``, ``ModelError``.
        """
        listed = [paths] if isinstance(paths, (str, Path)) else list(paths)
        with self._changes.indexing() as indexer:
            self.added.note(listed)
            outcomes = indexer.add(listed, on_progress)
            include_again(self._store, [outcome.path for outcome in outcomes])
            return indexer.report(outcomes, on_progress, vectors)

    def add_upload(
        self, name: str, data: bytes, *, folder: str = "", on_progress: OnProgress | None = None, vectors: bool = True
    ) -> AddReport:
        """Save ``data`` as an upload named ``name`` in the library's folder and read it; as ``add``.

        A file that cannot be read is not saved. A second upload of the same name gets a number. ``folder``: the names
        of the folders that the file was dropped with, separated by ``/``; they are part of its path.
        """
        with self._changes.indexing() as indexer:
            try:
                outcomes = indexer.add([self._uploads.save(name, data, folder)], on_progress, upload=True)
            finally:
                self._uploads.sweep()
            return indexer.report([replace(outcome, path=name) for outcome in outcomes], on_progress, vectors)

    def read_again(
        self, documents: Documents, *, on_progress: OnProgress | None = None, vectors: bool = True
    ) -> AddReport:
        """Read the files of these sources (named as in ``remove``) again, whatever their dates; as ``add``, but only
        those that ``added`` allows."""
        with self._changes.indexing() as indexer:
            outcomes = self.added.read_again(indexer, self.sources(documents), on_progress)
            return indexer.report(outcomes, on_progress, vectors)

    def sync(
        self,
        roots: Paths | None = None,
        *,
        yes: bool = False,
        on_progress: OnProgress | None = None,
        vectors: bool = True,
    ) -> AddReport:
        """Pick up new, changed and deleted files of the folders that were added (default: all; those of ``added``).

        Nothing is removed for a folder that is missing or has lost over 30 % of its files, unless ``yes``. Files
        removed by name stay out until they are added by name. ``vectors``: as in ``add``.
        """
        chosen = [roots] if isinstance(roots, (str, Path)) else roots
        with self._changes.indexing() as indexer:
            outcomes = sync(self._store, indexer, self.added, chosen, yes, self.settings.sync_gone_share, on_progress)
            return indexer.report(outcomes, on_progress, vectors)

    def encode(self, *, on_progress: OnProgress | None = None, should_stop: Callable[[], bool] | None = None) -> int:
        """The second phase: make the missing vectors, and read by OCR what waits for it; returns how many passages got
        a vector. ``should_stop`` is asked after each second or so of work; the next call resumes what was stopped."""
        with self._changes.indexing() as indexer:
            return indexer.complete(on_progress, should_stop)[0]

    def reencode(self, *, on_progress: OnProgress | None = None) -> int:
        """Switch to the model now configured: passages and vectors are made again from the stored texts."""
        with self._changes.indexing(new_model=True) as indexer:
            indexer.split_again()
            return indexer.complete(on_progress)[0]

    def remove(self, documents: Documents) -> AddReport:
        """Remove sources by id, path, folder, title or pattern, with all text and vectors that only they had.

        Afterwards no file of the library contains a word of them. The original files stay where they are and out of
        later syncs; uploaded copies are deleted. Raises ``FilterError`` when a name matches nothing.
        """
        with self._changes.change():
            return remove(self._store, self._uploads, self.sources(documents))

    def sources(self, documents: Documents | None = None) -> list[Source]:
        """All sources, or those that ``documents`` names (as in ``search``), in the order in which they were added.

        Raises ``FilterError`` when a name matches nothing.
        """
        stored = self._store.sources()
        return [each.source for each in (stored if documents is None else all_named(stored, documents))]

    def source(self, source_id: int) -> Source:
        """Raises ``NotFoundError``."""
        found = next((stored.source for stored in self._store.sources() if stored.source.id == source_id), None)
        if found is None:
            raise NotFoundError(f"no source has the id {source_id}. It may have been removed; `qa list` shows all.")
        return found

    def document(self, document_id: str) -> Document:
        """Raises ``NotFoundError``."""
        for document in self._store.documents([self._row(document_id)]).values():
            return document
        raise _no_document(document_id)

    def passages(self, document_id: str) -> list[Passage]:
        """A document's passages in text order; none when nothing of it is indexed. Raises as ``document``."""
        found = self._store.passages(self._store.passage_ids([self._row(document_id)]).tolist())
        return sorted((passage for passage, _ in found.values()), key=lambda passage: passage.start)

    def waiting(self) -> dict[str, tuple[int, int]]:
        """For each document (by id) with passages that have no vectors yet: their number, and that of all passages."""
        return self._store.waiting_by_document()

    def stats(self) -> LibraryStats:
        """Sizes, and the model the vectors were made with."""
        return LibraryStats(*self._store.counts(), self._model.made_with or self._model.name, outdated(self._store))

    def check(self, *, repair: bool = True, quick: bool = False) -> CheckReport:
        """Compare SQLite, FAISS and tantivy; by default make indexes that differ again. ``quick``: only compare ids."""
        damage = tuple(self._store.problems(quick))
        with self._changes.lock.held():
            problems, repaired = self._indexes.check(repair, quick)
        return CheckReport(self._store.passage_count(), damage + problems, repaired and not damage)

    @property
    def id(self) -> str:
        """Eight characters that identify this library, created on first use; empty if they could not be saved."""
        return self._store.library_id()

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

        ``documents`` and ``where`` choose the documents before anything is ranked (``qa.retrieval.filters.select``).
        ``explain`` names the question's words that each hit has. ``words_only`` ranks by BM25 and loads no model.
        Raises ``QuestionError``, ``FilterError``, ``ModelMismatch`` or ``ModelError``.
        """
        if k < 1:
            raise QuestionError(f"k is {k}; ask for at least 1 passage.")
        question, chosen = checked(question, self.settings.max_question_chars), self._select(documents, where)
        return self._retriever.search(question, k, chosen, words_only=words_only, explain=explain)

    def ask(
        self,
        question: str,
        *,
        documents: Documents | None = None,
        where: Where | None = None,
        threshold: float | None = None,
        turns: Sequence[Turn] = (),
        writer: Writer | None = None,
        on_statement: OnStatement | None = None,
    ) -> Answer:
        """The sentences that answer, quoted, best first; or ``not_found`` with the nearest passages.

        ``threshold``: the confidence, 0 to 1, from which on something is answered; None: that of the settings.
        ``turns``: what was asked before it, the last one last. A follow-up is then searched as it is and with what it
        leaves out (``qa.conversation.standalone``), and the wording with the better evidence is answered: ``question``
        of the answer.
        ``writer``: a language model that writes the answer; every sentence of it is checked, and ``on_statement`` gets
        each as it comes (see ``Writer.write``). If the model fails, the answer is made of quotes and a note says so.
        Raises as ``search``, and ``ReaderError``.
        """
        question, chosen = checked(question, self.settings.max_question_chars), self._select(documents, where)
        settings = self.settings if threshold is None else self.settings.model_copy(update={"threshold": threshold})
        found = pipeline.answer(
            question,
            chosen,
            self._retriever,
            self.reader,
            settings,
            previous=previous_question(turns),
            standalone=standalone(question, turns),
        )
        answer = replace(found, notes=(*found.notes, *self._indexes.notes(), *outdated_note(self._store)))
        return writer.write(answer, on_statement) if writer else answer

    def conversation(self, conversation_id: int | None = None) -> Conversation:
        """A saved conversation, or a new one, which is saved with its first question.

        Raises ``NotFoundError`` when no conversation has this id.
        """
        return Conversation(self, self.conversations.get(conversation_id).id if conversation_id else None)

    def why(self, question: str, expected: str) -> Diagnosis:
        """How far the words ``expected`` get when ``question`` is asked: where a known answer gets lost.

        Raises ``QuestionError``, ``ModelMismatch`` or ``ModelError``.
        """
        from qa.diagnosis import why

        return why(self, question, expected)

    def as_retriever(
        self, *, k: int = 4, documents: Documents | None = None, where: Where | None = None
    ) -> LibraryRetriever:
        """This library as a LangChain retriever."""
        from qa.integrations.langchain import LibraryRetriever

        return LibraryRetriever(library=self, k=k, documents=documents, where=where)

    def error_rate(self, threshold: float | None = None) -> ErrorRate | None:
        """How often answers from ``threshold`` (None: the settings') on are wrong: as last measured on the user's own
        questions by ``qa evaluate``, else on the questions that the reader was calibrated with; None when neither is
        known. Raises ``ReaderError``."""
        measured = self.reader.calibration.error_rates if self.reader else ()
        return error_rate(self.folder, self.settings.threshold if threshold is None else threshold, measured)

    @property
    def ready(self) -> bool:
        """True once the models are loaded."""
        return (self.reader is None or self.reader.loaded) and self._model.loaded

    def warm_up(self) -> None:
        """Load models and indexes now rather than at the first question. Raises ``ModelError`` or ``ReaderError``."""
        self._model.encoder.load()
        if self.reader:
            self.reader.load()
        self._indexes.warm_up()

    def _row(self, document_id: str) -> int:
        row = self._store.document_row(replace_surrogates(document_id))
        if row is None:
            raise _no_document(document_id)
        return row

    def _select(self, documents: Documents | None, where: Where | None) -> Selection:
        return select(self._store.sources(), documents, where) if documents is not None or where else ALL


def _no_document(document_id: str) -> NotFoundError:
    return NotFoundError(f"no document has the id {document_id!r}. It may have changed since; search again.")


def retrieve(question: str, library: Library | str | Path | None = None, k: int = 5) -> list[Hit]:
    """The ``k`` best passages for ``question``, best first.

    ``library``: an open one, or its folder (default: that of the settings), which must hold a library and
    stays open for further calls. Raises what ``Library.open`` and ``Library.search`` raise.
    """
    opened = library if isinstance(library, Library) else _open(None if library is None else str(library))
    return opened.search(question, k)


@lru_cache(maxsize=4)
def _open(folder: str | None) -> Library:
    return Library.open(folder, create=False)
