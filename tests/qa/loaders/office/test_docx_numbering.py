"""Automatic numbers of Word's headings and lists, as Word shows them (ECMA-376 part 1, 17.9)."""

from __future__ import annotations

from typing import Any

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from qa.loaders.base import LoadedText
from qa.loaders.number_words import in_format
from qa.loaders.office import docx
from tests.qa.loaders.office.docx_factory import (
    abstract,
    add_xml,
    in_list,
    instance,
    level,
    new,
    paragraph,
    run,
    saved,
    set_numbering,
)

LEGAL = (
    level(0, "decimal", "%1."),
    level(1, "decimal", "%1.%2"),
    level(2, "lowerLetter", "(%3)"),
    level(3, "lowerRoman", "(%4)"),
)


def restart_at(number: int, index: int = 0) -> str:
    return f'<w:lvlOverride w:ilvl="{index}"><w:startOverride w:val="{number}"/></w:lvlOverride>'


def custom(example: str) -> str:
    """A number format of the user's own, as Word writes it."""
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    choice = f'<mc:Choice Requires="w14"><w:numFmt w:val="custom" w:format="{example}"/></mc:Choice>'
    fallback = '<mc:Fallback><w:numFmt w:val="decimal"/></mc:Fallback>'
    form = f"<mc:AlternateContent {mc}>{choice}{fallback}</mc:AlternateContent>"
    return f'<w:lvl w:ilvl="0"><w:start w:val="1"/>{form}<w:lvlText w:val="%1"/></w:lvl>'


Items = list[tuple[int, int]]
ROMAN = level(0, "upperRoman", "Article %1.")
COUNTED: dict[str, tuple[str, Items, list[str]]] = {
    "levels": (
        abstract(1, *LEGAL),
        [(1, 0), (1, 1), (1, 1), (1, 2), (1, 2), (1, 3), (1, 1), (1, 0), (1, 1)],
        ["1.", "1.1", "1.2", "(a)", "(b)", "(i)", "1.3", "2.", "2.1"],
    ),
    "inner levels start anew below each outer one": (
        abstract(1, *LEGAL),
        [(1, 0), (1, 1), (1, 2), (1, 0), (1, 1), (1, 2)],
        ["1.", "1.1", "(a)", "2.", "2.1", "(a)"],
    ),
    "a level that is left out is counted as used": (  # Microsoft's article Q110380
        abstract(1, *LEGAL),
        [(1, 1), (1, 1), (1, 0), (1, 2), (1, 1)],
        ["1.1", "1.2", "2.", "(a)", "2.2"],
    ),
    "a start other than 1": (
        abstract(1, level(0, "decimal", "%1)", start='<w:start w:val="5"/>')),
        [(1, 0), (1, 0)],
        ["5)", "6)"],
    ),
    "no start is 0": (abstract(1, level(0, "decimal", "%1.", start="")), [(1, 0), (1, 0)], ["0.", "1."]),
    "instances of one list go on counting": (
        abstract(1, *LEGAL) + instance(2, 1),
        [(1, 0), (1, 0), (2, 0), (1, 0)],
        ["1.", "2.", "3.", "4."],
    ),
    "an instance with a start of its own starts once": (
        abstract(1, *LEGAL) + instance(2, 1, restart_at(1)),
        [(1, 0), (1, 0), (2, 0), (2, 0), (1, 0)],
        ["1.", "2.", "1.", "2.", "3."],
    ),
    "the start of an instance holds below each outer number": (
        abstract(1, *LEGAL) + instance(2, 1, restart_at(4, 1)),
        [(2, 0), (2, 1), (2, 1), (2, 0), (2, 1)],
        ["1.", "1.4", "1.5", "2.", "2.4"],
    ),
    "two lists count apart": (
        abstract(1, *LEGAL) + abstract(2, level(0, "upperLetter", "%1")),
        [(1, 0), (2, 0), (1, 0), (2, 0)],
        ["1.", "A", "2.", "B"],
    ),
    "an instance writes a level in its own way": (
        abstract(1, *LEGAL)
        + instance(2, 1, f'<w:lvlOverride w:ilvl="0">{level(0, "upperLetter", "§ %1")}</w:lvlOverride>'),
        [(1, 0), (2, 0)],
        ["1.", "§ B"],
    ),
    "a level that never starts anew": (
        abstract(1, level(0, "decimal", "%1."), level(1, "decimal", "Item %2", '<w:lvlRestart w:val="0"/>')),
        [(1, 0), (1, 1), (1, 1), (1, 0), (1, 1)],
        ["1.", "Item 1", "Item 2", "2.", "Item 3"],
    ),
    "a level that starts anew only below the outermost": (
        abstract(
            1,
            level(0, "decimal", "%1"),
            level(1, "decimal", "%1.%2"),
            level(2, "decimal", "n%3", '<w:lvlRestart w:val="1"/>'),
        ),
        [(1, 0), (1, 1), (1, 2), (1, 1), (1, 2), (1, 0), (1, 1), (1, 2)],
        ["1", "1.1", "n1", "1.2", "n2", "2", "2.1", "n1"],
    ),
    "legal numbers are in digits": (
        abstract(1, ROMAN, level(1, "decimalZero", "Section %1.%2"), level(2, "decimal", "%1.%2.%3", "<w:isLgl/>")),
        [(1, 0), (1, 0), (1, 1), (1, 2)],
        ["Article I.", "Article II.", "Section II.01", "2.1.1"],
    ),
    "a switch that is off": (
        abstract(1, ROMAN, level(1, "decimal", "%1.%2", '<w:isLgl w:val="0"/>')),
        [(1, 0), (1, 1)],
        ["Article I.", "I.1"],
    ),
    "bullets and their text do not count as numbers": (
        abstract(1, level(0, "bullet", "\uf0b7"), level(1, "bullet", "o"), level(2, "none", "–")),
        [(1, 0), (1, 1), (1, 2)],
        ["", "", ""],
    ),
    "a level without numbers names its words": (abstract(1, level(0, "none", "Note:")), [(1, 0)], ["Note:"]),
    "a level without numbers is left out of those inside": (
        abstract(1, level(0, "none", ""), level(1, "decimal", "%1%2.")),
        [(1, 0), (1, 1)],
        ["", "1."],
    ),
    "words around the number": (abstract(1, level(0, "decimal", "Clause (%1):")), [(1, 0)], ["Clause (1):"]),
    "a number that is written twice": (abstract(1, level(0, "decimal", "%1/%1")), [(1, 0), (1, 0)], ["1/1", "2/2"]),
    "a level that names one inside it": (abstract(1, level(0, "decimal", "%1.%2")), [(1, 0)], ["1."]),
    "a format of the user's own": (abstract(1, custom("001, 002, 003, ...")), [(1, 0), (1, 0)], ["001", "002"]),
    "a format that nobody knows": (abstract(1, level(0, "elvish", "%1.")), [(1, 0)], ["1."]),
    "a list that is not defined": (abstract(1, *LEGAL), [(9, 0), (1, 0)], ["", "1."]),
    "a level that is not defined": (abstract(1, level(0, "decimal", "%1.")), [(1, 4), (1, 0)], ["", "1."]),
    "a level beyond the last": (
        abstract(1, level(0, "decimal", "%1."), level(8, "decimal", "%9#")),
        [(1, 12), (1, 0)],
        ["1#", "2."],
    ),
    "a list style defines the list": (
        abstract(1, *LEGAL, extra='<w:styleLink w:val="Clauses"/>')
        + abstract(2, extra='<w:numStyleLink w:val="Clauses"/>'),
        [(2, 0), (2, 1), (1, 0)],
        ["1.", "1.1", "2."],
    ),
    "a list that refers to itself": (
        abstract(1, extra='<w:styleLink w:val="Clauses"/><w:numStyleLink w:val="Clauses"/>'),
        [(1, 0)],
        [""],
    ),
    "two lists that refer to each other": (
        abstract(1, extra='<w:styleLink w:val="A"/><w:numStyleLink w:val="B"/>')
        + abstract(2, extra='<w:styleLink w:val="B"/><w:numStyleLink w:val="A"/>'),
        [(1, 0), (2, 0)],
        ["", ""],
    ),
    "a list style that is nowhere": (
        abstract(1, level(0, "decimal", "%1."), extra='<w:numStyleLink w:val="Gone"/>'),
        [(1, 0)],
        ["1."],
    ),
    "numbers too large to be meant": (
        abstract(1, level(0, "lowerLetter", "%1.", start=f'<w:start w:val="{"9" * 5000}"/>'))
        + abstract(2, level(0, "lowerLetter", "%1.", start='<w:start w:val="999999999"/>'))
        + abstract(3, level(0, "upperRoman", "%1.", start='<w:start w:val="999999999"/>')),
        [(1, 0), (2, 0), (3, 0)],
        ["0.", "999999999.", "999999999."],
    ),
}


def numbered(definitions: str, items: Items) -> LoadedText:
    document = new()
    set_numbering(document, definitions)
    for index, (key, ilvl) in enumerate(items):
        add_xml(document, paragraph(run(f"words {index}"), in_list(key, ilvl)))
    return docx.load(saved(document), "test.docx")


def texts(loaded: LoadedText) -> list[str]:
    return [loaded.text[block.start : block.end] for block in loaded.blocks]


@pytest.mark.parametrize("case", COUNTED)
def test_numbers_are_those_that_word_shows(case: str) -> None:
    definitions, items, numbers = COUNTED[case]
    loaded = numbered(definitions, items)
    assert [block.number for block in loaded.blocks] == numbers
    assert texts(loaded) == [f"{number} words {index}".lstrip() for index, number in enumerate(numbers)]
    assert {block.kind for block in loaded.blocks} == {"list_item"}


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("decimal", {0: "0", 1: "1", 1200: "1200"}),
        ("decimalZero", {0: "00", 9: "09", 10: "10", 100: "100"}),
        ("lowerLetter", {1: "a", 26: "z", 27: "aa", 28: "bb", 53: "aaa", 0: "0", 780: "z" * 30, 781: "781"}),
        ("upperLetter", {2: "B", 52: "ZZ"}),
        ("lowerRoman", {1: "i", 4: "iv", 9: "ix", 14: "xiv", 40: "xl", 1994: "mcmxciv", 0: "0"}),
        ("upperRoman", {3: "III", 2026: "MMXXVI", 40_000: "40000"}),
        ("ordinal", {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 21: "21st", 112: "112th"}),
        ("cardinalText", {1: "One", 12: "Twelve", 20: "Twenty", 42: "Forty-two", 100: "100"}),
        (
            "ordinalText",
            {1: "First", 4: "Fourth", 12: "Twelfth", 20: "Twentieth", 21: "Twenty-first", 45: "Forty-fifth"},
        ),
        ("hex", {10: "A", 255: "FF"}),
        ("chicago", {1: "*", 2: "†", 4: "§", 5: "**"}),
        ("numberInDash", {7: "- 7 -"}),
        ("decimalFullWidth", {12: "１２"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳", 21: "21"}),
        ("decimalEnclosedParen", {2: "⑵"}),
        ("decimalEnclosedFullstop", {3: "⒊"}),
        ("chineseCounting", {1: "一", 10: "十", 12: "十二", 20: "二十", 35: "三十五", 105: "一〇五"}),
        (
            "chineseCountingThousand",
            {105: "一百零五", 110: "一百一十", 1005: "一千零五", 2300: "二千三百", 10_000: "10000"},
        ),
        ("ideographDigital", {2026: "二〇二六"}),
        ("ideographTraditional", {1: "甲", 11: "11"}),
        ("ideographZodiac", {12: "亥"}),
        ("ganada", {2: "나"}),
        ("russianLower", {1: "а", 3: "в"}),
        ("bullet", {3: ""}),
        ("none", {3: ""}),
    ],
)
def test_numbers_in_the_formats_of_word(kind: str, numbers: dict[int, str]) -> None:
    assert {number: in_format(number, kind) for number in numbers} == numbers


@pytest.mark.parametrize(
    ("suffix", "shown"), [("", "1. words 0"), ("tab", "1. words 0"), ("space", "1. words 0"), ("nothing", "1.words 0")]
)
def test_what_parts_a_number_from_its_words(suffix: str, shown: str) -> None:
    extra = suffix and f'<w:suff w:val="{suffix}"/>'
    assert numbered(abstract(1, level(0, "decimal", "%1.", extra)), [(1, 0)]).text == shown


STYLES: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "a style's list": (
        f'<w:style w:styleId="S"><w:pPr>{in_list(1)}</w:pPr></w:style>',
        [("S", "", "1."), ("S", "", "2."), ("S", in_list(None, 1), "2.1"), ("S", in_list(0), "")],
    ),
    "a style that inherits its list": (
        f'<w:style w:styleId="S"><w:pPr>{in_list(1)}</w:pPr></w:style>'
        f'<w:style w:styleId="T"><w:basedOn w:val="S"/></w:style>'
        f'<w:style w:styleId="U"><w:basedOn w:val="T"/><w:pPr>{in_list(None, 1)}</w:pPr></w:style>',
        [("T", "", "1."), ("U", "", "1.1"), ("T", "", "2.")],
    ),
    "a style that is switched off": (
        f'<w:style w:styleId="S"><w:pPr>{in_list(1)}</w:pPr></w:style>'
        f'<w:style w:styleId="T"><w:basedOn w:val="S"/><w:pPr>{in_list(0)}</w:pPr></w:style>',
        [("T", "", ""), ("S", "", "1."), ("T", in_list(1), "2.")],
    ),
    "a style that a level is linked to": (
        f'<w:style w:styleId="H1"><w:pPr>{in_list(2)}</w:pPr></w:style>'
        f'<w:style w:styleId="H2"><w:pPr>{in_list(2)}</w:pPr></w:style>',
        [("H1", "", "A"), ("H2", "", "A-1"), ("H2", "", "A-2"), ("H1", "", "B"), ("H2", "", "B-1")],
    ),
    "a level without a list is no list": (
        f'<w:style w:styleId="S"><w:pPr>{in_list(None, 1)}</w:pPr></w:style>',
        [("S", "", ""), ("", in_list(None, 1), "")],
    ),
    "styles in a circle": (
        f'<w:style w:styleId="S"><w:basedOn w:val="T"/><w:pPr>{in_list(1)}</w:pPr></w:style>'
        f'<w:style w:styleId="T"><w:basedOn w:val="S"/></w:style>',
        [("S", "", "1."), ("T", "", "")],
    ),
    "a style that is based on itself": (
        f'<w:style w:styleId="S"><w:basedOn w:val="S"/><w:pPr>{in_list(1)}</w:pPr></w:style>',
        [("S", "", "1.")],
    ),
    "the style of paragraphs that name none": (
        f'<w:style w:type="paragraph" w:default="1" w:styleId="N"><w:pPr>{in_list(1)}</w:pPr></w:style>',
        [("", "", "1."), ("N", "", "2."), ("nowhere", "", "3.")],
    ),
}


@pytest.mark.parametrize("case", STYLES)
def test_lists_of_styles(case: str) -> None:
    styles, items = STYLES[case]
    document = new()
    linked = (
        level(0, "upperLetter", "%1", '<w:pStyle w:val="H1"/>'),
        level(1, "decimal", "%1-%2", '<w:pStyle w:val="H2"/>'),
    )
    set_numbering(document, abstract(1, *LEGAL) + abstract(2, *linked))
    root = document.styles.element
    for style in root.findall("{*}style"):
        root.remove(style)
    root.extend(list(parse_xml(f"<w:styles {nsdecls('w')}>{styles}</w:styles>")))
    for style, properties, _ in items:
        add_xml(document, paragraph(run("words"), f'<w:pStyle w:val="{style}"/>{properties}' if style else properties))
    loaded = docx.load(saved(document), "test.docx")
    assert [block.number for block in loaded.blocks] == [number for _, _, number in items]


def test_headings_have_their_numbers_and_the_title_has_none() -> None:
    document = new()
    set_numbering(document, abstract(1, *LEGAL))
    for words, style, index in (("Fees", "Heading1", 0), ("Liability", "Heading1", 0), ("Limits", "Heading2", 1)):
        add_xml(document, paragraph(run(words), f'<w:pStyle w:val="{style}"/>{in_list(1, index)}'))
    loaded = docx.load(saved(document), "test.docx")
    assert [(block.kind, block.level, block.number) for block in loaded.blocks] == [
        ("heading", 1, "1."),
        ("heading", 1, "2."),
        ("heading", 2, "2.1"),
    ]
    assert texts(loaded) == ["1. Fees", "2. Liability", "2.1 Limits"]
    assert loaded.title == "Fees"


DELETED_MARK = '<w:rPr><w:del w:id="1" w:author="x"/></w:rPr>'
UNSEEN = {
    "deleted": paragraph(
        '<w:del w:id="2" w:author="x"><w:r><w:delText>gone</w:delText></w:r></w:del>', in_list(1, 0) + DELETED_MARK
    ),
    "moved away": paragraph(
        f'<w:moveFrom w:id="2" w:author="x">{run("gone")}</w:moveFrom>',
        in_list(1, 0) + '<w:rPr><w:moveFrom w:id="3" w:author="x"/></w:rPr>',
    ),
    "hidden": paragraph(run("gone", "<w:vanish/>"), in_list(1, 0) + "<w:rPr><w:vanish/></w:rPr>"),
}


@pytest.mark.parametrize("case", UNSEEN)
def test_paragraphs_that_are_not_seen_are_not_counted(case: str) -> None:
    document = new()
    set_numbering(document, abstract(1, *LEGAL))
    for xml in (paragraph(run("one"), in_list(1, 0)), UNSEEN[case], paragraph(run("two"), in_list(1, 0))):
        add_xml(document, xml)
    assert docx.load(saved(document), "test.docx").text == "1. one\n2. two"


def test_a_paragraph_whose_mark_is_deleted_goes_on_in_the_next() -> None:
    document = new()
    set_numbering(document, abstract(1, *LEGAL))
    add_xml(document, paragraph(run("The first "), in_list(1, 0) + DELETED_MARK))
    add_xml(document, paragraph(run("and the second."), in_list(1, 0)))
    add_xml(document, paragraph(run("The third."), in_list(1, 0)))
    assert docx.load(saved(document), "test.docx").text == "1. The first and the second.\n2. The third."


def test_empty_paragraphs_of_a_list_are_counted() -> None:
    document = new()
    set_numbering(document, abstract(1, *LEGAL))
    for words in ("one", "", "three"):
        add_xml(document, paragraph(run(words), in_list(1, 0)))
    assert docx.load(saved(document), "test.docx").text == "1. one\n3. three"


def test_numbers_of_table_cells_are_counted_row_by_row() -> None:
    document = new()
    set_numbering(document, abstract(1, level(0, "decimal", "%1")))
    head = (
        f"<w:tc>{paragraph(run('No.'))}</w:tc><w:tc>{paragraph(run('Task'))}</w:tc><w:tc>{paragraph(run('By'))}</w:tc>"
    )
    rows = f"<w:tr>{head}</w:tr>"
    for task, name in (("Call", "Ann"), ("Write", "Bob")):
        words = f"<w:tc>{paragraph(run(task))}</w:tc><w:tc>{paragraph(run(name))}</w:tc>"
        rows += f"<w:tr><w:tc>{paragraph('', in_list(1, 0))}</w:tc>{words}</w:tr>"
    add_xml(document, f"<w:tbl>{rows}</w:tbl>")
    assert docx.load(saved(document), "test.docx").text == "No.: 1; Task: Call; By: Ann\nNo.: 2; Task: Write; By: Bob"


def test_a_file_without_list_definitions_is_read() -> None:
    document = new()
    for relation in [key for key, value in document.part.rels.items() if value.reltype.endswith("/numbering")]:
        document.part.drop_rel(relation)
        document.part.rels.pop(relation, None)
    add_xml(document, paragraph(run("one"), in_list(1, 0)))
    loaded = docx.load(saved(document), "test.docx")
    assert (loaded.text, loaded.blocks[0].kind, loaded.blocks[0].number) == ("one", "list_item", "")


BULLETS = abstract(2, level(0, "bullet", "•"), level(1, "bullet", "o"))
GROUPS: dict[str, tuple[list[Any], list[int | None]]] = {
    "neighbours and what is nested in them": ([(1, 0), (1, 1), (1, 0)], [1, 1, 1]),
    "bullets nested in numbers": ([(1, 0), (2, 1), (1, 0)], [1, 1, 1]),
    "two lists beside each other": ([(1, 0), (1, 0), (2, 0), (2, 0)], [1, 1, 2, 2]),
    "numbers go on after a paragraph": ([(1, 0), "p", (1, 0)], [1, None, 1]),
    "bullets do not": ([(2, 0), "p", (2, 0)], [1, None, 2]),
    "items below a paragraph of their item": ([(1, 0), "p", (1, 1), (1, 1)], [1, None, 1, 1]),
    "an inner item first": ([(2, 1), (2, 0), (2, 1)], [1, 1, 1]),
    "text of an item that has no mark": ([(2, 0), "c", (2, 0)], [1, 1, 1]),
    "a list that starts anew": ([(1, 0), "p", (3, 0), (3, 0)], [1, None, 2, 2]),
    "items below two headings of one list": (["h", (1, 1), (1, 1), "h", (1, 1)], [None, 1, 1, None, 2]),
}


@pytest.mark.parametrize("case", GROUPS)
def test_items_of_one_list_have_one_group(case: str) -> None:
    items, groups = GROUPS[case]
    document = new()
    set_numbering(document, abstract(1, *LEGAL) + BULLETS + instance(3, 1, restart_at(1)))
    for item in items:
        named = {"p": "", "c": '<w:pStyle w:val="ListContinue"/>', "h": f'<w:pStyle w:val="Heading1"/>{in_list(1, 0)}'}
        add_xml(document, paragraph(run("words"), named[item] if isinstance(item, str) else in_list(*item)))
    assert [block.group for block in docx.load(saved(document), "test.docx").blocks] == groups
