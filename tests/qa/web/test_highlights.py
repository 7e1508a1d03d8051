"""Every format shows its highlight: the words of a quote, marked in blocks of the kind that they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.loaders.load import load
from qa.types import Document
from qa.web.document_view import window
from tests.qa.loaders.office import docx_factory
from tests.qa.loaders.office.office_factory import pptx, run, shape, zipped

DOCS = Path(__file__).parents[3] / "qa" / "samples" / "docs"
SENTENCE = "😀👩‍👩‍👧 The lock is 24 metres wide."
QUOTE = "The lock is 24 metres wide."


def word() -> bytes:
    document = docx_factory.new()
    document.add_heading("Canal", 1)
    document.add_paragraph("Before it.")
    document.add_paragraph(SENTENCE)
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip((c for row in table.rows for c in row.cells), ("Lock", "Width", "One", "12 m"), strict=True):
        cell.text = words
    return docx_factory.saved(document)


def slides() -> bytes:
    return pptx([shape([run("Canal")], "title") + shape([run("Before it."), run(SENTENCE)])])


def book() -> bytes:
    chapter = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Canal</title></head><body><h1>Canal</h1>'
        f"<p>Before it.</p><p>{SENTENCE}</p></body></html>"
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Canal</dc:title><dc:identifier id="id">x'
        '</dc:identifier><dc:language>en</dc:language></metadata><manifest><item id="c" href="c.xhtml" '
        'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>'
    )
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="c.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "c.opf": package,
            "c.xhtml": chapter,
        }
    )


def mail() -> bytes:
    head = "From: a@example.org\r\nTo: b@example.org\r\nSubject: Canal\r\nMIME-Version: 1.0\r\n"
    head += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return (head + f"Before it.\r\n\r\n{SENTENCE}\r\n").encode()


def web() -> bytes:
    return (
        "<html><head><meta charset='utf-8'><title>Canal</title></head><body><h1>Canal</h1><p>Before it.</p>"
        "<p>😀👩‍👩‍👧 The <b>lock</b> is\n 24 metres&#32;wide.</p><ul><li>One</li></ul></body></html>"
    ).encode()


FILES = {
    "canal.docx": word,
    "canal.pptx": slides,
    "canal.epub": book,
    "canal.eml": mail,
    "canal.html": web,
    "canal.md": lambda: f"# Canal\n\nBefore it.\n\n{SENTENCE}\n".encode(),
    "canal.txt": lambda: f"Canal\n\nBefore it.\n\n{SENTENCE}\n".encode(),
}


def marked(document: Document, start: int, end: int) -> tuple[str, set[str]]:
    """The marked words, and the kinds of the blocks that have any."""
    blocks = window(document, start, end)["blocks"]
    words = "".join(part["text"] for block in blocks for part in block["parts"] if part["mark"])
    return words, {block["kind"] for block in blocks if any(part["mark"] for part in block["parts"])}


@pytest.mark.parametrize("name", FILES)
def test_a_quote_is_marked_in_a_block_of_its_format(name: str) -> None:
    """With emoji of several code points before it; the heading above stays a heading."""
    document = load(FILES[name](), name)
    start = document.text.index(QUOTE)
    words, kinds = marked(document, start, start + len(QUOTE))
    assert words == QUOTE
    assert len(kinds) == 1
    assert kinds <= {"paragraph", "list_item"}
    if not name.endswith(".txt"):
        headings = [block for block in window(document)["blocks"] if block["kind"] == "heading"]
        assert ["".join(part["text"] for part in block["parts"]) for block in headings][:1] == ["Canal"]


@pytest.mark.parametrize("path", sorted(DOCS.iterdir()), ids=lambda path: path.name)
def test_blocks_of_every_sample_can_be_marked(path: Path) -> None:
    """Headings, rows, list items and all: exactly its words, in a block of its kind."""
    document = load(path.read_bytes(), path.name)
    for block in document.blocks[:: len(document.blocks) // 30 + 1]:
        assert marked(document, block.start, block.end) == (document.text[block.start : block.end], {block.kind})
