"""BM25 rows on disk, incremental and filtered (tantivy), and the analysis of text into terms.

Terms are made here, not by the engine: words lower-cased and stemmed by the row's language, and runs of scripts
written without spaces cut into pairs of characters (as Lucene's CJK bigrams). The engine sees them already cut.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from embeddings.errors import IndexDamaged
from embeddings.scripts import PAIRED_RUN

_WRITER_HEAP_BYTES = 64_000_000
_REMEMBERED_CHARS = 8_000_000
"""Of words and their terms, for each language, from the first row added until ``release``."""

_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "nb": "norwegian",
    "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip
_STOPWORDS = {"da", "de", "es", "fi", "fr", "hu", "it", "nl", "no", "nb", "nn", "pt", "ru", "sv"}
"""Languages (beside English) with a stop-word list in the engine."""

_ENGLISH_STOPWORDS = """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
    it its itself they them their theirs themselves what which who whom this that these those am is are was were be
    been being have has had having do does did doing would should could ought a an the and but if or because as
    until while of at by for with about against between into through during before after above below to from up
    down in out on off over under again further then once here there when where why how all any both each few more
    most other some such no nor not only own same so than too very s t can will just don now
""".split()  # noqa: SIM905
"""The Snowball project's list for English."""

_WORD = re.compile(r"[^\W_]")
_DATA_FILE = re.compile(r"[0-9a-f]{32}(\.\d+)?\.\w+")
"""Name of a file that the engine ends with a checksum: data, footer (JSON), footer's length, a fixed number."""


class SparseRow(NamedTuple):
    """One row to index."""

    id: int
    group: int
    """What filters select by; several rows may share it."""
    text: str
    language: str | None
    """ISO 639-1 code that picks the stemmer; None leaves words unstemmed."""


def has_words(text: str) -> bool:
    """Whether there is any letter or digit in ``text``."""
    return _WORD.search(text) is not None


def index_terms(text: str, language: str | None) -> list[str]:
    """The terms a row is found by, in order, with repeats. Unspaced runs give pairs and single characters."""
    words, runs = _split_unspaced(text)
    terms: list[str] = _analyzer(language if language in _SNOWBALL else None, False).analyze(words)
    for run in runs:
        terms.extend(run)
        terms.extend(run[i : i + 2] for i in range(len(run) - 1))
    return terms


class _WordTerms(dict[str, str]):
    """A white-space separated word of a row → its ``index_terms`` with spaces between; makes what it does not hold.

    Rows share most of their words: looking them up takes half the time of the analyser.
    """

    def __init__(self, language: str | None) -> None:
        super().__init__()
        self._language, self._chars = language, 0

    def __missing__(self, word: str) -> str:
        terms = " ".join(index_terms(word, self._language))
        self._chars += len(word) + len(terms)
        if self._chars > _REMEMBERED_CHARS:
            self.clear()
            self._chars = len(word) + len(terms)
        self[word] = terms
        return terms

    def of(self, text: str) -> str:
        """``index_terms`` of a text in another order, with spaces between."""
        return " ".join(map(self.__getitem__, text.split()))


def content_terms(text: str, language: str | None) -> list[str]:
    """``index_terms`` without the language's stop words: what a text is about, in order, with repeats."""
    words, runs = _split_unspaced(text)
    known = language if language in _SNOWBALL else None
    terms: list[str] = _analyzer(known, known is not None).analyze(words)
    return terms + [pair for run in runs for pair in ([run[i : i + 2] for i in range(len(run) - 1)] or [run])]


def question_terms(text: str, languages: Iterable[str | None]) -> list[tuple[str, ...]]:
    """What to look for: per word of the question its distinct stems, one for each language that rows may be in.

    Stop words are left out, unless nothing else is there: those of the one language that most of the question's words
    are stop words of, for "war" and "die" are none in English. Every tuple is one word; each word comes once.
    """
    spaced, runs = _split_unspaced(text)
    kinds = sorted({language if language in _SNOWBALL else None for language in languages} | {"en"}, key=str)
    words: list[str] = _analyzer(None, False).analyze(spaced)
    stop = max((_stop_words(words, language) for language in ("en", *kinds) if language), key=len)
    found = {_stems(word, kinds): None for word in words if word not in stop}
    for run in runs:
        for pair in [run[i : i + 2] for i in range(len(run) - 1)] or [run]:
            found[(pair,)] = None
    return list(found or {_stems(word, kinds): None for word in words})


def _stop_words(words: Iterable[str], language: str) -> frozenset[str]:
    """Those of ``words`` that are stop words of ``language``."""
    return frozenset(word for word in words if not _analyzer(language, True).analyze(word))


def _stems(word: str, kinds: Iterable[str | None]) -> tuple[str, ...]:
    stems = [stem for language in kinds for stem in _analyzer(language, False).analyze(word)]
    return tuple(dict.fromkeys(stems))


def _split_unspaced(text: str) -> tuple[str, list[str]]:
    """``text`` with its unspaced runs taken out, and these runs. Compatibility forms (ﬁ, full-width) are unified."""
    if text.isascii():
        return text, []
    text = unicodedata.normalize("NFKC", text).replace("İ", "I")  # whose small letter has a dot of its own
    runs = PAIRED_RUN.findall(text)
    return (PAIRED_RUN.sub(" ", text), runs) if runs else (text, runs)


@cache
def _analyzer(language: str | None, stop: bool) -> Any:
    """The engine's analyser: words, lower case, at most 64 bytes, no stop words if asked, stemmed, accents folded."""
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    builder = builder.filter(tantivy.Filter.remove_long(64)).filter(tantivy.Filter.lowercase())
    if stop and language == "en":
        builder = builder.filter(tantivy.Filter.custom_stopword(_ENGLISH_STOPWORDS))
    elif stop and language in _STOPWORDS:
        builder = builder.filter(tantivy.Filter.stopword(_SNOWBALL[language]))
    if language is not None:
        builder = builder.filter(tantivy.Filter.stemmer(_SNOWBALL[language]))
    return builder.filter(tantivy.Filter.ascii_fold()).build()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        if _is_engines(error):
            raise OSError(f"the keyword index cannot be written: {error}") from error
        raise


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        if _is_engines(error):
            raise IndexDamaged(f"{folder} cannot be read: {error}") from error
        raise


def _is_engines(error: BaseException) -> bool:
    """Whether the engine could not go on: a ``ValueError``, also for a full disk, or a panic over damaged bytes, whose
    class is no ``Exception`` and cannot be imported."""
    return isinstance(error, (ValueError, OSError)) or type(error).__name__ == "PanicException"


def _intact(file: Path) -> bool:
    data = file.read_bytes()
    end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    try:
        footer = json.loads(data[end:-8]) if end > 0 else {}
        return footer.get("crc") == zlib.crc32(memoryview(data)[:end])
    except ValueError:
        return False


class SparseIndex:
    """A BM25 index in a folder. One process writes; others see its commits after ``reload``.

    ``add``, ``remove``, ``commit`` and ``release`` raise ``OSError`` when the disk is full; what reads raises
    ``IndexDamaged`` when it meets a damaged file.
    """

    def __init__(self, folder: Path) -> None:
        """Open the index in ``folder``, or make an empty one. Raises ``IndexDamaged`` when it cannot be read."""
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("id", indexed=True, fast=True)
        builder.add_unsigned_field("group", indexed=True, fast=True)
        builder.add_text_field("terms", tokenizer_name="terms", index_option="freq")
        self._schema = builder.build()
        self._folder = folder
        self._writer: Any = None
        self._words: dict[str | None, _WordTerms] = {}
        with _reading(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(self._schema, path=str(folder), reuse=True)
            self._index.register_tokenizer("terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
            self._index.config_reader("manual")
        self.reload()

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether there is an index in ``folder``, be it damaged."""
        return os.path.isfile(folder / "meta.json")

    @staticmethod
    def erase(folder: Path) -> None:
        """Delete the index in ``folder``; a new one can be opened there."""
        shutil.rmtree(folder, ignore_errors=True)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def ids(self) -> list[int]:
        """The ids of all committed rows, ascending."""
        import tantivy

        if not len(self):
            return []
        with _reading(self._folder):
            found = self._searcher.search(
                tantivy.Query.all_query(), len(self), count=False, order_by_field="id", order=tantivy.Order.Asc
            )
        return [int(key) for key, _ in found.hits]

    def damaged_files(self) -> list[str]:
        """Names of the files that do not fit their checksum. Nobody may write meanwhile."""
        files = sorted(self._folder.iterdir())
        return [file.name for file in files if _DATA_FILE.fullmatch(file.name) and not _intact(file)]

    def add(self, rows: Iterable[SparseRow]) -> None:
        """Add rows, replacing those with the same id; seen by searches after ``commit``."""
        import tantivy

        rows = list(rows)
        self.remove([row.id for row in rows])
        with _writing():
            writer = self._open_writer()
            for key, group, text, language in rows:
                words = self._words.get(language) or self._words.setdefault(language, _WordTerms(language))
                document = tantivy.Document(terms=words.of(text))
                document.add_unsigned("id", key)
                document.add_unsigned("group", group)
                writer.add_document(document)

    def remove(self, ids: Iterable[int]) -> None:
        """Remove rows by id; unknown ids are passed over. Seen after ``commit``."""
        import tantivy

        # A term set, because delete_documents_by_term of tantivy-py 0.27 silently finds no unsigned number.
        gone = tantivy.Query.term_set_query(self._schema, "id", list(ids))
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
        with _reading(self._folder):
            self._index.reload()
            self._searcher = self._index.searcher()

    def beside_removed(self) -> list[int]:
        """Ids of the rows that share a part of the index with removed ones, ascending. Call it after ``release``.

        The engine keeps the words of a removed row in its part until nothing else is in there. Who removes these rows
        and adds them again, in one commit, leaves no word of the removed ones in any file.
        """
        import tantivy

        self.reload()
        with _reading(self._folder):
            parts = json.loads((self._folder / "meta.json").read_text("utf-8"))["segments"]
            marked = {number for number, part in enumerate(parts) if part["deletes"]}
            if not marked or not len(self):
                return []
            hits = self._searcher.search(tantivy.Query.all_query(), len(self), count=False).hits
            beside = [address for _, address in hits if address.segment_ord in marked]
            return sorted(int(key or 0) for key in self._searcher.fast_field_values("id", beside))

    def release(self) -> None:
        """Let go of the write lock, after merges have ended. Uncommitted rows are lost."""
        writer, self._writer = self._writer, None
        self._words.clear()
        if writer is not None:
            with _writing():
                writer.wait_merging_threads()

    def search(
        self, question: str, k: int, *, languages: Iterable[str | None] = ("en",), groups: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """(id, BM25 score) of the ``k`` best rows, best first; never parsed as query syntax.

        ``languages``: those the rows are in. ``groups``: only rows of these groups, before the ``k`` are taken.
        Gives [] for a question without words.
        """
        import tantivy

        words = [self._word_query(stems) for stems in question_terms(question, languages)]
        if not words or k < 1:
            return []
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, word) for word in words])
        if groups is not None:
            members = tantivy.Query.term_set_query(self._schema, "group", list(groups))
            members = tantivy.Query.const_score_query(members, 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, members)])
        with _reading(self._folder):
            hits = self._searcher.search(query, k, count=False).hits
            ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        return [(int(row_id or 0), float(score)) for row_id, (score, _) in zip(ids, hits, strict=True)]

    def weigh(self, question: str, languages: Iterable[str | None] = ("en",)) -> dict[tuple[str, ...], float]:
        """The question's words, each as its stems, with their inverse document frequency (BM25's, at least 0).

        A word that no row has weighs most. Stop words are left out, unless nothing else is there.
        """
        rows = len(self)
        weights = {}
        for stems in question_terms(question, languages):
            with _reading(self._folder):
                frequency = max((self._searcher.doc_freq("terms", stem) for stem in stems), default=0)
            weights[stems] = math.log(1 + (rows - min(frequency, rows) + 0.5) / (frequency + 0.5))
        return weights

    def _word_query(self, stems: Sequence[str]) -> Any:
        import tantivy

        terms = [tantivy.Query.term_query(self._schema, "terms", stem, index_option="freq") for stem in stems]
        return terms[0] if len(terms) == 1 else tantivy.Query.disjunction_max_query(terms)

    def _open_writer(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(_WRITER_HEAP_BYTES, 1)
        return self._writer
