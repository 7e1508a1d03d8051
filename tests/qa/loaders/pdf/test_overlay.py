"""What is laid over a PDF's pages, the numbers of its parts, and letters that pdfium drops."""

from __future__ import annotations

import pytest

from qa.loaders.pdf import load as pdf
from qa.loaders.pdf import second_reader
from tests.qa.loaders.pdf.pdf_factory import Text, lines, make_pdf
from tests.qa.loaders.pdf.test_pdf import ENGLISH, PROSE, shown

STREAM = "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 0 >>\nstream\n\nendstream"
BUTTON = "/Subtype /Widget /FT /Btn /V /{state} /AS /{state} /AP << /N << /{on} {{0}} /Off {{0}} >> >> "
BOX = BUTTON + "/T (insured)"
RADIO = BUTTON + "/Ff 49152 /T (size)"


@pytest.mark.parametrize(
    ("entries", "row"),
    [
        ("/Subtype /Widget /FT /Tx /T (street) /V (4 Mill Lane)", "street: 4 Mill Lane"),
        ("/Subtype /Widget /FT /Tx /T (f17) /TU (Name of the owner) /V (Mia Kent)", "Name of the owner: Mia Kent"),
        ("/Subtype /Widget /FT /Tx /T (lines) /V (first\\nsecond)", "lines: first second"),
        ("/Subtype /Widget /FT /Ch /T (colour) /Opt [(red) (blue)] /V (blue)", "colour: blue"),
        (BOX.format(on="Yes", state="Yes"), "insured: ☒"),
        (BOX.format(on="Yes", state="Off"), "insured: ☐"),
        (RADIO.format(on="large", state="large"), "size: large"),
    ],
)
def test_a_field_of_a_form_is_a_row_of_its_name_and_value(entries: str, row: str) -> None:
    loaded = pdf.load(make_pdf([lines(PROSE)], annotations=[[entries]], more=[STREAM]), "x.pdf")
    assert shown(loaded) == [("paragraph", ENGLISH), ("table_row", row)]
    assert [(note.code, note.page) for note in loaded.notes] == [("form_fields", 1)]
    (cell,) = loaded.blocks[1].cells
    assert f"{cell.header}: {loaded.text[cell.start : cell.end]}" == row


@pytest.mark.parametrize(
    "entries",
    [
        "/Subtype /Widget /FT /Tx /T (empty)",
        "/Subtype /Widget /FT /Tx /Ff 8192 /T (secret) /V (swordfish)",
        "/Subtype /Widget /FT /Btn /Ff 65536 /T (send)",
        RADIO.format(on="large", state="Off"),
        "/Subtype /Link",
        "/Subtype /Text /F 2 /Contents (hidden)",
    ],
)
def test_what_is_empty_secret_or_hidden_is_left_out(entries: str) -> None:
    loaded = pdf.load(make_pdf([lines(PROSE)], annotations=[[entries]], more=[STREAM]), "x.pdf")
    assert loaded.text == ENGLISH
    assert loaded.notes == ()


def test_comments_are_notes_of_their_page() -> None:
    mia, seen = "/Subtype /Text /T (Mia) /Contents (Ask the harbour master.)", "/Subtype /FreeText /Contents (Seen)"
    loaded = pdf.load(make_pdf([lines(PROSE), lines(PROSE)], annotations=[[mia], [seen]]), "x.pdf")
    assert shown(loaded) == [
        ("paragraph", ENGLISH),
        ("note", "Mia: Ask the harbour master."),
        ("paragraph", ENGLISH),
        ("note", "Seen"),
    ]
    assert [note.message for note in loaded.notes] == ["2 comments (pages 1, 2) read as notes"]


def test_marks_without_words_are_counted() -> None:
    marks = [["/Subtype /Highlight /QuadPoints [0 9 9 9 0 0 9 0]"] * 2 + ["/Subtype /Stamp"]]
    loaded = pdf.load(make_pdf([lines(PROSE)], annotations=marks), "x.pdf")
    assert [note.message for note in loaded.notes] == [
        "2 highlights (page 1) without a comment left out",
        "1 stamp (page 1) without a comment left out",
    ]


@pytest.mark.parametrize(
    ("line", "kind", "number"),
    [
        ("(a) the first thing", "list_item", "(a)"),
        ("3. the third thing", "list_item", "3."),
        ("iv) the fourth thing", "list_item", "iv)"),
        ("• a thing", "list_item", ""),
        ("6.2 Liability is limited to five thousand euro.", "paragraph", "6.2"),
        ("§ 12 Liability is limited to five thousand euro.", "paragraph", "§ 12"),
    ],
)
def test_the_number_of_a_part_is_known(line: str, kind: str, number: str) -> None:
    (block,) = pdf.load(make_pdf([lines([line])]), "x.pdf").blocks
    assert (block.kind, block.number) == (kind, number)


@pytest.mark.parametrize(("heading", "number"), [("6.2 Liability", "6.2"), ("IV. Liability", "IV."), ("Liability", "")])
def test_the_number_of_a_heading_is_known(heading: str, number: str) -> None:
    loaded = pdf.load(make_pdf([[Text(72, 700, heading, 18), *lines(PROSE)]]), "x.pdf")
    assert (loaded.blocks[0].kind, loaded.blocks[0].number) == ("heading", number)


def test_items_of_one_list_have_one_group() -> None:
    words = ["1. first thing", "2. second thing", "", *PROSE, "", "• third thing", "• fourth thing"]
    loaded = pdf.load(make_pdf([lines(words)]), "x.pdf")
    assert [block.group for block in loaded.blocks] == [1, 1, None, 2, 2]


CHINESE = "合同期限"


def lost_letters() -> bytes:
    """Each letter a text of its own, in a font that is not in the file; then two Latin lines."""
    codes = [char.encode("gbk").decode("latin-1") for char in CHINESE]
    letters = [Text(72 + 20 * at, 700, code, 18, "F4") for at, code in enumerate(codes)]
    return make_pdf([[*letters, *lines(PROSE)]])


def test_letters_that_the_reader_drops_are_named() -> None:
    (note,) = pdf.load(lost_letters(), "x.pdf").notes
    assert (note.code, note.page) == ("letters_lost", 1)
    assert "the letters of 4 texts (page 1) are lost: their font (SongTi)" in note.message


@pytest.mark.skipif(not second_reader.is_installed(), reason="the extra pdf is not installed")
def test_letters_that_the_reader_drops_are_read_another_way() -> None:
    loaded = pdf.load(lost_letters(), "x.pdf")
    assert shown(loaded) == [("paragraph", CHINESE), ("paragraph", ENGLISH)]
    assert all(span.start > len(CHINESE) for span in loaded.source_map)


def test_letters_set_one_by_one_at_equal_distances_are_words() -> None:
    loaded = pdf.load(make_pdf([[Text(72 + 12 * at, 700, char, 17) for at, char in enumerate("Order")]]), "x.pdf")
    assert loaded.text == "Order"
    assert sum(span.end - span.start for span in loaded.source_map) == 5


def test_single_letters_at_other_distances_are_words_of_their_own() -> None:
    loaded = pdf.load(make_pdf([[Text(x, 700, char, 17) for x, char in ((72, "a"), (90, "b"), (120, "c"))]]), "x.pdf")
    assert loaded.text == "a b c"
