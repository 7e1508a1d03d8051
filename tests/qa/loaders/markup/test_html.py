"""HTML → readable text, nothing hidden."""

from __future__ import annotations

import pytest

from qa.loaders.load import load


def shown(html: str) -> list[tuple[str, int, str]]:
    document = load(html.encode(), "a.html")
    return [(block.kind, block.level, document.text[block.start : block.end]) for block in document.blocks]


def texts(html: str) -> list[str]:
    return [block[2] for block in shown(html)]


@pytest.mark.parametrize(
    ("html", "read"),
    [
        ("<ul><li><input type=checkbox checked disabled> order", ["☒ order"]),
        ("<ul><li><label><input type=checkbox>call Ann</label>", ["☐ call Ann"]),
        ("<ul><li><p><input type=checkbox checked> wait", ["☒ wait"]),
        ("<table><tr><th>a<th>b<tr><td>x<td><input type=checkbox checked></table>", ["a: x; b: ☒"]),
        ("<p><input type=checkbox> I agree", ["I agree"]),
        ("<ul><li><input type=checkbox hidden> Menu", ["Menu"]),
    ],
)
def test_check_boxes_of_items_and_cells_are_read(html: str, read: list[str]) -> None:
    assert texts(html) == read


@pytest.mark.parametrize(
    ("html", "read"),
    [
        ("10<sup>6</sup> or 10<sup>-3</sup>", "10⁶ or 10⁻³"),
        ("<b>2021</b><sup><a href=#n>1</a></sup>", "2021¹"),
        ("<table><tr><th>a<th>b<tr><td>12<sup>99</sup><td>x</table>", "a: 12⁹⁹; b: x"),
        ("5 m<sup>2</sup> at the 1<sup>st</sup>, see<sup>3</sup>", "5 m2 at the 1st, see3"),
        ("<sup>1</sup>2", "12"),
    ],
)
def test_a_number_above_the_line_is_no_digit_of_the_number_before_it(html: str, read: str) -> None:
    assert texts(html) == [read]


def test_headings_paragraphs_lists_and_quotes() -> None:
    html = (
        "<h1>A <em>b</em></h1><p>one<br>two   three<ol start=3><li>x<ul><li>y</ul><li><p>z</p><p>more</ol>"
        "<blockquote>q</blockquote><pre>\n a\n  b\n</pre><dl><dt>T<dd>D</dl>"
    )
    assert shown(html) == [
        ("heading", 1, "A b"),
        ("paragraph", 0, "one\ntwo three"),
        ("list_item", 1, "3. x"),
        ("list_item", 2, "y"),
        ("list_item", 1, "4. z"),
        ("list_item", 1, "more"),
        ("quote", 0, "q"),
        ("code", 0, " a\n  b"),
        ("list_item", 1, "T: D"),
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>NO</script>",
        "<style>NO</style>",
        "<template><p>NO</template>",
        "<noscript>NO</noscript>",
        "<!-- NO -->",
        "<p hidden>NO</p>",
        "<span aria-hidden=TRUE>NO</span>",
        "<b style='color:red; DISPLAY : none !important'>NO</b>",
        "<b style='visibility:/**/hidden'>NO</b>",
        "<dialog>NO</dialog>",
        "<button>NO</button>",
        "<table><tr hidden><td>NO<td>NO</table>",
        "<table><tr><td>a<td style='display:none'>NO</table>",
        "<pre><i hidden>NO</i>a</pre>",
    ],
)
def test_what_is_not_shown_is_not_text(hidden: str) -> None:
    html = f"<body><p>before {hidden} after</p></body>"
    assert "NO" not in load(html.encode(), "a.html").text


def searched(html: str) -> list[str]:
    document = load(html.encode(), "a.html")
    return [document.text[block.start : block.end] for block in document.blocks if block.indexed]


@pytest.mark.parametrize(
    "menu",
    [
        "<nav>NO</nav>",
        "<div role=navigation>NO</div>",
        "<form role=search>NO</form>",
        "<span role=navigation>NO</span>",
    ],
)
def test_menus_are_furniture(menu: str) -> None:
    html = f"<p>before</p>{menu}<p>after</p>"
    assert shown(html) == [("paragraph", 0, "before"), ("furniture", 0, "NO"), ("paragraph", 0, "after")]
    assert searched(html) == ["before", "after"]
    assert load(f"{menu}x".encode(), "a.html").report.notes == ()


def test_a_page_that_is_nothing_but_a_menu_is_searched() -> None:
    assert searched("<nav><ul><li>Rooms<li>Prices</ul></nav>") == ["Rooms", "Prices"]


def test_headers_and_footers_around_a_main_part_are_furniture() -> None:
    page = "<header><h1>H</h1></header>{}<aside>A</aside><footer>F</footer>"
    html = page.format("<main><header><h1>T</h1></header>x</main>")
    assert searched(html) == ["T", "x"]
    assert texts(html) == ["H", "T", "x", "A", "F"]
    assert load(html.encode(), "a.html").title == "T"
    assert searched(page.format("<main>x</main>")) == ["H", "x"]  # the page's only title
    assert searched(page.format("<div>x</div>")) == ["H", "x", "A", "F"]


def test_captions_come_from_pictures_and_figures() -> None:
    assert shown("<figure><img alt='A cat'><figcaption>Fig. 1</figcaption></figure><p>a <img alt=dog> b</p>") == [
        ("caption", 0, "A cat"),
        ("caption", 0, "Fig. 1"),
        ("paragraph", 0, "a b"),
        ("caption", 0, "dog"),
    ]


def test_tables_name_their_columns() -> None:
    assert shown("<table><caption>C</caption><tr><th>A<th>B<tr><td>1<td rowspan=2>2<tr><td>3</table>") == [
        ("caption", 0, "C"),
        ("table_row", 0, "A: 1; B: 2"),
        ("table_row", 0, "A: 3; B: 2"),
    ]
    assert texts("<table><tr><th>Born<td>1990<tr><th>Died<td>2000</table>") == ["Born: 1990", "Died: 2000"]
    assert texts("<table><tr><td>Name<td>Age<tr><td>Bo<td>3</table>") == ["Name: Bo; Age: 3"]


def test_currency_signs_and_spanned_headers_are_joined_to_their_numbers() -> None:
    html = (
        "<table><tr><td><td colspan=2>2021<td colspan=2>2020"
        "<tr><td>Sales<td>$<td>5<td>$<td>4<tr><td>Loss<td>(3<td>)<td>(1<td>)</table>"
    )
    assert texts(html) == ["Sales; 2021: $5; 2020: $4", "Loss; 2021: (3); 2020: (1)"]


def test_a_layout_table_is_not_a_table() -> None:
    assert shown("<table><tr><td><h2>T</h2>x<td><table><tr><th>a<tr><td>1</table></table>") == [
        ("heading", 2, "T"),
        ("paragraph", 0, "x"),
        ("table_row", 0, "a: 1"),
    ]


def test_title_and_metadata() -> None:
    document = load(
        b"<html lang=de><head><title> A\n title </title><meta name=Author content=Ann>"
        b"<meta property=article:published_time content=2024-01-02><meta name=keywords content='a, b'></head>text",
        "a.html",
    )
    assert document.title == "A title"
    assert dict(document.metadata) == {"author": "Ann", "date": "2024-01-02", "tags": ("a", "b"), "lang": "de"}
    assert load(b"<h1>One</h1><h1>Two</h1>", "a.html").title == "One"


def test_the_declared_encoding_is_used() -> None:
    html = '<meta charset="windows-1251"><p>Да и нет</p>'
    document = load(html.encode("cp1251"), "a.html")
    assert document.text == "Да и нет"
    assert document.report.notes == ()
    japanese = '<meta charset="iso-2022-jp"><p>日本語</p>'
    assert load(japanese.encode("iso-2022-jp"), "a.html").text == "日本語"


@pytest.mark.parametrize("html", ["<div>" * 100_000 + "x" + "</div>" * 100_000 + "<p>y", "<b><p>" * 20_000 + "x<p>y"])
def test_deep_nesting_is_survived(html: str) -> None:
    assert texts(html) == ["x", "y"]
