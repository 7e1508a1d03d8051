"""A file → its document and passages, ready to be stored. Knows neither store nor indexes, so that it can be done in
other processes (``qa.ingest.pool``)."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from embeddings import Encoder
from qa.errors import FileError
from qa.ingest.splitter import Limits, split
from qa.loaders import FileReader, Scans
from qa.settings import Settings
from qa.storage.records import NewPassage, PackedDocument, pack_units
from qa.text.languages import language_name
from qa.types import Document, Note


class Prepared(NamedTuple):
    """A file that was read and split."""

    document: PackedDocument
    passages: list[NewPassage]
    notes: tuple[Note, ...]
    """Of its reading report, and on its language."""
    waiting_pages: tuple[int, ...] = ()
    """1-based numbers of the pages that OCR is to read."""


class Preparer:
    """Reads and splits files for one encoder; a context manager that ends the reading process."""

    def __init__(self, encoder: Encoder, settings: Settings) -> None:
        self._encoder, self._settings = encoder, settings
        self._reader = FileReader(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()

    @cached_property
    def _limits(self) -> Limits:
        tokens = min(self._encoder.window, self._settings.max_tokens)
        return Limits(self._settings.passage_chars, tokens, self._settings.min_sentence_chars)

    def prepare(self, path: Path, scans: Scans | None = None) -> Prepared:
        """``scans``: what OCR has found on its pages. Raises ``FileError`` and nothing else."""
        document = self._reader.read(path, scans)
        passages = self.passages(document, embedded_title(document, path.name))
        notes = (*document.report.notes, *language_notes(document, self._encoder))
        return Prepared(PackedDocument.of(document), passages, notes, document.report.waiting_pages)

    def attempt(self, path: Path) -> Prepared | FileError:
        """As ``prepare``, with the error returned."""
        try:
            return self.prepare(path)
        except FileError as error:
            return error

    def passages(self, document: Document, title: str) -> list[NewPassage]:
        """Return a document's passages, ready to be stored. ``title`` is embedded with each of them."""
        model, text = self._encoder.name.encode(), document.text
        found = []
        for draft in split(document, title, self._encoder.count_tokens, self._limits):
            units, start = pack_units(draft.units, draft.start), draft.start
            spans = array("i", [at - start for unit in draft.units if unit.embedded for at in unit[:2]]).tobytes()
            embedded = (model, draft.prefix.encode(), text[start : draft.end].encode(), spans)
            key = hashlib.blake2b(b"\0".join(embedded), digest_size=16).digest()  # no text holds a NUL
            found.append(NewPassage(draft.start, draft.end, draft.heading, draft.prefix, units, key))
        return found


def embedded_title(document: Document, name: str) -> str:
    """Return the title that is embedded with the passages: the document's own, else its file name as words."""
    return document.title or " ".join(Path(name).stem.replace("_", " ").replace("-", " ").split())


def language_notes(document: Document, encoder: Encoder) -> Iterator[Note]:
    """Yield a note if the encoder does not know the document's language."""
    if encoder.languages and document.language and document.language not in encoder.languages:
        known = ", ".join(sorted(map(language_name, encoder.languages)))
        yield Note(
            "language_unknown",
            f"The text is in {language_name(document.language)}; the embedding model knows {known}. It is found well "
            "by its words, poorly by its meaning.",
        )
