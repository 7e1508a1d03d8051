"""Slides, sheets, OpenDocument, mail: what is text, what is hidden, and of what kind."""

from __future__ import annotations

import pytest

from qa.errors import FileEncrypted, FileUnreadable
from qa.loaders.base import LoadedText, TextBuilder
from qa.loaders.markup import mail
from qa.loaders.office import archive, hidden, pptx, xberg_nodes
from qa.loaders.office import xberg_files as extracted
from tests.qa.loaders.office.office_factory import odf, rows, xlsx, zipped


def shown(loaded: LoadedText) -> list[tuple[str, str]]:
    return [(block.kind, loaded.text[block.start : block.end]) for block in loaded.blocks]


def test_opendocument_text_without_its_deleted_and_hidden_parts() -> None:
    styles = (
        '<style:style style:name="H" style:family="text"><style:text-properties text:display="none"/></style:style>'
    )
    changes = "<text:tracked-changes><text:changed-region><text:deletion><text:p>secret one</text:p></text:deletion>"
    changes += "</text:changed-region></text:tracked-changes>"
    body = changes + '<text:h text:outline-level="1">Ports</text:h><text:p>It is <text:span text:style-name="H">'
    body += 'secret two </text:span>large.</text:p><text:section text:display="none" text:name="s"><text:p>secret three'
    body += "</text:p></text:section>"
    loaded = extracted.load(odf("text", body, styles), "test.odt")
    assert shown(loaded) == [("heading", "Ports"), ("paragraph", "It is large.")]


def test_a_file_that_hides_nothing_is_left_as_it_is() -> None:
    data = odf("text", "<text:p>Port</text:p>")
    assert hidden.without_hidden(data) == (data, 0)
    assert hidden.without_hidden(b"PK no archive") == (b"PK no archive", 0)


def test_rich_text() -> None:
    loaded = extracted.load(rb"{\rtf1\ansi It is {\b very} large.\par It is old.\par}", "test.rtf")
    assert loaded.text == "It is very large.\n\nIt is old."


@pytest.mark.parametrize("name", ["test.doc", "test.xlsb", "test.odt", "test.ppt"])
def test_an_archive_is_never_read_as_a_list_of_its_files(name: str) -> None:
    with pytest.raises(FileUnreadable):
        extracted.load(zipped({"a.xml": "<a>secret</a>", "b.txt": "secret"}), name)


def test_a_library_that_gives_up_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    class RustPanic(BaseException):
        pass

    def panic(*_: object) -> None:
        raise RustPanic("rust future panicked: unknown error")

    monkeypatch.setattr("xberg.extract", panic)
    with pytest.raises(FileUnreadable, match=r"holds what cannot be read; save it as XLSX and add that$"):
        extracted.load(b"x", "test.xlsb")


def node(kind: str, **content: object) -> dict[str, object]:
    return {"node_type": kind, "layer": "body", "depth": 0, **content}


def cells(text: str) -> dict[str, object]:
    """Lines of cells between ``|``; ``>2`` or ``v2`` before its words: how many columns or rows it takes."""
    found = []
    for row, line in enumerate(text.split("\n")):
        for column, words in enumerate(part.split() for part in line.split("|")):
            spans = {word[0]: int(word[1:]) for word in words if word[0] in ">v" and word[1:].isdigit()}
            said = " ".join(word for word in words if word[0] not in ">v" or not word[1:].isdigit())
            found.append(
                {
                    "row": row,
                    "col": column,
                    "content": said,
                    "col_span": spans.get(">", 1),
                    "row_span": spans.get("v", 1),
                }
            )
    return {"cells": found}


def rows_of(builder: TextBuilder) -> list[str]:
    loaded = builder.build()
    return [f"{b.sheet}{b.row or ''}: {loaded.text[b.start : b.end]}" for b in loaded.blocks]


def test_tables_of_an_old_workbook_are_told_apart() -> None:
    builder = TextBuilder()
    table = cells("Region|Sales||Part|Units \n North|12||Pump|7 \n ||||\n Region|Staff||| \n North|4|||")
    xberg_nodes.add_sheets(builder, [node("heading", text="S", level=2), node("table", grid=table)])
    assert rows_of(builder) == [
        ": S",
        *("2: Region: North; Sales: 12", "2: Part: Pump; Units: 7", "2: Region: North; Staff: 4"),
    ]


def test_cells_that_span_rows_and_columns() -> None:
    builder = TextBuilder()
    table = cells("v2 Part|>2 Price|\n |1 pc|100 pcs \n v2 A-7|5.5|4.1 \n |6|5")
    xberg_nodes.add_nodes(builder, [node("table", grid=table)])
    assert rows_of(builder) == [
        "3: Part: A-7; Price › 1 pc: 5.5; Price › 100 pcs: 4.1",
        "4: Part: A-7; Price › 1 pc: 6; Price › 100 pcs: 5",
    ]


def test_cells_that_span_everything_cost_little() -> None:
    builder = TextBuilder()
    table = {
        "cells": [{"row": at, "col": 0, "content": "x", "row_span": 10**9, "col_span": 10**9} for at in range(500)]
    }
    xberg_nodes.add_nodes(builder, [node("table", grid=table)])
    assert len(rows_of(builder)) == 500


def test_values_of_xml_are_rows() -> None:
    data = b"<ports><port><name>Rotterdam</name><tonnes>439</tonnes></port><port><name>Hamburg</name></port></ports>"
    assert extracted.load(data, "test.xml").text == "name: Rotterdam; tonnes: 439\nname: Hamburg"


MAIL = b"""From: =?utf-8?q?J=C3=B6rg?= <j@example.org>
To: ann@example.org, Bo <bo@example.org>
Subject: =?utf-8?q?The_h=C3=A4rbour?=
Date: Wed, 31 Jan 2024 23:30:00 +0000
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: multipart/alternative; boundary=y

--y
Content-Type: text/plain; charset=utf-8

It is large.

> Is it?
> Really?
--y
Content-Type: text/html

<style>p {color: red}</style><p>It is HTML.</p>
--y--
--x
Content-Type: application/pdf; name="plan.pdf"
Content-Disposition: attachment; filename="plan.pdf"

JVBERi0=
--x
Content-Type: message/rfc822

Subject: Forwarded

It is old.
--x--
"""


def test_mail() -> None:
    loaded = mail.load(MAIL, "test.eml")
    assert loaded.title == "The härbour"
    assert shown(loaded) == [
        ("heading", "The härbour"),
        ("paragraph", "It is large."),
        ("quote", "Is it?\nReally?"),
        ("heading", "Forwarded"),
        ("paragraph", "It is old."),
    ]
    assert loaded.metadata == {
        "from": "Jörg <j@example.org>",
        "author": "Jörg",
        "to": ("ann@example.org", "bo@example.org"),
        "date": "2024-01-31",
    }
    assert [note.message for note in loaded.notes] == ["attachments are not read: plan.pdf"]


def test_mail_in_html_only() -> None:
    data = b"Subject: Ports\nContent-Type: text/html\n\n<style>p {color: red}</style><p>It is <b>large</b>.</p>"
    loaded = mail.load(data, "test.eml")
    assert shown(loaded) == [("heading", "Ports"), ("paragraph", "It is large.")]
    assert loaded.source_map == ()


def test_no_mail() -> None:
    with pytest.raises(FileUnreadable, match="no headers"):
        mail.load(b"\n\n", "test.eml")


@pytest.mark.parametrize("name", ["test.xlsx", "test.pptx"])
def test_a_password_is_asked_for_by_name(name: str) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(FileEncrypted, match="password"):
        (pptx if name.endswith("pptx") else extracted).load(data, name)


def test_encrypted_opendocument() -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(FileEncrypted, match="password"):
        extracted.load(odf("text", "", extra={"META-INF/manifest.xml": manifest}), "test.odt")


@pytest.mark.parametrize("name", ["cut.xlsx", "cut.odt", "cut.epub"])
def test_a_cut_off_archive_is_refused(name: str) -> None:
    with pytest.raises(FileUnreadable, match=r"damaged"):
        extracted.load(xlsx({"Ports": rows(("Port",))})[:200], name)


def test_entities_stay_closed() -> None:
    """An entity that names a file of this machine must not bring its words."""
    data = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;words</x>'
    assert "".join(archive.parse(data).itertext()) in ("words", "&e;words")


def test_items_of_one_list_have_one_group_and_lost_numbers_are_named() -> None:
    """xberg says that a list has numbers, but neither which nor how they are written."""
    lists = (
        r"{\*\listtable{\list{\listlevel\levelnfc0\levelstartat1{\leveltext\'02\'00.;}{\levelnumbers\'01;}}\listid5}}"
    )
    lists += r"{\*\listoverridetable{\listoverride\listid5\listoverridecount0\ls1}}"
    items = "".join(rf"{{\pard\ls1\ilvl0{{\listtext {n}.\tab}}{word}\par}}" for n, word in ((1, "one"), (2, "two")))
    loaded = extracted.load(rf"{{\rtf1\ansi{lists}{items}}}".encode(), "test.rtf")
    assert [(block.kind, block.group) for block in loaded.blocks] == [("list_item", 1), ("list_item", 1)]
    assert [(note.code, note.message) for note in loaded.notes] == [
        ("numbers_not_read", "the automatic numbers of list items (2) are not read")
    ]


def odf_note(kind: str, mark: str, words: str) -> str:
    body = f"<text:note-body><text:p>{words}</text:p></text:note-body>"
    return f'<text:note text:note-class="{kind}"><text:note-citation>{mark}</text:note-citation>{body}</text:note>'


def test_notes_of_opendocument_text_follow_their_paragraph_with_their_numbers() -> None:
    notes = odf_note("footnote", "1", "By area.") + odf_note("endnote", "i", "By weight.")
    comment = "<office:annotation><text:p>secret</text:p></office:annotation>"
    body = f"<text:p>It is large.{notes}</text:p>"
    body += f"<text:p>It is{comment} busy.{odf_note('footnote', '2', 'By day.')}</text:p>"
    loaded = extracted.load(odf("text", f"{body}<text:p>The end.</text:p>"), "test.odt")
    assert [(block.kind, block.number, loaded.text[block.start : block.end]) for block in loaded.blocks] == [
        ("paragraph", "", "It is large.[1][i]"),
        ("note", "1", "1 By area."),
        ("note", "i", "i By weight."),
        ("paragraph", "", "It is busy.[2]"),
        ("note", "2", "2 By day."),
        ("paragraph", "", "The end."),
    ]
    assert [note.code for note in loaded.notes] == ["hidden_not_read"]


def test_notes_of_rtf_are_notes() -> None:
    loaded = extracted.load(rb"{\rtf1\ansi It is large{\super\chftn}{\footnote\chftn  By area.}.\par}", "test.rtf")
    assert (loaded.blocks[-1].kind, loaded.blocks[-1].number) == ("note", "1")
    assert loaded.text.endswith("1 By area.")


def test_text_boxes_of_opendocument_text_are_read_once_behind_their_paragraph() -> None:
    def box(*paragraphs: str) -> str:
        inner = "".join(f"<text:p>{words}</text:p>" for words in paragraphs)
        return f"<draw:frame><draw:text-box>{inner}</draw:text-box></draw:frame>"

    body = f"<text:p>Out{box('One.', 'Two.' + box('Inner.'))}side.{box('Three.')}</text:p><text:p>The end.</text:p>"
    loaded = extracted.load(odf("text", body), "test.odt")
    assert [text for _, text in shown(loaded)] == ["Outside.", "One.", "Two.", "Inner.", "Three.", "The end."]
    assert not loaded.notes
