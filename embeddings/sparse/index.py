"""BM25 rows on disk, incremental and filtered (tantivy).

Texts are analysed before (``embeddings.sparse.analysis``): the engine sees terms with spaces between.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import tantivy
from tantivy import Occur, Query

from embeddings.errors import IndexBusy, IndexDamaged
from embeddings.sparse.analysis import RowTerms, question_terms

_WRITER_HEAP_BYTES = 64_000_000
_DATA_FILE = re.compile(r"[0-9a-f]{32}(\.\d+)?\.\w+")
"""Name of a file that the engine ends with a checksum: data, footer (JSON), footer's length, a fixed number."""


class SparseRow(NamedTuple):
    """One row to index."""

    id: int
    group: int
    """The value that filters select by; several rows may share it."""
    text: str
    language: str | None
    """ISO 639-1 code that picks the stemmer; None leaves words unstemmed."""


@contextmanager
def _raising(kind: type[Exception], message: str) -> Iterator[None]:
    """For the engine's ``ValueError``, also of a full disk, and its panic over damaged bytes, whose class is not an
    ``Exception`` and cannot be imported."""
    try:
        yield
    except BaseException as error:
        if "LockBusy" in str(error):
            raise IndexBusy(f"{message}, as it is locked") from error
        if isinstance(error, (ValueError, OSError)) or type(error).__name__ == "PanicException":
            raise kind(f"{message}: {error}") from error
        raise


_writing = partial(_raising, OSError, "the keyword index cannot be written")


def _intact(file: Path) -> bool:
    data = file.read_bytes()
    end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    try:
        footer = json.loads(data[end:-8]) if end > 0 else {}
        return footer.get("crc") == zlib.crc32(memoryview(data)[:end])
    except ValueError:
        return False


def _check_names(folder: Path) -> None:
    """Raise ``ValueError`` unless the engine's list of its files names only files in its folder: it deletes those that
    it does not need, wherever they are."""
    with suppress(FileNotFoundError, RecursionError):
        names = json.loads((folder / ".managed.json").read_text("utf-8"))
        if not isinstance(names, list) or any(PurePath(str(name)).name != name for name in names):
            raise ValueError("its list of files names others")


class SparseIndex:
    """A BM25 index in a folder, or in memory. One process writes; others see its commits after ``reload``.

    ``add``, ``remove``, ``commit`` and ``release`` raise ``OSError`` when the disk is full; what reads raises
    ``IndexDamaged`` when it meets a damaged file; either raises ``IndexBusy`` while another process has it locked.
    """

    def __init__(self, folder: Path | None) -> None:
        """Open the index in ``folder``, or make an empty one; None: in memory. Raises ``IndexDamaged`` when it cannot
        be read."""
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("id", indexed=True, fast=True)
        builder.add_unsigned_field("group", indexed=True, fast=True)
        builder.add_text_field("terms", tokenizer_name="terms", index_option="freq")
        self._schema = builder.build()
        self._folder = folder
        self._writer: Any = None
        self._terms: dict[str | None, RowTerms] = {}
        """Of each language, from the first row added until ``release``."""
        with self._reading():
            if folder is not None:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _check_names(folder)
            self._index = tantivy.Index(self._schema, path=None if folder is None else str(folder), reuse=True)
            self._index.register_tokenizer("terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
            self._index.config_reader("manual")
        self.reload()

    @staticmethod
    def exists(folder: Path) -> bool:
        """True if there is an index in ``folder``, even a damaged one."""
        return os.path.isfile(folder / "meta.json")

    @staticmethod
    def erase(folder: Path) -> None:
        """Delete the index in ``folder``; a new one can be opened there."""
        shutil.rmtree(folder, ignore_errors=True)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def ids(self) -> list[int]:
        """The ids of all committed rows, ascending."""
        if not len(self):
            return []
        with self._reading():
            everything = Query.all_query()
            found = self._searcher.search(everything, len(self), False, order_by_field="id", order=tantivy.Order.Asc)
        return [int(key) for key, _ in found.hits]

    def damaged_files(self) -> list[str]:
        """Names of the files in use that do not match their checksum. Nobody may write meanwhile."""
        assert self._folder is not None
        return [file.name for file in self._files() if _DATA_FILE.fullmatch(file.name) and not _intact(file)]

    def _segments(self) -> list[dict[str, Any]]:
        assert self._folder is not None
        with self._reading():
            segments: list[dict[str, Any]] = json.loads((self._folder / "meta.json").read_text("utf-8"))["segments"]
        return segments

    def add(self, rows: Iterable[SparseRow]) -> None:
        """Add rows, replacing those with the same id; seen by searches after ``commit``."""
        rows = list(rows)
        self.remove([row.id for row in rows])
        with _writing():
            writer = self._open_writer()
            for key, group, text, language in rows:
                terms = self._terms.get(language) or self._terms.setdefault(language, RowTerms(language))
                document = tantivy.Document(terms=terms(text))
                document.add_unsigned("id", key)
                document.add_unsigned("group", group)
                writer.add_document(document)

    def remove(self, ids: Iterable[int]) -> None:
        """Remove rows by id; unknown ids are ignored. Seen after ``commit``."""
        # A term set, because delete_documents_by_term of tantivy-py 0.27 silently finds no unsigned number.
        gone = Query.term_set_query(self._schema, "id", list(ids))
        with _writing():
            self._open_writer().delete_documents_by_query(gone)

    def commit(self) -> None:
        """Make what was added and removed durable and visible."""
        if self._writer is not None:
            with _writing():
                self._writer.commit()
            self.reload()

    def reload(self) -> None:
        """See the newest commit, also another process's."""
        with self._reading():
            self._index.reload()
            self._searcher = self._index.searcher()
            self._sizes = {path: os.stat(path).st_size for path in self._files()} if self._folder else {}

    def _files(self) -> list[Path]:
        """The files of the index that the engine has mapped into memory, or some more."""
        assert self._folder is not None
        used = {segment["segment_id"].replace("-", "") for segment in self._segments()}
        return [path for path in sorted(self._folder.iterdir()) if path.name[:32] in used]

    def _check_files(self) -> None:
        """Raise ``IndexDamaged`` when a file was cut, as programs do that synchronise folders: reading what is gone
        would end the process (SIGBUS). A file that is deleted stays whole for whoever has it open."""
        for path, size in self._sizes.items():
            with suppress(FileNotFoundError):
                if os.stat(path).st_size != size:
                    raise IndexDamaged(f"{path} was changed by another program while it was open")

    def beside_removed(self) -> list[int]:
        """Ids of the rows that share a segment of the index with removed ones, ascending. Call it after ``release``.

        The engine leaves the words of a removed row in its segment until nothing else is in there. Removing these rows
        and adding them again, in one commit, leaves no word of the removed ones in any file.
        """
        self.reload()
        with self._reading():
            marked = {number for number, segment in enumerate(self._segments()) if segment["deletes"]}
            if not marked or not len(self):
                return []
            hits = self._searcher.search(Query.all_query(), len(self), count=False).hits
            beside = [address for _, address in hits if address.segment_ord in marked]
            return sorted(int(key or 0) for key in self._searcher.fast_field_values("id", beside))

    def release(self) -> None:
        """Release the write lock after merges have ended, and let only the owner of the files read them. Uncommitted
        rows are lost."""
        writer, self._writer = self._writer, None
        self._terms.clear()
        if writer is not None:
            with _writing():
                writer.wait_merging_threads()
            for file in self._folder.iterdir() if self._folder else ():
                with suppress(OSError):  # of another user, where several write
                    file.chmod(0o600)

    def search(
        self, question: str, k: int, *, languages: Iterable[str | None] = ("en",), groups: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """(id, BM25 score) of the ``k`` best rows, best first, equal ones by id; never parsed as query syntax.

        ``languages``: those the rows are in. ``groups``: only rows of these groups, before the ``k`` are taken.
        Empty for a question without words.
        """
        words = [self._word_query(stems) for stems in question_terms(question, languages)]
        if not words or k < 1:
            return []
        query = Query.boolean_query([(Occur.Should, word) for word in words])
        if groups is not None:
            members = Query.const_score_query(Query.term_set_query(self._schema, "group", list(groups)), 0.0)
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, members)])
        self._check_files()
        with self._reading():
            hits = self._searcher.search(query, k, count=False).hits
            ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        found = [(int(row_id or 0), float(score)) for row_id, (score, _) in zip(ids, hits, strict=True)]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def weigh(self, question: str, languages: Iterable[str | None] = ("en",)) -> dict[tuple[str, ...], float]:
        """The question's words, each as its stems, with their inverse document frequency (BM25's, at least 0).

        A word that no row has weighs most. Stop words are left out, unless nothing else is there.
        """
        rows = len(self)
        weights = {}
        self._check_files()
        for stems in question_terms(question, languages):
            with self._reading():
                frequency = max((self._searcher.doc_freq("terms", stem) for stem in stems), default=0)
            weights[stems] = math.log(1 + (rows - min(frequency, rows) + 0.5) / (frequency + 0.5))
        return weights

    def _word_query(self, stems: Sequence[str]) -> Any:
        terms = [Query.term_query(self._schema, "terms", stem, index_option="freq") for stem in stems]
        return terms[0] if len(terms) == 1 else Query.disjunction_max_query(terms)

    def _reading(self) -> AbstractContextManager[None]:
        return _raising(IndexDamaged, f"{self._folder} cannot be read")

    def _open_writer(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(_WRITER_HEAP_BYTES, 1)
        return self._writer
