"""Small files of every format with every structure that the format can have, and what is to be found in each."""

from __future__ import annotations

from tests.qa.loaders.office.docx_factory import add_xml, new, paragraph, run, saved
from tests.qa.loaders.office.office_factory import notes_slide, odf, pptx, relations, rows, shape, xlsx
from tests.qa.loaders.office.office_factory import run as slide_run
from tests.qa.loaders.pdf.pdf_factory import Text, lines, make_pdf

MARKDOWN = """# Handbook

## Pumps

1. Open the valve.
   - slowly
2. Start the pump.

| Part | Price |
|---|---|
| PX-100 | 389 |

- [x] tested
- [ ] delivered

**How long does delivery take?**

Three days.

The tower is tall.[^1]

[^1]: Measured in 2022.

%% internal %%
"""

HTML = """<!doctype html><html><head><title>Handbook</title></head><body>
<h1>Handbook</h1><h2>Pumps</h2>
<ol start="3"><li>Open the valve.<ul><li>slowly</li></ul></li><li>Start the pump.</li></ol>
<table><tr><th rowspan="2">Part</th><th colspan="2">Price</th></tr><tr><th>1 pc</th><th>100 pcs</th></tr>
<tr><td>PX-100</td><td>389</td><td>350</td></tr></table>
<dl><dt>How long does delivery take?</dt><dd>Three days.</dd></dl>
<section class="footnotes"><ol><li>Measured in 2022.</li></ol></section>
<ul><li><input type="checkbox" checked> tested</li></ul>
<nav>Home</nav></body></html>"""

MHTML = f"""From: <Saved by Blink>
Snapshot-Content-Location: https://example.org/
Subject: Handbook
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="----b"

------b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit
Content-Location: https://example.org/

{HTML}
------b--
"""

CSV = """# prices of May
Part;Price;Weight
;EUR;kg
PX-100;389;12
"""

CHAT = """[10:02] Mia: Hi, how do I reset the router?
[10:03] Tom: Hold the button for ten seconds.
[10:04] Mia: Thanks, that worked.
[10:05] Tom: Good to hear.
"""

FAQ = """Q: How long does delivery take?
A: Three days.

Q: Who pays for it?
A: The customer pays.
"""

SLACK = """[{"type": "message", "user": "mia", "text": "How do I reset the router?", "ts": "1709546520.000100"},
{"type": "message", "user": "tom", "text": "Hold the button.", "ts": "1709546580.000100",
"thread_ts": "1709546520.000100"}, {"type": "message", "user": "mia", "text": "Thanks!", "ts": "1709546640.000100"}]"""

MAIL = """From: Tom <tom@example.org>
To: Mia <mia@example.org>
Subject: Router
Date: Wed, 04 Mar 2026 10:03:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Hold the button for ten seconds.

On Wed, 4 Mar 2026 at 10:02, Mia <mia@example.org> wrote:
> How do I reset the router?
"""

SUBTITLES = """WEBVTT

00:00:01.000 --> 00:00:03.000
<v Mia>How much does

00:00:03.100 --> 00:00:05.000
<v Mia>the tank hold?

00:00:06.000 --> 00:00:08.000
<v Tom>Nine hundred litres.
"""


def word() -> bytes:
    """A Word file with a numbered heading and list, a table with two header rows, a note, a ticked box and a header."""
    document = new()
    document.add_heading("Handbook", 1)
    document.add_paragraph("Open the valve.", "List Number")
    document.add_paragraph("Start the pump.", "List Number")
    table = document.add_table(3, 3)
    for row, texts in enumerate([("Part", "Price", "Price"), ("", "1 pc", "100 pcs"), ("PX-100", "389", "350")]):
        for cell, text in zip(table.rows[row].cells, texts, strict=True):
            cell.text = text
    table.cell(0, 1).merge(table.cell(0, 2)).text = "Price"
    table.cell(0, 0).merge(table.cell(1, 0)).text = "Part"
    box = '<w:sdt xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"><w:sdtPr><w14:checkbox>'
    box += '<w14:checked w14:val="1"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>☒</w:t></w:r></w:sdtContent>'
    add_xml(document, paragraph(f"{box}</w:sdt>{run(' tested')}"))
    document.add_paragraph("Q: How long does delivery take?")
    document.add_paragraph("A: Three days.")
    add_xml(document, paragraph(run("The tower is tall.") + '<w:r><w:footnoteReference w:id="2"/></w:r>'))
    document.sections[0].header.paragraphs[0].text = "Confidential"
    note = f'<w:footnote w:id="2">{paragraph("<w:r><w:footnoteRef/></w:r>" + run(" Measured in 2022."))}</w:footnote>'
    return saved(document, {"footnotes": note})


def workbook() -> bytes:
    """A workbook with a title over two header rows, numbers in formats, a hidden row and a hidden sheet."""
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Prices of May</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>Part</t></is></c><c r="B2" t="inlineStr"><is><t>Price</t></is></c>'
        '</row><row r="3"><c r="B3" t="inlineStr"><is><t>1 pc</t></is></c><c r="C3" t="inlineStr"><is><t>Discount</t>'
        '</is></c></row><row r="4"><c r="A4" t="inlineStr"><is><t>PX-100</t></is></c><c r="B4" s="1"><v>389</v></c>'
        '<c r="C4" s="2"><v>0.0495</v></c></row>'
        '<row r="5" hidden="1"><c r="A5" t="inlineStr"><is><t>PX-OLD</t></is></c></row>'
    )
    pumps = f'<sheetData>{cells}</sheetData><mergeCells><mergeCell ref="B2:C2"/></mergeCells>'
    comment = '<comment ref="A4"><text><t>Ask for the new price.</t></text></comment>'
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    comments = f'<comments xmlns="{space}"><commentList>{comment}</commentList></comments>'
    return xlsx(
        {"Pumps": pumps, "Old": rows(("secret",))},
        hidden=("Old",),
        formats=['#,##0.00 "EUR"', "0.00%"],
        parts={"xl/comments1.xml": ("comments", comments)},
    )


def slides() -> bytes:
    """A slide with a title, bullets and a table with a header."""
    table = "".join(
        "<a:tr h='1'>"
        + "".join(f"<a:tc><a:txBody><a:p>{slide_run(text)}</a:p></a:txBody></a:tc>" for text in row)
        + "</a:tr>"
        for row in (("Part", "Price"), ("PX-100", "389"))
    )
    frame = (
        f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{table}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    numbered = '<a:pPr lvl="0"><a:buAutoNum type="arabicPeriod"/></a:pPr>'
    steps = shape([numbered + slide_run(words) for words in ("Open the valve.", "Start the pump.")], "body")
    extra = {
        "ppt/slides/_rels/slide0.xml.rels": relations(n=("notesSlide", "../notesSlides/n.xml")),
        "ppt/notesSlides/n.xml": notes_slide("Say it slowly."),
    }
    return pptx([shape([slide_run("Handbook")], "title") + steps + frame], extra=extra)


def pdf() -> bytes:
    """A PDF with a heading, a numbered list and a table without ruled lines."""
    heading = [Text(72, 700, "2 Pumps", 18, "F2")]
    prose = lines(
        ["The pumps of this handbook are described below, in the order of their size and", "of their price."], top=670
    )
    steps = lines(["1. Open the valve.", "2. Start the pump."], top=620)
    table = [
        Text(x, y, words)
        for y, row in zip(
            (560, 545, 530, 515),
            (
                ("Part", "Qty", "Price"),
                ("Ball valve", "25", "8.10"),
                ("Elbow pipe", "40", "2.35"),
                ("Hose clamp", "12", "0.95"),
            ),
            strict=True,
        )
        for x, words in zip((72, 250, 350), row, strict=True)
    ]
    box = "/Subtype /Widget /FT /Btn /T (insured) /V /Yes /AS /Yes /AP << /N << /Yes {0} 0 R /Off {0} 0 R >> >>"
    comment = "/Subtype /Text /T (Mia) /Contents (Ask for the new price.)"
    more = ["<< /Length 0 >>\nstream\n\nendstream"]
    return make_pdf([[*heading, *prose, *steps, *table]], annotations=[[box, comment]], more=more)


def opendocument() -> bytes:
    """An OpenDocument text with a heading, a list, a table and a question."""
    table = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in row)
        + "</table:table-row>"
        for row in (("Part", "Price", "Weight"), ("PX-100", "389", "12"))
    )
    body = '<text:h text:outline-level="1">Handbook</text:h><text:list><text:list-item><text:p>Open the valve.</text:p>'
    asked = "<text:p>Q: How long does delivery take?</text:p><text:p>A: Three days.</text:p>"
    return odf("text", f"{body}</text:list-item></text:list><table:table>{table}</table:table>{asked}")
