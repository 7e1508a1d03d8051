"""PDFs with known tables, written by hand: ruled and unruled, over pages, wrapped, and what is no table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.qa.loaders.pdf.pdf_factory import Drawing, Text, make_pdf, stroke

Item = Text | Drawing
_WIDTHS = {" ": 0.278, ".": 0.278, ",": 0.278, "-": 0.333}
SIZE = 10.0
LEADING = 12.0

GOODS = [
    ["Item", "Qty", "Price", "Amount"],
    ["Copper tube 15 mm", "40", "12.80", "512.00"],
    ["Ball valve 1/2 inch", "25", "6.45", "161.25"],
    ["Soldering flux", "6", "8.10", "48.60"],
    ["Delivery", "1", "35.00", "35.00"],
]
TASKS = [
    ["Task", "Owner", "Description"],
    ["Backup", "Mia Kent", "Copies every folder of the house|to the second machine at night|and checks what it wrote"],
    ["Printer", "Jo Park", "Orders paper and toner"],
    ["Archive", "Al Moss", "Keeps the minutes of all meetings|for ten years"],
]
PROSE = [
    "The harbour of the old town was dug by hand in the year of",
    "the great flood, when nobody had work and the council paid",
    "each digger in bread. It took them four winters. When the",
    "water came in, the whole town stood on the new quay and saw",
    "the first ship arrive, loaded with salt from the south and",
    "with a letter of the king, who wished them well.",
]


@dataclass(frozen=True, slots=True)
class Made:
    """A PDF and its rows as they should read, in order."""

    name: str
    data: bytes
    rows: list[str]


def width(words: str) -> float:
    """About what Helvetica takes; exact for digits."""
    return SIZE * sum(_WIDTHS.get(char, 0.556) for char in words)


def read_as(rows: Sequence[Sequence[str]], header: Sequence[str] | None = None) -> list[str]:
    """``header: value; …`` for each row; the first row is the header unless one is given."""
    names = rows[0] if header is None else header
    shown = []
    for row in rows[1:] if header is None else rows:
        cells = [(name, " ".join(value.split("|"))) for name, value in zip(names, row, strict=True) if value]
        shown.append("; ".join(f"{name}: {value}" if name else value for name, value in cells))
    return shown


def table(
    rows: Sequence[Sequence[str]],
    xs: Sequence[float],
    *,
    top: float = 700,
    right: Sequence[int] = (),
    gap: float = 4,
    bold: bool = False,
    middle: bool = False,
) -> list[Item]:
    """Cells at ``xs``, lines of a cell parted by ``|``; columns ``right`` are set right, ``gap`` between rows."""
    items: list[Item] = []
    for index, row in enumerate(rows):
        tall = max(len(cell.split("|")) for cell in row)
        for column, cell in enumerate(row):
            lines = cell.split("|")
            drop = (tall - len(lines)) * LEADING / 2 if middle else 0
            for down, words in enumerate(lines):
                x = xs[column + 1] - 8 - width(words) if column in right else xs[column]
                font = "F2" if bold and not index else "F1"
                items += [Text(x, top - drop - down * LEADING, words, SIZE, font)] if words else []
        top -= tall * LEADING + gap
    return items


def heights(rows: Sequence[Sequence[str]], *, top: float = 700, gap: float = 4) -> list[float]:
    """Where lines between rows go, the ones above and below included."""
    ys = [top + LEADING - 2 + gap / 2]
    for row in rows:
        ys.append(ys[-1] - max(len(cell.split("|")) for cell in row) * LEADING - gap)
    return ys


def frame(xs: Sequence[float], ys: Sequence[float]) -> list[Item]:
    """All lines of a grid."""
    left, right = xs[0] - 4, xs[-1] - 4
    level: list[Item] = [stroke(left, y, right, y) for y in ys]
    return level + [stroke(x - 4, ys[0], x - 4, ys[-1]) for x in xs]


def prose(words: Iterable[str] = PROSE, *, left: float = 60, top: float = 700) -> list[Item]:
    """Lines of prose."""
    return [Text(left, top - index * LEADING, line, SIZE) for index, line in enumerate(words)]


XS = [60.0, 220.0, 290.0, 360.0, 440.0]
TX = [60.0, 140.0, 220.0, 420.0]
LONG = [["Date", "Booking text", "Amount", "Balance"]] + [
    [
        f"2026-{1 + day // 28:02}-{1 + day % 28:02}",
        f"Transfer to supplier {day}",
        f"{day * 7}.50",
        f"{9000 - day * 7}.00",
    ]
    for day in range(70)
]


def _pages(rows: Sequence[Sequence[str]], *, header: bool, ruled: bool, each: int = 30) -> bytes:
    xs, pages = [60.0, 140.0, 300.0, 380.0, 460.0], []
    for start in range(1, len(rows), each):
        shown = [*([rows[0]] if header or start == 1 else []), *rows[start : start + each]]
        lines = frame(xs, heights(shown)) if ruled else []
        pages.append([*table(shown, xs, right=(2, 3)), *lines, Text(280, 40, f"Page {1 + start // each}", 8)])
    return make_pdf(pages)


def _spanning(*, ruled: bool) -> tuple[bytes, list[str]]:
    rows = [
        ["", "1 pc", "100 pcs", "Hull", "Leeds"],
        ["A-7", "5.50", "4.10", "12", "0"],
        ["A-8", "6.20", "5.00", "40", "3"],
    ]
    rows += [["A-9", "7.00", "6.30", "8", "11"]]
    xs = [60.0, 140.0, 210.0, 280.0, 350.0, 420.0]
    top: list[Item] = [Text(60, 716, "Part", SIZE), Text(190, 716, "Price", SIZE), Text(328, 716, "Stock", SIZE)]
    items = [*top, *table(rows, xs, right=(1, 2, 3, 4))]
    if ruled:
        ys = heights(rows)
        items += [*frame(xs, ys), stroke(56, ys[0] + 16, 416, ys[0] + 16)]
        items += [stroke(x - 4, ys[0], x - 4, ys[0] + 16) for x in (xs[0], xs[1], xs[3], xs[5])]
    names = ["Part", "Price › 1 pc", "Price › 100 pcs", "Stock › Hull", "Stock › Leeds"]
    return make_pdf([items]), read_as(rows[1:], names)


def _zebra() -> list[Item]:
    ys = heights(GOODS)
    return [Drawing(f"0.9 g 56 {low} 380 {high - low} re f 0 g") for high, low in list(pairwise(ys))[1::2]]


def make_all() -> list[Made]:
    """All made PDFs."""
    goods, tasks, ys = read_as(GOODS), read_as(TASKS), heights(GOODS)
    task_ys = heights(TASKS)
    gapped = [
        ["Part", "Colour", "Weight", "Note"],
        ["P-1", "", "12", "new"],
        ["P-2", "red", "", ""],
        ["P-3", "", "9", ""],
    ]
    gapped += [["P-4", "blue", "7", "old"]]
    merged = [["Region", "City", "Staff"], ["North", "Hull", "14"], ["", "Leeds", "9"], ["South", "Bath", "5"]]
    pairs = [["Invoice no.:", "2026-0117"], ["Date:", "4 March 2026"], ["Due:", "3 April 2026"], ["Clerk:", "Mia Kent"]]
    letter = [Text(60, 760, "Kent Pumps Ltd", SIZE), Text(400, 760, "Phone 555 0101", SIZE)]
    letter += [Text(60, 748, "4 Mill Lane, Hull", SIZE), Text(400, 748, "office@kent.example", SIZE)]
    half = [line[:40] for line in PROSE]
    narrow = [60.0, 140.0, 180.0, 225.0, 280.0]
    small = [[row[0][:12].strip(), *row[1:]] for row in GOODS]
    second = [["Code", "Meaning"], ["E4", "No water in the tank"], ["E7", "Leak detected"], ["E9", "Filter clogged"]]
    by_column = sorted(
        (item for item in table(GOODS, XS) if isinstance(item, Text)), key=lambda item: (item.x, -item.y)
    )
    columns = [*prose(half * 6, left=60), *prose(half * 6, left=320)]
    interleaved = sorted((item for item in columns if isinstance(item, Text)), key=lambda item: (-item.y, item.x))
    contents = [["Introduction", "1"], ["Installation of the pump", "4"], ["Care", "11"], ["Index", "32"]]
    leaders = [Text(60, 700 - 14 * at, f"{a} {'.' * (60 - len(a))} {b}", SIZE) for at, (a, b) in enumerate(contents)]
    bullets = table([["•", line] for line in PROSE], [60, 80])
    numbered = table([[f"{at}.", f"{line[:30]}|{line[30:]}"] for at, line in enumerate(PROSE, 1)], [60, 90])
    clauses = table([[f"6.{at}", line] for at, line in enumerate(PROSE, 1)], [60, 100])
    turned = [
        Text(80 + (700 - t.y), t.x, t.words, t.size, sideways=True) for t in table(GOODS, XS) if isinstance(t, Text)
    ]
    return [
        Made("unruled", make_pdf([table(GOODS, XS)]), goods),
        Made("unruled_numbers_right", make_pdf([table(GOODS, XS, right=(1, 2, 3), gap=0)]), goods),
        Made("ruled", make_pdf([[*table(GOODS, XS, right=(1, 2, 3)), *frame(XS, ys)]]), goods),
        Made("ruled_wrapped", make_pdf([[*table(TASKS, TX), *frame(TX, task_ys)]]), tasks),
        Made("ruled_wrapped_middle", make_pdf([[*table(TASKS, TX, middle=True), *frame(TX, task_ys)]]), tasks),
        Made("unruled_wrapped_even", make_pdf([table(TASKS, TX, gap=0, bold=True)]), tasks),
        Made("unruled_wrapped_loose", make_pdf([table(TASKS, TX, gap=8, bold=True)]), tasks),
        Made("row_lines_wrapped", make_pdf([[*table(TASKS, TX), *(stroke(56, y, 416, y) for y in task_ys)]]), tasks),
        Made(
            "three_rules",
            make_pdf([[*table(GOODS, XS), *(stroke(56, ys[at], 430, ys[at]) for at in (0, 1, -1))]]),
            goods,
        ),
        Made("zebra", make_pdf([[*_zebra(), *table(GOODS, XS)]]), goods),
        Made("column_lines", make_pdf([[*table(GOODS, XS), *frame(XS, [ys[0], ys[1], ys[-1]])]]), goods),
        Made("pages_header_repeated", _pages(LONG, header=True, ruled=False), read_as(LONG)),
        Made("pages_header_once", _pages(LONG, header=False, ruled=False), read_as(LONG)),
        Made("pages_ruled_repeated", _pages(LONG, header=True, ruled=True), read_as(LONG)),
        Made("pages_ruled_once", _pages(LONG, header=False, ruled=True), read_as(LONG)),
        Made("spanning_header_ruled", *_spanning(ruled=True)),
        Made("spanning_header", *_spanning(ruled=False)),
        Made("empty_cells", make_pdf([table(gapped, XS)]), read_as(gapped)),
        Made(
            "merged_down",
            make_pdf([[*table(merged, TX), *_merged_frame(merged)]]),
            [
                "Region: North; City: Hull; Staff: 14",
                "Region: North; City: Leeds; Staff: 9",
                "Region: South; City: Bath; Staff: 5",
            ],
        ),
        Made(
            "two_tables",
            make_pdf([[*table(GOODS, XS), *prose(top=590), *_coded(second, 480)]]),
            goods + read_as(second),
        ),
        Made(
            "invoice",
            make_pdf(
                [[*letter, *prose(top=640), *table(GOODS, XS, top=540, right=(1, 2, 3), bold=True), *prose(top=440)]]
            ),
            goods,
        ),
        Made(
            "in_a_column",
            make_pdf(
                [
                    [
                        *prose(half * 2),
                        *table(small, narrow, top=540, gap=0),
                        *prose(half, top=460),
                        *prose(half * 5, left=320),
                    ]
                ]
            ),
            read_as(small),
        ),
        Made("column_by_column", make_pdf([by_column]), goods),
        Made("turned", make_pdf([turned], rotate=90), goods),
        Made("pairs", make_pdf([table(pairs, [60, 160])]), [" ".join(pair) for pair in pairs]),
        Made("two_columns_of_prose", make_pdf([columns]), []),
        Made("two_columns_row_by_row", make_pdf([interleaved]), []),
        Made("bullets", make_pdf([bullets]), []),
        Made("numbered_list", make_pdf([numbered]), []),
        Made("clauses", make_pdf([clauses]), []),
        Made("contents_with_leaders", make_pdf([leaders]), []),
        Made("contents", make_pdf([table(contents, [60, 400])]), []),
        Made("letterhead", make_pdf([[*letter, *prose()]]), []),
        Made("framed_prose", make_pdf([[*prose(), *frame([60, 450], [715, 630])]]), []),
    ]


def _merged_frame(rows: Sequence[Sequence[str]]) -> list[Item]:
    ys = heights(rows)
    lines: list[Item] = [stroke(x - 4, ys[0], x - 4, ys[-1]) for x in TX]
    return lines + [stroke(TX[1] - 4 if at == 2 else TX[0] - 4, y, TX[-1] - 4, y) for at, y in enumerate(ys)]


def _coded(rows: Sequence[Sequence[str]], top: float) -> list[Item]:
    return [*table(rows, [60, 120, 300], top=top), *frame([60, 120, 300], heights(rows, top=top))]
