"""Documents whose pages were read by OCR; what OCR has found is made by hand."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2
import pytest

from qa.errors import FileUnreadable
from qa.loaders import ocr
from qa.loaders.load import load
from qa.loaders.ocr.order import in_reading_order
from qa.loaders.ocr.scan import Scan
from qa.types import Document
from tests.qa.loaders.ocr.scans import WIDTH, column, file_of, line, needs_ocr, picture, scan
from tests.qa.loaders.pdf.pdf_factory import Text, lines, make_pdf

FERRY = ["The ferry crosses the harbour", "every twenty minutes, also in", "winter and at night."]
TEXT = "The ferry crosses the harbour every twenty minutes, also in winter and at night."
PAGE = picture("The ferry crosses the harbour.")


def words_of(document: Document) -> list[tuple[str, int]]:
    return [(document.text[word.start : word.end], word.page) for word in document.scanned]


def read(*pages: Scan | str) -> Document:
    """A TIFF with so many pages, on which OCR has found this."""
    data = file_of(PAGE, "TIFF", [PAGE] * (len(pages) - 1))
    return load(data, "scan.tiff", dict(enumerate(pages)))


def test_lines_are_joined_to_paragraphs_and_every_word_has_its_place() -> None:
    document = read(scan(*column(FERRY)))
    assert document.text == TEXT
    assert words_of(document) == [(word, 1) for word in TEXT.split()]
    ferry = document.scanned[1]
    assert (ferry.left, ferry.top) == (74 / WIDTH, 50 / 800)
    assert document.source_map == ()


def test_a_word_that_is_divided_has_two_places() -> None:
    document = read(scan(*column(["All of us like the old har-", "bour and what is in it."])))
    assert document.text == "All of us like the old harbour and what is in it."
    assert words_of(document)[6:9] == [("har", 1), ("bour", 1), ("and", 1)]


def test_pages_follow_each_other_and_words_know_theirs() -> None:
    document = read(scan(*column(["The first page ends here."])), scan(*column(["The second page says more."])))
    assert document.page_starts == (0, 27)
    assert [page for _, page in words_of(document)] == [1] * 5 + [2] * 5


def test_the_report_names_the_pages_and_how_certain_ocr_is() -> None:
    pages = [
        scan(line("words", sure=0.9)),
        scan(line("words", sure=0.8)),
        "takes too long",
        scan(),
        scan(line("words")),
    ]
    document = read(*pages)
    assert [(note.code, note.page) for note in document.report.notes] == [
        ("read_by_ocr", 1),
        ("page_unreadable", 3),
        ("page_without_text", 4),
    ]
    first, second, _ = (note.message for note in document.report.notes)
    assert first.startswith("pages 1–2, 5 were read by OCR, with a certainty of 90% on average")
    assert "takes too long" in second
    assert document.report.unreadable_pages == (3, 4)
    assert document.report.waiting_pages == ()


def test_large_letters_are_a_heading_and_small_differences_are_none() -> None:
    text = [line("Harbours of the north", top=50, height=22)]
    text += [line(words, top=100 + 16 * at, height=12 + at % 3) for at, words in enumerate(FERRY)]
    document = read(scan(*text))
    assert [(block.kind, document.text[block.start : block.end]) for block in document.blocks] == [
        ("heading", "Harbours of the north"),
        ("paragraph", TEXT),
    ]
    assert document.title == "Harbours of the north"


def test_nothing_found_is_a_document_without_text() -> None:
    document = read(scan())
    assert (document.text, document.blocks, document.scanned) == ("", (), ())


def test_a_scanned_document_has_an_id_of_its_own() -> None:
    data = file_of(PAGE, "PNG")
    assert load(data, "scan.png", {0: scan(line("One"))}).id == load(data, "scan.png", {0: scan(line("Two"))}).id
    assert load(data, "scan.png", {0: scan()}).id != load(file_of(PAGE, "TIFF"), "scan.png", {0: scan()}).id


@needs_ocr
def test_a_picture_waits_for_ocr_and_is_not_refused() -> None:
    document = load(file_of(PAGE, "TIFF", [PAGE]), "scan.tiff")
    assert document.text == ""
    assert document.report.waiting_pages == document.report.unreadable_pages == (1, 2)
    assert [note.code for note in document.report.notes] == ["waiting_for_ocr"]
    assert load(file_of(PAGE, "TIFF", [PAGE]), "scan.tiff", {}).id != document.id


MIXED = make_pdf([lines(["The first page is text as usual."]), [], lines(["So is the third one."])])


def with_picture(data: bytes, page: int) -> bytes:
    """The PDF with a picture on this page (0-based)."""
    document = pypdfium2.PdfDocument(data)
    image = pypdfium2.PdfImage.new(document)
    bitmap = pypdfium2.PdfBitmap.from_pil(PAGE.convert("RGB"))
    image.set_bitmap(bitmap)
    image.set_matrix(pypdfium2.PdfMatrix().scale(500, 150))
    opened = document[page]
    opened.insert_obj(image)
    opened.gen_content()
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def test_an_empty_page_does_not_wait_for_ocr() -> None:
    assert load(MIXED, "mixed.pdf").report.waiting_pages == ()


def test_of_a_mixed_pdf_only_the_page_without_text_waits() -> None:
    report = load(with_picture(MIXED, 1), "mixed.pdf").report
    assert (report.unreadable_pages, report.waiting_pages) == ((2,), (2,))


def test_a_picture_on_a_page_with_text_does_not_wait() -> None:
    assert load(with_picture(MIXED, 0), "mixed.pdf").report.waiting_pages == ()


def test_the_words_of_a_scanned_page_come_between_those_of_the_others() -> None:
    document = load(with_picture(MIXED, 1), "mixed.pdf", {1: scan(*column(["The second page was scanned."]))})
    assert document.text.split("\n\n") == [
        "The first page is text as usual.",
        "The second page was scanned.",
        "So is the third one.",
    ]
    assert words_of(document) == [(word, 2) for word in ("The", "second", "page", "was", "scanned.")]
    assert {span.page for span in document.source_map} == {0, 2}
    assert [note.code for note in document.report.notes] == ["read_by_ocr"]
    assert document.report.unreadable_pages == ()


@pytest.fixture
def no_ocr(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ocr, "find_spec", lambda name: None)
    ocr.is_installed.cache_clear()
    yield
    ocr.is_installed.cache_clear()


@pytest.mark.usefixtures("no_ocr")
def test_without_ocr_the_report_names_the_command_that_installs_it() -> None:
    report = load(with_picture(MIXED, 1), "mixed.pdf").report
    assert [note.code for note in report.notes] == ["waiting_for_ocr", "page_without_text"]
    assert "pip install 'verbatim-qa[ocr]'" in report.notes[0].message


@pytest.mark.usefixtures("no_ocr")
@pytest.mark.parametrize("name", ["scan.pdf", "scan.png"])
def test_without_ocr_what_is_all_pictures_is_refused_with_the_command(name: str) -> None:
    data = file_of(PAGE, "PDF") if name.endswith("pdf") else file_of(PAGE, "PNG")
    with pytest.raises(FileUnreadable, match=r"pip install 'verbatim-qa\[ocr\]'"):
        load(data, name)


def test_a_table_on_a_scan_has_rows_with_their_headers() -> None:
    rows = [("Part", "Price"), ("Pump", "8.35"), ("Relief valve", "120.00"), ("Filter", "14.90")]
    cells = [
        each
        for at, (part, price) in enumerate(rows)
        for each in (line(part, 50, 50 + 16 * at), line(price, 350, 50 + 16 * at))
    ]
    document = read(scan(*in_reading_order(cells)))
    found = [document.text[block.start : block.end] for block in document.blocks if block.kind == "table_row"]
    assert found == ["Part: Pump; Price: 8.35", "Part: Relief valve; Price: 120.00", "Part: Filter; Price: 14.90"]
    assert ("120.00", 1) in words_of(document)


def test_a_page_whose_letters_have_no_value_waits_and_is_replaced_by_what_ocr_reads() -> None:
    data = make_pdf([lines(["The first page is text as usual."]), [Text(72, 700, "D" * 20 + "BBC", font="F3")]])
    assert load(data, "garbled.pdf").report.waiting_pages == (2,)
    document = load(data, "garbled.pdf", {1: scan(line("What the second page shows."))})
    assert document.text == "The first page is text as usual.\n\nWhat the second page shows."
    assert document.report.unreadable_pages == ()
