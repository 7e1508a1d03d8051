"""No file costs more than linear time to read, or more memory than the limits on a text's growth leave.

Each file is read in the guarded process, which ends after ``SECONDS``: all of them together take a few. What is not
linear takes minutes or hours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from qa import Settings
from qa.errors import FileTooHeavy
from qa.loaders import FileReader
from qa.loaders.base import TextBuilder
from tests.qa.loaders.office.docx_factory import (
    abstract,
    in_list,
    instance,
    level,
    new,
    paragraph,
    run,
    saved,
    set_numbering,
)
from tests.qa.loaders.office.office_factory import xlsx

pytestmark = pytest.mark.corpus

SECONDS = 30.0
WORDS_CELL = '<c t="inlineStr"><is><t>last words</t></is></c>'
ROW_OF_WORDS = f"<row>{WORDS_CELL * 5}</row>"
FRACTIONS = "".join(f'<c s="1"><v>0.{number}</v></c>' for number in range(9_000))
MERGED = "".join(f'<mergeCell ref="A{row}:XFD1048576"/>' for row in range(1, 5_000))
DIGITS = "1" * 300_000 + "x"
TAGS = "<b>bold</b>" * 501  # so many that their depth is counted
QUESTIONS = [{"@type": "Question", "name": f"a{n % 100}", "acceptedAnswer": {"text": "a " * 50}} for n in range(5_000)]
ASKED = f'<script type="application/ld+json">{json.dumps(QUESTIONS)}</script>'
MANY_PARTS = (
    "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n"
    + "--b\nContent-Type: text/html\n\nlast words\n" * 20_000
)


def word_file(paragraphs: Iterable[str], *, lists: str = "", styles: str = "") -> bytes:
    """A Word file of these paragraphs or tables, list definitions and styles."""
    document = new()
    set_numbering(document, lists)
    for root, inner in ((document.styles.element, styles), (document.element.body, "".join(paragraphs))):
        root.extend(list(parse_xml(f"<w:x {nsdecls('w')}>{inner}</w:x>")))
    return saved(document)


def chain(count: int) -> str:
    """Styles of which each is based on the next."""
    styles = (f'<w:style w:styleId="s{i}"><w:basedOn w:val="s{i + 1}"/></w:style>' for i in range(count))
    return "".join(styles)


MANY = 10_000
WORDS = paragraph(run("last words"))
OVERRIDE = '<w:lvlOverride w:ilvl="1"><w:startOverride w:val="1"/></w:lvlOverride>'
LISTS = abstract(0, level(0, "decimal", "%1" * 100_000), level(1, "decimal", "%1") * MANY)
OWN_MARK = '<w:footnoteReference w:customMarkFollows="1" w:id="1"/><w:t>*</w:t>'
OPEN_FIELD = '<w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox/></w:ffData></w:fldChar>'
MERGED_CELLS = "<w:tc><w:tcPr><w:gridSpan w:val='999999999'/><w:vMerge/></w:tcPr><w:p/></w:tc>"

SLOW: dict[str, tuple[str | bytes, str]] = {
    "comments.md": ("<!-- markdownlint-disable -->\n" * 60 + "\nlast words\n", "last words"),
    "comments.txt": ("<!---->" * 100_000 + " last words", "last words"),
    "cell.csv": (f"{DIGITS},count\nlast words,2\n", "last words"),
    "cells.html": ("<table><tr><td>a<td>b" + f"<tr><td>last words<td>{DIGITS[-1500:]}" * 6_000, "last words"),
    "open_tag.html": (TAGS + "last words <" + "a" * 300_000, "last words"),
    "style.html": ("<p style='" + "/*a" * 200_000 + "'>last words", "last words"),
    "spans.html": ("<table>" + "<tr><td colspan=100 rowspan=100>last words" * 20_000 + "</table>", "last words"),
    "latin.txt": (b"A line of words " * 20_000 + b"\nA caf\xe9 in D\xfcsseldorf, last words", "last words"),
    "latin_lines.txt": (b"\n".join([b"A line of words " * 20] * 20_000) + b"\nA caf\xe9, last words", "last words"),
    "unknown_tags.md": ("".join(f"<t{number}> " for number in range(60_000)) + "last words", "last words"),
    "hidden_tags.md": ("<b hidden>word " * 60_000 + "last words", "last words"),
    "blank_code.md": ("```\n" + "\n" * 500_000 + "last words\n```\n", "last words"),
    "deep.json": ("[" * 500 + "null," * 1_000_000 + '"last words"' + "]" * 500, "last words"),
    "log.txt": ("".join(f"[10:02] Mia{n % 9}: Hi\n\nmore\n" for n in range(20_000)) + "last words", "last words"),
    "mapping.json": (
        json.dumps(
            {
                "mapping": {
                    str(n): {
                        "parent": str(n - 1),
                        "children": [str(n + 1)],
                        "message": {"author": {"role": "user"}, "content": {"parts": ["last words"]}},
                    }
                    for n in range(10_000)
                }
            }
        ),
        "last words",
    ),
    "messages.json": (json.dumps([{"role": "user", "content": "last words"}] * 20_000), "last words"),
    "cues.srt": ("00:00:01,0 --> 00:00:02,0\nand\n\n" * 60_000 + "00:00:01,0 --> 00:00:02,0\nlast words", "last words"),
    "quoted.eml": (
        "Subject: s\n\n" + "".join(">" * (n % 500) + " a\n" for n in range(40_000)) + "last words",
        "last words",
    ),
    "boxes.mbox": ("From a\nSubject: s\n\nlast words\n\n" * 3_000, "last words"),
    "labels.md": ("Q: a? A: b. " * 40_000 + "last words", "last words"),
    "questions.txt": ("May I?\nYes.\n\n" * 20_000 + "last words", "last words"),
    "comments_in_code.md": ("`a` {/* " * 40_000 + "\n" + "{/*\n" * 40_000 + "last words %% a", "last words"),
    "ticks.md": ("%% " + "".join("`" * (n % 300) + " " for n in range(3_000)) + "[[a]] last words", "last words"),
    "admonitions.md": (
        "".join(" " * (4 * (n % 300)) + "!!! note\n" for n in range(9_000)) + "\nlast words",
        "last words",
    ),
    "directives.md": (":::note\n" * 60_000 + ":::\n" * 60_000 + "last words", "last words"),
    "exports.mdx": ("import a from 'b'\n" + "export const a = {\n" * 60_000 + "\nlast words", "last words"),
    "blank.csv": ("a,b\n" + "c,d\n\n\n\ne\n" * 15_000 + "last words,2\n", "last words"),
    "comments.csv": ("a,b\n" + "# c\n" * 100_000 + "last words,2\n", "last words"),
    "widths.csv": ("".join("a," * (n % 7) + "b\n" for n in range(15_000)) + "last words,2\n", "last words"),
    "codes.xlsx": (
        xlsx({"S": f"<sheetData><row>{FRACTIONS}{WORDS_CELL}</row></sheetData>"}, formats=["# ?/" + "?" * 250]),
        "last words",
    ),
    "merged.xlsx": (
        xlsx({"S": f"<sheetData>{ROW_OF_WORDS * 5_000}</sheetData><mergeCells>{MERGED}</mergeCells>"}),
        "last words",
    ),
    "terms.html": ("<dl>" + "<dt>a" * 100_000 + "<dd>last words", "last words"),
    "questions_inside.html": ("<dl><dt>a?<dd>b" * 20_000 + "last words", "last words"),
    "unfolding.html": (
        "<button aria-controls=a>a</button><div id=a hidden>b</div>" * 50_000 + "last words",
        "last words",
    ),
    "counting_down.html": ("<ol reversed><li>a" * 5_000 + "</ol>" + "<li>last words" * 30_000, "last words"),
    "menus.html": ("<div><a href=a>a</a></div>" * 30_000 + f"<div>{'<p>last words' * 100}</div>", "last words"),
    "asked.html": (ASKED + "<p>a" * 30_000 + "<p>last words", "last words"),
    "parameters.mhtml": (
        f"MIME-Version: 1.0\nContent-Type: text/html; {'a=b; ' * 200_000}\n\nlast words",
        "last words",
    ),
    "parameters.eml": (
        f"From: a@b.example\nContent-Type: text/plain; {'a=b; ' * 200_000}\n\nlast words",
        "last words",
    ),
    "parts.mht": (MANY_PARTS, "last words"),
    "levels.docx": (
        word_file(
            (*(paragraph(run("x"), in_list(key, 1)) for key in range(MANY)), WORDS),
            lists=LISTS + "".join(instance(key, 0, OVERRIDE) for key in range(1, MANY)),
        ),
        "last words",
    ),
    "overrides.docx": (
        word_file((paragraph(run("last words"), in_list(1, 1)),) * 1000, lists=LISTS + instance(1, 0, OVERRIDE * MANY)),
        "last words",
    ),
    "styles.docx": (
        word_file((paragraph(run("last words"), '<w:pStyle w:val="s0"/>'),), styles=chain(MANY)),
        "last words",
    ),
    "marks.docx": (word_file((paragraph(f"<w:r>{OWN_MARK * MANY}</w:r>"), WORDS)), "last words"),
    "fields.docx": (word_file((paragraph(f"<w:r>{OPEN_FIELD * MANY}</w:r>"), WORDS)), "last words"),
    "merged.docx": (word_file((f"<w:tbl>{f'<w:tr>{MERGED_CELLS * 10}</w:tr>' * 2000}</w:tbl>", WORDS)), "last words"),
    "long_number.html": ("<ol start=" + "9" * 5_000 + "><li>last words</ol>", "last words"),
}


@pytest.fixture(scope="module")
def reader() -> Iterator[FileReader]:
    with FileReader(Settings(read_seconds=SECONDS, read_memory_bytes=2 << 30)) as reader:
        yield reader


@pytest.mark.parametrize("name", SLOW)
def test_a_file_is_read_in_linear_time(name: str, reader: FileReader, tmp_path: Path) -> None:
    content, words = SLOW[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert words in reader.read(path).text


LIMITED = Settings(read_seconds=SECONDS, read_memory_bytes=2 << 30, max_text_chars=5_000_000)
GROWING = {
    "keys.json": json.dumps({"k" * 100_000: [1] * 100_000}),  # 10 GB of text
    "headers.csv": "h" * 200 + ",b\n" + "1\n" * 60_000,  # 12 MB
    "spans.html": f"<table><tr><th>a<th>b<tr><td rowspan=100>{'word ' * 200_000}<td>1" + "<tr><td>2" * 99,  # 100 MB
}


@pytest.mark.parametrize("name", GROWING)
def test_a_text_is_limited_while_it_grows(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(GROWING[name])
    with FileReader(LIMITED) as limited, pytest.raises(FileTooHeavy, match="more than 5,000,000 characters of text"):
        limited.read(path)


class SmallBuilder(TextBuilder):
    max_pieces = 10


def test_blocks_cells_and_source_lines_are_limited_together() -> None:
    builder = SmallBuilder()
    for number in range(3):  # a row, its line and a cell
        builder.row(("name",), (f"value {number}",), lines=(number,))
    builder.block("paragraph", "one more")
    with pytest.raises(FileTooHeavy, match=r"more than 10 paragraphs, lines and cells, the limit; split it"):
        for _ in range(2):
            builder.block("paragraph", "one too many")
