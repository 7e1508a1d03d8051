"""Word files: what is text, what is not, and of what kind."""

from __future__ import annotations

import datetime
import zipfile
from io import BytesIO
from typing import Any

import pytest

from qa.errors import FileEncrypted, FileTooHeavy, FileUnreadable
from qa.loaders.base import LoadedText
from qa.loaders.office import archive, docx
from tests.qa.loaders.office.docx_factory import add_xml, new, paragraph, run, saved


def read(document: Any, notes: dict[str, str] | None = None) -> LoadedText:
    return docx.load(saved(document, notes), "test.docx")


def shown(loaded: LoadedText) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, loaded.text[block.start : block.end]) for block in loaded.blocks]


def text_of(xml: str, notes: dict[str, str] | None = None) -> str:
    document = new()
    add_xml(document, xml)
    return read(document, notes).text


def test_a_number_above_the_line_is_no_digit_of_the_number_before_it() -> None:
    raised = '<w:vertAlign w:val="superscript"/>'
    powers = run("10") + run("6", raised) + run(" or 10") + run("-", raised) + run("3", raised)
    assert text_of(paragraph(powers + run(" in 2021") + run("1", raised))) == "10⁶ or 10⁻³ in 2021¹"
    assert text_of(paragraph(run("5 m") + run("2", raised) + run(" at the 1") + run("st", raised))) == "5 m2 at the 1st"


def test_a_labelled_question_and_its_answer_know_each_other() -> None:
    document = new()
    for words in ("Q: When?", "A: In May.", "Or June.", "Who pays?", "The landlord."):
        document.add_paragraph(words)
    assert [(block.kind, block.answers) for block in read(document).blocks] == [
        ("question", None),
        ("answer", 0),
        ("answer", 0),
        ("paragraph", None),
        ("paragraph", None),
    ]


def test_headings_paragraphs_and_lists() -> None:
    document = new()
    document.add_heading("Ports", 0)
    document.add_heading("Rotterdam", 1)
    document.add_paragraph("It is large.")
    document.add_heading("Quays", 2)
    document.add_paragraph("north", style="List Bullet")
    document.add_paragraph("east of it", style="List Bullet 2")
    document.add_paragraph("Big words", style="Quote")
    document.add_paragraph("Figure 1: a quay", style="Caption")
    assert shown(read(document)) == [
        ("heading", 1, "Ports"),
        ("heading", 1, "Rotterdam"),
        ("paragraph", 0, "It is large."),
        ("heading", 2, "Quays"),
        ("list_item", 1, "north"),
        ("list_item", 2, "east of it"),
        ("quote", 0, "Big words"),
        ("caption", 0, "Figure 1: a quay"),
    ]


def test_an_outline_level_makes_a_heading() -> None:
    document = new()
    add_xml(document, paragraph(run("Quays"), '<w:outlineLvl w:val="2"/>'))
    assert shown(read(document)) == [("heading", 3, "Quays")]


def test_deleted_and_hidden_text_is_absent() -> None:
    removed = '<w:del w:id="1" w:author="x"><w:r><w:delText>forty</w:delText></w:r></w:del>'
    moved = f'<w:moveFrom w:id="2" w:author="x">{run("moved away ")}</w:moveFrom>'
    added = f'<w:ins w:id="3" w:author="x">{run("fifty")}</w:ins>'
    hidden, shown_again = run(" secret", "<w:vanish/>"), run(" people.", '<w:vanish w:val="0"/>')
    inner = run("There were ") + removed + moved + added + hidden + shown_again
    assert text_of(paragraph(inner)) == "There were fifty people."


def test_text_of_a_hidden_style_is_absent() -> None:
    document = new()
    style = document.styles.add_style("Invisible", 2)
    style.font.hidden = True
    document.add_paragraph("Seen. ").add_run("Unseen.", style="Invisible")
    assert read(document).text == "Seen."


def test_field_codes_and_comments_are_not_text() -> None:
    field = '<w:r><w:instrText>PAGE \\* MERGEFORMAT</w:instrText></w:r><w:fldSimple w:instr="DATE">'
    inner = run("On page ") + field + run("7") + "</w:fldSimple><w:commentRangeStart w:id='1'/>" + run(".")
    assert text_of(paragraph(inner)) == "On page 7."


def test_words_of_links_tabs_and_breaks() -> None:
    inner = f"<w:hyperlink>{run('a link')}</w:hyperlink><w:r><w:tab/></w:r>{run('b')}<w:r><w:br/></w:r>{run('c')}"
    inner += f"<w:r><w:noBreakHyphen/></w:r>{run('d')}<w:r><w:softHyphen/></w:r>{run('e')}"
    assert text_of(paragraph(inner)) == "a link\tb\nc-de"


def test_a_table_becomes_rows_with_their_headers() -> None:
    document = new()
    table = document.add_table(3, 3)
    for row, words in enumerate((("Port", "Tonnes", "Year"), ("Rotterdam", "439", "2023"), ("Hamburg", "", "2022"))):
        for column, word in enumerate(words):
            table.cell(row, column).text = word
    assert [text for _, _, text in shown(read(document))] == [
        "Port: Rotterdam; Tonnes: 439; Year: 2023",
        "Port: Hamburg; Year: 2022",
    ]


def test_a_deleted_row_is_absent() -> None:
    cell = "<w:tc>{}</w:tc>"
    rows = ""
    for words, properties in (("Port", ""), ("Kept", ""), ("Gone", '<w:del w:id="1" w:author="x"/>')):
        cells = cell.format(paragraph(run(words))) + cell.format(paragraph(run("1")))
        rows += f"<w:tr><w:trPr>{properties}</w:trPr>{cells}</w:tr>"
    assert text_of(f"<w:tbl>{rows}</w:tbl>") == "Port; 1\nKept; 1"


def test_a_table_inside_a_cell_follows_its_row() -> None:
    document = new()
    table = document.add_table(2, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "A", "B"
    table.cell(1, 0).text = "left"
    inner = table.cell(1, 1).add_table(2, 2)
    for row in range(2):
        for column in range(2):
            inner.cell(row, column).text = f"{row}{column}"
    assert [text for _, _, text in shown(read(document))] == ["A; B", "left", "00; 01", "10; 11"]


def test_a_table_of_one_column_is_a_frame() -> None:
    document = new()
    document.add_table(1, 1).cell(0, 0).text = "A framed remark."
    assert shown(read(document)) == [("paragraph", 0, "A framed remark.")]


def test_footnotes_follow_the_paragraph_that_refers_to_them() -> None:
    document = new()
    add_xml(document, paragraph(run("It is large.") + '<w:r><w:footnoteReference w:id="2"/></w:r>'))
    document.add_paragraph("The end.")
    separator = f'<w:footnote w:id="-1" w:type="separator">{paragraph(run("---"))}</w:footnote>'
    note = f'<w:footnote w:id="2">{paragraph("<w:r><w:footnoteRef/></w:r>" + run(" By area."))}</w:footnote>'
    assert shown(read(document, {"footnotes": separator + note})) == [
        ("paragraph", 0, "It is large.[1]"),
        ("note", 0, "1 By area."),
        ("paragraph", 0, "The end."),
    ]


def test_endnotes_are_read_too() -> None:
    xml = paragraph(run("It is large.") + '<w:r><w:endnoteReference w:id="5"/></w:r>')
    note = f'<w:endnote w:id="5">{paragraph(run("By area."))}</w:endnote>'
    assert text_of(xml, {"endnotes": note}) == "It is large.[i]\n\ni By area."


def test_text_boxes_are_read_once() -> None:
    """Word writes a box twice, for new programs and for old ones."""
    box = (
        f'<w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><w:txbxContent>{paragraph(run("Boxed."))}'
    )
    box += "</w:txbxContent></v:textbox></v:shape></w:pict>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    inner = f"<w:r><mc:AlternateContent {mc}><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    assert text_of(paragraph(run("Outside.") + inner + "</mc:AlternateContent></w:r>")) == "Outside.\n\nBoxed."


def test_headers_and_footers_are_at_the_end_and_are_not_indexed() -> None:
    document = new()
    document.sections[0].header.paragraphs[0].text = "Port authority"
    document.sections[0].footer.paragraphs[0].text = "Confidential"
    document.add_paragraph("It is large.")
    loaded = read(document)
    assert shown(loaded)[0] == ("paragraph", 0, "It is large.")
    assert {text for kind, _, text in shown(loaded) if kind == "furniture"} == {"Port authority", "Confidential"}
    assert [block.indexed for block in loaded.blocks] == [True, False, False]


def test_symbols_without_a_value_are_reported() -> None:
    document = new()
    add_xml(document, paragraph(run("a ") + '<w:r><w:sym w:font="Wingdings" w:char="F021"/></w:r>' + run(" b")))
    loaded = read(document)
    assert loaded.text == "a \ufffd b"
    assert [note.code for note in loaded.notes] == ["characters_unreadable"]


def test_properties_become_metadata() -> None:
    document = new()
    document.add_paragraph("It is large.")
    core = document.core_properties
    core.title, core.author, core.keywords, core.comments = "Ports", "Ann Lee", "ports; trade", ""
    core.created = core.modified = datetime.datetime(2024, 1, 31, tzinfo=datetime.UTC)
    loaded = read(document)
    assert loaded.title == "Ports"
    assert loaded.metadata == {
        "author": "Ann Lee",
        "tags": ("ports", "trade"),
        "date": "2024-01-31",
        "modified": "2024-01-31",
    }


def test_a_file_with_macros_is_read() -> None:
    document = new()
    document.add_paragraph("It is large.")
    plain, macro = b"wordprocessingml.document.main+xml", b"application/vnd.ms-word.document.macroEnabled.main+xml"
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(saved(document))) as old, zipfile.ZipFile(target, "w") as changed:
        for member in old.namelist():
            content = old.read(member)
            changed.writestr(member, content.replace(b"application/vnd.openxmlformats-officedocument." + plain, macro))
    assert docx.load(target.getvalue(), "test.docm").text == "It is large."


def test_a_password_is_asked_for_by_name() -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(FileEncrypted, match="password"):
        docx.load(container, "secret.docx")


def test_another_kind_of_archive_is_refused() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as other:
        other.writestr("notes.txt", "hello")
    with pytest.raises(FileUnreadable, match="not a Word file"):
        docx.load(target.getvalue(), "other.docx")


@pytest.mark.parametrize("cut", [100, 5000], ids=["start", "half"])
def test_a_cut_off_file_is_refused(cut: int) -> None:
    with pytest.raises(FileUnreadable, match="damaged"):
        docx.load(saved(new())[:cut], "cut.docx")


def test_an_archive_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(FileTooHeavy, match=r"the limit is 1,000"):
        docx.load(saved(new()), "bomb.docx")
