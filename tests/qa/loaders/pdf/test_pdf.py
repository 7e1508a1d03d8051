"""PDF files: paragraphs, furniture, headings, and the way back to pdfium's characters."""

from __future__ import annotations

import pypdfium2
import pypdfium2.raw
import pytest

from qa.errors import FileEncrypted, FileUnreadable
from qa.loaders.base import LoadedText
from qa.loaders.pdf import load as pdf
from tests.qa.loaders.pdf.pdf_factory import Text, lines, make_pdf

PROSE = [
    "The harbour of Rotterdam handled four hundred and thirty-nine million tonnes",
    "of goods in the year two thousand and twenty-three, a little less than in the",
    "year before, because fewer containers arrived from the east.",
]
ENGLISH = " ".join(PROSE)


def read(*pages: list[Text], **options: object) -> LoadedText:
    return pdf.load(make_pdf(pages, **options), "test.pdf")  # type: ignore[arg-type]


def shown(loaded: LoadedText) -> list[tuple[str, str]]:
    return [(block.kind, loaded.text[block.start : block.end]) for block in loaded.blocks]


def check_map(data: bytes, loaded: LoadedText) -> int:
    """Ask pdfium for every character that the source map names; how many there were."""
    document = pypdfium2.PdfDocument(data)
    pages = [page.get_textpage() for page in document]
    count = 0
    for span in loaded.source_map:
        assert span.page is not None and span.char is not None
        for offset in range(span.end - span.start):
            wanted = loaded.text[span.start + offset]
            index = span.char + offset
            code = pypdfium2.raw.FPDFText_GetUnicode(pages[span.page], index)
            if 0xD800 <= code < 0xDC00:
                low = pypdfium2.raw.FPDFText_GetUnicode(pages[span.page], index + 1)
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                assert span.end - span.start == 1
            assert chr(code) == wanted or (code == 2 and wanted == "-")
            count += 1
    return count


def test_lines_of_a_paragraph_are_joined_with_spaces() -> None:
    assert shown(read(lines(PROSE))) == [("paragraph", ENGLISH)]


def test_a_gap_parts_paragraphs() -> None:
    loaded = read(lines([*PROSE, "", *PROSE]))
    assert shown(loaded) == [("paragraph", ENGLISH), ("paragraph", ENGLISH)]


def test_an_indented_line_starts_a_paragraph() -> None:
    texts = lines([*PROSE, *PROSE])
    texts[3] = Text(92, texts[3].y, texts[3].words)
    assert shown(read(texts)) == [("paragraph", ENGLISH), ("paragraph", ENGLISH)]


def test_line_end_hyphens_are_joined() -> None:
    words = ["A line of text that is long enough shows an exam-", "ple of a word that was cut at the end of its line."]
    loaded = read(lines(words))
    assert "shows an example of a word" in loaded.text


def test_hyphens_stay_where_the_document_writes_them_elsewhere() -> None:
    words = [
        "Here the well-known harbour is described, and once again a well-",
        "known ship that lies in it, an off-the-shelf vessel from nineteen-",
        "Eighty, as its owner says.",
    ]
    loaded = read(lines(words))
    assert "once again a well-known ship" in loaded.text
    assert "from nineteen-Eighty" in loaded.text


def test_every_mapped_character_is_pdfiums() -> None:
    words = ["A line of text that is long enough shows an exam-", "ple of a word that was cut at the end of its line."]
    data = make_pdf([lines(PROSE), lines(words), [Text(72, 700, "DADAD", font="F3"), Text(72, 600, "DDDDDDDDDDDDDD")]])
    loaded = pdf.load(data, "test.pdf")
    spaces_and_hyphens_put_in = 2 + 0 + 0
    assert check_map(data, loaded) == sum(len(text) for _, text in shown(loaded)) - spaces_and_hyphens_put_in


def test_characters_beyond_the_basic_plane_are_one() -> None:
    """pdfium counts U+1D538 as two characters; what follows it must still point to the right place."""
    data = make_pdf([[Text(72, 700, "DADADDDDD", font="F3")]])
    loaded = pdf.load(data, "test.pdf")
    assert loaded.text == "D\U0001d538D\U0001d538DDDDD"
    assert [(s.start, s.end, s.char) for s in loaded.source_map] == [
        (0, 1, 0),
        (1, 2, 1),
        (2, 3, 3),
        (3, 4, 4),
        (4, 9, 6),
    ]
    assert check_map(data, loaded) == 9


def test_a_paragraph_runs_over_a_page_break() -> None:
    loaded = read(lines(PROSE[:2]), lines(PROSE[2:]))
    assert shown(loaded) == [("paragraph", ENGLISH)]
    assert loaded.page_starts == (0, ENGLISH.index("year before"))
    assert [span.page for span in loaded.source_map] == [0, 0, 1]


def test_a_finished_paragraph_does_not() -> None:
    loaded = read(lines(PROSE), lines(PROSE))
    assert shown(loaded) == [("paragraph", ENGLISH), ("paragraph", ENGLISH)]
    assert loaded.page_starts == (0, len(ENGLISH) + 2)


def test_running_heads_and_page_numbers_come_at_the_end() -> None:
    pages = []
    for number in range(1, 5):
        body = PROSE[:2] if number % 2 else PROSE[2:]
        pages.append([Text(72, 760, "Port of Rotterdam"), *lines(body, top=680), Text(300, 30, f"Page {number} of 4")])
    loaded = read(*pages)
    indexed = [block for block in loaded.blocks if block.indexed]
    assert [loaded.text[block.start : block.end] for block in indexed] == [ENGLISH, ENGLISH]
    furniture = [text for kind, text in shown(loaded) if kind == "furniture"]
    assert furniture == [line for number in range(1, 5) for line in ("Port of Rotterdam", f"Page {number} of 4")]
    assert loaded.text.index("Port of") > loaded.text.rindex("the east.")


def test_text_that_occurs_once_is_not_a_running_head() -> None:
    pages = [[Text(72, 760, f"{word} harbour"), *lines(PROSE, top=680)] for word in ("Old", "New", "Dry", "Wet")]
    assert not [block for block in read(*pages).blocks if not block.indexed]


def test_larger_lines_are_headings_by_rank() -> None:
    body = lines(PROSE, top=600)
    loaded = read([Text(72, 740, "Ports of Europe", 24), Text(72, 660, "Rotterdam", 16), *body])
    assert [(b.kind, b.level) for b in loaded.blocks] == [("heading", 1), ("heading", 2), ("paragraph", 0)]
    assert loaded.title == "Ports of Europe"


def test_a_short_bold_line_is_a_heading_below_the_larger_ones() -> None:
    loaded = read([Text(72, 740, "Ports", 24), Text(72, 640, "Rotterdam", font="F2"), *lines(PROSE, top=610)])
    assert [(b.kind, b.level) for b in loaded.blocks] == [("heading", 1), ("heading", 2), ("paragraph", 0)]


def test_bookmarks_name_headings() -> None:
    loaded = read([Text(72, 740, "1. Rotterdam"), *lines(PROSE, top=680)], outline=[("Rotterdam", 0)])
    assert [(b.kind, b.level) for b in loaded.blocks] == [("heading", 1), ("paragraph", 0)]


def test_raised_figures_stay_in_their_line() -> None:
    """The words end at 166 points (Helvetica's widths); the small figure stands above the line."""
    pieces = [
        Text(72, 640, "It grew in practice"),
        Text(166.1, 645, "2", 7),
        Text(170.2, 640, ", as they say."),
        *lines(["That is all."], top=600),
    ]
    assert read(pieces).text == "It grew in practice2, as they say.\n\nThat is all."


def test_bold_headings_may_have_two_lines() -> None:
    heading = [Text(72, 700, "Program Management", font="F2"), Text(72, 685.6, "and Review", font="F2")]
    loaded = read([*heading, *lines(PROSE)])
    assert shown(loaded)[0] == ("heading", "Program Management and Review")


def test_a_cover_page_does_not_push_headings_down() -> None:
    cover = [Text(72, 700 - 60 * at, f"Cover line {at}", 40 - 6 * at) for at in range(4)]
    inner = [[Text(72, 690, f"{number} Section", 16), *lines(PROSE)] for number in range(1, 4)]
    loaded = read(cover, *inner)
    assert {block.level for block in loaded.blocks if block.kind == "heading"} == {1}


def test_marked_lines_are_list_items() -> None:
    loaded = read(lines(["• first thing", "• second thing", "2. third thing"]))
    assert [block.kind for block in loaded.blocks] == ["list_item"] * 3


def test_sideways_stamps_in_the_margin_are_furniture() -> None:
    loaded = read([*lines(PROSE), Text(30, 300, "stamped by the archive", sideways=True)])
    assert shown(loaded) == [("paragraph", ENGLISH), ("furniture", "stamped by the archive")]


@pytest.mark.parametrize("rotate", [0, 90, 270])
def test_pages_are_measured_in_the_direction_of_their_text(rotate: int) -> None:
    """Lines from left to right of the page as it is held: text that runs up the page, whatever /Rotate says."""
    words = [*PROSE, "", *PROSE]
    texts = [Text(112 + 14.4 * at, 72, line, sideways=True) for at, line in enumerate(words) if line]
    assert shown(read(texts, rotate=rotate)) == [("paragraph", ENGLISH), ("paragraph", ENGLISH)]


def test_a_page_without_text_is_named() -> None:
    loaded = read(lines(PROSE), [], lines(PROSE))
    assert loaded.unreadable_pages == (2,)
    assert [(note.code, note.page) for note in loaded.notes] == [("page_without_text", 2)]
    assert loaded.page_starts == (0, len(ENGLISH) + 2, len(ENGLISH) + 2)


def test_a_garbled_page_is_named_and_not_indexed() -> None:
    """Three of 23 characters are private-use or replacement ones: 13 %."""
    loaded = read(lines(PROSE), [Text(72, 700, "DDDDDDDDDDDDDDDDDDDDBBC", font="F3")])
    assert loaded.unreadable_pages == (2,)
    assert [note.code for note in loaded.notes] == ["page_unreadable"]
    assert [block.indexed for block in loaded.blocks] == [True, False]


def test_few_unreadable_characters_are_counted() -> None:
    loaded = read([*lines(PROSE), Text(72, 600, "DDDDDDDDDDBDDD", font="F3")])
    assert loaded.unreadable_pages == ()
    assert [note.message for note in loaded.notes] == ["1 character could not be read (page 1)"]


def test_page_labels_only_where_the_file_has_them() -> None:
    assert read(lines(PROSE)).page_labels == ()
    labelled = read(lines(PROSE), lines(PROSE), lines(PROSE), labels="0 << /S /r /St 4 >> 2 << /S /D >>")
    assert labelled.page_labels == ("iv", "v", "1")


def test_metadata() -> None:
    info = "/Title (Ports of Europe) /Author (Ann Lee) /CreationDate (D:20240131120000Z) /Keywords (ports, trade)"
    loaded = read(lines(PROSE), info=info)
    assert loaded.title == "Ports of Europe"
    assert loaded.metadata == {
        "title": "Ports of Europe",
        "author": "Ann Lee",
        "tags": ("ports", "trade"),
        "date": "2024-01-31",
    }


def test_a_file_name_is_not_a_title() -> None:
    assert read(lines(PROSE), info="/Title (report_final.docx)").title is None


@pytest.mark.parametrize("cut", [0, 9, 400], ids=["nothing", "header", "half"])
def test_a_cut_off_file_is_unreadable_or_read(cut: int) -> None:
    with pytest.raises(FileUnreadable) as caught:
        pdf.load(make_pdf([lines(PROSE)])[:cut], "cut.pdf")
    assert "cut.pdf" in str(caught.value)


def test_no_pages() -> None:
    with pytest.raises(FileUnreadable, match=r"no pages|not a readable PDF"):
        pdf.load(make_pdf([]), "empty.pdf")


def test_a_password_is_asked_for_by_name() -> None:
    encrypted = make_pdf([lines(PROSE)]).replace(
        b"trailer << ",
        b"trailer << /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] /Encrypt << /Filter "
        b"/Standard /V 1 /R 2 /P -4 /O <" + b"aa" * 32 + b"> /U <" + b"bb" * 32 + b"> >> ",
    )
    with pytest.raises(FileEncrypted, match="password"):
        pdf.load(encrypted, "secret.pdf")
