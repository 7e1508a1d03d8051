"""Documents are found by their names and languages as people write them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.errors import FilterError
from qa.ingest.prepare import language_notes
from qa.text.languages import language_name
from qa.types import Document, ReadingReport

TEXT = (
    "# Prüfung\n\nDie Prüfung der Anlage wird einmal im Jahr von Sachverständigen vorgenommen und in das Prüfbuch "
    "eingetragen. Mängel müssen innerhalb von vier Wochen beseitigt werden, sonst wird die Anlage stillgelegt.\n"
)


@pytest.fixture
def named(tmp_path: Path) -> Library:
    """A library with a file whose name has decomposed letters, as macOS gives them."""
    folder = tmp_path / unicodedata.normalize("NFD", "Verträge")
    folder.mkdir()
    (folder / unicodedata.normalize("NFD", "Prüfung.md")).write_text(TEXT, encoding="utf-8")
    (tmp_path / "other.md").write_text("# Other\n\nNothing of interest is written in this file.", encoding="utf-8")
    library = Library.open(tmp_path / "library", encoder=HashingEncoder())
    library.add([folder, tmp_path / "other.md"])
    return library


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", ["Prüfung.md", "Prüfung", "*prüf*", "{}/Verträge", "{}/Verträge/Prüfung.md"])
def test_names_are_the_same_however_their_accents_are_encoded(
    named: Library, tmp_path: Path, name: str, form: str
) -> None:
    (found,) = named.sources(unicodedata.normalize(form, name.format(tmp_path)))  # type: ignore[arg-type]
    assert unicodedata.normalize("NFC", found.title) == "Prüfung"


@pytest.mark.parametrize("language", ["de", "German", "german", "Ger*"])
def test_a_language_is_chosen_by_its_code_or_its_name(named: Library, language: str) -> None:
    hits = named.search("Anlage", where={"language": language}, words_only=True)
    assert [hit.document.language for hit in hits] == ["de"]


def test_an_unknown_language_fits_nothing(named: Library) -> None:
    assert named.search("Anlage", where={"language": "Latin"}, words_only=True) == []
    with pytest.raises(FilterError, match="Known here: path, title, language"):
        named.search("Anlage", where={"tongue": "German"})


@pytest.mark.parametrize(("code", "name"), [("de", "German"), ("pt", "Portuguese"), ("zh", "Chinese"), ("xx", "xx")])
def test_languages_have_names(code: str, name: str) -> None:
    assert language_name(code) == name


def test_the_report_names_languages_that_the_model_does_not_know() -> None:
    class English(HashingEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.languages = frozenset({"en"})

    document = Document("d" * 32, "Texto", (), ReadingReport("text/1"), language="pt")
    (note,) = language_notes(document, English())
    assert note.message.startswith("The text is in Portuguese; the embedding model knows English.")
