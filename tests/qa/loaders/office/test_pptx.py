"""Slides: titles, lists, tables, charts as shown, speaker notes, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from qa.loaders.base import LoadedText
from qa.loaders.finish import find_fault
from qa.loaders.office import pptx
from tests.qa.loaders.office import office_factory as office
from tests.qa.loaders.office.office_factory import run, shape


def shown(loaded: LoadedText) -> list[tuple[str, str]]:
    return [(block.kind, loaded.text[block.start : block.end]) for block in loaded.blocks]


def rows_of(loaded: LoadedText) -> list[str]:
    assert find_fault(loaded) is None
    return [f"{b.row}: {loaded.text[b.start : b.end]}" for b in loaded.blocks if b.kind == "table_row"]


def slides(*shapes: str, **options: object) -> LoadedText:
    return pptx.load(office.pptx(shapes, **options), "test.pptx")  # type: ignore[arg-type]


def test_slides_have_their_titles_or_numbers_as_headings() -> None:
    first = shape([run("Port of ") + run("Rotterdam")], "title") + shape([run("It is lar") + run("ge.")])
    loaded = slides(first, shape([run("It is old.")]))
    assert shown(loaded) == [
        ("heading", "Port of Rotterdam"),
        ("paragraph", "It is large."),
        ("heading", "Slide 2"),
        ("paragraph", "It is old."),
    ]
    assert loaded.title == "Port of Rotterdam"


def test_text_placeholders_with_several_paragraphs_are_lists() -> None:
    body = shape([run("north"), '<a:pPr lvl="1"/>' + run("quay"), "<a:pPr><a:buNone/></a:pPr>" + run("plain")], "body")
    loaded = slides(body)
    assert [(b.kind, b.level) for b in loaded.blocks][1:] == [("list_item", 1), ("list_item", 2), ("paragraph", 0)]


def numbered(kind: str, level: int = 0, start: int | None = None) -> str:
    first = "" if start is None else f' startAt="{start}"'
    return f'<a:pPr lvl="{level}"><a:buAutoNum type="{kind}"{first}/></a:pPr>'


BULLET, NONE = '<a:pPr><a:buChar char="•"/></a:pPr>', "<a:pPr><a:buNone/></a:pPr>"
LISTS: Mapping[str, tuple[list[str], list[str]]] = {
    "points": ([numbered("arabicPeriod")] * 3, ["1.", "2.", "3."]),
    "brackets": ([numbered("arabicParenR")] * 2, ["1)", "2)"]),
    "brackets on both sides": ([numbered("alphaLcParenBoth")] * 2, ["(a)", "(b)"]),
    "nothing behind": ([numbered("arabicPlain")] * 2, ["1", "2"]),
    "capitals": ([numbered("alphaUcPeriod")] * 2, ["A.", "B."]),
    "Roman numbers": ([numbered("romanLcPeriod")] * 4, ["i.", "ii.", "iii.", "iv."]),
    "large Roman numbers": ([numbered("romanUcParenR")] * 2, ["I)", "II)"]),
    "another start": ([numbered("arabicPeriod", start=7)] * 2, ["7.", "8."]),
    "letters after z": ([numbered("alphaLcPeriod", start=26)] * 2, ["z.", "aa."]),
    "levels": (
        [numbered("alphaLcPeriod" if level else "arabicPeriod", level) for level in (0, 1, 1, 0, 1)],
        ["1.", "a.", "b.", "2.", "a."],
    ),
    "a bullet between": ([numbered("arabicPeriod"), BULLET, numbered("arabicPeriod")], ["1.", "", "1."]),
    "a paragraph between": ([numbered("arabicPeriod"), NONE, numbered("arabicPeriod")], ["1.", "", "1."]),
    "a kind that is not known": ([numbered("thaiNumPeriod")] * 2, ["1.", "2."]),
    "a start that is none": ([numbered("arabicPeriod").replace("/>", ' startAt="x"/>')], ["1."]),
}


@pytest.mark.parametrize("name", LISTS)
def test_numbers_of_a_list_are_in_the_text(name: str) -> None:
    properties, numbers = LISTS[name]
    loaded = slides(shape([each + run("words") for each in properties]))
    assert [block.number for block in loaded.blocks[1:]] == numbers
    assert [text for _, text in shown(loaded)[1:]] == [f"{number} words".strip() for number in numbers]


def test_items_of_one_list_have_one_group() -> None:
    loaded = slides(
        shape([BULLET + run("a"), BULLET + run("b"), NONE + run("c"), BULLET + run("d")]) + shape([BULLET + run("e")])
    )
    assert [block.group for block in loaded.blocks[1:]] == [1, 1, None, 2, 3]


def test_hidden_slides_and_shapes_are_absent() -> None:
    visible = shape([run("seen")]) + shape([run("secret shape")], properties='hidden="1"')
    loaded = slides(visible, shape([run("secret slide")]), shape([run("last")]), hidden=[1])
    assert "secret" not in loaded.text
    assert [text for kind, text in shown(loaded) if kind == "heading"] == ["Slide 1", "Slide 3"]
    assert [note.message for note in loaded.notes] == ["1 hidden slide is not read"]


def test_footers_of_slides_are_not_indexed() -> None:
    loaded = slides(shape([run("seen")]) + shape([run("7")], "sldNum") + shape([run("secret")], "ftr"))
    assert [(text, b.indexed) for (_, text), b in zip(shown(loaded), loaded.blocks, strict=True)][2:] == [
        ("7", False),
        ("secret", False),
    ]


def test_speaker_notes_are_notes() -> None:
    extra = {
        "ppt/slides/_rels/slide0.xml.rels": office.relations(n=("notesSlide", "../notesSlides/n.xml")),
        "ppt/notesSlides/n.xml": office.notes_slide("Say it slowly."),
    }
    loaded = slides(shape([run("seen")]), extra=extra)
    assert shown(loaded)[1:] == [("paragraph", "seen"), ("note", "Say it slowly.")]


def test_pictures_and_comments_are_counted() -> None:
    extra = {
        "ppt/slides/_rels/slide0.xml.rels": office.relations(c=("comments", "../comments/c.xml")),
        "ppt/comments/c.xml": "<c xmlns='x'><cm><text>secret</text></cm><cm/></c>",
    }
    loaded = slides(shape([run("seen")]) + "<p:pic/>", extra=extra)
    assert "secret" not in loaded.text
    assert [note.code for note in loaded.notes] == ["comments_not_read", "pictures_not_read"]


def table(text: str, properties: str = "") -> str:
    """Lines of cells between ``|``; in front of its words, ``>2`` or ``v2`` says how many columns or rows a cell takes,
    and ``<`` or ``^`` that the one before or above covers it."""
    marks = {">": 'gridSpan="{}"', "v": 'rowSpan="{}"', "<": 'hMerge="1"', "^": 'vMerge="1"'}
    inner = f"<a:tblPr {properties}/>"
    for line in text.split("\n"):
        inner += "<a:tr>"
        for words in (cell.split() for cell in line.split("|")):
            spans = [marks[w[0]].format(w[1:]) for w in words if w[0] in "<^" or (w[0] in ">v" and w[1:].isdigit())]
            said = " ".join(w for w in words if w[0] not in "<^" and not (w[0] in ">v" and w[1:].isdigit()))
            inner += f"<a:tc {' '.join(spans)}><a:txBody><a:p>{run(said)}</a:p></a:txBody></a:tc>"
        inner += "</a:tr>"
    frame = "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id='2' name='t'/></p:nvGraphicFramePr>"
    return f"{frame}<a:tbl>{inner}</a:tbl></p:graphicFrame>"


TABLES: Mapping[str, tuple[str, str, list[str]]] = {
    "a header over numbers": ("Port|Tonnes \n Hull|439", "", ["2: Port: Hull; Tonnes: 439"]),
    "a first row marked as header": ("Port|Use \n Hull|coal", 'firstRow="1"', ["2: Port: Hull; Use: coal"]),
    "two columns of words without a header": ("Port|Hull \n Use|coal", "", ["1: Port; Hull", "2: Use; coal"]),
    "two header rows": (
        "v2 Part|>2 Price|< \n ^|1 pc|100 pcs \n A-7|5.5|4.1",
        'firstRow="1"',
        ["3: Part: A-7; Price › 1 pc: 5.5; Price › 100 pcs: 4.1"],
    ),
    "a cell over rows": (
        "Class|Part|Price \n v2 Pumps|A-7|5.5 \n ^|A-8|7",
        'firstRow="1"',
        ["2: Class: Pumps; Part: A-7; Price: 5.5", "3: Class: Pumps; Part: A-8; Price: 7"],
    ),
    "a cell over columns": (
        "Day|Morning|Evening \n Mon|>2 closed|< \n Tue|9|17",
        'firstRow="1"',
        ["2: Day: Mon; Morning, Evening: closed", "3: Day: Tue; Morning: 9; Evening: 17"],
    ),
    "a cell over rows and columns": (
        "A|B|C \n x|>2 v2 both|< \n y|^|<^ \n z|1|2",
        'firstRow="1"',
        ["2: A: x; B, C: both", "3: A: y; B, C: both", "4: A: z; B: 1; C: 2"],
    ),
    "a title over the table": (
        ">3 Ports|<|< \n Port|Tonnes|Ships \n Hull|439|12",
        'firstRow="1"',
        ["3: Port: Hull; Tonnes: 439; Ships: 12"],
    ),
    "spans that are none": ("Port|Tonnes \n Hull|439", 'firstRow="x"', ["2: Port: Hull; Tonnes: 439"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_on_a_slide_reads_as_its_rows(name: str) -> None:
    text, properties, expected = TABLES[name]
    loaded = slides(table(text, properties))
    assert rows_of(loaded) == expected
    assert {block.group for block in loaded.blocks if block.kind == "table_row"} == {1}


_CHART = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
_CHART += 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def with_chart(inner: str) -> LoadedText:
    frame = '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="2" name="c"/></p:nvGraphicFramePr>'
    frame += f'<c:chart {_CHART} r:id="c"/></p:graphicFrame>'
    extra = {
        "ppt/slides/_rels/slide0.xml.rels": office.relations(c=("chart", "../charts/chart1.xml")),
        "ppt/charts/chart1.xml": f"<c:chartSpace {_CHART}>{inner}</c:chartSpace>",
    }
    return slides(frame, extra=extra)


def cache(tag: str, kind: str, code: str, *values: str) -> str:
    """A series' stored values; an empty one has no point."""
    points = "".join(f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values) if value)
    form = f"<c:formatCode>{code}</c:formatCode>" if code else ""
    return f"<c:{tag}><c:{kind}Ref><c:{kind}Cache>{form}{points}</c:{kind}Cache></c:{kind}Ref></c:{tag}>"


def series(name: str, names: str, values: str) -> str:
    return f"<c:ser>{cache('tx', 'str', '', name) if name else ''}{names}{values}</c:ser>"


QUARTERS = cache("cat", "str", "", "Q1", "Q2")
LEVELS = (
    "<c:cat><c:multiLvlStrRef><c:multiLvlStrCache><c:lvl>"
    "<c:pt idx='0'><c:v>Q1</c:v></c:pt><c:pt idx='1'><c:v>Q2</c:v>"
    "</c:pt><c:pt idx='2'><c:v>Q1</c:v></c:pt></c:lvl><c:lvl>"
    "<c:pt idx='0'><c:v>2024</c:v></c:pt><c:pt idx='2'><c:v>2025"
    "</c:v></c:pt></c:lvl></c:multiLvlStrCache></c:multiLvlStrRef></c:cat>"
)
CHARTS: Mapping[str, tuple[str, list[str]]] = {
    "numbers as shown": (
        series("Share", QUARTERS, cache("val", "num", "General", "8.200000000000001", "0.1")),
        ["2: Q1; Share: 8.2", "3: Q2; Share: 0.1"],
    ),
    "per cent": (
        series("Share", QUARTERS, cache("val", "num", "0.0%", "0.082", "0.5")),
        ["2: Q1; Share: 8.2%", "3: Q2; Share: 50.0%"],
    ),
    "a currency": (
        series("Sales", QUARTERS, cache("val", "num", '#,##0\\ "EUR"', "1234.4", "9")),
        ["2: Q1; Sales: 1,234 EUR", "3: Q2; Sales: 9 EUR"],
    ),
    "several series": (
        series("2024", QUARTERS, cache("val", "num", "0", "1", "2"))
        + series("2025", QUARTERS, cache("val", "num", "0", "3", "4")),
        ["2: Q1; 2024: 1; 2025: 3", "3: Q2; 2024: 2; 2025: 4"],
    ),
    "a point that is missing": (
        series("A", QUARTERS, cache("val", "num", "0", "", "2")) + series("B", "", cache("val", "num", "0", "3", "4")),
        ["2: Q1; B: 3", "3: Q2; A: 2; B: 4"],
    ),
    "dates as categories": (
        series("Level", cache("cat", "num", "d-mmm-yy", "46085"), cache("val", "num", "0.00", "3.14159")),
        ["2: 4-Mar-26; Level: 3.14"],
    ),
    "points without lines": (
        series("Run", cache("xVal", "num", "0.0", "1.25"), cache("yVal", "num", "General", "7")),
        ["2: 1.3; Run: 7"],
    ),
    "a series without a name": (series("", QUARTERS, cache("val", "num", "0", "1", "2")), ["2: Q1; 1", "3: Q2; 2"]),
    "categories of two levels": (
        series("Sales", LEVELS, cache("val", "num", "0", "1", "2", "3")),
        ["2: 2024 Q1; Sales: 1", "3: 2024 Q2; Sales: 2", "4: 2025 Q1; Sales: 3"],
    ),
    "values that cannot be read as numbers": (
        series("A", QUARTERS, cache("val", "num", "0", "#N/A", "2")),
        ["2: Q1; A: #N/A", "3: Q2; A: 2"],
    ),
    "places that are none": (
        "<c:ser><c:val><c:numCache><c:pt idx='x'><c:v>1</c:v></c:pt><c:pt idx='99999999999'><c:v>2</c:v></c:pt>"
        "<c:pt idx='4'><c:v>3</c:v></c:pt></c:numCache></c:val></c:ser>",
        ["2: 3"],
    ),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_reads_as_rows_with_numbers_as_shown(name: str) -> None:
    inner, expected = CHARTS[name]
    assert rows_of(with_chart(inner)) == expected


def test_a_chart_has_its_titles_above_its_rows() -> None:
    words = "<a:p><a:r><a:t>Sales </a:t></a:r><a:r><a:t>by quarter</a:t></a:r></a:p>"
    title = f"<c:title><c:tx><c:rich>{words}</c:rich></c:tx></c:title>"
    loaded = with_chart(title + series("A", QUARTERS, cache("val", "num", "0", "1", "2")))
    assert shown(loaded)[1:] == [("caption", "Sales by quarter"), ("table_row", "Q1; A: 1"), ("table_row", "Q2; A: 2")]


def test_more_points_than_the_limit_are_counted() -> None:
    loaded = with_chart(series("A", "", cache("val", "num", "0", *map(str, range(1, 2004)))))
    assert len(rows_of(loaded)) == 2000
    assert [note.message for note in loaded.notes] == ["3 points of charts are not read"]
