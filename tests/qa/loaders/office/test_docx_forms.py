"""Check boxes, drop-down lists, text fields, text boxes and symbol fonts of Word files."""

from __future__ import annotations

import pytest

from qa.loaders.base import LoadedText
from qa.loaders.office import docx
from tests.qa.loaders.office.docx_factory import add_xml, new, paragraph, run, saved

W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
SEPARATE = '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'


def read(*paragraphs: str) -> LoadedText:
    document = new()
    for xml in paragraphs:
        add_xml(document, xml)
    return docx.load(saved(document), "test.docx")


def form_field(data: str, result: str = "", code: str = "FORMCHECKBOX") -> str:
    """A field of Word's old forms."""
    begin = f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>'
    shown = SEPARATE + run(result) if result else ""
    return f"{begin}<w:r><w:instrText> {code} </w:instrText></w:r>{shown}{END}"


def code(words: str) -> str:
    """The begin of a field."""
    return f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{words}</w:instrText></w:r>'


def box(*states: str) -> str:
    return form_field(f"<w:checkBox><w:sizeAuto/>{''.join(states)}</w:checkBox>")


def choice(inner: str) -> str:
    entries = "".join(f'<w:listEntry w:val="{name}"/>' for name in ("red", "green", "blue"))
    return form_field(f"<w:ddList>{inner}{entries}</w:ddList>", code="FORMDROPDOWN")


def control(properties: str, content: str) -> str:
    """A content control."""
    return f"<w:sdt {W14}><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def modern(state: str, content: str) -> str:
    return control(f"<w14:checkbox>{state}</w14:checkbox>", content)


def checked(value: str) -> str:
    return f'<w14:checked w14:val="{value}"/>'


def symbol(font: str, code: str) -> str:
    return f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'


def in_font(font: str, words: str) -> str:
    return run(words, f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}"/>')


FIELDS = {
    "not ticked": (box('<w:default w:val="0"/>'), "☐"),
    "ticked at first": (box('<w:default w:val="1"/>'), "☒"),
    "ticked at first, said briefly": (box("<w:default/>"), "☒"),
    "ticked since": (box('<w:default w:val="0"/>', "<w:checked/>"), "☒"),
    "taken back since": (box('<w:default w:val="1"/>', '<w:checked w:val="0"/>'), "☐"),
    "taken back with a word": (box('<w:default w:val="1"/>', '<w:checked w:val="false"/>'), "☐"),
    "nothing said": (box(), "☐"),
    "a check box with a result of its own": (form_field("<w:checkBox><w:checked/></w:checkBox>", "X"), "☒"),
    "the chosen entry": (choice('<w:result w:val="2"/>'), "blue"),
    "the entry chosen at first": (choice('<w:default w:val="1"/>'), "green"),
    "the first entry": (choice(""), "red"),
    "an entry that is not there": (choice('<w:result w:val="9"/>'), ""),
    "an entry and its copy": (
        form_field('<w:ddList><w:listEntry w:val="red"/></w:ddList>', "red", "FORMDROPDOWN"),
        "red",
    ),
    "an old text field": (form_field("<w:textInput/>", "Ann Lee", "FORMTEXT"), "Ann Lee"),
    "an empty text field": (form_field('<w:textInput><w:default w:val="name"/></w:textInput>', "", "FORMTEXT"), ""),
    "a field inside the code of another": (
        code(" IF ") + code(" MERGEFIELD x ") + SEPARATE + run("7") + END + SEPARATE + run("yes") + END,
        "yes",
    ),
    "a field inside the result of another": (
        code(" TOC ") + SEPARATE + run("Fees ") + code(" PAGEREF x ") + SEPARATE + run("7") + END + END,
        "Fees 7",
    ),
    "a field without an end": (box("<w:checked/>").removesuffix(END), "☒"),
    "a hidden check box": (
        box("<w:checked/>").replace("<w:r>", "<w:r><w:rPr><w:vanish/></w:rPr>"),
        "",
    ),
    "modern, ticked": (modern(checked("1"), run("☒")), "☒"),
    "modern, not ticked": (modern(checked("0"), run("☐")), "☐"),
    "modern, said in words": (modern(checked("true"), run("☑")), "☒"),
    "modern, with a symbol font": (modern(checked("1"), symbol("Wingdings", "F0FE")), "☒"),
    "modern, nothing said": (modern("", run("☐")), "☐"),
    "a chosen value": (control('<w:dropDownList w:lastValue="2"/>', run("green")), "green"),
    "a typed value": (control("<w:comboBox/>", run("violet")), "violet"),
    "a date": (control("<w:date/>", run("4 March 2026")), "4 March 2026"),
    "Wingdings, a ticked box": (symbol("Wingdings", "F0FE"), "☑"),
    "Wingdings, a crossed box": (symbol("Wingdings", "00FD"), "☒"),
    "Wingdings, an empty box": (symbol("Wingdings", "F0A8"), "☐"),
    "Wingdings 2, a ticked box": (symbol("Wingdings 2", "F052"), "☑"),
    "an arrow that Word makes": (symbol("Wingdings", "F0E0"), "→"),
    "a sign of the font Symbol": (symbol("Symbol", "F0B3"), "≥"),
    "a letter set in Wingdings": (in_font("Wingdings", "þ"), "☑"),
    "letters of a usual font": (in_font("Arial", "þ"), "þ"),
    "a character that is none": (symbol("Wingdings", "zz"), "\ufffd"),
}


@pytest.mark.parametrize("case", FIELDS)
def test_fields_show_their_values(case: str) -> None:
    inner, shown = FIELDS[case]
    assert read(paragraph(run("Cover:") + inner + run(" full"))).text == f"Cover:{shown} full"


def test_a_check_box_around_a_paragraph_keeps_its_words() -> None:
    inside = paragraph(run("☒ Premium cover"))
    assert read(modern(checked("1"), inside)).text == "☒ Premium cover"


def test_check_boxes_in_a_table() -> None:
    cells = [("Cover", "Chosen", "Price"), ("Basic", box(), "10"), ("Premium", box("<w:checked/>"), "20")]
    rows = ""
    for row in cells:
        inner = [paragraph(cell if cell.startswith("<") else run(cell)) for cell in row]
        rows += f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in inner)}</w:tr>"
    assert read(f"<w:tbl>{rows}</w:tbl>").text == (
        "Cover: Basic; Chosen: ☐; Price: 10\nCover: Premium; Chosen: ☒; Price: 20"
    )


def text_box(words: str) -> str:
    return f"<w:txbxContent>{paragraph(run(words))}</w:txbxContent>"


def shape(content: str) -> str:
    return (
        f'<w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox>{content}</v:textbox></v:shape></w:pict>'
    )


def alternatives(*pieces: str) -> str:
    *choices, fallback = pieces
    listed = "".join(f'<mc:Choice Requires="wps">{piece}</mc:Choice>' for piece in choices)
    return f"<mc:AlternateContent {MC}>{listed}<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"


BOXED = shape(text_box("Boxed."))
BOXES = {
    "an old box": f"<w:r>{BOXED}</w:r>",
    "a box for new programs and for old ones": f"<w:r>{alternatives(BOXED, BOXED)}</w:r>",
    "two choices": f"<w:r>{alternatives(BOXED, BOXED, BOXED)}</w:r>",
    "only for old programs": f"<w:r>{alternatives(BOXED)}</w:r>",
    "alternatives inside a drawing": f"<w:r><w:drawing>{alternatives(text_box('Boxed.'), BOXED)}</w:drawing></w:r>",
    "a box in a link": f"<w:hyperlink><w:r>{BOXED}</w:r></w:hyperlink>",
    "a box in inserted text": f'<w:ins w:id="1" w:author="x"><w:r>{BOXED}</w:r></w:ins>',
}


@pytest.mark.parametrize("case", BOXES)
def test_a_text_box_is_read_once_behind_its_paragraph(case: str) -> None:
    loaded = read(paragraph(run("Outside.") + BOXES[case]), paragraph(run("The end.")))
    assert loaded.text == "Outside.\n\nBoxed.\n\nThe end."


def test_a_text_box_in_a_text_box_is_read_once() -> None:
    inner = f"<w:txbxContent>{paragraph(run('Outer.') + f'<w:r>{BOXED}</w:r>')}</w:txbxContent>"
    assert read(paragraph(f"<w:r>{shape(inner)}</w:r>")).text == "Outer.\n\nBoxed."


def test_what_is_not_read_is_named_once_a_kind() -> None:
    graphic = '<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"/>'
    chart = f"<w:r><w:drawing>{graphic}</w:drawing></w:r>"
    spaces = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    embedded = f"<w:r><w:object><v:shape {spaces}><v:imagedata/></v:shape><o:OLEObject {spaces}/></w:object></w:r>"
    blip = '<a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"/>'
    boxed = f"<w:txbxContent>{paragraph(f'<w:r><w:drawing>{blip}</w:drawing></w:r>')}</w:txbxContent>"
    boxed = f"<w:r><w:drawing>{boxed}</w:drawing></w:r>"
    deleted = '<w:del w:id="1" w:author="x"><w:r><w:delText>gone</w:delText></w:r></w:del>'
    listnum = '<w:fldSimple w:instr=" LISTNUM "/>'
    loaded = read(
        paragraph(run("Words.") + chart + chart + deleted + run("secret", "<w:vanish/>") + listnum + embedded + boxed)
    )
    assert [(note.code, note.message) for note in loaded.notes] == [
        ("embedded_not_read", "1 embedded file was not read"),
        ("hidden_not_read", "2 pieces of hidden or deleted text are not read"),
        ("pictures_not_read", "1 picture is not read"),
        ("charts_not_read", "2 charts are not read"),
        ("numbers_not_read", "1 number that a field makes (LISTNUM, AUTONUM) is not read"),
    ]
