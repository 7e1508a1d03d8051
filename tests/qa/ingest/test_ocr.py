"""Phase 2 reads by OCR what phase 1 has found to be pictures, and loses nothing on the way. OCR itself is replaced by
what it would find, except in one test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.errors import FileTooHeavy
from qa.loaders import FileReader, Scan
from qa.types import Document
from tests.helpers import write
from tests.qa.loaders.ocr.scans import column, file_of, line, needs_ocr, picture, scan

pytestmark = needs_ocr
PAGE = picture("The relief valve opens at 4.0 bar.")
PAGES = [["The relief valve of the pump", "opens at 4.0 bar."], ["The filter is changed every", "second week."]]
SCAN = file_of(PAGE, "TIFF", [picture("The filter is changed every second week.")])


class Ocr:
    """Instead of ``FileReader.scan``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[tuple[str, int]] = []
        self.stop_at: int | None = None
        self.heavy: int | None = None
        monkeypatch.setattr(FileReader, "scan", lambda _reader, path, page: self(path, page))

    def __call__(self, path: Path, page: int) -> Scan:
        if page == self.stop_at:
            raise KeyboardInterrupt
        self.read.append((path.name, page))
        if page == self.heavy:
            raise FileTooHeavy(str(path), "takes longer to read than 180 seconds, the limit")
        return scan(*column(PAGES[page]))


@pytest.fixture
def ocr(monkeypatch: pytest.MonkeyPatch) -> Ocr:
    return Ocr(monkeypatch)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", {"scan.tiff": SCAN, "note.md": "The pump stands in the cellar."})


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library", encoder=HashingEncoder(), create=True) as opened:
        yield opened


def document(library: Library, name: str = "scan.tiff") -> Document:
    (source,) = (source for source in library.sources() if source.path.endswith(name))
    return library.document(source.document_id)


def found(library: Library, words: str) -> list[str]:
    return [Path(hit.source.path).name for hit in library.search(words, 1, words_only=True)]


def test_nothing_waits_for_ocr(library: Library, docs: Path, ocr: Ocr) -> None:
    report = library.add(docs, vectors=False)
    assert {outcome.status for outcome in report.files} == {"added"}
    assert (report.waiting_pages, library.stats().waiting_pages, ocr.read) == (2, 2, [])
    assert found(library, "cellar") == ["note.md"]


def test_the_second_phase_reads_every_page_and_makes_vectors(library: Library, docs: Path, ocr: Ocr) -> None:
    library.add(docs, vectors=False)
    steps = []
    library.encode(on_progress=lambda step: steps.append((step.phase, step.done, step.total)))
    assert [step for step in steps if step[0] == "ocr"][-1] == ("ocr", 2, 2)
    assert (
        document(library).text
        == "The relief valve of the pump opens at 4.0 bar.\n\nThe filter is changed every second week."
    )
    assert document(library).page_starts == (0, 48)
    assert found(library, "relief valve") == ["scan.tiff"]
    assert (library.stats().waiting, library.stats().waiting_pages) == (0, 0)


def test_the_report_of_adding_says_what_was_read_by_ocr(library: Library, docs: Path, ocr: Ocr) -> None:
    report = library.add(docs)
    outcome = next(outcome for outcome in report.files if outcome.path.endswith("scan.tiff"))
    assert (outcome.status, [note.code for note in outcome.notes]) == ("added", ["read_by_ocr"])
    assert "pages 1–2 were read by OCR, with a certainty of 99%" in outcome.notes[0].message
    assert report.waiting_pages == 0


def test_what_was_read_once_is_not_read_again(library: Library, docs: Path, ocr: Ocr) -> None:
    library.add(docs)
    before, ocr.read[:] = document(library).id, []
    os.utime(docs / "scan.tiff", ns=(1, 1))
    write(docs, {"copy.tiff": SCAN})
    report = library.sync()
    assert {outcome.path.rpartition("/")[2]: outcome.status for outcome in report.files} == {
        "copy.tiff": "added",
        "note.md": "unchanged",
        "scan.tiff": "unchanged",
    }
    assert (document(library).id, document(library, "copy.tiff").id, ocr.read) == (before, before, [])


def test_an_interrupted_run_goes_on_at_the_page_where_it_stopped(library: Library, docs: Path, ocr: Ocr) -> None:
    ocr.stop_at = 1
    with pytest.raises(KeyboardInterrupt):
        library.add(docs)
    assert library.stats().waiting_pages == 1
    ocr.stop_at, ocr.read[:] = None, []
    report = library.sync()
    assert ocr.read == [("scan.tiff", 1)]
    assert "relief valve" in document(library).text and "filter" in document(library).text
    assert [note.code for outcome in report.files for note in outcome.notes] == ["read_by_ocr"]


def test_it_stops_after_a_page_when_it_is_told_to(library: Library, docs: Path, ocr: Ocr) -> None:
    library.add(docs, vectors=False)
    library.encode(should_stop=lambda: bool(ocr.read))
    assert (ocr.read, library.stats().waiting_pages) == ([("scan.tiff", 0)], 1)


def test_a_page_over_a_limit_is_named_and_the_others_are_kept(library: Library, docs: Path, ocr: Ocr) -> None:
    ocr.heavy = 0
    library.add(docs)
    found = document(library)
    assert found.text == "The filter is changed every second week."
    assert [(note.code, note.page) for note in found.report.notes] == [("read_by_ocr", 2), ("page_unreadable", 1)]
    ocr.read.clear()
    library.sync()
    assert ocr.read == []  # it would take too long again


def test_two_files_with_one_content_are_read_once(library: Library, docs: Path, ocr: Ocr) -> None:
    write(docs, {"copy.tiff": SCAN})
    library.add(docs)
    assert [page for _, page in ocr.read] == [0, 1]
    assert document(library).id == document(library, "copy.tiff").id
    assert library.stats().documents == 2


def test_a_file_that_has_changed_or_gone_waits_for_the_next_sync(library: Library, docs: Path, ocr: Ocr) -> None:
    library.add(docs, vectors=False)
    before = document(library).id
    write(docs, {"scan.tiff": file_of(PAGE, "TIFF")})
    library.encode()
    assert (ocr.read, document(library).id) == ([], before)
    library.sync()
    assert ocr.read == [("scan.tiff", 0)]
    assert document(library).text == "The relief valve of the pump opens at 4.0 bar."
    assert library.stats().waiting_pages == 0


def test_removing_a_document_that_waits_leaves_nothing(library: Library, docs: Path, ocr: Ocr) -> None:
    library.add(docs, vectors=False)
    library.encode(should_stop=lambda: bool(ocr.read))
    library.remove(["scan.tiff"])
    assert library.stats().waiting_pages == 0
    assert not any(b"relief" in path.read_bytes() for path in library.folder.rglob("*") if path.is_file())


def test_files_of_a_library_from_elsewhere_are_not_opened(
    library: Library, docs: Path, ocr: Ocr, tmp_path: Path
) -> None:
    library.add(docs, vectors=False)
    library.close()
    shutil.copytree(library.folder, tmp_path / "given")
    with Library.open(tmp_path / "given", encoder=HashingEncoder()) as given:
        given.encode()
        assert (ocr.read, given.stats().waiting_pages) == ([], 2)


def test_a_picture_without_words_stays_and_is_not_read_again(
    library: Library, docs: Path, ocr: Ocr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ocr, "__call__", lambda self, path, page: self.read.append((path.name, page)) or scan())
    report = library.add(docs)
    assert [note.code for outcome in report.files for note in outcome.notes] == ["page_without_text"] * 2
    assert document(library).text == ""
    ocr.read.clear()
    assert [outcome.status for outcome in library.sync().files] == ["unchanged", "unchanged"]
    assert ocr.read == []


def test_words_that_ocr_is_not_certain_of_are_not_the_short_answer(
    library: Library, docs: Path, ocr: Ocr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Ocr,
        "__call__",
        lambda self, path, page: scan(line("It opens at", sure=0.99), line("4.0 bar", top=66, sure=0.5)),
    )
    library.add(docs)
    text = document(library)
    at = text.text.index("4.0")
    assert text.certainty_of(0, 5) == 0.99
    assert text.certainty_of(0, at) == 0.99
    assert text.certainty_of(0, at + 1) == 0.5
    assert text.certainty_of(at, at + 7) == 0.5


def test_a_real_scan_is_found_by_its_words(library: Library, docs: Path) -> None:
    write(docs, {"scan.tiff": file_of(PAGE, "TIFF")})
    library.add(docs)
    assert document(library).text == "The relief valve opens at 4.0 bar."
    assert found(library, "relief valve") == ["scan.tiff"]
