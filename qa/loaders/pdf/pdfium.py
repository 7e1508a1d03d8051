"""All that reading asks of pdfium. Only this module and ``page_images``, which draws pages, know pypdfium2."""

from __future__ import annotations

import ctypes
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

from qa.errors import FileEncrypted, FileUnreadable
from qa.loaders.base import one_line, split_tags, without_empty
from qa.loaders.pdf.annotations import read_overlay
from qa.loaders.pdf.layout import bare
from qa.loaders.pdf.lines import (
    HYPHEN_MARK,
    NOTICED_GAP,
    WIDE_GAP,
    Gap,
    Line,
    Page,
    Rule,
    count_unreadable,
    cut_lines,
    join_fragments,
    line_text,
    without_spaces,
)
from qa.loaders.pdf.page_objects import read_objects
from qa.types import MetadataValue

_ODD = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|-medi$|(?:cm|sf)(?:ss)?[bs]x", re.IGNORECASE)
_BOLD_WEIGHT = 600
_UNREADABLE_SHARE = 0.05
"""A page is unreadable when a larger share of its characters is replaced or private-use ones."""
_LETTERS_APART = re.compile(r"(?=(?:\S{1,2} ){2})(?:\S{1,2} )*+\S{1,2}$")
_SAME_PITCH = 0.05
"""Letters that are each set by themselves, at equal distances within this share."""
_STACKED = 0.9
"""Characters of one line differ in height by at most this share of the font size."""
_SAMPLES = 4
"""Characters of a line whose position and font are asked for: boxes of all would double the time."""


def open_pdf(data: bytes, name: str) -> Any:
    """pdfium's document. Raises ``FileEncrypted`` when it needs a password, ``FileUnreadable`` when it is damaged."""
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise FileEncrypted(name, "needs a password; save a copy without one and add that") from error
        raise FileUnreadable(
            name, f"is not a readable PDF: damaged, cut off or another kind of file ({error})"
        ) from error


def read_pages(document: Any) -> tuple[list[Page], dict[int, str]]:
    """All pages, and the reasons of those that pdfium could not open."""
    import pypdfium2

    if document.get_formtype():
        document.init_forms()
    pages: list[Page] = []
    failures: dict[int, str] = {}
    for index in range(len(document)):
        try:
            page = document[index]
            textpage = page.get_textpage()
        except pypdfium2.PdfiumError as error:
            pages.append(Page(1.0, 1.0, (), readable=False, blank=True))
            failures[index] = str(error)
            continue
        pages.append(replace(_read_page(index, page, textpage), overlay=read_overlay(document, page)))
        textpage.close()
        page.close()
    return pages, failures


def _read_page(index: int, page: Any, textpage: Any) -> Page:
    chars = _characters(textpage)
    geometry = _PageGeometry(textpage, page.get_cropbox())
    lines = join_fragments(
        [
            line
            for start, end, hyphen in cut_lines(chars)
            for line in geometry.lines(index, chars, start, end, hyphen=hyphen)
        ]
    )
    visible = sum(len(line.text) - line.text.count(" ") for line in lines)
    replaced = sum(count_unreadable(line.text) for line in lines)
    readable = visible > 0 and replaced <= _UNREADABLE_SHARE * visible
    edges, lost = read_objects(page)
    return Page(
        max(geometry.width, 1.0),
        max(geometry.height, 1.0),
        tuple(lines),
        tuple(Rule(*geometry.turned(*edge)) for edge in edges) if readable else (),
        replaced=replaced,
        readable=readable,
        blank=not lines and not _shows_anything(page),
        lost=tuple(lost),
    )


def _shows_anything(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    return bool(pdfium.FPDFPage_CountObjects(page.raw) > 0)


def _characters(textpage: Any) -> str:
    """The page's characters, each at its pdfium index: surrogate pairs are still two.

    Line breaks that pdfium made and its marks of line-end hyphens stay; other control characters are glyphs without
    a Unicode value and become U+FFFD, or a space for mapped white space.
    """
    import pypdfium2.raw as pdfium

    chars = _raw_characters(textpage.raw, textpage.count_chars())
    changed: dict[int, str] = {}
    for match in _ODD.finditer(chars):
        index, char = match.start(), match.group()
        if char in "\r\n" and pdfium.FPDFText_IsGenerated(textpage, index) == 1:
            continue
        if char == HYPHEN_MARK and pdfium.FPDFText_IsHyphen(textpage, index) == 1:
            continue
        if "\ud800" <= char <= "\udfff" and _in_pair(chars, index):
            continue
        mapped_space = char.isspace() and pdfium.FPDFText_HasUnicodeMapError(textpage, index) != 1
        changed[index] = " " if mapped_space else "\ufffd"
    if not changed:
        return chars
    return "".join([changed.get(index, char) for index, char in enumerate(chars)])


def _raw_characters(textpage: Any, count: int) -> str:
    """What ``FPDFText_GetUnicode`` gives for each character; asked in one call where the answer shows no gaps."""
    import pypdfium2.raw as pdfium

    get = pdfium.FPDFText_GetUnicode
    buffer = (ctypes.c_ushort * (count + 1))()
    if pdfium.FPDFText_GetText(textpage, 0, count, buffer) != count + 1:
        return "".join([chr(get(textpage, index)) for index in range(count)])
    chars = "".join(map(chr, buffer[:count]))
    found = [match.start() for match in _ODD.finditer(chars) if match.group() not in "\r\n"]
    odd = {index: chr(get(textpage, index)) for index in found}
    if all(chars[index] == char for index, char in odd.items()):
        return chars
    return "".join([odd.get(index, char) for index, char in enumerate(chars)])


def _in_pair(chars: str, index: int) -> bool:
    if chars[index] < "\udc00":
        return "\udc00" <= chars[index + 1 : index + 2] <= "\udfff"
    return index > 0 and "\ud800" <= chars[index - 1] <= "\udbff"


def _main_size(sizes: Sequence[float]) -> float:
    """The size most samples have, the largest of several; small figures in a line must not make the line small."""
    counts = Counter(round(size, 1) for size in sizes)
    return max(max(counts, key=lambda size: (counts[size], size)), 0.1)


def _offset_of(char: int, runs: Sequence[tuple[int, int, int]]) -> int:
    """The offset in a line's text of pdfium's character ``char``, or of what follows it."""
    for offset, first, length in runs:
        if char < first + length:
            return offset + max(char - first, 0)
    return runs[-1][0] + runs[-1][2]


class _PageGeometry:
    """Measures lines of one page, turned so that most of its text is upright (see ``qa.loaders.pdf.lines``)."""

    def __init__(self, textpage: Any, box: Sequence[float]) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._textpage = textpage.raw
        self._rect = pdfium.FS_RECTF()
        self._matrix = pdfium.FS_MATRIX()
        self._font = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()
        self._x, self._y = box[0], box[1]
        self._turn = self._main_turn(textpage.count_chars())
        across, up = box[2] - box[0], box[3] - box[1]
        self.width, self.height = (up, across) if self._turn in (90, 270) else (across, up)

    def _main_turn(self, count: int) -> int:
        """The direction in which most characters run, counter-clockwise from rightwards: 0, 90, 180 or 270."""
        turns = Counter(self._font_of(index)[1] for index in range(0, count, max(1, count // 40)))
        return turns.most_common(1)[0][0] if turns else 0

    def lines(self, page: int, chars: str, start: int, end: int, *, hyphen: bool) -> Iterator[Line]:
        """The line of these characters, or the lines: pdfium gives no break between narrow words under each other."""
        line, spread = self._line(page, chars, start, end, hyphen=hyphen)
        if spread <= _STACKED * line.size or line.sideways:
            yield line
            return
        first, last = start, self._shown(start)[3]
        for index in range(start + 1, end + 1):
            bottom = last if index == end or chars[index].isspace() else self._shown(index)[3]
            if index == end or abs(bottom - last) > _STACKED * line.size:
                for begin, stop, _ in cut_lines(chars[first:index]):
                    ends = hyphen and index == end
                    yield self._line(page, chars, first + begin, first + stop, hyphen=ends)[0]
                first = index
            last = bottom

    def _line(self, page: int, chars: str, start: int, end: int, *, hyphen: bool) -> tuple[Line, float]:
        """The line of the page's characters ``start`` to ``end``, and how far apart in height these are."""
        text, runs = line_text(chars, start, end)
        if _LETTERS_APART.match(text) and self._is_pitched(chars, start, end):
            text, runs = without_spaces(text, runs)
        last = end - 1
        step = max(1, (last - start) // (_SAMPLES - 1))
        samples = [index for index in (*range(start, last, step)[: _SAMPLES - 1], last) if not chars[index].isspace()]
        boxes = [self._shown(index) for index in samples]
        fonts = [self._font_of(index) for index in samples]
        size = _main_size([size for size, _ in fonts])
        sideways = all((turn - self._turn) % 180 == 90 for _, turn in fonts)
        bottoms = [box[3] for box in boxes]
        line = Line(
            page,
            text,
            runs,
            left=min(box[0] for box in boxes),
            right=max(box[2] for box in boxes),
            top=median(box[1] for box in boxes),
            bottom=median(bottoms),
            size=size,
            bold=self._bold(start) and (last == start or self._bold(last)),
            hyphen=hyphen,
            sideways=sideways,
            gaps=() if sideways else tuple(self._gaps(chars, start, end, runs, size)),
        )
        return line, max(bottoms) - min(bottoms)

    def _is_pitched(self, chars: str, start: int, end: int) -> bool:
        """True if the letters stand at equal distances, so that spaces between them are pdfium's guesses."""
        pdfium = self._pdfium
        spaces = [index for index in range(start, end) if chars[index] == " "]
        if not all(pdfium.FPDFText_IsGenerated(self._textpage, index) == 1 for index in spaces):
            return False
        x, y = ctypes.c_double(), ctypes.c_double()
        places = []
        for index in range(start, end):
            if chars[index] != " ":
                pdfium.FPDFText_GetCharOrigin(self._textpage, index, x, y)
                places.append((x.value**2 + y.value**2) ** 0.5 if self._turn else x.value)
        steps = [abs(after - before) for before, after in pairwise(places)]
        usual = median(steps)
        return usual > 0 and all(abs(step - usual) <= _SAME_PITCH * usual for step in steps)

    def _gaps(
        self, chars: str, start: int, end: int, runs: Sequence[tuple[int, int, int]], size: float
    ) -> Iterator[Gap]:
        """The noticeable white space of the line."""
        space = chars.find(" ", start, end)
        while space > 0:
            after = space + 1
            while after < end and chars[after] == " ":
                after += 1
            left, right = self._shown(space - 1)[2], self._shown(after)[0]
            if right - left >= WIDE_GAP * size:
                yield Gap(_offset_of(after, runs), left, right, self._bold(space - 1), self._bold(after))
            elif right - left >= NOTICED_GAP * size:
                yield Gap(_offset_of(after, runs), left, right)
            space = chars.find(" ", after, end)

    def _shown(self, index: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a character's box on the turned page."""
        rect = self._rect
        self._pdfium.FPDFText_GetLooseCharBox(self._textpage, index, rect)
        return self.turned(rect.left, rect.bottom, rect.right, rect.top)

    def turned(self, left: float, low: float, right: float, high: float) -> tuple[float, float, float, float]:
        """Left, top, right and bottom on the turned page of a rectangle in the file's coordinates."""
        left, right, low, high = left - self._x, right - self._x, low - self._y, high - self._y
        if self._turn == 90:
            return low, left, high, right
        if self._turn == 180:
            return self.width - right, low, self.width - left, high
        if self._turn == 270:
            return self.width - high, self.height - right, self.width - low, self.height - left
        return left, self.height - high, right, self.height - low

    def _font_of(self, index: int) -> tuple[float, int]:
        """Font size in points, and the direction in which the character runs (see ``_main_turn``)."""
        matrix = self._matrix
        self._pdfium.FPDFText_GetMatrix(self._textpage, index, matrix)
        size = float(self._pdfium.FPDFText_GetFontSize(self._textpage, index))
        size *= float((matrix.c**2 + matrix.d**2) ** 0.5)
        if abs(matrix.b) > abs(matrix.a):
            return size, 90 if matrix.b > 0 else 270
        return size, 0 if matrix.a >= 0 else 180

    def _bold(self, index: int) -> bool:
        if self._pdfium.FPDFText_GetFontWeight(self._textpage, index) >= _BOLD_WEIGHT:
            return True
        self._pdfium.FPDFText_GetFontInfo(self._textpage, index, self._font, len(self._font), self._flags)
        return _BOLD_NAME.search(self._font.value.decode("utf-8", "replace")) is not None


def read_labels(document: Any) -> tuple[str, ...]:
    """The pages' printed labels; empty when the file gives none."""
    labels = tuple(_clean_value(document.get_page_label(index)) for index in range(len(document)))
    return labels if any(labels) else ()


def read_outline(document: Any) -> dict[int, dict[str, int]]:
    """Page index → bare bookmark title → level from 1."""
    outline: dict[int, dict[str, int]] = defaultdict(dict)
    for bookmark in document.get_toc(max_depth=6):
        destination = bookmark.get_dest()
        page = None if destination is None else destination.get_index()
        title = bare(bookmark.get_title())
        if page is not None and title:
            outline[page].setdefault(title, bookmark.level + 1)
    return outline


_FILE_TITLE = re.compile(r"\.\w{2,5}$|^(microsoft \w+ - |untitled|document\d*$|title$|\W*$)", re.IGNORECASE)
_FILLING = ("(anonymous)", "(unspecified)", "anonymous", "unspecified", "unknown")
"""What PDF writers fill in where nothing was given."""


def read_metadata(document: Any) -> tuple[dict[str, MetadataValue], str | None]:
    """Author, subject, keywords, dates; and the title, unless it is a file's name or a program's filling."""
    values = {key: _clean_value(value) for key, value in document.get_metadata_dict().items()}
    values = {key: value for key, value in values.items() if value.lower() not in _FILLING}
    metadata: dict[str, MetadataValue] = {}
    for key in ("Author", "Subject", "Title"):
        metadata[key.lower()] = values.get(key, "")
    metadata["tags"] = split_tags(values.get("Keywords", ""))
    for key, name in (("CreationDate", "date"), ("ModDate", "modified")):
        match = re.match(r"(?:D:)?(\d{4})(\d\d)(\d\d)", values.get(key, ""))
        if match:
            metadata[name] = "-".join(match.groups())
    title = values.get("Title", "")
    return without_empty(metadata), title if title and not _FILE_TITLE.search(title) else None


def _clean_value(value: str) -> str:
    return one_line(_ODD.sub(" ", value))
