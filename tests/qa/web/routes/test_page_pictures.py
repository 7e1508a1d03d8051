"""Pages of a PDF as pictures: the rectangles lie on the quoted words, and what cannot be shown is said."""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException

from embeddings import HashingEncoder
from qa.errors import NotFoundError
from qa.library import Library
from qa.loaders.load import load
from qa.loaders.pdf.page_images import Sheet, draw_page, find_on_pages
from qa.types import Document
from qa.web import page_pictures
from qa.web.jobs import Background
from qa.web.page_pictures import MAX_PIXELS, PagePictures, runs
from qa.web.queue import Turns
from qa.web.routes.app import make_app
from qa.web.state import PageState
from qa.web.suggestions import Suggestions
from tests.qa.loaders.pdf.pdf_factory import HEIGHT, WIDTH, Text, lines, make_pdf

FIRST = [
    "The ferry crosses the harbour every twenty minutes from five in the morn-",
    "ing until midnight, also in winter. Nobody pays for bicycles on the upper",
    "deck. Dogs travel free of charge when they are kept on a lead and the last",
]
SECOND = ["ferry of the day waits for the train from the capital. Tickets are sold on board."]
FERRY = make_pdf([lines(FIRST, top=140), lines(SECOND, top=700)], labels="0 << /S /r >> 1 << /S /D /St 7 >>")


def place_of(document: Document, words: str) -> tuple[int, int]:
    start = document.text.index(words)
    return start, start + len(words)


def found_on_pages(data: bytes, wanted: dict[int, list[tuple[int, int]]]) -> dict[int, Sheet]:
    """The rectangles of these characters; pages count from 1."""
    found = find_on_pages(data, "file.pdf", {page - 1: runs for page, runs in wanted.items()})
    return {index + 1: sheet for index, sheet in found.items()}


def covered(data: bytes, words: str) -> list[tuple[int, str]]:
    """Page and pdfium's own text in each rectangle of the quote ``words``; pages upright and uncropped."""
    document = load(data, "file.pdf")
    found = []
    opened = pypdfium2.PdfDocument(data)
    for page, sheet in found_on_pages(data, runs(document, *place_of(document, words))).items():
        textpage = opened[page - 1].get_textpage()
        for left, top, right, bottom in sheet.rectangles:
            text = textpage.get_text_bounded(
                left * WIDTH, HEIGHT - bottom * HEIGHT, right * WIDTH, HEIGHT - top * HEIGHT
            )
            found.append((page, " ".join(text.replace("\x02", "-").replace("\ufffe", "-").split())))
    opened.close()
    return found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ferry crosses", [(1, "ferry crosses")]),
        ("in the morning until midnight", [(1, "in the morn-"), (1, "ing until midnight")]),
        (
            "Nobody pays for bicycles on the upper deck.",
            [(1, "Nobody pays for bicycles on the upper"), (1, "deck.")],
        ),
        ("and the last ferry of the day", [(1, "and the last"), (2, "ferry of the day")]),
    ],
)
def test_rectangles_cover_the_quoted_words(words: str, expected: list[tuple[int, str]]) -> None:
    """One for each line, across a hyphen at a line's end, across lines and across a page break."""
    assert covered(FERRY, words) == expected


def test_pieces_of_one_line_are_one_rectangle() -> None:
    """Raised letters and letters outside the basic plane cut a line into runs; a second column is another line."""
    raised = make_pdf([[Text(72, 640, "The area of 12 m"), Text(165, 645, "2", 7), Text(172, 640, " is enough.")]])
    assert len(covered(raised, "area of 12 m2 is enough")) == 1
    wide = make_pdf([[Text(72, 640, "DAD reads DADA and DAD", font="F3")]])
    document = load(wide, "wide.pdf")
    sheet = found_on_pages(wide, runs(document, 0, len(document.text)))[1]
    assert len(document.source_map) > 1
    assert len(sheet.rectangles) == 1


def picture(data: bytes, page: int = 0, width: int = 400, most: int = MAX_PIXELS) -> tuple[int, int, list[bytes]]:
    """Width, height and rows of grey pixels of a page's PNG, read by hand."""
    png = draw_page(data, "file.pdf", page, width, most)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    across, down, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) == (8, 0)
    at, packed = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += 12 + length
    flat = zlib.decompress(packed)
    assert len(flat) == (across + 1) * down
    return across, down, [flat[row * (across + 1) + 1 : (row + 1) * (across + 1)] for row in range(down)]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("sideways", [False, True])
@pytest.mark.parametrize("crop", ["", "50 200 500 700"])
def test_the_ink_of_a_line_lies_in_its_rectangle(rotate: int, sideways: bool, crop: str) -> None:
    """On pages that are turned, cropped, or have text running up the page: what is drawn is what is marked."""
    data = make_pdf([[Text(150, 400, "Marked words", 18, sideways=sideways)]], rotate=rotate, crop=crop)
    document = load(data, "file.pdf")
    (rectangle,) = found_on_pages(data, runs(document, 0, len(document.text)))[1].rectangles
    width, height, rows = picture(data)
    ink = [(x, y) for y, row in enumerate(rows) for x, grey in enumerate(row) if grey < 128]
    left, right = min(x for x, _ in ink) / width, (max(x for x, _ in ink) + 1) / width
    top, bottom = min(y for _, y in ink) / height, (max(y for _, y in ink) + 1) / height
    assert rectangle[0] - 0.006 <= left < right <= rectangle[2] + 0.006
    assert rectangle[1] - 0.006 <= top < bottom <= rectangle[3] + 0.006
    assert (rectangle[2] - rectangle[0]) * (rectangle[3] - rectangle[1]) < 4 * (right - left) * (bottom - top)


def test_a_picture_has_the_width_asked_for_within_the_pixels_allowed() -> None:
    assert picture(FERRY, width=306)[:2] == (306, 396)
    width, height, _ = picture(FERRY, width=3000, most=100_000)
    assert width * height <= 102_000
    assert width / height == pytest.approx(WIDTH / HEIGHT, rel=0.01)


# --- of a library ---------------------------------------------------------------------------------------------------


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "ferry.pdf").write_bytes(FERRY)
    (folder / "note.md").write_text("# Note\n\nNothing to draw.")
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as opened:
        opened.add([folder], vectors=False)
        yield opened


@pytest.fixture
def shown(library: Library) -> Iterator[PagePictures]:
    pictures = PagePictures(library)
    yield pictures
    pictures.close()


def id_of(library: Library, name: str) -> str:
    return next(source.document_id for source in library.sources() if source.path.endswith(name))


def refusal(work: Any, *arguments: Any) -> tuple[int, str]:
    with pytest.raises(HTTPException) as caught:
        work(*arguments)
    return caught.value.status_code, caught.value.detail


def test_a_quote_begins_on_its_page_with_the_labels_printed(library: Library, shown: PagePictures) -> None:
    ferry = id_of(library, "ferry.pdf")
    start, end = place_of(library.document(ferry), "waits for the train")
    pages = shown.pages(ferry, start, end)
    assert (pages["count"], pages["labels"], pages["first"], list(pages["sheets"])) == (2, ["i", "7"], 2, [2])
    assert len(pages["sheets"][2]["rectangles"]) == 1
    assert pages["sheets"][2]["width"] == WIDTH
    assert shown.pages(ferry, 0, 0)["first"] == 1
    assert shown.pages(ferry, 0, 0)["sheets"][1]["rectangles"] == ()


def test_a_file_that_is_gone_or_changed_is_not_shown(library: Library, shown: PagePictures, tmp_path: Path) -> None:
    """Neither from the file nor, for a page not drawn yet, from memory; and again once it is back."""
    ferry, path = id_of(library, "ferry.pdf"), tmp_path / "documents" / "ferry.pdf"
    assert shown.picture(ferry, 1, 200).startswith(b"\x89PNG")
    path.rename(tmp_path / "away.pdf")
    code, message = refusal(shown.picture, ferry, 2, 200)
    assert code == 410
    assert "ferry.pdf is no longer where it was" in message
    path.write_bytes(make_pdf([lines(["Another file."])]))
    assert "has changed since it was read" in refusal(shown.pages, ferry, 0, 5)[1]
    path.write_bytes(FERRY)
    assert shown.picture(ferry, 2, 200).startswith(b"\x89PNG")


def test_a_file_that_was_not_added_here_is_not_opened(library: Library, tmp_path: Path) -> None:
    """A copied library, which may come from somebody else, names it."""
    shutil.copytree(library.folder, tmp_path / "copy")
    with Library.open(tmp_path / "copy", encoder=HashingEncoder()) as copy:
        pictures = PagePictures(copy)
        code, message = refusal(pictures.picture, id_of(copy, "ferry.pdf"), 1, 200)
        assert (code, "was not added on this machine" in message) == (410, True)
        copy.added.trust(copy.sources())
        assert pictures.picture(id_of(copy, "ferry.pdf"), 1, 200).startswith(b"\x89PNG")
        pictures.close()


def test_another_source_with_the_same_bytes_is_shown(library: Library, shown: PagePictures, tmp_path: Path) -> None:
    """An upload, which lies in the library's folder."""
    library.add_upload("copy.pdf", FERRY, vectors=False)
    (tmp_path / "documents" / "ferry.pdf").unlink()
    assert shown.picture(id_of(library, "copy.pdf"), 1, 200).startswith(b"\x89PNG")


def test_only_pdf_pages_of_the_library_are_drawn(library: Library, shown: PagePictures) -> None:
    assert refusal(shown.pages, id_of(library, "note.md"), 0, 0)[0] == 404
    with pytest.raises(NotFoundError):
        shown.picture("0" * 32, 1, 200)
    for page in (3, 0):
        assert "page" in refusal(shown.picture, id_of(library, "ferry.pdf"), page, 200)[1]


def page_with(library: Library, most: int) -> FastAPI:
    """The page's routes with so many pages that may wait to be drawn."""
    pictures = PagePictures(library)
    return make_app(PageState(library, Background(library), Suggestions(library), pictures, drawing=Turns(most)))


def test_more_pages_than_can_wait_are_refused(library: Library) -> None:
    with TestClient(page_with(library, 0), base_url="http://127.0.0.1") as client:
        assert client.get(f"/api/document/{id_of(library, 'ferry.pdf')}/page/1").status_code == 503


def test_the_routes_give_pages(library: Library) -> None:
    """And refuse sizes out of bounds, and pages that do not exist."""
    app, address = page_with(library, 5), f"/api/document/{id_of(library, 'ferry.pdf')}"
    with TestClient(app, base_url="http://127.0.0.1") as client:
        drawn = client.get(f"{address}/page/2?width=200")
        assert drawn.headers["content-type"] == "image/png"
        assert drawn.content.startswith(b"\x89PNG")
        assert client.get(f"{address}/pages?start=0&end=5").json()["sheets"]["1"]["width"] == WIDTH
        assert {client.get(f"{address}/page/{number}").status_code for number in (3, 0, -1, 10**30)} == {422}
        assert client.get(f"{address}/page/1?width=100000").status_code == 422
        assert client.get(f"{address}/page/x").status_code == 422


def test_a_page_without_text_says_so(library: Library, shown: PagePictures, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(make_pdf([lines(["Some words on the first page."]), []]))
    library.add([tmp_path / "scan.pdf"], vectors=False)
    pages = shown.pages(id_of(library, "scan.pdf"), 0, 4)
    assert pages["notes"] == {2: "Page 2 holds no text; it may be a picture."}


def test_a_page_that_takes_too_long_is_refused(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_pictures, "PAGE_SECONDS", 0.5)
    slow = make_pdf([lines(["Words over very many lines."])])
    strokes = b"0.9 g 0.9 G 90 w " + b"1 1 m 600 700 300 10 20 650 c S " * 60_000
    body = slow.index(b"BT /F1")
    end = slow.index(b"endstream", body)
    heavy = slow[:body] + strokes + slow[body:end] + slow[end:]
    heavy = heavy.replace(f"/Length {end - 1 - body}".encode(), f"/Length {end - 1 - body + len(strokes)}".encode())
    (tmp_path / "heavy.pdf").write_bytes(heavy)
    library.add([tmp_path / "heavy.pdf"], vectors=False)
    slow_pictures = PagePictures(library)
    code, message = refusal(slow_pictures.picture, id_of(library, "heavy.pdf"), 1, 2000)
    assert code == 422
    assert "takes longer to read than 0.5 seconds" in message
    slow_pictures.close()
