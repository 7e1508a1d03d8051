"""Libraries that earlier versions of the program made can be opened, asked and changed.

Each was made by the version that wrote its format first or last (the third and the fourth of the one before), of a
Markdown file and a PDF whose second page is empty. Nothing is left but the library: the files themselves are gone.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from qa import Library
from qa.storage.sqlite.schema import FORMAT_VERSION
from qa.storage.stored_answers import restore
from tests.helpers import CountingEncoder, titles

LIBRARIES = Path(__file__).parent / "libraries"
EARLIER = range(1, FORMAT_VERSION)


@pytest.fixture(params=EARLIER)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A library of each earlier format."""
    shutil.unpack_archive(LIBRARIES / f"format{request.param}.zip", tmp_path / "library")
    return tmp_path / "library"


def vectors(folder: Path) -> dict[bytes, bytes]:
    """The passages' vectors by key."""
    connection = sqlite3.connect(folder / "library.db")
    found = dict(connection.execute("SELECT key, passage FROM vectors"))
    connection.close()
    return found


def unit_texts(library: Library, name: str) -> list[str]:
    (source,) = library.sources(name)
    document = library.document(source.document_id)
    passages = library.passages(document.id)
    return [document.text[unit.start : unit.end] for passage in passages for unit in passage.units]


def test_it_is_searched_as_it_is(folder: Path) -> None:
    encoder = CountingEncoder()
    with Library.open(folder, encoder=encoder) as library:
        assert titles(library.search("Restaurants city", words_only=True)) == ["tower.md"]
        hit = library.search("million tonnes of goods")[0]
        assert titles([hit]) == ["harbour.pdf"] and hit.detail.dense_rank and hit.detail.sparse_rank
        assert "330 metres" in library.ask("How tall is the iron tower?").text
        assert library.check(repair=False).problems == ()
    assert encoder.passages == []


@pytest.mark.parametrize("folder", [1, 2], indirect=True)
def test_the_next_change_completes_its_units_and_keeps_its_vectors(folder: Path) -> None:
    """A block's code is embedded in one piece now, so that its passage gets a new vector."""
    before, encoder = vectors(folder), CountingEncoder()
    with Library.open(folder, encoder=encoder) as library:
        ids = {passage.id for source in library.sources() for passage in library.passages(source.document_id)}
        assert "It is tall." not in unit_texts(library, "tower.md")
        library.encode()
        units = unit_texts(library, "tower.md")
        assert "It is tall." in units and "Closed on Mondays." in units
        assert [unit.count("\n") for unit in units if "stairs" in unit] == [2]
        assert any(unit.startswith("Level: second") for unit in units)
        assert len(encoder.passages) == 1 and "def stairs" in encoder.passages[0]
        still = {passage.id for source in library.sources() for passage in library.passages(source.document_id)}
        assert len(ids & still) == len(ids) - 1
        assert library.stats().waiting == 0 and library.check().problems == ()
        encoder.passages.clear()
        library.encode()
        assert encoder.passages == []
    after = vectors(folder)
    assert len(after) == len(before)
    assert sum(after.get(key) == vector for key, vector in before.items()) == len(before) - 1


def test_pages_of_its_reports_count_from_1(folder: Path) -> None:
    with Library.open(folder, encoder=CountingEncoder()) as library:
        (source,) = library.sources("harbour.pdf")
        report = library.document(source.document_id).report
    assert report.unreadable_pages == (2,)
    assert [(note.code, note.page) for note in report.notes] == [("page_without_text", 2)]


def test_its_conversations_go_on(folder: Path) -> None:
    with Library.open(folder, encoder=CountingEncoder()) as library:
        kept = library.conversations
        conversation = next(iter(kept.all()), None) or kept.create("Tower")
        for message in kept.messages(conversation.id):
            assert message.answer and message.answer["citations"]
            assert restore(message.answer).to_dict().keys() == message.answer.keys()
            assert restore(message.answer).hits[0].passage.text
        question = kept.append(conversation.id, "How tall is it?", "How tall is the iron tower?")
        kept.answered(question.id, library.ask("How tall is the iron tower?"))
        assert "330 metres" in str(kept.message(conversation.id, question.id).answer)


@pytest.mark.parametrize("folder", [4], indirect=True)
def test_footnotes_of_format_4_are_notes(folder: Path) -> None:
    with Library.open(folder, encoder=CountingEncoder()) as library:
        (source,) = library.sources("tower.md")
        document = library.document(source.document_id)
        notes = [document.text[block.start : block.end] for block in document.blocks if block.kind == "note"]
        units = [unit for passage in library.passages(document.id) for unit in passage.units]
    assert notes == ["Measured in 2022, with its antennas."]
    assert [document.text[unit.start : unit.end] for unit in units if unit.kind == "note"] == notes
