"""Further PDFs with known tables, written after the reader of tables was tuned on ``made_tables``."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.made_tables import PROSE, SIZE, Made, frame, heights, prose, read_as, table
from tests.qa.loaders.pdf.pdf_factory import Drawing, Text, make_pdf, stroke


def _one(items: Sequence[Text | Drawing]) -> bytes:
    return make_pdf([items])


def make_apart() -> list[Made]:
    """All of them."""
    cases: list[tuple[str, bytes, list[str]]] = []
    r = [
        ["Model", "Power", "Weight", "Warranty"],
        ["AH-40E", "1.8 kW", "12.5 kg", "2 years"],
        ["AH-60E", "2.0 kW", "15.0 kg", "2 years"],
        ["AH-80E", "2.4 kW", "19.2 kg", "3 years"],
    ]
    cases.append(("spec unruled 9pt tight", _one(table(r, [70, 150, 220, 300, 380], gap=0)), read_as(r)))
    r2 = [
        ["Date", "Description", "Debit", "Credit", "Balance"],
        ["01.03.2026", "Opening balance", "", "", "1.200,00"],
        ["03.03.2026", "Rent|Mill Lane 4", "650,00", "", "550,00"],
        ["05.03.2026", "Salary", "", "2.900,00", "3.450,00"],
        ["09.03.2026", "Electricity|Stadtwerke", "88,10", "", "3.361,90"],
    ]
    cases.append(
        ("bank statement wrapped", _one(table(r2, [60, 140, 300, 370, 440, 520], right=(2, 3, 4), gap=3)), read_as(r2))
    )
    r3 = [
        ["Name", "Department", "Phone"],
        ["Mia Kent", "Sales", "0117"],
        ["Jo Park", "Support", "0118"],
        ["Al Moss", "Warehouse", "0119"],
        ["Di Roe", "Sales", "0120"],
    ]
    xs3 = [60, 200, 320, 420]
    cases.append(
        (
            "outer box and header rule",
            _one([*table(r3, xs3), *frame([60, 420], [heights(r3)[0], heights(r3)[1], heights(r3)[-1]])]),
            read_as(r3),
        )
    )
    cases.append(
        (
            "ruled + caption + prose",
            _one(
                [
                    *prose(top=760),
                    Text(60, 670, "Table 1: People and their phones", SIZE),
                    *table(r3, xs3, top=640),
                    *frame(xs3, heights(r3, top=640)),
                    *prose(top=540),
                ]
            ),
            read_as(r3),
        )
    )
    r4 = [
        ["Step", "Action", "Result"],
        ["1", "Close the valve and wait until the|pump has come to a stop", "The lamp goes out"],
        ["2", "Open the lid", "The filter can be seen"],
        ["3", "Take out the filter and rinse it|under cold running water for|a minute", "The filter is white"],
    ]
    cases.append(
        (
            "steps row lines",
            _one([*table(r4, [60, 100, 300, 440]), *[stroke(56, y, 440, y) for y in heights(r4)]]),
            read_as(r4),
        )
    )
    cases.append(("steps unruled bold", _one(table(r4, [60, 100, 300, 440], gap=6, bold=True)), read_as(r4)))
    notes = [
        ("1", "See the minutes of the meeting of March."),
        ("2", "Prices without tax; see the list of June."),
        ("3", "By weight."),
    ]
    cases.append(
        (
            "footnotes",
            _one(
                [
                    *prose(),
                    *[Text(60, 600 - 12 * i, n, 7) for i, (n, _) in enumerate(notes)],
                    *[Text(72, 600 - 12 * i, t, 8) for i, (_, t) in enumerate(notes)],
                ]
            ),
            [],
        )
    )
    dialog = [
        ("ANNA", "Where have you been all the night?"),
        ("BRUNO", "At the harbour, where the ships are."),
        ("ANNA", "You could have told somebody of it."),
        ("BRUNO", "I could have, and yet I did not."),
    ]
    cases.append(
        (
            "dialogue (2 columns, terms)",
            _one(
                [
                    Text(x, 700 - 14 * i, t, SIZE)
                    for i, d in enumerate(dialog)
                    for x, t in zip((60, 140), d, strict=True)
                ]
            ),
            [f"{a}; {b}" for a, b in dialog],
        )
    )
    verse = [
        "Half a league, half a league,",
        "   Half a league onward,",
        "All in the valley of Death",
        "   Rode the six hundred.",
    ]
    cases.append(
        ("verse", _one([Text(60 + 20 * (i % 2), 700 - 14 * i, t.strip(), SIZE) for i, t in enumerate(verse)]), [])
    )
    addr = [
        ("Sender", "Receiver"),
        ("Kent Pumps Ltd", "Moss & Sons"),
        ("4 Mill Lane", "12 High Street"),
        ("Hull HU1 2AB", "Bath BA1 1AA"),
    ]
    cases.append(
        (
            "addresses side by side",
            _one(
                [Text(x, 700 - 12 * i, t, SIZE) for i, d in enumerate(addr) for x, t in zip((60, 320), d, strict=True)]
                + prose(top=600)
            ),
            [],
        )
    )
    three = [
        *prose([line[:26] for line in PROSE] * 6, left=50),
        *prose([line[:26] for line in PROSE] * 6, left=220),
        *prose([line[:26] for line in PROSE] * 6, left=390),
    ]
    cases.append(("three columns of prose", _one(three), []))
    toc = [
        ["1", "Introduction", "3"],
        ["1.1", "Scope of this manual", "3"],
        ["2", "Safety", "7"],
        ["2.1", "Electric shock", "8"],
    ]
    cases.append(("contents numbered", _one(table(toc, [60, 100, 400])), []))
    year = [
        ["Region", "2024", "2025", "2026"],
        ["North", "1,200", "1,340", "1,410"],
        ["South", "980", "1,010", "1,150"],
        ["West", "450", "470", "520"],
        ["Total", "2,630", "2,820", "3,080"],
    ]
    cases.append(
        ("years as names", _one(table(year, [60, 160, 230, 300, 370], right=(1, 2, 3), bold=True)), read_as(year))
    )
    code = [
        ["E4", "No water in the tank", "Fill the tank"],
        ["E7", "Leak detected", "Close the valve"],
        ["E9", "Filter clogged", "Rinse the filter"],
    ]
    cases.append(
        (
            "no header ruled",
            _one([*table(code, [60, 110, 260, 400]), *frame([60, 110, 260, 400], heights(code))]),
            ["; ".join(c) for c in code],
        )
    )
    return [Made(*case) for case in cases]
