"""Every sample file of formats.tar.gz, and files made to hurt: read, or refused with a reason, within the limits."""

from __future__ import annotations

import random
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from qa.errors import FileEncrypted, FileError, FileTooHeavy, FileUnreadable
from qa.loaders import FileReader, ocr_is_installed
from qa.settings import Settings
from qa.types import Document
from tests.helpers import DATA, needs_data
from tests.qa.loaders.office.docx_factory import new, saved
from tests.qa.loaders.office.office_factory import odf, pptx, rows, run, shape, xlsx, zipped
from tests.qa.loaders.pdf.pdf_factory import lines, make_pdf
from tests.qa.loaders.test_registry import check_cells

ARCHIVE = "formats.tar.gz"

pytestmark = pytest.mark.corpus

SECONDS = 30.0
LIMITS = Settings(read_seconds=SECONDS, read_memory_bytes=2 << 30, max_text_chars=5_000_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats")
    with tarfile.open(DATA / ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder / "formats"


@pytest.fixture(scope="module")
def reader() -> Iterator[FileReader]:
    with FileReader(LIMITS) as reader:
        yield reader


def check(document: Document) -> None:
    """What must hold of every document, whatever it was read from."""
    text = document.text
    assert "\0" not in text
    assert not any("\ud800" <= char <= "\udfff" for char in text)
    end = 0
    for block in document.blocks:
        assert text[end : block.start].strip() == ""
        assert end <= block.start < block.end
        check_cells(text, block)
        end = block.end
    assert text[end:].strip() == ""
    assert list(document.page_starts) == sorted(document.page_starts)
    if document.report.pages:
        assert len(document.page_starts) == document.report.pages
        noted = {note.page for note in document.report.notes}
        assert noted.union(document.report.waiting_pages).issuperset(document.report.unreadable_pages)


@needs_data(ARCHIVE)
def test_every_sample_file_is_read_or_refused_with_a_reason(folder: Path, reader: FileReader) -> None:
    outcomes: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        begun = time.perf_counter()
        try:
            check(reader.read(path))
            outcomes[path.name] = "read"
        except FileError as error:
            assert error.reason
            assert type(error) is not FileTooHeavy, str(error)
            outcomes[path.name] = type(error).__name__
        assert time.perf_counter() - begun < SECONDS
    assert len(outcomes) > 160
    assert {outcomes[name] for name in ("simple.zip", "random.bin")} == {"FileUnsupported"}
    pictures = {outcomes[name] for name in ("test_llm.jpg", "layout-parser-paper-fast.tiff")}
    assert pictures == {"read" if ocr_is_installed() else "FileUnreadable"}
    assert sum(outcome == "read" for outcome in outcomes.values()) >= 135
    assert [name for name, outcome in outcomes.items() if outcome == "FileEncrypted"] == [
        "2206.01062_pg3.pdf",
        "r2-user-password.pdf",
        "r6-user-password.pdf",
        "libreoffice-writer-password.pdf",
        "password_protected.xlsx",
        "password.pdf",
    ]


@needs_data(ARCHIVE)
@pytest.mark.parametrize(
    ("path", "present", "absent", "page"),
    [
        ("unstructured/pdf/multi-column.pdf", "relies on efficient passage retrieval", "ef-\nficient", 1),
        ("unstructured/pdf/multi-column.pdf", "achieve comparable or better results on multiple QA datasets", "", 2),
        ("docling/pdf/sources/multi_page.pdf", "Patented in 1868 by Christopher Latham Sholes", "", 1),
        ("pypdf/encryption/r3-empty-password.pdf", "pdf encryption test", "", 1),
        ("markitdown/test.docx", "AutoGen is an open-source framework", "", None),
        ("markitdown/test_with_comment.docx", "AutoGen is an open-source framework", "Second comment", None),
        ("unstructured/docx-hdrftr.docx", "First header para", "", None),
        ("markitdown/test.xlsx", "Alpha: 89; Beta: 82; Gamma: 100; Delta: 12", "", None),
        ("markitdown/test.xls", "Alpha: 89; Beta: 82; Gamma: 100; Delta: 12", "", None),
        ("docling/xlsx/sources/xlsx_01.xlsx", "first: 1; second: 5; third: 9", "hidden", None),
        ("markitdown/test.pptx", "ColA: 1; ColB: 2; ColC: 3", "AutoGen :", None),
        ("unstructured/winter-sports.epub", "marvellous delicacy in detail of these bouquets", "", None),
        ("unstructured/eml/fake-email-attachment.eml", "Here's the attachments!", "fake attachment!", None),
        ("docling/odf/sources/text_document_01.odt", "scrambled it to make", "", None),
        ("unstructured/language-docs/eng_spa_mult.rtf", "Todos los seres humanos nacen libres", "", None),
        ("docling/doc/sources/legacy_sample.doc", "lay down in a water and try not to drown", "", None),
        ("docling/ppt/sources/legacy_sample.ppt", "A rectangle shape with this text inside.", "", None),
        ("docling/jats/sources/elife-56337.nxml", "TEs shape the evolution of species", "", None),
    ],
)
def test_known_words_are_found_where_they_are(
    path: str, present: str, absent: str, page: int | None, folder: Path, reader: FileReader
) -> None:
    document = reader.read(folder / path)
    assert present in document.text
    assert not absent or absent not in document.text
    assert document.page_of(document.text.index(present)) == page


def deflated_pdf(unpacked: int) -> bytes:
    """A PDF whose only page unfolds to so many bytes of drawing orders."""
    content = zlib.compress(b"BT /F1 9 Tf (word word word) Tj ET\n" * (unpacked // 35), 9)
    plain = make_pdf([[]])
    stream = b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(content) + content + b"\nendstream"
    return plain.replace(b"<< /Length 0 >>\nstream\n\nendstream", stream)


def looping_pdf() -> bytes:
    """Pages whose tree refers back to itself."""
    return make_pdf([lines(["words"])]).replace(b"/Kids [9 0 R]", b"/Kids [2 0 R]")


def entities(count: int) -> str:
    """The billion laughs: each entity holds the one before ten times."""
    inner = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, count))
    return f'<!DOCTYPE x [<!ENTITY e0 "lol">{inner}]><x>&e{count - 1};</x>'


def zip_bomb(name: str, size: int, claimed: int = 0) -> bytes:
    """An archive with one file of zeros, which says of itself that it has ``claimed`` bytes."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(name, bytes(size))
        if claimed:
            archive.getinfo(name).file_size = claimed
    return target.getvalue()


HOSTILE = {
    "bomb.pdf": lambda: deflated_pdf(50 << 20),
    "loop.pdf": looping_pdf,
    "pages.pdf": lambda: make_pdf([lines(["words"])]).replace(b"/Count 1", b"/Count 99999999"),
    "deep.pdf": lambda: b"%PDF-1.7\n1 0 obj\n" + b"[" * 500_000,
    "bomb.docx": lambda: zip_bomb("word/document.xml", 1000, claimed=1100 << 20),
    "bomb.xlsx": lambda: zip_bomb("xl/worksheets/sheet1.xml", 1000, claimed=1100 << 20),
    "zeros.pptx": lambda: zip_bomb("ppt/presentation.xml", 64 << 20),
    "laughs.xml": lambda: entities(12).encode(),
    "laughs.odt": lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": entities(12)}),
    "deep.xml": lambda: b"<a>" * 1_000_000,
    "deep.rtf": lambda: b"{\\rtf1 " + b"{" * 1_000_000,
    "deep.eml": lambda: b"Content-Type: message/rfc822\n\n" * 3000 + b"words",
    "wide.xlsx": lambda: xlsx({"S": '<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'}),
    "laughs.xlsx": lambda: xlsx({"S": ""}, extra={"xl/worksheets/sheet1.xml": entities(12)}),
    "deep.xlsx": lambda: xlsx({"S": "<a>" * 1_000_000}),
    "zeros.xlsx": lambda: zip_bomb("xl/workbook.xml", 64 << 20),
    "repeated.ods": lambda: odf(
        "spreadsheet",
        '<table:table table:name="x"><table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="16384"><text:p>word</text:p></table:table-cell></table:table-row></table:table>',
    ),
}


@pytest.fixture(scope="module")
def strict_reader() -> Iterator[FileReader]:
    with FileReader(Settings(read_seconds=3, read_memory_bytes=1 << 30, max_text_chars=1_000_000)) as reader:
        yield reader


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_made_to_hurt_is_read_or_refused_within_the_limits(
    name: str, strict_reader: FileReader, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name]())
    begun = time.perf_counter()
    try:
        document = strict_reader.read(path)
        assert len(document.text) <= 1_000_000
        assert "lol" not in document.text
    except (FileUnreadable, FileTooHeavy, FileEncrypted) as error:
        assert error.reason
    assert time.perf_counter() - begun < 20


def fuzzed(data: bytes, random_: random.Random) -> bytes:
    """The bytes with some changed, a piece cut out, or a piece doubled."""
    changed = bytearray(data)
    for _ in range(random_.randint(1, 20)):
        changed[random_.randrange(len(changed))] = random_.randrange(256)
    if random_.random() < 0.3:
        start = random_.randrange(len(changed))
        piece = changed[start : start + random_.randrange(1, 200)]
        changed[start : start + len(piece)] = piece * 2 if random_.random() < 0.5 else b""
    return bytes(changed)


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    """60 files with random damage (always the same), one reading process."""
    document = new()
    document.add_paragraph("It is large.")
    good = {
        "a.pdf": make_pdf([lines(["It is large.", "It is old."])] * 3),
        "a.docx": saved(document),
        "a.pptx": pptx([shape([run("It is large.")])]),
        "a.xlsx": xlsx({"Ports": rows(("Port", "Tonnes"), ("Rotterdam", "439"))}),
        "a.odt": odf("text", "<text:p>It is large.</text:p>"),
        "a.rtf": rb"{\rtf1\ansi It is {\b very} large.\par}",
    }
    random_ = random.Random(2)
    outcomes = set()
    with FileReader(Settings(read_seconds=5, read_memory_bytes=1 << 30)) as reader:
        for round_ in range(10):
            for name, data in good.items():
                path = tmp_path / f"{round_}{name}"
                path.write_bytes(fuzzed(data, random_))
                try:
                    check(reader.read(path))
                    outcomes.add("read")
                except FileError as error:
                    assert error.reason
                    outcomes.add(type(error).__name__)
    assert {"read", "FileUnreadable"} <= outcomes
