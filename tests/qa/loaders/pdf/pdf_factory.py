"""PDFs written by hand, so that a test knows every word and its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 612, 792
_CMAP = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
4 beginbfchar <41> <D835DD38> <42> <E000> <43> <FFFD> <44> <0044> endbfchar
endcmap end end"""


@dataclass(frozen=True, slots=True)
class Text:
    """One piece of text: ``x`` and ``y`` in points from the lower left corner."""

    x: float
    y: float
    words: str
    size: float = 12
    font: str = "F1"
    """F1 regular, F2 bold, F3: A is U+1D538 (two UTF-16 units), B is private use, C is U+FFFD, D is D;
    F4 a Chinese one that is not in the file, in GBK."""
    sideways: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """Operators of a content stream that draw something other than text."""

    operators: str


def stroke(x1: float, y1: float, x2: float, y2: float) -> Drawing:
    """A straight line."""
    return Drawing(f"{x1} {y1} m {x2} {y2} l S")


def make_pdf(
    pages: Sequence[Sequence[Text | Drawing]],
    *,
    info: str = "",
    labels: str = "",
    outline: Sequence[tuple[str, int]] = (),
    rotate: int = 0,
    crop: str = "",
    annotations: Sequence[Sequence[str]] = (),
    more: Sequence[str] = (),
) -> bytes:
    """A PDF with these pages. ``info``: entries of the information dictionary; ``labels``: of the page label tree;
    ``outline``: titles and 0-based pages of bookmarks; ``crop``: four numbers, the part of each page that is shown;
    ``annotations``: entries of each page's annotations, a widget's being a field of the form; ``more``: objects that
    these name as ``{0}``, ``{1}``, …"""
    box = f"/CropBox [{crop}] " if crop else ""
    first = 8 + len(outline) + 1
    extra = first + 2 * len(pages)
    laid = extra + len(more)
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(len(pages)))
    catalog = "/Type /Catalog /Pages 2 0 R" + (f" /PageLabels << /Nums [{labels}] >>" if labels else "")
    catalog += " /Outlines 7 0 R" if outline else ""
    names = [f"{extra + at} 0 R" for at in range(len(more))]
    flat = [entries.format(*names) for page in annotations for entries in page]
    fields = " ".join(f"{laid + at} 0 R" for at, entries in enumerate(flat) if "/Widget" in entries)
    catalog += f" /AcroForm << /Fields [{fields}] >>" if fields else ""
    objects = {
        1: f"<< {catalog} >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        3: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        4: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        5: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>",
        6: _stream(_CMAP),
        7: f"<< /First 8 0 R /Last {7 + len(outline)} 0 R /Count {len(outline)} >>" if outline else "<< >>",
        first - 1: f"<< {info} >>",
    }
    for index, (title, page) in enumerate(outline):
        following = f" /Next {9 + index} 0 R" if index + 1 < len(outline) else ""
        target = f"[{first + 2 * page} 0 R /Fit]"
        objects[8 + index] = f"<< /Title ({title}) /Parent 7 0 R /Dest {target}{following} >>"
    objects |= {extra + at: entries for at, entries in enumerate(more)}
    objects |= {laid + at: f"<< /Type /Annot /Rect [72 72 90 90] {entries} >>" for at, entries in enumerate(flat)}
    for index, texts in enumerate(pages):
        number = first + 2 * index
        before = laid + sum(map(len, annotations[:index]))
        own = " ".join(f"{before + at} 0 R" for at in range(len(annotations[index]) if index < len(annotations) else 0))
        objects[number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] {box}/Rotate {rotate} /Annots [{own}] "
            f"/Contents {number + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R /F4 << /Type /Font /Subtype /Type0 "
            "/BaseFont /SongTi /Encoding /GBK-EUC-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 "
            "/BaseFont /SongTi /DW 1000 /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> "
            "/FontDescriptor << /Type /FontDescriptor /FontName /SongTi /Flags 32 /FontBBox [0 0 0 0] /ItalicAngle 0 "
            "/Ascent 859 /Descent -141 /CapHeight 684 /StemV 88 >> >>] >> >> >> >>"
        )
        objects[number + 1] = _stream("\n".join(map(_shown, texts)))
    return _file(objects, info=first - 1)


def lines(words: Sequence[str], *, top: float = 640, left: float = 72, size: float = 12) -> list[Text]:
    """Lines under each other, 1.2 times their size apart; an empty one leaves a gap."""
    return [Text(left, top - 1.2 * size * index, text, size) for index, text in enumerate(words) if text]


def _shown(text: Text | Drawing) -> str:
    if isinstance(text, Drawing):
        return text.operators
    words = text.words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    turn = "0 1 -1 0" if text.sideways else "1 0 0 1"
    return f"BT /{text.font} {text.size} Tf {turn} {text.x} {text.y} Tm ({words}) Tj ET"


def _stream(content: str) -> str:
    return f"<< /Length {len(content.encode('cp1252'))} >>\nstream\n{content}\nendstream"


def _file(objects: dict[int, str], *, info: int) -> bytes:
    data = bytearray(b"%PDF-1.7\n")
    offsets = {}
    for number in sorted(objects):
        offsets[number] = len(data)
        data += f"{number} 0 obj\n{objects[number]}\nendobj\n".encode("cp1252")
    start = len(data)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for number in sorted(objects):
        data += f"{offsets[number]:010d} 00000 n \n".encode()
    data += f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info {info} 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(data)
