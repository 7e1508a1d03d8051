"""Footnotes, endnotes, comments, headers and footers of Word files."""

from __future__ import annotations

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from qa.loaders.base import LoadedText
from qa.loaders.office import docx
from tests.qa.loaders.office.docx_factory import (
    abstract,
    add_xml,
    in_list,
    level,
    new,
    paragraph,
    run,
    saved,
    set_numbering,
)


def refer(key: int, kind: str = "footnote") -> str:
    return f'<w:r><w:{kind}Reference w:id="{key}"/></w:r>'


def note(key: int, inner: str, kind: str = "footnote") -> str:
    return f'<w:{kind} w:id="{key}">{inner}</w:{kind}>'


def words(text: str) -> str:
    return paragraph(f"<w:r><w:footnoteRef/></w:r>{run(f' {text}')}")


def shown(loaded: LoadedText) -> list[str]:
    """The blocks' texts, those of notes after their kind and number."""
    texts = ((block, loaded.text[block.start : block.end]) for block in loaded.blocks)
    return [f"({block.number}) {text}" if block.kind == "note" else text for block, text in texts]


TWO = {"footnotes": note(1, words("By area.")) + note(2, words("By weight."))}
BODY = [paragraph(run("Large") + refer(1) + run(" and busy.") + refer(2)), paragraph(run("The end."))]
ENDNOTES = {"endnotes": note(1, words("By area."), "endnote") + note(2, words("By weight."), "endnote")}


def footnotes(**values: str) -> str:
    names = {"form": "numFmt", "start": "numStart", "restart": "numRestart"}
    inner = (f'<w:{names[key]} w:val="{value}"/>' for key, value in values.items())
    return f"<w:footnotePr>{''.join(inner)}</w:footnotePr>"


ROMAN = f"<w:sectPr>{footnotes(form='upperRoman')}</w:sectPr>"
CHANGES = f'<w:sectPrChange w:id="1" w:author="x">{ROMAN}</w:sectPrChange>'


def section(inner: str = "") -> str:
    """An empty paragraph that ends a section."""
    return paragraph("", f"<w:sectPr>{inner}</w:sectPr>")


NUMBERED: dict[str, tuple[list[str], dict[str, str], str, str, list[str]]] = {
    "in the order of the text": (
        BODY,
        TWO,
        "",
        "",
        ["Large[1] and busy.[2]", "(1) 1 By area.", "(2) 2 By weight.", "The end."],
    ),
    "whatever their ids": (
        [paragraph(run("Large") + refer(2)), paragraph(run("Busy") + refer(1))],
        TWO,
        "",
        "",
        ["Large[1]", "(1) 1 By weight.", "Busy[2]", "(2) 2 By area."],
    ),
    "endnotes in small Roman numbers": (
        [paragraph(run("Large") + refer(1, "endnote") + run(" and busy.") + refer(2, "endnote"))],
        ENDNOTES,
        "",
        "",
        ["Large[i] and busy.[ii]", "(i) i By area.", "(ii) ii By weight."],
    ),
    "both kinds count apart": (
        [paragraph(run("Large") + refer(1) + refer(1, "endnote") + refer(2))],
        TWO | ENDNOTES,
        "",
        "",
        ["Large[1][i][2]", "(1) 1 By area.", "(i) i By area.", "(2) 2 By weight."],
    ),
    "a format of the document": (
        BODY,
        TWO,
        footnotes(form="lowerLetter"),
        "",
        ["Large[a] and busy.[b]", "(a) a By area.", "(b) b By weight.", "The end."],
    ),
    "a start of the document": (
        BODY,
        TWO,
        footnotes(start="7"),
        "",
        ["Large[7] and busy.[8]", "(7) 7 By area.", "(8) 8 By weight.", "The end."],
    ),
    "a format of the section": (
        BODY,
        TWO,
        footnotes(form="lowerLetter"),
        footnotes(form="chicago"),
        ["Large[*] and busy.[†]", "(*) * By area.", "(†) † By weight.", "The end."],
    ),
    "a format that the section had before a change": (
        BODY[:1],
        TWO,
        "",
        CHANGES,
        ["Large[1] and busy.[2]", "(1) 1 By area.", "(2) 2 By weight."],
    ),
    "each section starts anew": (
        [paragraph(run("Large") + refer(1)), section(), paragraph(run("Busy") + refer(2))],
        TWO,
        footnotes(restart="eachSect"),
        "",
        ["Large[1]", "(1) 1 By area.", "Busy[1]", "(1) 1 By weight."],
    ),
    "sections go on counting": (
        [paragraph(run("Large") + refer(1)), section(), paragraph(run("Busy") + refer(2))],
        TWO,
        "",
        "",
        ["Large[1]", "(1) 1 By area.", "Busy[2]", "(2) 2 By weight."],
    ),
    "each page starts anew: nobody knows the numbers": (
        BODY,
        TWO,
        footnotes(restart="eachPage"),
        "",
        ["Large and busy.", "() By area.", "() By weight.", "The end."],
    ),
    "a mark of the user's own is not counted": (
        [
            paragraph(
                run("Large")
                + '<w:r><w:footnoteReference w:customMarkFollows="1" w:id="1"/><w:t>*</w:t></w:r>'
                + run(" and busy.")
                + refer(2)
            )
        ],
        {"footnotes": note(1, paragraph(run("* By area."))) + note(2, words("By weight."))},
        "",
        "",
        ["Large* and busy.[1]", "(*) * By area.", "(1) 1 By weight."],
    ),
    "a deleted reference is not counted": (
        [paragraph(run("Large") + f'<w:del w:id="9" w:author="x">{refer(1)}</w:del>' + run(" and busy.") + refer(2))],
        TWO,
        "",
        "",
        ["Large and busy.[1]", "(1) 1 By weight."],
    ),
    "a note that is referred to twice is read once": (
        [paragraph(run("Large") + refer(1)), paragraph(run("Busy") + refer(1))],
        TWO,
        "",
        "",
        ["Large[1]", "(1) 1 By area.", "Busy[2]"],
    ),
    "a note that is nowhere": ([paragraph(run("Large") + refer(9))], TWO, "", "", ["Large[1]"]),
    "an empty note": (
        [*BODY[1:], paragraph(refer(1))],
        {"footnotes": note(1, paragraph(""))},
        "",
        "",
        ["The end.", "[1]"],
    ),
    "a note of several paragraphs": (
        [paragraph(run("Large") + refer(1))],
        {"footnotes": note(1, words("By area.") + paragraph(run("And by weight.")))},
        "",
        "",
        ["Large[1]", "(1) 1 By area.\nAnd by weight."],
    ),
    "a note with a list": (
        [paragraph(run("One"), in_list(1, 0)), paragraph(run("Two") + refer(1), in_list(1, 0))],
        {"footnotes": note(1, words("Either:") + paragraph(run("area"), in_list(1, 0)))},
        "",
        "",
        ["(a) One", "(b) Two[1]", "(1) 1 Either:\n(a) area"],
    ),
    "a note in a list goes on in the body": (
        [paragraph(run("One") + refer(1), in_list(1, 0)), paragraph(run("Two"), in_list(1, 0))],
        {"footnotes": note(1, paragraph(run("area"), in_list(1, 0)))},
        "",
        "",
        ["(a) One[1]", "(1) 1 (a) area", "(b) Two"],
    ),
    "a note that begins with a number": (
        [paragraph(run("Large") + refer(1))],
        {"footnotes": note(1, words("100 km² are large."))},
        "",
        "",
        ["Large[1]", "(1) 1 100 km² are large."],
    ),
    "a note of a table's cell follows its row": (
        [
            f"<w:tbl><w:tr><w:tc>{paragraph(run('Port'))}</w:tc><w:tc>{paragraph(run('Area'))}</w:tc></w:tr>"
            f"<w:tr><w:tc>{paragraph(run('Ghent'))}</w:tc><w:tc>{paragraph(run('66') + refer(1))}</w:tc></w:tr>"
            "</w:tbl>",
            paragraph(run("The end.") + refer(2)),
        ],
        TWO,
        "",
        "",
        ["Port; Area", "Ghent; 66[1]", "(1) 1 By area.", "The end.[2]", "(2) 2 By weight."],
    ),
}


@pytest.mark.parametrize("case", NUMBERED)
def test_notes_have_the_numbers_of_their_references(case: str) -> None:
    body, notes, settings, last_section, expected = NUMBERED[case]
    document = new()
    set_numbering(document, abstract(1, level(0, "lowerLetter", "(%1)")))
    for xml in body:
        add_xml(document, xml)
    for root, inner in ((document.settings.element, settings), (document.element.body[-1], last_section)):
        root.extend(list(parse_xml(f"<w:x {nsdecls('w')}>{inner}</w:x>")))
    assert shown(docx.load(saved(document, notes), "test.docx")) == expected


def test_comments_are_counted_and_headers_named() -> None:
    document = new()
    document.sections[0].header.paragraphs[0].text = "Port authority"
    document.sections[0].footer.paragraphs[0].text = "Confidential"
    document.add_paragraph("It is large.")
    comment = f'<w:comment w:id="0" w:author="x">{paragraph(run("Really?"))}</w:comment>'
    loaded = docx.load(saved(document, {"comments": comment * 2}), "test.docx")
    assert "Really?" not in loaded.text
    assert [(item.code, item.message) for item in loaded.notes] == [
        ("comments_not_read", "2 comments on the text are not read"),
        ("headers_not_searched", "2 lines of headers and footers are kept but not searched"),
    ]


def test_notes_whose_numbers_depend_on_pages_are_named() -> None:
    document = new()
    add_xml(document, BODY[0])
    document.settings.element.extend(list(parse_xml(f"<w:x {nsdecls('w')}>{footnotes(restart='eachPage')}</w:x>")))
    loaded = docx.load(saved(document, TWO), "test.docx")
    assert [item.message for item in loaded.notes] == [
        "2 notes have numbers that depend on their pages and are not known"
    ]
